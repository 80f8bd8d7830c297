"""Two runs on the same samples: what differs, with an interval. Difference = b minus a.

The intervals hold the two trained models and their thresholds fixed and draw patients anew: they say what another
set of patients would change, not what another seed would. They are not adjusted for looking at many classes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.bootstrap import group_index, group_sums, group_weights, percentile_interval, weighted_areas
from analysis.metrics import PER_CLASS_METRICS, ratio
from analysis.validation import multi_hot, same_length, scores

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
METRICS = (*PER_CLASS_METRICS, "accuracy")
COLUMNS = ("class_name", "metric", "a", "b", "difference", "low", "high", "n", "n_groups")


def compare_per_class(
    targets: ArrayLike,
    decided_a: ArrayLike,
    decided_b: ArrayLike,
    probs_a: ArrayLike,
    probs_b: ArrayLike,
    groups: ArrayLike,
    classes: Sequence[str],
    metrics: Sequence[str] = PER_CLASS_METRICS,
    n_bootstrap: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Every class, each against the rest, in both runs.

    N samples, C classes.
    Args:
        targets: (N, C) 0/1, what is there.  decided_a, decided_b: (N, C) bool.  probs_a, probs_b: (N, C) in [0, 1].
        groups: (N,) patient of each sample.  classes: (C,) names.
        metrics: of METRICS; accuracy is the share of samples decided right for that one class.
        n_bootstrap: resamples of patients, the same ones for both runs (paired); 0 = no interval.
    Returns:
        class_name, metric, a, b, difference = b - a (higher = b better), low, high (95 % percentile interval of the
        difference; NaN with fewer than two patients who have the class, or where most resamples are undefined), n
        (samples of the class), n_groups (patients who have one). Class by class, each in the order of `metrics`.
        NaN = undefined.
    Raises:
        ValueError: shapes disagree, an unknown metric, or values that are not what is said above.
    Source: own; see analysis.bootstrap.
    """
    if unknown := [name for name in metrics if name not in METRICS]:
        raise ValueError(f"Metric {unknown[0]!r} is unknown; {', '.join(METRICS)} are allowed.")
    n_classes = len(classes)
    true = multi_hot("targets", targets, n_classes)
    said = [multi_hot(f"decided_{run}", of, n_classes) for run, of in (("a", decided_a), ("b", decided_b))]
    values = [scores(f"probs_{run}", of, n_classes) for run, of in (("a", probs_a), ("b", probs_b))]
    index, n_groups = group_index(groups)
    same_length(targets=true, decided_a=said[0], decided_b=said[1], probs_a=values[0], probs_b=values[1], groups=index)
    weights = group_weights(n_groups, n_bootstrap, seed)
    a, b = (resampled_metrics(true, *run, index, weights, metrics) for run in zip(said, values, strict=True))
    groups_with = (group_sums(true, index, n_groups) > 0).sum(axis=0)
    shape = (n_classes, len(metrics))
    return _frame(
        np.repeat(np.asarray(list(classes), dtype=object), len(metrics)),
        list(metrics) * n_classes,
        (a, b),
        np.broadcast_to(true.sum(axis=0)[:, None], shape).ravel(),
        np.broadcast_to(groups_with[:, None], shape).ravel(),
    )


