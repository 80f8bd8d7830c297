"""Decide what a comparison has shown: better, worse, equivalent, or not settled.

Difference = b minus a, in [-1, 1]. All pages, the report and the CSV files take their verdicts from here.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.bootstrap import FEWEST_PATIENTS
from analysis.simultaneous_intervals import SEVERAL, TWO_ONE_SIDED, claim_level, exact_margin, half_width

MARGIN = 0.01
"""The largest difference that does not matter, unless a team says otherwise: one point."""
RECIPE_SEEDS = SEVERAL
"""Seeds of both recipes from which on a sentence may speak of recipes; before, it speaks of these runs alone."""
POWER = 0.8
MOST_SEEDS = 50
MOST_TIMES_PATIENTS = 32.0
_TRIALS = 2000


class Verdict(StrEnum):
    """What a comparison has shown of `b` against `a`."""

    BETTER = "better"
    WORSE = "worse"
    EQUIVALENT = "equivalent"
    NOT_SETTLED = "not_settled"


def assign_verdicts(frame: pd.DataFrame, margin: float = MARGIN) -> pd.DataFrame:
    """Add a verdict to each row of a comparison.

    Args:
        frame: simultaneous_low, simultaneous_high (95 %), equivalence_low, equivalence_high (90 %), n_telling and
            n_groups, as of `analysis.seed_statistics`; fractions.
        margin: the largest difference that does not matter; a fraction above 0.
    Returns:
        The frame with `verdict` (of Verdict, as text) and `margin`. "equivalent": the whole 90 % interval lies inside
        the margin; this also holds where the difference is shown but too small to matter. "better" and "worse": the
        simultaneous interval leaves 0 out, and at least FEWEST_PATIENTS patients tell the two runs apart. What fewer
        than FEWEST_PATIENTS patients have is never settled.
    Raises:
        ValueError: the margin is not above 0.
    Source: two one-sided tests: Schuirmann 1987.
    """
    if not margin > 0:
        raise ValueError(f"The margin is {margin}; give a difference above 0, such as {MARGIN} (one point).")
    many = frame["n_groups"] >= FEWEST_PATIENTS
    enough = many & (frame["n_telling"] >= FEWEST_PATIENTS)
    equal = many & (frame["equivalence_low"] > -margin) & (frame["equivalence_high"] < margin)
    cases = [equal, enough & (frame["simultaneous_low"] > 0), enough & (frame["simultaneous_high"] < 0)]
    names = [Verdict.EQUIVALENT.value, Verdict.BETTER.value, Verdict.WORSE.value]
    return frame.assign(verdict=np.select(cases, names, Verdict.NOT_SETTLED.value), margin=margin)


def speaks_of_recipes(n_seeds: int) -> bool:
    """Return whether this many paired seeds allow a sentence about recipes.

    With fewer, a sentence speaks of single runs.
    """
    return n_seeds >= RECIPE_SEEDS


def can_be_estimated(row: pd.Series) -> bool:
    """Return whether the variance is known well enough to say what would settle a comparison."""
    known = not (np.isnan(float(row["difference"])) or np.isnan(float(row["patient_error"])))
    return known and int(row["n_groups"]) >= FEWEST_PATIENTS


def what_would_settle(row: pd.Series, margin: float = MARGIN, seed: int = 0) -> tuple[int | None, int | None]:
    """Estimate how many more seeds, or how many more patients, would settle a comparison.

    Simulates comparisons whose true difference and variances are those seen, and finds the smallest number with which
    POWER of them end in a verdict other than "not settled".

    Args:
        row: difference, patient_error, seed_error (standard errors; NaN with one seed), n_seeds, n_groups, n_telling
            (patients that tell the two apart; their share is taken to stay as it is).
    Returns:
        More seeds of both (None: one seed tells no variance, or more than MOST_SEEDS), and more patients (None: not
        with MOST_TIMES_PATIENTS times as many). 0 is never returned.
    """
    difference, patient_error, seed_error = (float(row[name]) for name in ("difference", "patient_error", "seed_error"))
    n_seeds, n_groups = int(row["n_seeds"]), int(row["n_groups"])
    if not can_be_estimated(row):
        return None, None
    telling_share = min(1.0, int(row["n_telling"]) / n_groups)
    seeds_known = n_seeds > 1 and not np.isnan(seed_error)
    between = seed_error * np.sqrt(n_seeds) if seeds_known else 0.0
    rng = np.random.default_rng(seed)
    draws = rng.standard_normal(_TRIALS), rng.random(_TRIALS)
    more_seeds = None
    if seeds_known:
        counts = np.arange(n_seeds + 1, n_seeds + MOST_SEEDS + 1)
        shares = [
            _settled(difference, patient_error, between, int(n), n_groups, telling_share, margin, draws) for n in counts
        ]
        more_seeds = _first(counts - n_seeds, shares)
    times = np.geomspace(1.1, MOST_TIMES_PATIENTS, 40)
    groups = np.unique(np.ceil(n_groups * times).astype(int))
    errors = patient_error * np.sqrt(n_groups / groups)
    shares = [
        _settled(difference, error, between, n_seeds, int(n), telling_share, margin, draws)
        for error, n in zip(errors, groups, strict=True)
    ]
    return more_seeds, _first(groups - n_groups, shares)


def _settled(
    difference: float,
    patient_error: float,
    between: float,
    n_seeds: int,
    n_groups: int,
    apart: float,
    margin: float,
    draws: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> float:
    """Return the share of simulated comparisons that end in a verdict."""
    seed_error = between / np.sqrt(n_seeds)
    observed = difference + float(np.hypot(patient_error, seed_error)) * draws[0]
    telling = round(apart * n_groups)
    widths = [
        _half_width(observed, patient_error, seed_error, telling, n_groups, n_seeds, level, draws[1])
        for level in (claim_level(n_seeds), TWO_ONE_SIDED)
    ]
    claim = (np.abs(observed) > widths[0]) & (telling >= FEWEST_PATIENTS)
    return float(np.mean((claim | (np.abs(observed) + widths[1] < margin)) & (n_groups >= FEWEST_PATIENTS)))


def _half_width(
    observed: NDArray[np.float64],
    patient_error: float,
    seed_error: float,
    telling: int,
    n_groups: int,
    n_seeds: int,
    level: float,
    draws: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Compute half widths of simulated comparisons whose seeds scatter by chance."""
    freedom = max(n_seeds - 1, 1)
    scatter = seed_error * np.sqrt(stats.chi2.ppf(draws, freedom) / freedom)
    still = np.full(len(scatter), patient_error)
    counts = np.full(len(scatter), telling)
    width = half_width(still, scatter, counts, n_seeds, level)
    if telling >= FEWEST_PATIENTS:
        return width
    return np.maximum(width, exact_margin(observed, counts, np.full(len(scatter), n_groups), level))


def _first(counts: NDArray[np.int64], shares: list[float]) -> int | None:
    enough = np.flatnonzero(np.asarray(shares) >= POWER)
    return int(counts[enough[0]]) if len(enough) else None
