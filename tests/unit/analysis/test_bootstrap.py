"""Resampling patients: weights, sums and areas against copies of the samples made one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from analysis import bootstrap
from analysis.bootstrap import group_index, group_sums, group_weights, percentile_interval, weighted_areas


def test_groups_are_numbered_in_their_own_order():
    index, n_groups = group_index(["p7", "p2", "p7", "p9"])
    assert index.tolist() == [1, 0, 1, 2] and n_groups == 3


def test_a_sample_without_a_patient_is_refused():
    with pytest.raises(ValueError, match="Row 1 has no group"):
        group_index(np.array(["p", None, "q"], dtype=object))


def test_weights_draw_as_many_groups_as_there_are_and_begin_with_the_data_itself():
    weights = group_weights(7, 200, seed=3)
    assert weights.shape == (201, 7) and (weights[0] == 1).all() and (weights.sum(axis=1) == 7).all()
    assert (weights >= 0).all() and len(np.unique(weights[1:], axis=0)) > 150
    # each group is drawn once on average, with variance 1 - 1/7
    assert abs(weights[1:].mean(axis=0) - 1).max() < 0.25
    assert weights[1:].var() == pytest.approx(6 / 7, abs=0.1)


def test_the_seed_decides():
    np.testing.assert_array_equal(group_weights(5, 20, seed=1), group_weights(5, 20, seed=1))
    assert (group_weights(5, 20, seed=1) != group_weights(5, 20, seed=2)).any()
    with pytest.raises(ValueError, match="n_bootstrap is -1"):
        group_weights(5, -1, seed=0)


def test_group_sums_are_those_of_a_loop():
    values, index = np.arange(12.0).reshape(6, 2), np.array([2, 0, 2, 1, 0, 2])
    expected = np.zeros((3, 2))
    for row, group in zip(values, index, strict=True):
        expected[group] += row
    np.testing.assert_array_equal(group_sums(values, index, 3), expected)


TINY = st.integers(1, 12).flatmap(
    lambda n: st.tuples(
        st.lists(st.booleans(), min_size=n, max_size=n),
        st.lists(st.integers(0, 5).map(lambda k: k / 5), min_size=n, max_size=n),
        st.lists(st.integers(0, 3), min_size=n, max_size=n),
    )
)


@given(TINY, st.integers(0, 50))
def test_areas_equal_scikit_learn_on_copied_samples(case, seed):
    true, scores, groups = (np.array(part) for part in case)
    index, n_groups = group_index(groups)
    weights = group_weights(n_groups, 6, seed)
    precision, auroc = weighted_areas(true, scores, index, weights)
    for row, drawn in enumerate(weights):
        copies = [i for i in range(len(true)) for _ in range(drawn[index[i]])]
        t, s = true[copies], scores[copies]
        if t.any():
            assert precision[row] == pytest.approx(average_precision_score(t, s))
        else:
            assert np.isnan(precision[row])
        if t.any() and not t.all():
            assert auroc[row] == pytest.approx(roc_auc_score(t, s))
        else:
            assert np.isnan(auroc[row])


def test_areas_do_not_depend_on_how_much_is_done_at_once(monkeypatch):
    rng = np.random.default_rng(0)
    true, scores, index = rng.random(40) < 0.4, rng.random(40).round(1), rng.integers(0, 9, 40)
    weights = group_weights(9, 30, seed=0)
    whole = weighted_areas(true, scores, index, weights)
    monkeypatch.setattr(bootstrap, "CELLS_AT_ONCE", 100)
    np.testing.assert_array_equal(whole, weighted_areas(true, scores, index, weights))


def test_areas_of_no_samples_are_undefined():
    none = np.zeros(0)
    areas = weighted_areas(none.astype(bool), none, none.astype(np.int64), group_weights(0, 3, 0))
    assert np.isnan(areas).all() and np.shape(areas) == (2, 4)


def test_interval_is_the_middle_95_percent_of_what_is_defined():
    values = np.arange(1001.0)
    low, high = percentile_interval(np.column_stack([values, np.where(values < 400, values, np.nan)]))
    assert (low[0], high[0]) == pytest.approx((25, 975))
    assert np.isnan([low[1], high[1]]).all(), "fewer than half of the resamples are defined"
    low, high = percentile_interval(np.where(values < 600, values, np.nan)[:, None], confidence=0.5)
    assert (low[0], high[0]) == pytest.approx((149.75, 449.25))
    assert np.isnan(percentile_interval(np.zeros((0, 2)))).all()
