"""Score multi-label decisions: totals, one 2 x 2 table per class, and co-occurrence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.metrics import ratio
from analysis.validation import multi_hot, same_length

Counts = NDArray[np.int64]
CELLS = ("found", "missed", "false_alarm", "rightly_absent")


def totals(targets: ArrayLike, decided: ArrayLike) -> pd.DataFrame:
    """Compute the scores over all classes.

    Args:
        targets, decided: (N, C) 0/1.
    Returns:
        metric, value, n: exact_match (share of samples right in every class), hamming (share of single decisions that
        are wrong; lower = better), then micro_ (all decisions pooled) and macro_ (mean over the classes in which it is
        defined) precision, recall and f1. In [0, 1]; NaN = undefined. n = samples.
    Raises:
        ValueError: shapes disagree or values are not 0/1.
    """
    true, decisions = _pair(targets, decided)
    hits, decided_n, true_n = ((cells).sum(axis=0) for cells in (true & decisions, decisions, true))
    scores = {
        "exact_match": ratio((true == decisions).all(axis=1).sum(), len(true)),
        "hamming": ratio((true != decisions).sum(), true.size),
    }
    by_class = {"precision": (hits, decided_n), "recall": (hits, true_n), "f1": (2 * hits, decided_n + true_n)}
    scores |= {f"micro_{name}": ratio(part.sum(), whole.sum()) for name, (part, whole) in by_class.items()}
    scores |= {f"macro_{name}": np.asarray(_mean_of_defined(ratio(*parts))) for name, parts in by_class.items()}
    return pd.DataFrame({"metric": list(scores), "value": [float(value) for value in scores.values()], "n": len(true)})


def two_by_two(targets: ArrayLike, decided: ArrayLike, classes: Sequence[str]) -> pd.DataFrame:
    """Count one 2 x 2 table per class.

    Args:
        targets, decided: (N, C) 0/1.  classes: (C,) names.
    Returns:
        class_name, found (present and predicted), missed (present, not predicted), false_alarm (absent, predicted),
        rightly_absent;
        each row sums to N.
    Raises:
        ValueError: shapes disagree or values are not 0/1.
    """
    true, decisions = _pair(targets, decided, len(classes))
    cells = (true & decisions, true & ~decisions, ~true & decisions, ~true & ~decisions)
    counts = {name: cell.sum(axis=0) for name, cell in zip(CELLS, cells, strict=True)}
    return pd.DataFrame({"class_name": pd.Series(list(classes), dtype=object), **counts})


def cooccurrence(targets: ArrayLike, decided: ArrayLike, kind: Literal["beside", "instead"] = "beside") -> Counts:
    """Count which false alarms come with which classes.

    Args:
        targets, decided: (N, C) 0/1.
        kind: "beside": samples of class i for which an absent class j is predicted, whether i is predicted or not;
            "instead": of these, only the samples in which i was missed (j was predicted in place of i).
    Returns:
        (C, C) int64, row = class i that is present, column = class j that is predicted. On the diagonal: i is both.
    Raises:
        ValueError: shapes disagree, values are not 0/1, or another `kind`.
    """
    true, decisions = _pair(targets, decided)
    if kind not in ("beside", "instead"):
        raise ValueError(f"kind is {kind!r}; 'beside' and 'instead' are allowed.")
    present = true if kind == "beside" else true & ~decisions
    counts: Counts = present.astype(np.int64).T @ (decisions & ~true).astype(np.int64)
    np.fill_diagonal(counts, (true & decisions).sum(axis=0))
    return counts


def _pair(
    targets: ArrayLike, decided: ArrayLike, n_classes: int | None = None
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    true = multi_hot("targets", targets, n_classes)
    decisions = multi_hot("decided", decided, true.shape[1])
    same_length(targets=true, decided=decisions)
    return true, decisions


def _mean_of_defined(values: NDArray[np.float64]) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else np.nan
