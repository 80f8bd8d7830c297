"""Check the arrays that functions of this package take; each refusal is one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

ROUNDING = 1e-6  # float32 and mixed precision may overshoot 1 by this much


def class_indices(name: str, values: ArrayLike, n_classes: int) -> NDArray[np.int64]:
    """Return (N,) int64 classes in [0, n_classes).

    Raises:
        ValueError: not one-dimensional, not of an integer type, or a value outside the range.
    """
    array = np.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"{name} has shape {array.shape}; give one class index per sample, shape (N,).")
    if array.size == 0:
        return np.zeros(0, np.int64)
    if not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"{name} is of type {array.dtype}; give integers from 0 to {n_classes - 1}.")
    low, high = int(array.min()), int(array.max())
    if low < 0 or high >= n_classes:
        bad = low if low < 0 else high
        raise ValueError(f"{name} holds class {bad}; with {n_classes} classes, 0 to {n_classes - 1} are allowed.")
    return array.astype(np.int64, copy=False)


def multi_hot(name: str, values: ArrayLike, n_classes: int | None = None) -> NDArray[np.bool_]:
    """Convert 0/1 or bool to (N, C) bool.

    Raises:
        ValueError: not two-dimensional, another number of classes, or a value that is neither 0 nor 1.
    """
    array = np.asarray(values)
    _two_dimensional(name, array, n_classes)
    if array.dtype == np.bool_:
        return array
    as_bool = array.astype(bool)
    if not np.array_equal(as_bool, array):
        raise ValueError(f"{name} holds values other than 0 and 1; give one 0 or 1 for every sample and class.")
    return as_bool


def scores(name: str, values: ArrayLike, n_classes: int | None = None) -> NDArray[np.float64]:
    """Return (N, C) float64 in [0, 1].

    Raises:
        ValueError: not two-dimensional, another number of classes, NaN, or outside [0, 1].
    """
    array = np.asarray(values, dtype=np.float64)
    _two_dimensional(name, array, n_classes)
    if array.size and not (array.min() >= -ROUNDING and array.max() <= 1 + ROUNDING):
        raise ValueError(f"{name} holds NaN or values outside 0 to 1; give probabilities.")
    return array


def no_nan(name: str, values: NDArray[np.float64]) -> None:
    """Raise ValueError where a threshold is NaN; the sentence names its position."""
    places = np.flatnonzero(np.isnan(values))
    if len(places):
        raise ValueError(f"{name} holds NaN at position {places[0]} of {values.size}; give a number there.")


def same_length(**arrays: Sequence[Any] | NDArray[Any]) -> int:
    """Return the common length of named arrays.

    Raises:
        ValueError: the lengths differ.
    """
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise ValueError(f"Lengths differ ({listed}); give one row per sample in each, in the same order.")
    return next(iter(lengths.values()))


def _two_dimensional(name: str, array: NDArray[Any], n_classes: int | None) -> None:
    if array.ndim != 2:
        raise ValueError(f"{name} has shape {array.shape}; give shape (N, C), one row per sample.")
    if n_classes is not None and array.shape[1] != n_classes:
        raise ValueError(f"{name} has {array.shape[1]} columns; give one for each of the {n_classes} classes.")
