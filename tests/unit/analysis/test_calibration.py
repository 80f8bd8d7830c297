"""Reliability against scikit-learn and by hand; Wilson's interval against statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from statsmodels.stats.proportion import proportion_confint

from analysis.calibration import bin_of, expected_calibration_error, reliability


def test_bins_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    probs = np.concatenate([rng.random(300), [0, 0.1, 0.5, 1]])
    right = rng.random(304) < probs**2
    bins = reliability(right, probs)
    filled = bins[bins["n"] > 0]
    frequency, confidence = calibration_curve(right, probs, n_bins=10)
    np.testing.assert_allclose(filled["frequency"], frequency)
    np.testing.assert_allclose(filled["confidence"], confidence)
    assert bins["n"].sum() == 304
    ends = proportion_confint((filled["frequency"] * filled["n"]).round(), filled["n"], method="wilson")
    np.testing.assert_allclose(filled["low_95"], ends[0], atol=1e-9)
    np.testing.assert_allclose(filled["high_95"], ends[1], atol=1e-9)


def test_error_worked_by_hand():
    # two in (0.5, 0.75]: said 0.6 and 0.7, one right: gap 0.15; two in (0.75, 1]: said 0.9 and 1, both right: gap 0.05
    bins = reliability([True, False, True, True], [0.6, 0.7, 0.9, 1.0], n_bins=4)
    assert expected_calibration_error(bins) == pytest.approx((2 * 0.15 + 2 * 0.05) / 4)
    assert bins["n"].tolist() == [0, 0, 2, 2] and bins["frequency"].isna().tolist() == [True, True, False, False]


def test_nothing_is_undefined_and_bad_input_is_refused():
    assert np.isnan(expected_calibration_error(reliability([], [])))
    with pytest.raises(ValueError, match="n_bins is 0"):
        reliability([True], [0.5], n_bins=0)
    with pytest.raises(ValueError, match="outside 0 to 1"):
        reliability([True], [1.5])


def test_the_bin_of_a_probability_is_the_one_it_is_counted_in():
    probs = np.array([0.0, 0.1, 0.1000001, 0.55, 0.6, 1.0, 0.999])
    for n_bins in (1, 3, 10):
        counted = np.bincount(bin_of(probs, n_bins), minlength=n_bins)
        assert counted.tolist() == reliability(np.ones(len(probs)), probs, n_bins)["n"].tolist()
    assert bin_of([[0.1, 0.95]]).tolist() == [[0, 9]]
