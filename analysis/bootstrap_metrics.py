"""Compute metrics under every resample of patients, and list where two runs disagree.

The resamples hold a trained model and its thresholds fixed and draw patients again. They say what another set of
patients would change, not what another seed would. Intervals from them are not adjusted for looking at many classes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.bootstrap import group_sums, weighted_areas
from analysis.metrics import PER_CLASS_METRICS, ratio
from analysis.validation import same_length

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
METRICS = (*PER_CLASS_METRICS, "accuracy")
COLUMNS = ("class_name", "metric", "a", "b", "difference", "low", "high", "n", "n_groups")


def resampled_metrics(
    true: Bools,
    decided: Bools,
    values: Floats,
    index: NDArray[np.int64],
    weights: NDArray[np.int64],
    names: Sequence[str],
) -> Floats:
    """Compute the metrics of one run under every resample of patients.

    Args:
        true, decided: (N, C) bool.  values: (N, C) in [0, 1].  index: (N,) group of each sample.
        weights: (R, G) how often each group counts; the first row is the data itself.
        names: of METRICS.
    Returns:
        (R, C * len(names)), class by class, each in the order of `names`.
    """
    n_groups, n_classes = weights.shape[1], true.shape[1]
    everybody = np.ones((len(true), 1), dtype=bool)
    columns = np.concatenate([true & decided, decided, true, everybody], axis=1)
    counts = weights.astype(np.float64) @ group_sums(columns, index, n_groups)  # one product: the weights are large
    hits, positives, support, drawn = np.split(counts, [n_classes, 2 * n_classes, 3 * n_classes], axis=1)
    metrics = {
        "precision": ratio(hits, positives),
        "recall": ratio(hits, support),
        "f1": ratio(2 * hits, positives + support),
        "accuracy": ratio(drawn - positives - support + 2 * hits, drawn),
    }
    if {"average_precision", "auroc"} & set(names):
        areas = [weighted_areas(true[:, c], values[:, c], index, weights) for c in range(n_classes)]
        shaped = np.array(areas, dtype=np.float64).reshape(n_classes, 2, len(weights))
        metrics |= {"average_precision": shaped[:, 0].T, "auroc": shaped[:, 1].T}
    return np.stack([metrics[name] for name in names], axis=-1).reshape(len(weights), -1)


def discordance(
    sample_ids: ArrayLike, correct_a: ArrayLike, correct_b: ArrayLike, same_answer: ArrayLike | None = None
) -> pd.DataFrame:
    """List the samples on which two runs disagree.

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
