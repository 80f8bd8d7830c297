"""What was fixed beside what would have been fixed anyway: by hand, under no effect, and under a real one."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.bootstrap import FEWEST_PATIENTS
from analysis.regression_to_mean import FixesVerdict, compare_fixes


def test_by_hand_on_the_samples_that_both_had_wrong():
    before = [0, 0, 0, 0, 1, 0]
    after = [1, 1, 0, 0, 0, 1]
    control_before = [0, 0, 0, 0, 0, 1]
    control_after = [1, 0, 0, 1, 1, 1]
    found = compare_fixes(before, after, control_before, control_after, list("aabbcd"))
    assert (found.n_mined_wrong, found.n_both) == (5, 4), "one was right when it was mined, one right in the control"
    assert found.sides["n_fixed"].tolist() == [2, 2] and found.sides["share"].tolist() == [0.5, 0.5]
    assert found.difference == 0 and found.n_patients == 2
    assert found.n_apart == 2 and found.verdict == FixesVerdict.TOO_FEW_PATIENTS


def test_nothing_mined_while_wrong_and_nothing_shared_are_no_claims():
    for before, control in (([1, 1], [0, 0]), ([0, 0], [1, 1]), ([], [])):
        found = compare_fixes(before, [1] * len(before), control, [0] * len(before), list("ab")[: len(before)])
        assert found.n_both == 0 and found.verdict == FixesVerdict.NOTHING_SHARED
        assert np.isnan(found.difference) and found.sides["n_fixed"].tolist() == [0, 0]


def wrong(rng, n_patients, of_each, right_after):
    """Samples wrong at first, of which each patient has its own chance to be right later; (N,) bool and patients."""
    patients = np.repeat(np.arange(n_patients), of_each)
    chance = np.clip(right_after + rng.normal(0, 0.1, n_patients), 0, 1)[patients]
    return rng.random(len(patients)) < chance, patients


def test_regression_to_the_mean_alone_is_rarely_called_more():
    rng, named = np.random.default_rng(0), []
    for _ in range(150):
        (run, patients), (control, _) = (wrong(rng, 40, 4, 0.18) for _ in range(2))
        none = np.zeros(len(patients), bool)
        named.append(compare_fixes(none, run, none, control, patients).verdict)
    claims = np.mean([verdict in (FixesVerdict.MORE, FixesVerdict.FEWER) for verdict in named])
    assert claims <= 0.08


@pytest.mark.parametrize(("mined", "verdict"), [(0.45, FixesVerdict.MORE), (0.01, FixesVerdict.FEWER)])
def test_a_real_effect_is_named_with_its_direction(mined, verdict):
    rng = np.random.default_rng(1)
    run, patients = wrong(rng, 60, 5, mined)
    control, _ = wrong(rng, 60, 5, 0.2)
    none = np.zeros(len(patients), bool)
    found = compare_fixes(none, run, none, control, patients)
    assert found.verdict == verdict and found.low <= found.difference <= found.high
    other = compare_fixes(none, control, none, run, patients)
    assert other.difference == pytest.approx(-found.difference)


@pytest.mark.parametrize("n_patients", [FEWEST_PATIENTS - 1, FEWEST_PATIENTS])
def test_a_difference_counts_only_where_enough_patients_tell_the_two_apart(n_patients):
    """Many more patients have such samples, and in them both runs fixed the same."""
    patients = np.arange(40)
    none, control = np.zeros(40, bool), np.zeros(40, bool)
    run = patients < n_patients
    found = compare_fixes(none, run, none, control, patients)
    assert found.n_apart == n_patients and found.n_patients == 40
    assert (found.verdict == FixesVerdict.TOO_FEW_PATIENTS) == (n_patients < FEWEST_PATIENTS)


def test_lengths_that_differ_are_refused():
    with pytest.raises(ValueError, match="Lengths differ"):
        compare_fixes([True], [True, False], [True], [True], ["a"])
