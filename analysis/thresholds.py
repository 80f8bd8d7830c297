"""Choose the thresholds of multi-label decisions, on the validation split alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.metrics import ratio
from analysis.validation import multi_hot, no_nan, same_length, scores

Floats = NDArray[np.float64]


def best_f1_thresholds(targets: ArrayLike, probs: ArrayLike) -> Floats:
    """Find the threshold of highest F1 for every class, exact over all distinct scores.

    A class is predicted when prob >= threshold. Between two adjacent distinct scores every threshold decides
    alike, so the midpoint stands for them (below the lowest score: half of it). Of equally good ones the one nearest
    to 0.5 is taken, then the higher. A class without a positive sample, and every class over no samples, gets 0.5.

    Args:
        targets: (N, C) 0/1 of the validation split.
        probs: (N, C) float in [0, 1] of the same samples.
    Returns:
        (C,) float in [0, 1].
    Raises:
        ValueError: shapes disagree, targets are not 0/1, or probs are not in [0, 1].
    Source: own; the maximum itself is that of scikit-learn's precision-recall curve.
    """
    values = scores("probs", probs)
    true = multi_hot("targets", targets, values.shape[1])
    n = same_length(targets=true, probs=values)
    thresholds = np.full(values.shape[1], 0.5)
    if n == 0:
        return thresholds
    order = np.argsort(-values, axis=0, kind="stable")
    ranked = np.take_along_axis(values, order, axis=0)
    hits = np.take_along_axis(true, order, axis=0).cumsum(axis=0)
    f1 = 2 * hits / (np.arange(1, n + 1)[:, None] + hits[-1])
    below = np.vstack([ranked[1:], np.zeros_like(ranked[:1])])
    middle = (ranked + below) / 2
    middle = np.where(middle > below, middle, ranked)  # two neighbouring floats have no number between them
    ends = ranked > below
    ends[-1] = True
    f1 = np.where(ends, f1, -1.0)
    away = np.where(f1 == f1.max(axis=0), np.abs(middle - 0.5), np.inf)
    best = away.argmin(axis=0)
    best_thresholds = middle[best, np.arange(len(best))]
    return np.where(hits[-1] > 0, best_thresholds, thresholds)


def threshold_scores(true: ArrayLike, probs: ArrayLike, limits: ArrayLike) -> pd.DataFrame:
    """Score one class at each of several thresholds.

    Args:
        true: (N,) bool, whether the class is present.  probs: (N,) float in [0, 1].  limits: (K,) thresholds.
    Returns:
        threshold, precision, recall, f1 (in [0, 1], NaN = undefined), n_predicted (samples that reach the
        threshold), n (samples of the class); in the order of `limits`.
    Raises:
        ValueError: lengths differ or values are not as described above.
    """
    present = multi_hot("true", np.asarray(true)[:, None])[:, 0]
    values = scores("probs", np.asarray(probs)[:, None])[:, 0]
    same_length(true=present, probs=values)
    cutoffs = np.asarray(limits, dtype=np.float64)
    no_nan("limits", cutoffs)
    ranked = np.sort(values)
    n_reached = len(values) - np.searchsorted(ranked, cutoffs)
    hits = present.sum() - np.searchsorted(np.sort(values[present]), cutoffs)
    columns = (
        cutoffs,
        ratio(hits, n_reached),
        ratio(hits, present.sum()),
        ratio(2 * hits, n_reached + present.sum()),
        n_reached,
        present.sum(),
    )
    return pd.DataFrame(dict(zip(("threshold", "precision", "recall", "f1", "n_predicted", "n"), columns, strict=True)))
