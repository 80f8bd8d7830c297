"""The change of a confusion matrix: points and intervals by hand, marks at their promised rate."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.bootstrap import group_index, group_weights
from analysis.confusion import confusion_matrix, difference
from analysis.confusion_change import cell_table, confusion_change, worse_pairs

NAMES = ["ac", "afi", "fl", "never"]


def answers(seed, n=400, n_groups=100, worse=0.0):
    """Two runs that err alike, but for a share `worse` of class 0 that b takes for class 1."""
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, n_groups, n)
    true = rng.integers(0, 3, n)
    a, b = (np.where(rng.random(n) < 0.75, true, rng.integers(0, 3, n)) for _ in range(2))
    return true, a, np.where((true == 0) & (rng.random(n) < worse), 1, b), groups


def test_points_are_the_difference_of_the_matrices_and_rows_sum_to_nothing():
    true, a, b, groups = answers(0, worse=0.3)
    change = confusion_change(true, a, b, groups, 4, n_bootstrap=50)
    np.testing.assert_allclose(change.points, difference(confusion_matrix(true, a, 4), confusion_matrix(true, b, 4)))
    np.testing.assert_allclose(change.points[:3].sum(axis=1), 0, atol=1e-9)
    assert change.n == 400 and np.isnan(change.points[3]).all() and np.isnan(change.low[3]).all()


def test_interval_is_that_of_patients_copied_one_by_one():
    true, a, b, groups = answers(1, n=90, n_groups=20, worse=0.4)
    change = confusion_change(true, a, b, groups, 4, n_bootstrap=80, seed=3)
    index, n_groups = group_index(groups)
    drawn = []
    for weights in group_weights(n_groups, 80, seed=3)[1:]:
        rows = [i for g in range(n_groups) for _ in range(weights[g]) for i in np.flatnonzero(index == g)]
        drawn.append(difference(*(confusion_matrix(true[rows], of[rows], 4) for of in (a, b)))[0, 1])
    np.testing.assert_allclose([change.low[0, 1], change.high[0, 1]], np.quantile(drawn, [0.025, 0.975]))
    moved = {g for g, t, x, y in zip(groups, true, a, b, strict=True) if t == 0 and (x == 1) != (y == 1)}
    assert change.n_patients[0, 1] == len(moved)


def test_unmoved_matrices_show_a_mark_once_in_twenty():
    marked = [confusion_change(*answers(seed), 3, n_bootstrap=300).moved.any() for seed in range(120)]
    assert np.mean(marked) < 0.11


def test_what_truly_moved_is_marked_and_called_worse():
    change = confusion_change(*answers(5, worse=0.4), 4, n_bootstrap=400)
    assert change.moved[0, 1] and change.moved[0, 0] and not change.moved[1:].any()
    cells = cell_table(change, NAMES)
    pairs = worse_pairs(cells)
    assert pairs[["true_class", "predicted_class"]].to_numpy().tolist() == [["ac", "afi"]]
    assert pairs["low"][0] > 0 and pairs["support"][0] == change.before[0].sum()
    lost = cells[(cells["true_class"] == "ac") & (cells["predicted_class"] == "ac")].iloc[0]
    assert lost["verdict"] == "worse", "fewer on the diagonal is worse"
    assert cells["moved"].tolist() == sorted(cells["moved"], reverse=True)


def test_a_handful_of_patients_shows_nothing_however_clear_it_looks():
    true, a, b = np.zeros(40, int), np.zeros(40, int), np.ones(40, int)
    assert not confusion_change(true, a, b, np.arange(40) % 5, 2).moved.any()
    assert confusion_change(true, a, b, np.arange(40) % 6, 2).moved.all(axis=1)[0]


def test_one_patient_gives_no_interval():
    change = confusion_change([0, 0, 1], [0, 1, 1], [0, 0, 1], ["p"] * 3, 2)
    assert np.isnan(change.low).all() and not change.moved.any() and change.points[0, 0] == 50
    with pytest.raises(ValueError, match="Lengths differ"):
        confusion_change([0, 0], [0], [0, 0], [1, 2], 2)
