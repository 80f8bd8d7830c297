"""Intervals that hold together: against what can be worked out by hand, and with few patients."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from analysis.simultaneous_intervals import HALF, half_width, intervals, tail_level

EVERY = np.ones(6, dtype=bool)


def normal_resamples(n=40_000, correlation=0.0, k=6, seed=0):
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=(n, 1))
    return np.sqrt(correlation) * shared + np.sqrt(1 - correlation) * rng.normal(size=(n, k))


def test_independent_quantities_give_sidaks_level_and_equal_ones_the_level_itself():
    level = tail_level(normal_resamples(), np.zeros(6), EVERY, 0.05)
    assert level == pytest.approx(1 - 0.95 ** (1 / 6), rel=0.05)
    assert tail_level(normal_resamples(correlation=1.0), np.zeros(6), EVERY, 0.05) == pytest.approx(0.05, rel=0.05)
    assert tail_level(normal_resamples(k=1), np.zeros(1), EVERY[:1], 0.05) == 0.05


def test_each_source_of_chance_has_its_own_student_quantile():
    width = half_width(np.array([0.0, 0.02, 0.03]), np.array([0.01, 0.0, 0.04]), np.array([50, 11, 11]), 3, 0.05)
    of_patients, of_seeds = stats.t.ppf(0.975, 10), stats.t.ppf(0.975, 2)
    assert width[0] == pytest.approx(of_seeds * 0.01) and width[1] == pytest.approx(of_patients * 0.02)
    assert width[2] == pytest.approx(np.hypot(of_patients * 0.03, of_seeds * 0.04))


def test_seeds_that_agree_by_chance_never_make_an_interval_narrower_than_that_of_patients():
    rng = np.random.default_rng(1)
    patients = np.full(1, 0.02)
    alone = half_width(patients, np.zeros(1), np.array([100]), 1, 0.05)
    for spread in rng.exponential(0.01, 50):
        assert half_width(patients, np.full(1, spread), np.array([100]), 3, 0.05) >= alone


@pytest.mark.parametrize(("telling", "shown"), [(6, False), (7, True), (30, True)])
def test_patients_who_all_agree_count_as_in_a_sign_test(telling, shown):
    """0.5 ** 6 = 0.016 > 0.0125: six patients who all go one way show nothing at half of 5 %; seven do."""
    count = np.array([telling])
    low, high = intervals(np.full((1, 1), 0.2), np.full((50, 1), 0.2), count, count, np.zeros(1), HALF)
    assert (low[0] > 0) == shown and high[0] == pytest.approx(0.2)
    assert (0.5**telling < HALF / 2) == shown


def test_few_telling_patients_leave_an_interval_as_wide_as_their_share_may_be():
    drawn = np.random.default_rng(0).normal(0, 0.001, (200, 1))
    low, high = intervals(np.zeros((1, 1)), drawn, np.array([0]), np.array([300]), np.zeros(1), 0.10)
    assert high[0] == pytest.approx(1 - 0.05 ** (1 / 300), rel=1e-6) and low[0] == -high[0]
    low, high = intervals(np.zeros((1, 1)), drawn, np.array([0]), np.array([10]), np.zeros(1), 0.10)
    assert high[0] > 0.2, "ten patients without a difference do not show that there is none"


def test_undefined_quantities_stay_undefined():
    drawn = np.full((20, 2), np.nan)
    low, high = intervals(np.array([[np.nan, 0.1]]), drawn, np.array([9, 9]), np.array([9, 9]), np.zeros(2), 0.05)
    assert np.isnan([*low, *high]).all()


def test_families_do_not_pay_for_each_other():
    drawn = normal_resamples(2000, k=6) * 0.01
    many = np.full(6, 200)
    apart = intervals(np.zeros((1, 6)), drawn, many, many, np.arange(6), 0.05)
    together = intervals(np.zeros((1, 6)), drawn, many, many, np.zeros(6), 0.05)
    assert (together[1] > apart[1]).all()
    assert apart[1][0] == pytest.approx(1.972 * drawn[:, 0].std(ddof=1), rel=1e-3)
