"""Decisions in which a sample may have any number of classes: totals, one 2 x 2 a class, and co-occurrence."""

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
    """The scores over all classes.

    Args:
        targets, decided: (N, C) 0/1.
    Returns:
        metric, value, n: exact_match (share of samples right in every class), hamming (share of single decisions that
        are wrong; lower = better), then micro_ (all decisions pooled) and macro_ (mean over the classes in which it is
        defined) precision, recall and f1. In [0, 1]; NaN = undefined. n = samples.
    Raises:
        ValueError: shapes disagree or values are not 0/1.
    """
    true, said = _pair(targets, decided)
    hits, said_n, true_n = ((of).sum(axis=0) for of in (true & said, said, true))
    found = {
        "exact_match": ratio((true == said).all(axis=1).sum(), len(true)),
        "hamming": ratio((true != said).sum(), true.size),
    }
    by_class = {"precision": (hits, said_n), "recall": (hits, true_n), "f1": (2 * hits, said_n + true_n)}
    found |= {f"micro_{name}": ratio(part.sum(), whole.sum()) for name, (part, whole) in by_class.items()}
    found |= {f"macro_{name}": np.asarray(_mean_of_defined(ratio(*parts))) for name, parts in by_class.items()}
    return pd.DataFrame({"metric": list(found), "value": [float(value) for value in found.values()], "n": len(true)})


def two_by_two(targets: ArrayLike, decided: ArrayLike, classes: Sequence[str]) -> pd.DataFrame:
    """One 2 x 2 table a class.

    Args:
        targets, decided: (N, C) 0/1.  classes: (C,) names.
    Returns:
        class_name, found (there and said), missed (there, not said), false_alarm (not there, said), rightly_absent;
        each row sums to N.
    Raises:
        ValueError: shapes disagree or values are not 0/1.
    """
    true, said = _pair(targets, decided, len(classes))
    cells = (true & said, true & ~said, ~true & said, ~true & ~said)
    counts = {name: of.sum(axis=0) for name, of in zip(CELLS, cells, strict=True)}
    return pd.DataFrame({"class_name": pd.Series(list(classes), dtype=object), **counts})


def cooccurrence(targets: ArrayLike, decided: ArrayLike, kind: Literal["beside", "instead"] = "beside") -> Counts:
    """Which false alarms come with which classes.

    Args:
        targets, decided: (N, C) 0/1.
        kind: "beside": samples that hold class i in which j is said and not there, whatever was said of i;
            "instead": of these, only those in which i was missed (j was said in its stead).
    Returns:
        (C, C) int64, row = class i that is there, column = class j that is said. On the diagonal: i is there and said.
    Raises:
        ValueError: shapes disagree, values are not 0/1, or another `kind`.
    """
    true, said = _pair(targets, decided)
    if kind not in ("beside", "instead"):
        raise ValueError(f"kind is {kind!r}; 'beside' and 'instead' are allowed.")
    there = true if kind == "beside" else true & ~said
    counts: Counts = there.astype(np.int64).T @ (said & ~true).astype(np.int64)
    np.fill_diagonal(counts, (true & said).sum(axis=0))
    return counts


def _pair(
    targets: ArrayLike, decided: ArrayLike, n_classes: int | None = None
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    true = multi_hot("targets", targets, n_classes)
    said = multi_hot("decided", decided, true.shape[1])
    same_length(targets=true, decided=said)
    return true, said


def _mean_of_defined(values: NDArray[np.float64]) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else np.nan
