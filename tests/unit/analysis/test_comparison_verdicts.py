"""Four verdicts: which interval decides, the floor of six patients, and what would settle an open comparison."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis import simultaneous_intervals
from analysis.comparison_verdicts import MOST_SEEDS, Verdict, assign_verdicts, speaks_of_recipes, what_would_settle


def row(low, high, equal=None, telling=20, groups=40, margin=0.01):
    equal = (low, high) if equal is None else equal
    frame = pd.DataFrame(
        {
            "simultaneous_low": [low], "simultaneous_high": [high], "equivalence_low": [equal[0]],
            "equivalence_high": [equal[1]], "n_telling": [telling], "n_groups": [groups],
        }
    )  # fmt: skip
    return assign_verdicts(frame, margin)["verdict"].iloc[0]


@pytest.mark.parametrize(
    ("case", "verdict"),
    [
        ({"low": 0.003, "high": 0.04}, Verdict.BETTER),
        ({"low": -0.04, "high": -0.003}, Verdict.WORSE),
        ({"low": -0.02, "high": 0.02, "equal": (-0.009, 0.008)}, Verdict.EQUIVALENT),
        ({"low": -0.02, "high": 0.02, "equal": (-0.011, 0.008)}, Verdict.NOT_SETTLED),
        ({"low": 0.001, "high": 0.008, "equal": (0.002, 0.007)}, Verdict.EQUIVALENT),  # shown, and too small to matter
        ({"low": 0.001, "high": 0.008, "equal": (0.002, 0.007), "margin": 0.005}, Verdict.BETTER),
        ({"low": 0.0, "high": 0.02}, Verdict.NOT_SETTLED),
        ({"low": np.nan, "high": np.nan}, Verdict.NOT_SETTLED),
        ({"low": 0.1, "high": 0.3, "telling": 5}, Verdict.NOT_SETTLED),
        ({"low": 0.1, "high": 0.3, "telling": 6}, Verdict.BETTER),
        ({"low": 0.1, "high": 0.3, "groups": 5}, Verdict.NOT_SETTLED),
        ({"low": -0.004, "high": 0.004, "groups": 5}, Verdict.NOT_SETTLED),  # the sentence has it as not comparable
    ],
)
def test_which_interval_decides(case, verdict):
    assert row(**case) == verdict


def test_a_margin_must_be_above_zero():
    with pytest.raises(ValueError, match="margin is 0"):
        row(-1, 1, margin=0)


def test_three_seeds_speak_of_recipes():
    assert [speaks_of_recipes(n) for n in (1, 2, 3, 5)] == [False, False, True, True]


def needed(difference, patients, seeds, n_seeds, n_groups=200, telling=None):
    names = ("difference", "patient_error", "seed_error", "n_seeds", "n_groups", "n_telling")
    values = (difference, patients, seeds, n_seeds, n_groups, n_groups if telling is None else telling)
    return what_would_settle(pd.Series(dict(zip(names, values, strict=True))))


@pytest.mark.parametrize("n_groups", [40, 200])
def test_runs_that_answer_alike_need_as_many_patients_as_show_it(n_groups):
    """No variance was seen, yet a few patients cannot show that there is none."""
    _, patients = needed(0.0, 0.0, np.nan, 1, n_groups, telling=0)
    assert patients is not None
    groups = np.array([n_groups, n_groups + patients])
    upper = simultaneous_intervals.exact_margin(
        np.zeros(2), np.zeros(2, np.int64), groups, simultaneous_intervals.TWO_ONE_SIDED
    )
    assert upper[0] > 0.01 > upper[1]


def test_more_seeds_settle_what_seeds_leave_open_and_more_patients_what_patients_do():
    seeds, patients = needed(0.02, 0.002, 0.012, 3)
    assert seeds is not None and 1 <= seeds <= MOST_SEEDS and patients is None
    seeds, patients = needed(0.02, 0.012, 0.001, 5)
    assert seeds is None and patients is not None and patients > 200
    assert needed(0.02, 0.012, np.nan, 1)[0] is None, "one seed tells no variance between seeds"
    assert needed(np.nan, np.nan, np.nan, 1) == (None, None)


def test_larger_differences_and_smaller_variances_need_less():
    assert needed(0.04, 0.002, 0.012, 3)[0] < needed(0.02, 0.002, 0.012, 3)[0]
    assert needed(0.03, 0.012, np.nan, 1)[1] < needed(0.02, 0.012, np.nan, 1)[1]


def test_what_is_said_to_settle_it_does_so_in_four_of_five_simulated_studies():
    rng = np.random.default_rng(0)
    difference, between = 0.02, 0.02
    more, _ = needed(difference, 0.0005, between / np.sqrt(3), 3)
    n_seeds, settled = 3 + more, 0
    for _ in range(400):
        seeds = rng.normal(difference, between, n_seeds)
        width = stats.t.ppf(0.975, n_seeds - 1) * seeds.std(ddof=1) / np.sqrt(n_seeds)
        settled += abs(seeds.mean()) > width
    assert settled / 400 == pytest.approx(0.8, abs=0.07)
