"""Kappa by hand, against statsmodels, and on Fleiss' own example."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.inter_rater import fleiss_kappa as reference

from analysis.agreement import cohen_kappa, fleiss_kappa


def test_cohen_is_the_agreement_beyond_chance_worked_by_hand():
    # equal on 3 of 5; by chance on (3 x 3 + 2 x 2) / 25 = 0.52
    assert cohen_kappa(list("aaabb"), list("aabba")) == pytest.approx((0.6 - 0.52) / (1 - 0.52))
    assert cohen_kappa(["a", "b"], ["b", "a"]) == pytest.approx(-1)


def test_fleiss_is_that_of_statsmodels():
    counts = np.random.default_rng(4).multinomial(5, [0.5, 0.3, 0.2], size=40)
    assert fleiss_kappa(counts) == pytest.approx(reference(counts))


def test_fleiss_worked_example_of_ten_subjects_and_fourteen_raters():
    counts = [
        [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
    ]  # fmt: skip
    assert fleiss_kappa(counts) == pytest.approx(0.210, abs=5e-4)


def test_single_verdicts_say_nothing_and_one_verdict_only_is_undefined():
    assert fleiss_kappa([[1, 1], [2, 0], [1, 0]]) == fleiss_kappa([[1, 1], [2, 0]])
    assert np.isnan(fleiss_kappa([[1, 0]])) and np.isnan(fleiss_kappa([[2, 0], [3, 0]]))
    assert np.isnan(cohen_kappa(["a", "a"], ["a", "a"])) and np.isnan(cohen_kappa([], []))
    with pytest.raises(ValueError, match="Lengths differ"):
        cohen_kappa(["a"], ["a", "b"])


def test_a_sample_without_both_ratings_is_left_out():
    first, second = ["a", "b", None, "b", "a"], ["a", "a", "b", "b", float("nan")]
    assert cohen_kappa(first, second) == cohen_kappa(["a", "b", "b"], ["a", "a", "b"])
    assert np.isnan(cohen_kappa([None, "a"], ["a", None]))
