"""Confusion matrices: against scikit-learn, against sums and permutations, and against cells counted by hand."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix as reference

from analysis.confusion import confused_pairs, confusion_matrix, difference, from_counts, normalise

ANSWERS = st.integers(1, 6).flatmap(
    lambda c: st.tuples(st.just(c), st.lists(st.tuples(st.integers(0, c - 1), st.integers(0, c - 1)), max_size=60))
)


@pytest.mark.filterwarnings("ignore:A single label was found")
@given(ANSWERS)
def test_matrix_equals_scikit_learn(answers):
    n_classes, pairs = answers
    true, said = [t for t, _ in pairs], [s for _, s in pairs]
    found = confusion_matrix(true, said, n_classes)
    assert found.dtype == np.int64 and found.sum() == len(pairs)
    if pairs:
        np.testing.assert_array_equal(found, reference(true, said, labels=range(n_classes)))


@given(ANSWERS, st.randoms(use_true_random=False))
def test_order_of_samples_does_not_matter_and_renaming_classes_permutes(answers, random):
    n_classes, pairs = answers
    true, said = np.array(pairs, np.int64).reshape(-1, 2).T
    found = confusion_matrix(true, said, n_classes)
    shuffled = random.sample(range(len(pairs)), len(pairs))
    np.testing.assert_array_equal(found, confusion_matrix(true[shuffled], said[shuffled], n_classes))
    names = np.array(random.sample(range(n_classes), n_classes))
    renamed = confusion_matrix(names[true], names[said], n_classes)
    np.testing.assert_array_equal(found, renamed[np.ix_(names, names)])


def test_rows_are_the_true_class():
    np.testing.assert_array_equal(confusion_matrix([0, 0, 1], [1, 1, 1], 3), [[0, 2, 0], [0, 1, 0], [0, 0, 0]])


def test_small_integer_types_do_not_overflow():
    true = np.full(5, 99, np.int8)
    assert confusion_matrix(true, true, 100)[99, 99] == 5


@pytest.mark.parametrize(
    ("true", "said", "n_classes", "sentence"),
    [
        ([0, 1], [0, 3], 3, "predicted holds class 3"),
        ([-1, 1], [0, 1], 3, "targets holds class -1"),
        ([0.0, 1.0], [0, 1], 3, "targets is of type float64"),
        ([0, 1], [0], 3, "Lengths differ"),
        ([[0, 1]], [0, 1], 3, "shape"),
        ([], [], 0, "n_classes is 0"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(true, said, n_classes, sentence):
    with pytest.raises(ValueError, match=sentence):
        confusion_matrix(true, said, n_classes)


def test_normalise_leaves_absent_classes_undefined():
    counts = [[3, 1], [0, 0]]
    np.testing.assert_array_equal(normalise(counts), [[0.75, 0.25], [np.nan, np.nan]])
    np.testing.assert_array_equal(normalise(counts, "predicted"), [[1, 1], [0, 0]])
    np.testing.assert_array_equal(normalise([[0, 1], [0, 2]], "predicted")[:, 0], [np.nan, np.nan])


@given(st.integers(1, 5).flatmap(lambda c: st.lists(st.lists(st.integers(0, 9), min_size=c, max_size=c),
                                                    min_size=c, max_size=c)))  # fmt: skip
def test_shares_sum_to_one_where_defined(matrix):
    counts = np.array(matrix)
    for over, axis in (("true", 1), ("predicted", 0)):
        sums, totals = normalise(counts, over).sum(axis=axis), counts.sum(axis=axis)
        np.testing.assert_allclose(sums[totals > 0], 1)
        assert np.isnan(sums[totals == 0]).all()


def test_normalise_refuses_what_it_cannot_do():
    with pytest.raises(ValueError, match="'rows'"):
        normalise([[1]], "rows")
    with pytest.raises(ValueError, match=r"shape \(1, 2\)"):
        normalise([[1, 2]])
    with pytest.raises(ValueError, match="negative"):
        normalise([[-1]])


def test_difference_is_second_minus_first_in_points():
    change = difference([[8, 2], [1, 1]], [[45, 5], [0, 0]])
    np.testing.assert_allclose(change[0], [10, -10])
    assert np.isnan(change[1]).all()
    with pytest.raises(ValueError, match="2 and 1 classes"):
        difference(np.eye(2), np.eye(1))


def test_pairs_are_ranked_by_rate_then_count_then_class():
    matrix = [[8, 2, 0], [5, 10, 5], [1, 0, 3]]
    pairs = confused_pairs(matrix, ["ac", "afi", "fl"])
    assert pairs[["true_class", "predicted_class"]].apply("->".join, axis=1).tolist() == [
        "afi->ac", "afi->fl", "fl->ac", "ac->afi",
    ]  # fmt: skip
    assert pairs["count"].tolist() == [5, 5, 1, 2] and pairs["support"].tolist() == [20, 20, 4, 10]
    assert pairs["rate"].tolist() == [0.25, 0.25, 0.25, 0.2]
    assert confused_pairs(matrix, ["ac", "afi", "fl"], min_count=2)["count"].tolist() == [5, 5, 2]


def test_pairs_of_a_perfect_model_are_an_empty_frame_with_columns():
    pairs = confused_pairs(np.diag([3, 0]), ["a", "b"])
    assert pairs.empty and list(pairs) == ["true_class", "predicted_class", "count", "support", "rate"]
    with pytest.raises(ValueError, match="min_count is 0"):
        confused_pairs(np.eye(2), ["a", "b"], min_count=0)
    with pytest.raises(ValueError, match="3 class names"):
        confused_pairs(np.eye(2), ["a", "b", "c"])


def test_grid_from_sparse_counts():
    counts = pd.DataFrame({"true_class": ["b", "a", "b"], "predicted_class": ["a", "a", "a"], "n": [2, 1, 3]})
    np.testing.assert_array_equal(from_counts(counts, ["a", "b", "c"]), [[1, 0, 0], [5, 0, 0], [0, 0, 0]])
    np.testing.assert_array_equal(from_counts(counts[:0], ["a"]), [[0]])


@pytest.mark.parametrize(
    ("change", "classes", "sentence"),
    [
        ({"predicted_class": ["x"]}, ["a"], "'x' in predicted_class"),
        ({}, ["a", "a"], "'a' is named twice"),
        ({"n": [-1]}, ["a"], "negative"),
        ({"n": [np.nan]}, ["a"], "missing"),
    ],
)
def test_grid_refuses_unknown_classes_and_bad_counts(change, classes, sentence):
    counts = pd.DataFrame({"true_class": ["a"], "predicted_class": ["a"], "n": [1]} | change)
    with pytest.raises(ValueError, match=sentence):
        from_counts(counts, classes)


def test_a_million_predictions_take_a_blink():
    rng = np.random.default_rng(0)
    true, said = rng.integers(0, 6, (2, 1_000_000))
    start = time.perf_counter()
    assert confusion_matrix(true, said, 6).sum() == 1_000_000
    assert time.perf_counter() - start < 0.5  # measured 3 ms; a Python loop takes seconds
