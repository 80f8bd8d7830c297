"""Follow confused pairs over the stages of a run, and fold matrices of many classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.confusion import confused_pairs

Counts = NDArray[np.int64]


def pair_trends(counts: pd.DataFrame) -> pd.DataFrame:
    """Compute the rate of every confused pair at every stage.

    Args:
        counts: position, true_class, predicted_class, n; one row per cell that occurs, the diagonal included.
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
    trends = pairs.merge(positions, how="cross").merge(wrong[[*keys, "n"]], on=keys, how="left")
    trends = trends.merge(support, on=["true_class", "position"], how="left")
    count = trends["n"].fillna(0).astype(np.int64)
    return trends.drop(columns="n").assign(
        count=count, support=trends["support"].fillna(0).astype(np.int64), rate=count / trends["support"]
    )[[*keys, "count", "support", "rate"]]


def ranked_trends(trends: pd.DataFrame, position: int) -> pd.DataFrame:
    """Rank the pairs at one stage, worst first, each with its rates up to there.

    Args:
        trends: of `pair_trends`.  position: the stage that ranks.
    Returns:
        true_class, predicted_class, count, support, rate (at `position`), trend (list of rates from the first stage to
        this one), change (rate minus the first rate that is defined); pairs that occur at none of these stages are left
        out. Highest rate first, then highest count.
    """
    until = trends[trends["position"] <= position].sort_values("position", kind="stable")
    pair = ["true_class", "predicted_class"]
    by_pair = until.groupby(pair, sort=False)
    if until.empty:
        return pd.DataFrame(columns=[*pair, "count", "support", "rate", "trend", "change"])
    last = by_pair.tail(1).set_index(pair)[["count", "support", "rate"]]
    ranked = last.join(by_pair["rate"].agg(list).rename("trend"))
    ranked = ranked.assign(change=ranked["rate"] - by_pair["rate"].first())[by_pair["count"].sum() > 0].reset_index()
    return ranked.sort_values(["rate", "count", *pair], ascending=[False, False, True, True], ignore_index=True)


def most_confused_classes(matrix: ArrayLike, classes: Sequence[str], keep: int) -> list[int]:
    """Choose the classes of the most frequent confused pairs.

    Returns at most `keep` indices, in the order of the classes.

    Pairs go by count, highest first. Where only one class of a pair still fits, that class is taken.
    """
    counts = np.asarray(matrix)
    if len(classes) <= keep:
        return list(range(len(classes)))
    pairs = confused_pairs(counts, [str(c) for c in range(len(classes))])
    by_count = pairs.sort_values("count", ascending=False, kind="stable")[["true_class", "predicted_class"]].to_numpy(
        int
    )
    rest = np.argsort(-counts.sum(axis=1), kind="stable")
    return sorted(list(dict.fromkeys([*by_count.ravel().tolist(), *rest.tolist()]))[:keep])


def folded_positions(kept: Sequence[int], n_classes: int) -> Counts:
    """Map each class to its row in a folded matrix: (C,) int.

    Kept classes get 0 ... K - 1; all others share K.
    """
    positions = np.full(n_classes, len(kept))
    positions[list(kept)] = np.arange(len(kept))
    return positions


def fold_classes(matrix: ArrayLike, kept: Sequence[int]) -> Counts:
    """Add up all classes that are not kept into one last row and column.

    Args:
        matrix: (C, C) counts.  kept: indices of classes.
    Returns:
        (K, K) when all classes are kept, else (K + 1, K + 1): same sum as the matrix. The last cell of the diagonal
        holds the others' right answers and their confusions with each other.
    """
    counts = np.asarray(matrix, dtype=np.int64)
    positions = folded_positions(kept, len(counts))
    size = len(kept) + (len(kept) < len(counts))
    folded = np.zeros((size, size), np.int64)
    np.add.at(folded, (positions[:, None], positions[None, :]), counts)
    return folded
