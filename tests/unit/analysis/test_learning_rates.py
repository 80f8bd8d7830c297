"""Test the reading of a range test on made-up losses whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.learning_rates import Floats, has_diverged, read_range_test, rising_rates

RATES = rising_rates(1e-6, 1.0, 151)  # 25 steps a factor of ten


def losses_of(fall_at: float, rise_at: float, noise: float = 0.0, seed: int = 0) -> Floats:
    """Losses that fall from 2 to 1 around one rate, and rise to 9 around another."""
    place = np.log10(RATES)
    losses = 2 - 1 / (1 + np.exp(-8 * (place - np.log10(fall_at)))) + 8 / (1 + np.exp(-8 * (place - np.log10(rise_at))))
    return losses + np.random.default_rng(seed).normal(0, noise, len(RATES))


@pytest.mark.parametrize(("fall_at", "rise_at", "middle"), [(1e-4, 1e-1, 3e-3), (1e-5, 1e-3, 1e-4)])
def test_the_middle_of_the_usable_rates_is_proposed(fall_at: float, rise_at: float, middle: float) -> None:
    for seed in range(5):
        test = read_range_test(RATES, losses_of(fall_at, rise_at, 0.1, seed))
        assert test.reason is None and test.proposed is not None
        assert middle / 1.6 < test.proposed < middle * 1.6
        assert test.usable[0] < test.proposed < test.usable[1]


def test_a_loss_that_ends_as_no_number_has_turned() -> None:
    losses = losses_of(1e-4, 1e9)[:100]
    losses[-1] = np.nan
    test = read_range_test(RATES[:100], losses)
    assert test.reason is None and test.proposed is not None and test.proposed < RATES[98]


@pytest.mark.parametrize("seed", range(5))
def test_chance_is_no_fall(seed: int) -> None:
    test = read_range_test(RATES, losses_of(1e9, 1e-1, 0.2, seed))
    assert (test.reason, test.proposed) == ("never_falls", None)


def test_where_the_loss_falls_to_the_end_nothing_is_proposed() -> None:
    test = read_range_test(RATES, losses_of(1e-2, 1e9, 0.05))
    assert (test.reason, test.proposed) == ("never_turns", None)


def test_a_test_may_end_when_the_loss_is_far_above_the_first_or_no_number() -> None:
    assert has_diverged([1.0, np.nan])
    assert not has_diverged([1.0] * 20 + [9.0])  # one mini-batch is no divergence
    assert not has_diverged([1.0] * 20 + [1.9] * 9)
    assert has_diverged([1.0] * 20 + [2.1] * 9)


def test_too_few_losses_are_refused() -> None:
    with pytest.raises(ValueError, match="needs 18 losses that are numbers, not 17"):
        read_range_test(RATES[:18], np.array([1.0] * 17 + [np.inf]))
