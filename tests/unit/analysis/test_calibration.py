"""Reliability against scikit-learn and by hand; Wilson's interval against statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from statsmodels.stats.proportion import proportion_confint

from analysis.calibration import bin_index, calibration_errors, reliability


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
    assert bins["n"].tolist() == [0, 0, 2, 2] and bins["frequency"].isna().tolist() == [True, True, False, False]
    # ten bins: 0.61 and 0.69 share one, one of them right: gap 0.15; 0.92 and 0.98 share one, both right: gap 0.05
    right, probs = np.array([[1], [0], [1], [1]]), np.array([[0.61], [0.69], [0.92], [0.98]])
    value = calibration_errors([right], [probs], np.arange(4), n_bootstrap=0)["value"].item()
    assert value == pytest.approx((2 * 0.15 + 2 * 0.05) / 4)


def test_nothing_is_undefined_and_bad_input_is_refused():
    none = np.zeros((0, 1))
    assert np.isnan(calibration_errors([none], [none], [])["value"].item())
    with pytest.raises(ValueError, match="n_bins is 0"):
        reliability([True], [0.5], n_bins=0)
    with pytest.raises(ValueError, match="outside 0 to 1"):
        reliability([True], [1.5])


def test_the_bin_of_a_probability_is_the_one_it_is_counted_in():
    probs = np.array([0.0, 0.1, 0.1000001, 0.55, 0.6, 1.0, 0.999])
    for n_bins in (1, 3, 10):
        counted = np.bincount(bin_index(probs, n_bins), minlength=n_bins)
        assert counted.tolist() == reliability(np.ones(len(probs)), probs, n_bins)["n"].tolist()
    assert bin_index([[0.1, 0.95]]).tolist() == [[0, 9]]


def calibrated(n=400, seed=0, over=0.0):
    """A model whose probabilities come true as often as they say, or less often by `over`."""
    rng = np.random.default_rng(seed)
    probs = rng.uniform(0.5, 1, (n, 1))
    return rng.random((n, 1)) < probs - over, probs, np.arange(n) // 4


def test_errors_are_the_binned_ones_and_a_perfect_model_shows_no_zero():
    outcomes, probs, groups = calibrated(over=0.1)
    row = calibration_errors([outcomes], [probs], groups).iloc[0]
    bins = reliability(outcomes[:, 0], probs[:, 0])
    gaps = (bins["confidence"] - bins["frequency"]).abs() * bins["n"]
    assert row["value"] == pytest.approx(gaps.sum() / 400)
    assert row["low"] < row["value"] < row["high"] and row["n"] == 400
    assert 0.02 < row["perfect"] < 0.05, "0.034 at n = 400: few bins, finite samples"


def test_equal_models_are_called_different_in_about_one_of_twenty_and_a_worse_one_is_found():
    wrong = 0
    for seed in range(60):
        (first, probs, groups), (second, others, _) = calibrated(seed=seed), calibrated(seed=1000 + seed)
        row = calibration_errors([first, second], [probs, others], groups, n_bootstrap=200).iloc[1]
        wrong += not row["difference_low"] <= 0 <= row["difference_high"]
    assert wrong / 60 < 0.12
    outcomes, probs, groups = calibrated(n=1600, over=0.2)
    sure = np.clip(probs - 0.2, 0, 1)
    row = calibration_errors([outcomes, outcomes], [probs, sure], groups).iloc[1]
    assert row["difference_high"] < 0, "the second says what comes true"


def test_five_patients_do_not_tell_two_calibrations_apart():
    rng = np.random.default_rng(0)
    outcomes = rng.random((300, 1)) < 0.9
    probs = [np.full((300, 1), 0.9), np.full((300, 1), 0.2)]
    for patients, known in ((5, False), (6, True)):
        row = calibration_errors([outcomes, outcomes], probs, np.arange(300) % patients).iloc[1]
        assert row["difference"] > 0.5 and np.isfinite(row["difference_low"]) == known
