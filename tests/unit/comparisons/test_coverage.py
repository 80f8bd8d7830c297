"""False headlines at their nominal rate: a small seeded part of benchmarks/coverage.py, judged as on the pages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.coverage import CLAIMED, World, measure
from comparisons.claim import judge

MOST = 0.08


@pytest.mark.parametrize(
    ("world", "trials"),
    [
        (World(n=400), 100),
        (World(n=150, per_patient=10, likeness=1.5), 100),
        (World(n=300, signal=6.0), 60),
        (World(n=300, seeds=3, seed_sd=0.6), 60),
    ],
    ids=["one seed", "few patients", "98 % right", "three seeds that differ"],
)
def test_equal_runs_are_seldom_called_different(world, trials):
    rates = measure(world, trials)
    assert rates.headline <= MOST, rates
    assert rates.headline <= rates.before, "the rule before claimed more"


def test_with_one_or_two_seeds_nothing_is_said_of_recipes_however_large_the_difference():
    assert measure(World(n=300, gain=1.5), 10).headline == 1
    assert all(measure(World(n=300, seeds=seeds, gain=1.5), 10).recipes == 0 for seeds in (1, 2))
    assert measure(World(n=300, seeds=3, gain=1.5), 10).recipes > 0.8


def test_a_real_difference_is_found_and_equal_runs_of_many_samples_can_be_called_equivalent():
    assert measure(World(n=400, gain=0.7), 20).overall > 0.8
    near = measure(World(n=3000, per_patient=1, likeness=0.0, signal=8.0), 15)
    assert near.equivalent > 0.8 and near.headline == 0


def test_two_patients_show_nothing():
    """+20.0 points (95 % +20.0 to +20.0) from two patients was once "Mining helped"."""
    claim = World(n=40, per_patient=20, gain=9.0).trial(np.random.default_rng(0))
    assert claim.comparison.patients <= 3 and not claim.overall["verdict"].isin(CLAIMED).any()
    assert not claim.rows["verdict"].isin(CLAIMED).any()


def test_a_class_is_not_called_better_where_both_tests_on_the_page_say_no():
    for number in range(40):
        claim = World(n=200, class_gain=0.6).trial(np.random.default_rng([3, number]))
        tests = claim.comparison.tests.set_index("class_name")
        for row in claim.rows[claim.rows["verdict"].isin(CLAIMED)].to_dict("records"):
            assert tests.loc[row["class_name"], ["mcnemar_holm", "delong_holm"]].min() < 0.05


def test_the_same_recipe_twice_is_never_called_better():
    for number in range(20):
        claim = World(n=400, gain=0.8).trial(np.random.default_rng([5, number]))
        twice = judge(claim.comparison, replace(claim.subject, same_recipe=True), "f1")
        assert "better" not in twice.sentence() and "우세" not in twice.sentence("ko")
