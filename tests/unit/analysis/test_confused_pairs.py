"""Trends of confused pairs by hand, and matrices of many classes folded without losing a sample."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.confused_pairs import fold_classes, folded_positions, most_confused_classes, pair_trends, ranked_trends

COUNTS = pd.DataFrame(
    [
        (0, "ac", "ac", 6), (0, "ac", "afi", 4), (0, "fl", "fl", 5),
        (1, "ac", "ac", 9), (1, "ac", "afi", 1), (1, "fl", "ac", 2), (1, "fl", "fl", 3),
    ],
    columns=["position", "true_class", "predicted_class", "n"],
)  # fmt: skip


def test_every_pair_at_every_stage_with_its_support():
    trends = pair_trends(COUNTS)
    of = {(r.true_class, r.predicted_class, r.position): (r.count, r.support, r.rate) for r in trends.itertuples()}
    assert of == {
        ("ac", "afi", 0): (4, 10, 0.4), ("ac", "afi", 1): (1, 10, 0.1),
        ("fl", "ac", 0): (0, 5, 0.0), ("fl", "ac", 1): (2, 5, 0.4),
    }  # fmt: skip


def test_pairs_are_ranked_at_one_stage_with_their_way_there():
    last = ranked_trends(pair_trends(COUNTS), 1)
    assert last["true_class"].tolist() == ["fl", "ac"] and last["trend"].tolist() == [[0.0, 0.4], [0.4, 0.1]]
    assert last["change"].tolist() == pytest.approx([0.4, -0.3])
    first = ranked_trends(pair_trends(COUNTS), 0)
    assert first["true_class"].tolist() == ["ac"], "a pair that has not occurred yet is not listed"
    assert ranked_trends(pair_trends(COUNTS[:0]), 0).empty


def test_the_busiest_classes_are_those_of_the_most_frequent_pairs():
    matrix = np.diag([50, 40, 30, 20, 10])
    matrix[3, 4], matrix[0, 2] = 9, 5
    names = list("abcde")
    assert most_confused_classes(matrix, names, 2) == [3, 4]
    assert most_confused_classes(matrix, names, 4) == [0, 2, 3, 4]
    assert most_confused_classes(np.diag([1, 2, 3]), list("abc"), 2) == [1, 2], "without confusions the largest classes"
    assert most_confused_classes(matrix, names, 9) == [0, 1, 2, 3, 4]


def test_folding_loses_no_sample():
    matrix = np.arange(25).reshape(5, 5)
    folded = fold_classes(matrix, [1, 3])
    assert folded.sum() == matrix.sum() and folded[:2, :2].tolist() == matrix[np.ix_([1, 3], [1, 3])].tolist()
    assert folded[0, 2] == matrix[1, [0, 2, 4]].sum() and folded[2, 1] == matrix[[0, 2, 4], 3].sum()
    assert fold_classes(matrix, range(5)).tolist() == matrix.tolist()
    assert folded_positions([1, 3], 5).tolist() == [2, 0, 2, 1, 2]
