"""Deal whole groups out to folds with about the same mixture of classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_ALIKE = 1e-5, 1e-8  # relative and absolute difference below which two spreads are equal


def group_folds(classes: NDArray[np.int64], groups: NDArray[np.int64], k: int, seed: int) -> NDArray[np.int64]:
    """Assign whole groups to k folds with the most even shares of every class.

    Groups are shuffled, then dealt in order of how uneven they are over classes, each to the fold where the standard
    deviation of the folds' shares, averaged over classes, becomes least; of equal folds to the one with fewest rows.
    The folds equal those of scikit-learn's StratifiedGroupKFold with the same seed. scikit-learn and scipy.stats, which
    take 1.5 s of processor time to load, are not needed, and all folds are compared at once.

    Args:
        classes: (N,) class of each row, from 0.
        groups: (N,) group of each row.
        k: how many folds, 2 to the number of groups.
        seed: of the shuffle.
    Returns:
        (N,) fold of each row, from 0.
    """
    _, classes = np.unique(classes, return_inverse=True)
    names, groups = np.unique(groups, return_inverse=True)
    totals = np.bincount(classes)
    rows = np.zeros((len(names), len(totals)))  # of each class in each group
    np.add.at(rows, (groups, classes), 1)
    order = np.arange(len(names))
    np.random.RandomState(seed).shuffle(order)
    order = order[np.argsort(-np.std(rows[order], axis=1), kind="stable")]

    counts = np.zeros((k, len(totals)))  # of each class in each fold
    fold = np.zeros(len(names), dtype=np.int64)
    each = np.arange(k)
    for group in order:
        tried = np.repeat(
            counts[None], k, axis=0
        )  # (k, k, C): class counts of the folds, by the fold that gets the group
        tried[each, each] += rows[group]
        spread = np.std(tried / totals, axis=1).mean(axis=1)
        fold[group] = best = _least(spread, counts.sum(axis=1))
        counts[best] += rows[group]
    return fold[groups]


def _least(spread: NDArray[np.float64], size: NDArray[np.float64]) -> int:
    """Return the fold with the least spread; of equal ones, the one with fewer rows."""
    relative, absolute = _ALIKE
    best, spreads = 0, spread.tolist()
    for fold, one in enumerate(spreads):
        is_equal = abs(one - spreads[best]) <= absolute + relative * abs(spreads[best])
        if one < spreads[best] or (is_equal and size[fold] < size[best]):
            best = fold
    return best
