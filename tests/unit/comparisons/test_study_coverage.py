"""False claims of studies at their nominal rate: a small seeded part of benchmarks/study_coverage.py."""

from __future__ import annotations

import pytest

from benchmarks.study_coverage import INTERACTIONS, StudyWorld, measure, true_difference

MOST = 0.10  # of 60 studies; the table with many studies is benchmarks/study_coverage.md


@pytest.mark.parametrize("seeds", [2, 4, 10])
def test_studies_of_equal_arms_seldom_claim_a_difference(seeds):
    rates = measure(StudyWorld(n=300, seeds=seeds, seed_sd=0.4), 60)
    assert rates.main <= MOST and rates.interactions <= MOST, rates
    assert seeds > 2 or rates.main == rates.explored == rates.equivalent == 0


@pytest.mark.parametrize(
    ("gains", "arms"), [({"hnl": 0.4}, ("hnl", "control")), ({"filter_hnl": 0.6}, INTERACTIONS[0][0])]
)
def test_a_difference_as_large_as_the_margin_is_seldom_called_equivalent(gains, arms):
    world = StudyWorld(n=800, seeds=5, seed_sd=0.1, datasets=1, gains=gains)
    assert measure(world, 60, abs(true_difference(world, arms)), arms).equivalent <= 0.12


def test_a_difference_that_matters_is_found():
    world = StudyWorld(n=800, seeds=5, seed_sd=0.1, datasets=1, gains={"hnl": 1.0})
    assert measure(world, 15, arms=("hnl", "control")).main > 0.8
