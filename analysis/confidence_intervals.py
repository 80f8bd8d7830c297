"""Compute metrics and means of one run with intervals over patients."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.bootstrap import group_index, group_sums, group_weights, percentile_interval
from analysis.bootstrap_metrics import resampled_metrics
from analysis.metrics import PER_CLASS_METRICS, ratio
from analysis.validation import multi_hot, same_length, scores


def metric_intervals(
    targets: ArrayLike,
    decided: ArrayLike,
    probs: ArrayLike,
    right: ArrayLike,
    groups: ArrayLike,
    classes: Sequence[str],
    n_bootstrap: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Compute accuracy, macro-F1 and all class metrics with 95 % intervals over patients.

    N samples, C classes.
    Args:
        targets: (N, C) 0/1.  decided: (N, C) bool.  probs: (N, C) in [0, 1].  right: (N,) bool, top-1 is the label.
        groups: (N,) patient of each sample.  classes: (C,) names.
        n_bootstrap: resamples of patients; 0 = no interval.
    Returns:
        class_name (None = overall), metric, value, low, high (NaN = undefined, or fewer than two patients), n and
        n_groups (samples and patients; of a class: those that show it). First accuracy and macro_f1 (mean over the
        classes in which F1 is defined), then class by class precision, recall, f1, average_precision, auroc.
    Raises:
        ValueError: shapes disagree, or values are not as described above.
    Source: see analysis.bootstrap; the trained model and its thresholds are held fixed.
    """
    true, decisions = multi_hot("targets", targets, len(classes)), multi_hot("decided", decided, len(classes))
    values = scores("probs", probs, len(classes))
    hits = multi_hot("right", np.asarray(right)[:, None])
    index, n_groups = group_index(groups)
    n = same_length(targets=true, decided=decisions, probs=values, right=hits, groups=index)
    weights = group_weights(n_groups, n_bootstrap, seed)
    drawn = weights @ np.bincount(index, minlength=n_groups)
    accuracy = ratio(weights @ group_sums(hits, index, n_groups), drawn[:, None])
    by_class = resampled_metrics(true, decisions, values, index, weights, PER_CLASS_METRICS)
    f1 = by_class.reshape(len(weights), len(classes), -1)[:, :, PER_CLASS_METRICS.index("f1")]
    macro = ratio(np.nansum(f1, axis=1), (~np.isnan(f1)).sum(axis=1))[:, None]
    table = np.concatenate([accuracy, macro, by_class], axis=1)
    support = np.repeat(true.sum(axis=0), len(PER_CLASS_METRICS))
    of_class = np.repeat((group_sums(true, index, n_groups) > 0).sum(axis=0), len(PER_CLASS_METRICS))
    patients = np.concatenate([[n_groups, n_groups], of_class]).astype(np.int64)
    low, high = (np.where(patients > 1, end, np.nan) for end in percentile_interval(table[1:]))
    names = [None, None, *np.repeat(np.asarray(list(classes), dtype=object), len(PER_CLASS_METRICS))]
    return pd.DataFrame(
        {
            "class_name": pd.Series(names, dtype=object),
            "metric": ["accuracy", "macro_f1", *PER_CLASS_METRICS * len(classes)],
            "value": table[0],
            "low": low,
            "high": high,
            "n": np.concatenate([[n, n], support]).astype(np.int64),
            "n_groups": patients,
        }
    )


def mean_intervals(
    values: ArrayLike, groups: ArrayLike, n_bootstrap: int = 1000, seed: int = 0, *, shares: bool = False
) -> pd.DataFrame:
    """Compute the mean of each quantity with a 95 % percentile interval over patients.

    A sample that lacks a quantity is left out of its mean.

    N samples, K quantities.
    Args:
        values: (N, K) float, NaN = the sample lacks the quantity.  groups: (N,) patient of each sample.
        n_bootstrap: resamples of patients; 0 = no interval.
        shares: all values are in [0, 1]. Where all are 0, or all 1, every resample agrees: then the interval is
            that of none, or all, of as many patients (Clopper and Pearson 1934).
    Returns:
        value, low, high (NaN = undefined, or fewer than two patients who have it), n (samples), n_groups (patients),
        n_telling (patients whose sum is not 0: of a difference, those who tell the two apart); one row per quantity.
    Raises:
        ValueError: values are not two-dimensional, or lengths differ.
    Source: see analysis.bootstrap.
    """
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError(f"values have shape {table.shape}; give (N, K).")
    index, n_groups = group_index(groups)
    same_length(values=table, groups=index)
    has = ~np.isnan(table)
    sums, counts = (group_sums(array, index, n_groups) for array in (np.where(has, table, 0.0), has))
    weights = group_weights(n_groups, n_bootstrap, seed).astype(np.float64)
    means = ratio(weights @ sums, weights @ counts)
    patients = (counts > 0).sum(axis=0)
    low, high = percentile_interval(means[1:])
    known = patients > 1
    if shares and n_bootstrap:
        bound = 0.025 ** (1 / np.maximum(patients, 1))
        low = np.where(means[0] == 1, bound, low)
        high = np.where(means[0] == 0, 1 - bound, high)
    return pd.DataFrame(
        {
            "value": means[0],
            "low": np.where(known, low, np.nan),
            "high": np.where(known, high, np.nan),
            "n": has.sum(axis=0),
            "n_groups": patients,
            "n_telling": (sums != 0).sum(axis=0),
        }
    )
