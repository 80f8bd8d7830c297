"""Count confusion matrices, and compute shares, pairs and differences.

Row = true class, everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.validation import class_indices, same_length

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
PAIR_COLUMNS = ("true_class", "predicted_class", "count", "support", "rate")


def confusion_matrix(targets: ArrayLike, predicted: ArrayLike, n_classes: int) -> Counts:
    """Count every (true class, predicted class).

    Args:
        targets: (N,) int, true class in [0, n_classes).
        predicted: (N,) int, predicted class in [0, n_classes).
        n_classes: C, at least 1.
    Returns:
        (C, C) int64, row = true class, column = predicted class; sums to N.
    Raises:
        ValueError: lengths differ, a value is not an integer, or lies outside the range.
    """
    if n_classes < 1:
        raise ValueError(f"n_classes is {n_classes}; at least 1 is needed.")
    true = class_indices("targets", targets, n_classes)
    guessed = class_indices("predicted", predicted, n_classes)
    same_length(targets=true, predicted=guessed)
    return np.bincount(true * n_classes + guessed, minlength=n_classes * n_classes).reshape(n_classes, n_classes)


def from_counts(counts: pd.DataFrame, classes: Sequence[str]) -> Counts:
    """Build the dense matrix from a frame that names only the cells that occur.

    Args:
        counts: columns true_class, predicted_class, n; a cell that occurs twice is added up.
        classes: (C,) distinct names, the order of rows and columns.
    Returns:
        (C, C) int64, row = true class.
    Raises:
        ValueError: a class of the frame is not in `classes`, a name occurs twice, or a count is negative or missing.
    """
    index = pd.Index(list(classes))
    if not index.is_unique:
        raise ValueError(f"Class {index[index.duplicated()][0]!r} is named twice; class names must be distinct.")
    cells = [index.get_indexer(counts[column]) for column in ("true_class", "predicted_class")]
    for column, codes in zip(("true_class", "predicted_class"), cells, strict=True):
        if (codes < 0).any():
            unknown = counts[column].iloc[int(np.argmax(codes < 0))]
            raise ValueError(f"Class {unknown!r} in {column} is not one of {', '.join(classes)}.")
    n = counts["n"].to_numpy(dtype=np.float64)
    if not (n >= 0).all():
        raise ValueError("The column n holds a negative or missing count; give counts of 0 or more.")
    matrix = np.zeros((len(index), len(index)), np.int64)
    np.add.at(matrix, (cells[0], cells[1]), n.astype(np.int64))
    return matrix


def normalise(matrix: ArrayLike, over: Literal["true", "predicted"] = "true") -> Floats:
    """Divide by the true class (rows sum to 1) or the predicted class (columns sum to 1).

    Args:
        matrix: (C, C) counts, row = true class.
        over: "true" divides by row sums (recall on the diagonal), "predicted" by column sums (precision).
    Returns:
        (C, C) float in [0, 1]; NaN in the rows (columns) of a class that never occurs.
    Raises:
        ValueError: not a square matrix of counts, or another `over`.
    """
    counts = _square(matrix)
    if over not in ("true", "predicted"):
        raise ValueError(f"over is {over!r}; 'true' and 'predicted' are allowed.")
    totals = counts.sum(axis=1 if over == "true" else 0, keepdims=True)
    shares: Floats = np.divide(counts, totals, out=np.full(counts.shape, np.nan), where=totals > 0)
    return shares


def difference(first: ArrayLike, second: ArrayLike) -> Floats:
    """Subtract the shares of the true class: `second` minus `first`, in percentage points.

    Args:
        first, second: (C, C) counts over the same classes, row = true class.
    Returns:
        (C, C) float in [-100, 100], second minus first; positive = the cell grew (good on the diagonal only).
        NaN where the class is absent on either side; other rows sum to 0.
    Raises:
        ValueError: the shapes differ, or one is not a square matrix of counts.
    """
    before, after = normalise(first), normalise(second)
    if before.shape != after.shape:
        raise ValueError(f"Matrices of {len(before)} and {len(after)} classes cannot be subtracted; give the same.")
    return 100 * (after - before)


def confused_pairs(matrix: ArrayLike, classes: Sequence[str], min_count: int = 1) -> pd.DataFrame:
    """Rank the off-diagonal cells.

    Args:
        matrix: (C, C) counts, row = true class.
        classes: (C,) names.
        min_count: leave out pairs that occur less often; at least 1.
    Returns:
        true_class, predicted_class, count, support (samples of the true class), rate = count / support in (0, 1];
        highest rate first (higher = worse), then highest count, then the order of the classes.
    Raises:
        ValueError: `classes` and the matrix disagree, or min_count is below 1.
    """
    counts = _square(matrix).astype(np.int64)
    if len(classes) != len(counts):
        raise ValueError(f"{len(classes)} class names for a matrix of {len(counts)} classes; give one each.")
    if min_count < 1:
        raise ValueError(f"min_count is {min_count}; at least 1 is needed.")
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    true, predicted = np.nonzero(wrong >= min_count)
    n, support = counts[true, predicted], counts.sum(axis=1)[true]
    rate = n / support
    order = np.lexsort((predicted, true, -n, -rate))
    names = np.asarray(list(classes), dtype=object)
    columns = (names[true], names[predicted], n, support, rate)
    return pd.DataFrame({name: column[order] for name, column in zip(PAIR_COLUMNS, columns, strict=True)})


def _square(matrix: ArrayLike) -> Floats:
    counts = np.asarray(matrix, dtype=np.float64)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise ValueError(f"The matrix has shape {counts.shape}; give (C, C), row = true class.")
    if counts.size and not (counts.min() >= 0):
        raise ValueError("The matrix holds negative or missing counts; give counts of 0 or more.")
    return counts
