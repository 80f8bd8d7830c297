"""Compute decisions from probabilities, and the metrics of a stage.

Undefined is NaN, never 0: precision without a positive decision, recall and average precision without a positive
sample, F1 with neither, AUROC without both kinds of samples, and anything over no samples.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.validation import class_indices, multi_hot, no_nan, same_length, scores

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
PER_CLASS_METRICS = ("precision", "recall", "f1", "average_precision", "auroc")


def decide(probs: ArrayLike, objective: str, thresholds: ArrayLike | None = None) -> Bools:
    """Decide which classes are present, from probabilities.

    Args:
        probs: (N, C) float in [0, 1].
        objective: "softmax" decides for the class of highest probability (the first of equals), exactly one per sample;
            "sigmoid" for every class whose probability reaches its threshold, none to all.
        thresholds: (C,) float for sigmoid; None = 0.5 each. Softmax has none.
    Returns:
        (N, C) bool.
    Raises:
        ValueError: another objective, thresholds for softmax, a NaN threshold, or shapes that disagree.
    """
    values = scores("probs", probs)
    n_classes = values.shape[1]
    if objective == "softmax":
        if thresholds is not None:
            raise ValueError("thresholds were given for softmax, which takes the highest probability; leave them out.")
        return values.argmax(axis=1)[:, None] == np.arange(n_classes) if n_classes else np.zeros(values.shape, bool)
    if objective != "sigmoid":
        raise ValueError(f"objective is {objective!r}; 'softmax' and 'sigmoid' are allowed.")
    cutoffs = np.full(n_classes, 0.5) if thresholds is None else np.asarray(thresholds, dtype=np.float64)
    if cutoffs.shape != (n_classes,):
        raise ValueError(f"thresholds has shape {cutoffs.shape}; give one number for each of the {n_classes} classes.")
    no_nan("thresholds", cutoffs)
    return values >= cutoffs


def ratio(part: ArrayLike, whole: ArrayLike) -> Floats:
    """Divide part by whole; NaN where the whole is 0. Any shapes that broadcast."""
    above, below = np.broadcast_arrays(np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64))
    quotient: Floats = np.divide(above, below, out=np.full(above.shape, np.nan), where=below != 0)
    return quotient


def per_class(targets: ArrayLike, decided: ArrayLike, probs: ArrayLike, classes: Sequence[str]) -> pd.DataFrame:
    """Compute the metrics of every class against the rest.

    Args:
        targets: (N, C) 0/1, the classes that are present.
        decided: (N, C) bool, the predicted classes.
        probs: (N, C) float in [0, 1].
        classes: (C,) names.
    Returns:
        class_name, precision, recall, f1, average_precision, auroc (all in [0, 1], higher = better, NaN = undefined),
        n (samples of the class: its support); in the order of `classes`.
    Raises:
        ValueError: shapes disagree, targets are not 0/1, or probs are not in [0, 1].
    Source: precision, recall and F1 by their definitions; the two areas are scikit-learn's.
    """
    true, decisions, values = _checked(targets, decided, probs, classes)
    hits = (true & decisions).sum(axis=0)
    support, positives = true.sum(axis=0), decisions.sum(axis=0)
    columns = {
        "class_name": list(classes),
        "precision": ratio(hits, positives),
        "recall": ratio(hits, support),
        "f1": ratio(2 * hits, support + positives),
        "average_precision": [_average_precision(true[:, c], values[:, c]) for c in range(len(classes))],
        "auroc": [_auroc(true[:, c], values[:, c]) for c in range(len(classes))],
    }
    return pd.DataFrame(columns | {"n": support}).astype({name: float for name in PER_CLASS_METRICS})


def stage_metrics(
    targets: ArrayLike,
    probs: ArrayLike,
    decided: ArrayLike,
    classes: Sequence[str],
    labels: ArrayLike,
    losses: ArrayLike,
) -> pd.DataFrame:
    """Compute all metrics of one stage on one split, as the store keeps them.

    Args:
        targets: (N, C) 0/1.  probs: (N, C) in [0, 1].  decided: (N, C) bool.  classes: (C,) names.
        labels: (N,) int, the one class that a single-label annotator chose.
        losses: (N,) float.
    Returns:
        class_name (None = overall), metric, value (NaN = undefined), n. Overall, n = samples: loss (mean), accuracy
        (class of highest probability == label), macro_f1, macro_ap, macro_auroc (means over the classes in which they
        are defined), exact_match (share of samples decided right in every class), hamming (share of single decisions
        that are wrong; lower = better). Per class, n = support: precision, recall, f1, average_precision, auroc.
    Raises:
        ValueError: shapes disagree, or values are not as described above.
    """
    true, decisions, values = _checked(targets, decided, probs, classes)
    label = class_indices("labels", labels, len(classes))
    loss = np.asarray(losses, dtype=np.float64)
    n = same_length(targets=true, labels=label, losses=loss)
    by_class = per_class(true, decisions, values, classes)
    overall = {
        "loss": _mean(loss),
        "accuracy": _mean(values.argmax(axis=1) == label) if n else np.nan,
        "macro_f1": _mean_of_defined(by_class["f1"].to_numpy()),
        "exact_match": _mean((true == decisions).all(axis=1)),
        "hamming": _mean(true != decisions),
        "macro_ap": _mean_of_defined(by_class["average_precision"].to_numpy()),
        "macro_auroc": _mean_of_defined(by_class["auroc"].to_numpy()),
    }
    long = by_class.melt(["class_name", "n"], list(PER_CLASS_METRICS), "metric", "value")
    rows = {
        "class_name": pd.Series([None] * len(overall) + long["class_name"].to_list(), dtype=object),  # str has no None
        "metric": [*overall, *long["metric"]],
        "value": np.concatenate([np.array(list(overall.values())), long["value"].to_numpy(np.float64)]),
        "n": np.concatenate([np.full(len(overall), n), long["n"].to_numpy()]).astype(np.int64),
    }
    return pd.DataFrame(rows)


def _checked(
    targets: ArrayLike, decided: ArrayLike, probs: ArrayLike, classes: Sequence[str]
) -> tuple[Bools, Bools, Floats]:
    true = multi_hot("targets", targets, len(classes))
    decisions = multi_hot("decided", decided, len(classes))
    values = scores("probs", probs, len(classes))
    same_length(targets=true, decided=decisions, probs=values)
    return true, decisions, values


def _average_precision(true: Bools, values: Floats) -> float:
    from sklearn.metrics import average_precision_score  # a second of processor time, which only a judged stage needs

    return float(average_precision_score(true, values)) if true.any() else np.nan


def _auroc(true: Bools, values: Floats) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(true, values)) if true.any() and not true.all() else np.nan


def _mean(values: NDArray[np.generic]) -> float:
    return float(np.mean(values.astype(np.float64))) if values.size else np.nan


def _mean_of_defined(values: Floats) -> float:
    return _mean(values[~np.isnan(values)])
