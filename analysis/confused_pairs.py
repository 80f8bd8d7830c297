"""Confused pairs over the stages of a run, and matrices of many classes cut down to what matters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.confusion import confused_pairs

Counts = NDArray[np.int64]


def pair_trends(counts: pd.DataFrame) -> pd.DataFrame:
    """The rate of every confused pair at every stage.

    Args:
        counts: position, true_class, predicted_class, n; one row a cell that occurs, the diagonal included.
    Returns:
        true_class, predicted_class, position, count, support (samples of the true class at that stage), rate = count /
        support in [0, 1] (NaN without support); every pair that occurs at any stage, at every stage, by position.
    """
    if counts.empty:
        return pd.DataFrame(columns=["true_class", "predicted_class", "position", "count", "support", "rate"])
    support = counts.groupby(["true_class", "position"])["n"].sum().rename("support").reset_index()
    wrong = counts[counts["true_class"] != counts["predicted_class"]]
    pairs = wrong[["true_class", "predicted_class"]].drop_duplicates()
    positions = pd.DataFrame({"position": np.sort(counts["position"].unique())})
    keys = ["true_class", "predicted_class", "position"]
    found = pairs.merge(positions, how="cross").merge(wrong[[*keys, "n"]], on=keys, how="left")
    found = found.merge(support, on=["true_class", "position"], how="left")
    count = found["n"].fillna(0).astype(np.int64)
    return found.drop(columns="n").assign(
        count=count, support=found["support"].fillna(0).astype(np.int64), rate=count / found["support"]
    )[[*keys, "count", "support", "rate"]]


def ranked_trends(trends: pd.DataFrame, position: int) -> pd.DataFrame:
    """Pairs worst first at one stage, each with its rates up to there.

    Args:
        trends: of `pair_trends`.  position: the stage that ranks.
    Returns:
        true_class, predicted_class, count, support, rate (at `position`), trend (list of rates from the first stage to
        this one), change (rate minus the first rate that is defined); pairs that occur at none of these stages are left
        out. Highest rate first, then highest count.
    """
    until = trends[trends["position"] <= position].sort_values("position", kind="stable")
    pair = ["true_class", "predicted_class"]
    seen = until.groupby(pair, sort=False)
    if until.empty:
        return pd.DataFrame(columns=[*pair, "count", "support", "rate", "trend", "change"])
    last = seen.tail(1).set_index(pair)[["count", "support", "rate"]]
    found = last.join(seen["rate"].agg(list).rename("trend"))
    found = found.assign(change=found["rate"] - seen["rate"].first())[seen["count"].sum() > 0].reset_index()
    return found.sort_values(["rate", "count", *pair], ascending=[False, False, True, True], ignore_index=True)


def most_confused_classes(matrix: ArrayLike, classes: Sequence[str], keep: int) -> list[int]:
    """The classes of the most frequent confused pairs: at most `keep` indices, in the order of the classes.

    Pairs by count, highest first; a pair of which only one class fits in still takes that place.
    """
    counts = np.asarray(matrix)
    if len(classes) <= keep:
        return list(range(len(classes)))
    pairs = confused_pairs(counts, [str(c) for c in range(len(classes))])
    at = pairs.sort_values("count", ascending=False, kind="stable")[["true_class", "predicted_class"]].to_numpy(int)
    rest = np.argsort(-counts.sum(axis=1), kind="stable")
    return sorted(list(dict.fromkeys([*at.ravel().tolist(), *rest.tolist()]))[:keep])


def folded_positions(kept: Sequence[int], n_classes: int) -> Counts:
    """(C,) where each class goes when all that are not kept become one last class: 0 ... K - 1, or K for the others."""
    place = np.full(n_classes, len(kept))
    place[list(kept)] = np.arange(len(kept))
    return place


def fold_classes(matrix: ArrayLike, kept: Sequence[int]) -> Counts:
    """Add up all classes that are not kept into one last row and column.

    Args:
        matrix: (C, C) counts.  kept: indices of classes.
    Returns:
        (K, K) when all classes are kept, else (K + 1, K + 1): same sum as the matrix. The last cell of the diagonal
        holds the others' right answers and their confusions with each other.
    """
    counts = np.asarray(matrix, dtype=np.int64)
    place = folded_positions(kept, len(counts))
    size = len(kept) + (len(kept) < len(counts))
    folded = np.zeros((size, size), np.int64)
    np.add.at(folded, (place[:, None], place[None, :]), counts)
    return folded
