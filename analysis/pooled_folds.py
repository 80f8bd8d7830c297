"""Score predictions pooled over the folds of a cross-validation, with intervals over groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.bootstrap import group_index, group_sums, group_weights, percentile_interval
from analysis.bootstrap_metrics import resampled_metrics
from analysis.metrics import ratio
from analysis.validation import same_length

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
SCORES: Final = ("accuracy", "balanced_accuracy", "macro_f1")


@dataclass(frozen=True)
class PooledPredictions:
    """The held-out predictions of all folds, each sample once.

    N samples, C classes.
    Attributes:
        targets: (N, C) bool, the classes that are present.  decided: (N, C) bool, those that were predicted.
        groups: (N,) what may not be divided: patient, film or set of near-duplicates.
    """

    targets: Bools
    decided: Bools
    groups: NDArray[np.generic]


def pooled_scores(pooled: PooledPredictions, n_bootstrap: int = 2000, seed: int = 0) -> pd.DataFrame:
    """Compute accuracy, balanced accuracy and macro-F1 with 95 % intervals over groups.

    Returns:
        metric, value, low, high; one row per score. accuracy: share of samples whose predicted classes are exactly the
        present ones; balanced_accuracy: mean recall; macro_f1: mean F1; of the classes in which it is defined.
    Source: see analysis.bootstrap; the trained networks are held fixed.
    """
    return _summary(_resampled(pooled, n_bootstrap, seed))


def pooled_differences(
    one: PooledPredictions, other: PooledPredictions, n_bootstrap: int = 2000, seed: int = 0
) -> pd.DataFrame:
    """Compute how much more `one` scores than `other`, paired by sample.

    Returns:
        As `pooled_scores`; above 0 = `one` is better.
    Raises:
        ValueError: they are not of the same samples.
    """
    if not (np.array_equal(one.targets, other.targets) and np.array_equal(one.groups, other.groups)):
        raise ValueError("The two are not of the same samples in the same order; pool the same folds of one dataset.")
    return _summary(_resampled(one, n_bootstrap, seed) - _resampled(other, n_bootstrap, seed))


def _resampled(pooled: PooledPredictions, n_bootstrap: int, seed: int) -> Floats:
    """Return the scores (1 + n_bootstrap, 3) of the data itself and of every resample of groups."""
    index, n_groups = group_index(pooled.groups)
    same_length(targets=pooled.targets, decided=pooled.decided, groups=index)
    weights = group_weights(n_groups, n_bootstrap, seed)
    names = ("recall", "f1")
    values = np.zeros(pooled.targets.shape)  # of no use to these two
    by_class = resampled_metrics(pooled.targets, pooled.decided, values, index, weights, names)
    shaped = by_class.reshape(len(weights), -1, len(names))
    right = (pooled.targets == pooled.decided).all(axis=1)[:, None]
    accuracy = ratio(weights @ group_sums(right, index, n_groups), (weights @ np.bincount(index))[:, None])
    return np.column_stack([accuracy, *(np.nanmean(shaped[:, :, i], axis=1) for i in range(len(names)))])


def _summary(resampled: Floats) -> pd.DataFrame:
    low, high = percentile_interval(resampled[1:])
    return pd.DataFrame({"metric": SCORES, "value": resampled[0], "low": low, "high": high})
