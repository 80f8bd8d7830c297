"""Decide what a comparison has shown: better, worse, equivalent, or not settled.

Difference = b minus a, in [-1, 1]. All pages, the report and the CSV files take their verdicts from here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
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

Floats = NDArray[np.float64]


class Verdict(StrEnum):
    """What a comparison has shown of `b` against `a`."""

    BETTER = "better"
    WORSE = "worse"
    EQUIVALENT = "equivalent"
    NOT_SETTLED = "not_settled"


def assign_verdicts(frame: pd.DataFrame, margin: ArrayLike = MARGIN) -> pd.DataFrame:
    """Add a verdict to each row of a comparison.

    Args:
        frame: simultaneous_low, simultaneous_high (95 %), equivalence_low, equivalence_high (90 %), n_telling and
            n_groups, as of `analysis.seed_statistics`; fractions.
        margin: the largest difference that does not matter; a fraction above 0, one for all rows or one for each.
    Returns:
        The frame with `verdict` (of Verdict, as text) and `margin`. "equivalent": the whole 90 % interval lies inside
        the margin; this also holds where the difference is shown but too small to matter. "better" and "worse": the
        simultaneous interval leaves 0 out, and at least FEWEST_PATIENTS patients tell the two runs apart. What fewer
        than FEWEST_PATIENTS patients have is never settled.
    Raises:
        ValueError: the margin is not above 0.
    Source: two one-sided tests: Schuirmann 1987.
    """
    margins = np.broadcast_to(np.asarray(margin, dtype=np.float64), (len(frame),))
    if not np.all(np.asarray(margin) > 0):
        raise ValueError(f"The margin is {margin!r}; give a difference above 0, such as {MARGIN} (one point).")
    many = frame["n_groups"] >= FEWEST_PATIENTS
    enough = many & (frame["n_telling"] >= FEWEST_PATIENTS)
    equal = many & (frame["equivalence_low"] > -margins) & (frame["equivalence_high"] < margins)
    cases = [equal, enough & (frame["simultaneous_low"] > 0), enough & (frame["simultaneous_high"] < 0)]
    names = [Verdict.EQUIVALENT.value, Verdict.BETTER.value, Verdict.WORSE.value]
    return frame.assign(verdict=np.select(cases, names, Verdict.NOT_SETTLED.value), margin=margins)


def speaks_of_recipes(n_seeds: int) -> bool:
    """Return whether this many paired seeds allow a sentence about recipes.

    With fewer, a sentence speaks of single runs.
    """
    return n_seeds >= RECIPE_SEEDS


def can_be_estimated(row: pd.Series) -> bool:
    """Return whether the variance is known well enough to say what would settle a comparison."""
    known = not (np.isnan(float(row["difference"])) or np.isnan(float(row["patient_error"])))
    return known and int(row["n_groups"]) >= FEWEST_PATIENTS


def what_would_settle(
    row: pd.Series, margin: float = MARGIN, seed: int = 0, level: float | None = None
) -> tuple[int | None, int | None]:
    """Estimate how many more seeds, or how many more patients, would settle a comparison.

    Simulates comparisons whose true difference and variances are those seen, and finds the smallest number with which
    POWER of them end in a verdict other than "not settled".

    Args:
        row: difference, patient_error, seed_error (standard errors; NaN with one seed), n_seeds, n_groups, n_telling
            (patients that tell the two apart; their share is taken to stay as it is). Where it has `shared_error`,
            the part of patient_error that all seeds share, more seeds lessen the rest of it.
        level: two-sided level of the claim, where it shares a family with others; None: that of two runs compared.
    Returns:
        More seeds of both (None: one seed tells no variance, or more than MOST_SEEDS), and more patients (None: not
        with MOST_TIMES_PATIENTS times as many). 0 is never returned.
    """
    if not can_be_estimated(row):
        return None, None
    seen, n_seeds, n_groups = _Seen.of(row, margin, level), int(row["n_seeds"]), int(row["n_groups"])
    more_seeds = None
    if n_seeds > 1 and not np.isnan(float(row["seed_error"])):
        counts = np.arange(n_seeds + 1, n_seeds + MOST_SEEDS + 1)
        more_seeds = _first(counts - n_seeds, (seen.settled(int(n), n_groups, seed) for n in counts))
    times = np.geomspace(1.1, MOST_TIMES_PATIENTS, 40)
    groups = np.unique(np.ceil(n_groups * times).astype(int))
    return more_seeds, _first(groups - n_groups, (seen.settled(n_seeds, int(n), seed) for n in groups))


def patients_suffice(row: pd.Series, margin: float = MARGIN, level: float | None = None) -> bool:
    """Return whether so many patients would settle a comparison if seeds did not differ at all.

    Args:
        row, level: as of `what_would_settle`.
    """
    if not can_be_estimated(row):
        return False
    seen = replace(_Seen.of(row, margin, level), between=0.0)
    return seen.settled(MOST_SEEDS, int(row["n_groups"]), seed=0) >= POWER


@dataclass(frozen=True)
class _Seen:
    """What a comparison has shown, taken for the truth of those that are simulated.

    between: SD of the difference between seeds.  shared, own: standard errors over patients with `n_groups` patients:
    what all seeds share, and what each adds by itself.
    apart: share of the patients that tell the two apart.
    """

    difference: float
    shared: float
    own: float
    n_groups: int
    between: float
    apart: float
    margin: float
    level: float | None

    @classmethod
    def of(cls, row: pd.Series, margin: float, level: float | None) -> _Seen:
        n_seeds, n_groups, seed_error = int(row["n_seeds"]), int(row["n_groups"]), float(row["seed_error"])
        between = seed_error * np.sqrt(n_seeds) if n_seeds > 1 and not np.isnan(seed_error) else 0.0
        apart = min(1.0, int(row["n_telling"]) / n_groups)
        patients = float(row["patient_error"])
        shared = min(patients, float(row.get("shared_error", patients)))
        own = float(np.sqrt(n_seeds * (patients**2 - shared**2)))
        return cls(float(row["difference"]), shared, own, n_groups, float(between), apart, margin, level)

    def settled(self, n_seeds: int, n_groups: int, seed: int) -> float:
        """Return the share of simulated comparisons that end in a verdict."""
        patient_error = np.hypot(self.shared, self.own / np.sqrt(n_seeds)) * np.sqrt(self.n_groups / n_groups)
        seed_error = self.between / np.sqrt(n_seeds)
        observed = self.difference + float(np.hypot(patient_error, seed_error)) * _draws(seed)[0]
        telling = round(self.apart * n_groups)
        freedom = max(n_seeds - 1, 1)
        scatter = seed_error * _scatter(freedom, seed)
        levels = self.level or claim_level(n_seeds), TWO_ONE_SIDED
        widths = [_half_width(observed, patient_error, scatter, telling, n_groups, n_seeds, each) for each in levels]
        claim = (np.abs(observed) > widths[0]) & (telling >= FEWEST_PATIENTS)
        equal = np.abs(observed) + widths[1] < self.margin
        return float(np.mean((claim | equal) & (n_groups >= FEWEST_PATIENTS)))


def _half_width(
    observed: Floats, patient_error: float, scatter: Floats, telling: int, n_groups: int, n_seeds: int, level: float
) -> Floats:
    """Compute half widths of simulated comparisons whose seeds scatter by chance."""
    count = np.array([telling])
    width = half_width(np.array([patient_error]), scatter, count, n_seeds, level)
    if telling >= FEWEST_PATIENTS:
        return width
    return np.maximum(width, exact_margin(observed, count, np.array([n_groups]), level))


@lru_cache(maxsize=2)
def _draws(seed: int) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    return rng.standard_normal(_TRIALS), rng.random(_TRIALS)


@lru_cache(maxsize=128)
def _scatter(freedom: int, seed: int) -> Floats:
    """Return how far a spread estimated from freedom + 1 seeds is off by chance, as factors."""
    scatter: Floats = np.sqrt(stats.chi2.ppf(_draws(seed)[1], freedom) / freedom)
    return scatter


def _first(counts: NDArray[np.int64], shares: Iterable[float]) -> int | None:
    return next((int(count) for count, share in zip(counts, shares, strict=True) if share >= POWER), None)
