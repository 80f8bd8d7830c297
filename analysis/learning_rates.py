"""Read a range test of the learning rate: where the loss falls, and where it turns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WINDOW = 9  # steps that a smoothed loss is the mean of; the middle one is its step, so that it does not lag behind
USABLE = 0.5  # share of the whole fall; where the loss has fallen by less, training is too slow or diverges
FALL = 0.05  # share of the first loss that it must fall by, else there is nothing to read
NOISE = 4.0  # and standard errors of a smoothed loss: the lowest of a hundred is by chance two or three below the mean
DIVERGED = 2.0  # times the first loss, which is that of guessing: nothing is learned after that


@dataclass(frozen=True)
class RangeTest:
    """The reading of a range test of T steps.

    rates, smoothed: (T,); first, lowest: smoothed losses; usable: (low, high), the rates between which the loss has
    fallen by at least USABLE of its whole fall; proposed: a rate, None where none can be read off; reason: why none,
    else None.
    """

    rates: Floats
    smoothed: Floats
    first: float
    lowest: float
    usable: tuple[float, float]
    proposed: float | None
    reason: Literal["never_falls", "never_turns"] | None


def rising_rates(low: float, high: float, steps: int) -> Floats:
    """Return (steps,) learning rates that rise from `low` to `high` by the same factor each."""
    return np.geomspace(low, high, steps)


def has_diverged(losses: list[float]) -> bool:
    """Return whether a range test may end: its loss is no number, or far above that of guessing.

    Args:
        losses: of the steps so far.
    """
    if not np.isfinite(losses[-1]):
        return True
    return len(losses) >= 2 * WINDOW and _mean(losses[-WINDOW:]) > DIVERGED * _mean(losses[:WINDOW])


def read_range_test(rates: Floats, losses: Floats) -> RangeTest:
    """Propose the geometric mean of the lowest and the highest usable learning rate.

    Both ends count, where the loss begins to fall and where it turns: the place of the lowest loss alone varies more
    from seed to seed.

    Args:
        rates: (T,) rising; losses: (T,) of one mini-batch at each rate; the last may be NaN or infinite.
    Raises:
        ValueError: there are fewer than 2 * WINDOW losses that are numbers.
    Source: the test is Smith 2017 (Cyclical learning rates, section 3.3); the middle is our own.
    """
    finite = np.isfinite(losses)
    blew_up = not finite.all()
    losses, rates = losses[finite], rates[finite]
    if len(losses) < 2 * WINDOW:
        raise ValueError(f"a range test needs {2 * WINDOW} losses that are numbers, not {len(losses)}")
    smoothed = _smoothed(losses)
    first = _mean(losses[:WINDOW])
    lowest = float(smoothed.min())
    fall = first - lowest
    usable = np.flatnonzero(smoothed <= first - USABLE * fall)
    low, high = float(rates[usable[0]]), float(rates[usable[-1]])
    reason: Literal["never_falls", "never_turns"] | None = None
    if fall < max(FALL * first, NOISE * _standard_error(losses)):
        reason = "never_falls"
    elif not blew_up and usable[-1] == len(rates) - 1:
        reason = "never_turns"
    return RangeTest(
        rates, smoothed, first, lowest, (low, high), None if reason else float(np.sqrt(low * high)), reason
    )


def _standard_error(losses: Floats) -> float:
    """Return that of a smoothed loss, from the differences of its neighbours."""
    deviation = 1.4826 * float(np.median(np.abs(np.diff(losses)))) / np.sqrt(2)
    return float(deviation / np.sqrt(WINDOW))


def _smoothed(losses: Floats) -> Floats:
    """Return the means over WINDOW neighbours, over those that there are at the ends; (T,)."""
    ones = np.ones(WINDOW)
    smoothed: Floats = np.convolve(losses, ones, "same") / np.convolve(np.ones(len(losses)), ones, "same")
    return smoothed


def _mean(losses: list[float] | Floats) -> float:
    return float(np.mean(losses))
