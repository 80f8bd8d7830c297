"""Thresholds of best F1: against every threshold that can matter, tried one after the other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from analysis.metrics import decide
from analysis.thresholds import best_f1_thresholds, threshold_scores

SAMPLES = st.lists(st.tuples(st.booleans(), st.one_of(st.integers(0, 8).map(lambda k: k / 8), st.floats(0, 1))),
                   min_size=1, max_size=20)  # fmt: skip


def candidates(scores):
    """Midpoints between neighbouring distinct scores, and below the lowest."""
    distinct = sorted(set(scores))
    for below, above in zip([0.0, *distinct], distinct, strict=False):
        middle = (below + above) / 2
        yield middle if middle > below else above


@given(SAMPLES)
@example([(True, 0.0)])
@example([(True, 0.5), (False, np.nextafter(0.5, 0))])
@example([(True, 0.9), (False, 0.8), (True, 0.2)])
def test_no_threshold_does_better_and_ties_go_to_the_one_nearest_half(samples):
    true, scores = np.array([t for t, _ in samples]), np.array([s for _, s in samples])
    (found,) = best_f1_thresholds(true[:, None], scores[:, None])
    if not true.any():
        assert found == 0.5
        return
    tried = [(f1_score(true, scores >= t, zero_division=np.nan), -abs(t - 0.5), t) for t in candidates(scores)]
    best, nearest, _ = max(tried)
    assert f1_score(true, scores >= found, zero_division=np.nan) == best
    assert -abs(found - 0.5) == nearest
    assert found == max(t for f1, near, t in tried if (f1, near) == (best, nearest))


def test_worked_example():
    # cut above 0.7: F1 2/3 (2*1 / (1+2)); above 0.4: 4/5 (2*2 / (3+2)); all: 4/6. The middle of 0.2 and 0.4 is 0.3.
    np.testing.assert_allclose(best_f1_thresholds([[1], [0], [1], [0]], [[0.8], [0.6], [0.4], [0.2]]), [0.3])


def test_a_clear_gap_is_cut_in_the_middle():
    assert best_f1_thresholds([[1], [1], [0]], [[0.9], [0.8], [0.4]]) == pytest.approx(0.6)


def test_each_class_has_its_own_and_a_class_without_positives_gets_half():
    targets = [[1, 0, 1], [0, 0, 1]]
    probs = [[0.3, 0.9, 0.2], [0.1, 0.8, 0.6]]
    np.testing.assert_allclose(best_f1_thresholds(targets, probs), [0.2, 0.5, 0.1])


@pytest.mark.parametrize(("scores", "threshold"), [
    ([0.9, 0.6, 0.5, 0.46], 0.75),  # the first alone and all four both have F1 2/3; 0.75 is nearer to 0.5 than 0.23
    ([0.9, 0.7, 0.6, 0.56], 0.28),  # 0.28 is nearer than 0.8
    ([0.9, 0.6, 0.55, 0.5], 0.75),  # 0.75 and 0.25 are as near: the higher
])  # fmt: skip
def test_of_equally_good_thresholds_the_one_nearest_half(scores, threshold):
    targets = np.array([1, 0, 0, 1])[:, None]
    assert best_f1_thresholds(targets, np.array(scores)[:, None]) == pytest.approx(threshold)


def test_neighbouring_floats_are_told_apart():
    below = 0.6
    for _ in range(4):  # the middle rounds down for some of these pairs, up for the others
        above = float(np.nextafter(below, 1))
        probs = np.array([[above], [below]])
        decided = decide(probs, "sigmoid", best_f1_thresholds([[1], [0]], probs))
        assert decided.ravel().tolist() == [True, False]
        below = above


def test_equal_scores_are_never_torn_apart():
    targets, probs = np.array([[1], [0], [0]]), np.array([[0.5], [0.5], [0.5]])
    assert decide(probs, "sigmoid", best_f1_thresholds(targets, probs)).all()


def test_no_validation_samples_give_half():
    np.testing.assert_array_equal(best_f1_thresholds(np.zeros((0, 2)), np.zeros((0, 2))), [0.5, 0.5])


@given(st.randoms(use_true_random=False))
def test_order_of_samples_does_not_matter(random):
    rng = np.random.default_rng(random.randrange(1000))
    probs = rng.random((30, 3)).round(1)
    targets = rng.random((30, 3)) < probs
    order = random.sample(range(30), 30)
    np.testing.assert_array_equal(best_f1_thresholds(targets, probs), best_f1_thresholds(targets[order], probs[order]))


def test_shapes_that_disagree_are_refused():
    with pytest.raises(ValueError, match="targets has 1 columns"):
        best_f1_thresholds([[1]], [[0.5, 0.5]])
    with pytest.raises(ValueError, match="Lengths differ"):
        best_f1_thresholds([[1], [0]], [[0.5]])


def test_a_threshold_that_is_nan_is_told_as_such():
    with pytest.raises(ValueError, match="thresholds holds NaN at position 1 of 2"):
        decide(np.full((3, 2), 0.5), "sigmoid", [0.5, np.nan])
    with pytest.raises(ValueError, match="limits holds NaN at position 0 of 2"):
        threshold_scores([True, False], [0.2, 0.8], [np.nan, 0.5])