def compare_correct(
    correct_a: ArrayLike,
    correct_b: ArrayLike,
    groups: ArrayLike,
    metric: str = "accuracy",
    n_bootstrap: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """The share of right samples in both runs: top-1 accuracy, exact match, whatever `correct` was judged by.

    Args:
        correct_a, correct_b: (N,) bool, of the same samples.  groups: (N,) patient of each sample.
        metric: what the row is called.
    Returns:
        One row with the columns of `compare_per_class`; class_name None, n samples, n_groups patients.
    Raises:
        ValueError: lengths differ, or `correct` is neither bool nor 0/1.
    """
    right = [multi_hot(f"correct_{run}", np.asarray(of)[:, None]) for run, of in (("a", correct_a), ("b", correct_b))]
    index, n_groups = group_index(groups)
    n = same_length(correct_a=right[0], correct_b=right[1], groups=index)
    weights = group_weights(n_groups, n_bootstrap, seed)
    drawn = weights @ np.bincount(index, minlength=n_groups)
    a, b = (ratio(weights @ group_sums(of, index, n_groups), drawn[:, None]) for of in right)
    return _frame(np.array([None], dtype=object), [metric], (a, b), np.array([n]), np.array([n_groups]))


def resampled_metrics(
    true: Bools, said: Bools, values: Floats, index: NDArray[np.int64], weights: NDArray[np.int64], names: Sequence[str]
) -> Floats:
    """The metrics of one run under every resample of patients.

    Args:
        true, said: (N, C) bool.  values: (N, C) in [0, 1].  index: (N,) group of each sample.
        weights: (R, G) how often each group counts; the first row is the data itself.
        names: of METRICS.
    Returns:
        (R, C * len(names)), class by class, each in the order of `names`.
    """
    n_groups, n_classes = weights.shape[1], true.shape[1]
    everybody = np.ones((len(true), 1), dtype=bool)
    columns = np.concatenate([true & said, said, true, everybody], axis=1)
    counts = weights.astype(np.float64) @ group_sums(columns, index, n_groups)  # one product: the weights are large
    hits, positives, support, drawn = np.split(counts, [n_classes, 2 * n_classes, 3 * n_classes], axis=1)
    found = {
        "precision": ratio(hits, positives),
        "recall": ratio(hits, support),
        "f1": ratio(2 * hits, positives + support),
        "accuracy": ratio(drawn - positives - support + 2 * hits, drawn),
    }
    if {"average_precision", "auroc"} & set(names):
        areas = [weighted_areas(true[:, c], values[:, c], index, weights) for c in range(n_classes)]
        shaped = np.array(areas, dtype=np.float64).reshape(n_classes, 2, len(weights))
        found |= {"average_precision": shaped[:, 0].T, "auroc": shaped[:, 1].T}
    return np.stack([found[name] for name in names], axis=-1).reshape(len(weights), -1)


def discordance(
    sample_ids: ArrayLike, correct_a: ArrayLike, correct_b: ArrayLike, same_answer: ArrayLike | None = None
) -> pd.DataFrame:
    """The samples on which two runs disagree.

    Args:
        sample_ids: (N,).  correct_a, correct_b: (N,) bool.
        same_answer: (N,) bool, whether both runs gave the same answer; with it, samples that both got wrong in
            different ways are listed too.
    Returns:
        sample_id, kind: only_a (only a is right), only_b, both_wrong; in the order of `sample_ids`.
    Raises:
        ValueError: lengths differ.
    """
    ids = np.asarray(sample_ids)
    a, b = np.asarray(correct_a, dtype=bool), np.asarray(correct_b, dtype=bool)
    same = np.ones(len(ids), bool) if same_answer is None else np.asarray(same_answer, dtype=bool)
    same_length(sample_ids=ids, correct_a=a, correct_b=b, same_answer=same)
    kinds = np.select([a & ~b, b & ~a, ~a & ~b & ~same], ["only_a", "only_b", "both_wrong"], "")
    kept = kinds != ""
    return pd.DataFrame({"sample_id": ids[kept], "kind": kinds[kept]})


def _frame(
    classes: NDArray[np.object_],
    metrics: list[str],
    resampled: tuple[Floats, Floats],
    n: NDArray[np.int64],
    groups_with: NDArray[np.int64],
) -> pd.DataFrame:
    a, b = resampled
    change = b - a
    low, high = (np.where(groups_with > 1, end, np.nan) for end in percentile_interval(change[1:]))
    columns = (pd.Series(classes, dtype=object), metrics, a[0], b[0], change[0], low, high, n, groups_with)
    return pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))
