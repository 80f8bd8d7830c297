"""Combine class activation maps: the difference of two, and the mean of many."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def contrast(true: ArrayLike, predicted: ArrayLike) -> Floats:
    """Subtract the map of the predicted class from that of the true class.

    Args:
        true, predicted: (H, W) float in [0, 1], each scaled to its own range.
    Returns:
        (H, W) float in [-1, 1]: above 0 where the map of the true class is nearer to its peak than the other is to
        its own, below 0 where it is the other way round.
    Raises:
        ValueError: shapes disagree.
    """
    first, second = np.asarray(true, dtype=np.float64), np.asarray(predicted, dtype=np.float64)
    if first.shape != second.shape:
        raise ValueError(f"the maps have shapes {first.shape} and {second.shape}; both must be the same.")
    return first - second


def mean_map(maps: Iterable[ArrayLike]) -> tuple[Floats, int] | None:
    """Average the maps that are not 0 everywhere, and count them; None when there is none.

    Every map counts as much as any other: each is divided by its sum first, so that a broad one does not outweigh a
    narrow one. The mean is scaled so that its highest point is 1.

    Args:
        maps: each (H, W) float >= 0, of one shape; those that are 0 everywhere are left out.
    """
    shares = [values / values.sum() for values in (np.asarray(map_, np.float64) for map_ in maps) if values.sum() > 0]
    if not shares:
        return None
    mean = np.mean(shares, axis=0)
    return mean / mean.max(), len(shares)
