"""Widen intervals so that a sentence about many quantities is rarely wrong about any.

A sentence that names the classes on which a run is better looks at every class and reports the best ones. With a 95 %
interval for each class it claims a difference between equal runs in about three of ten comparisons of six classes. The
intervals here are wide enough that such a sentence is wrong in at most one of twenty.

Source: maximal statistic: Westfall and Young 1993, algorithm 2.5; equivalence by two one-sided tests: Schuirmann 1987;
exact bounds of a share: Clopper and Pearson 1934. How the chance of patients and of seeds is joined: own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analysis.bootstrap import FEWEST_PATIENTS
from analysis.metrics import ratio

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

ALPHA = 0.05
"""The share of comparisons of equal runs in which a headline may claim a difference."""
HALF = ALPHA / 2
"""A headline names the overall difference and differences of classes; with one seed each family gets one half."""
SEVERAL = 3
"""Seeds from which on the variance between seeds is estimated well enough to speak of recipes."""
TWO_ONE_SIDED = 0.10
"""Two one-sided tests at 5 % look at the 90 % interval."""
_ROUNDING = 1e-12


def claim_level(n_seeds: int) -> float:
    """Return the level of each of the two families of intervals behind a headline.

    One family is the overall difference, the other the differences of classes.

    The chance of patients is known well, so with one seed both families share ALPHA. With three seeds and more, each
    source of chance brings its own Student's quantile, which is conservative: each family gets ALPHA, and headlines
    about equal recipes are still wrong in less than ALPHA (benchmarks/coverage.md).
    """
    return HALF if n_seeds < SEVERAL else ALPHA


def tail_level(resampled: Floats, estimate: Floats, testable: NDArray[np.bool_], alpha: float) -> float:
    """Compute the two-sided level of each interval with which all of them hold at 1 - alpha.

    R resamples, K quantities of one family.
    Args:
        resampled: (R, K), NaN = undefined in that resample.  estimate: (K,) the data itself.
        testable: (K,) quantities that are looked at.
    Returns:
        In (0, alpha]; alpha itself where at most one quantity is looked at.
    """
    if testable.sum() < 2 or not len(resampled):
        return alpha
    drawn, centre = resampled[:, testable], estimate[testable]
    error = np.nanstd(drawn, axis=0, ddof=1)
    deviation = ratio(np.abs(drawn - centre), np.where(error > 0, error, np.inf))
    largest = np.where(np.isnan(deviation), 0, deviation).max(axis=1)
    level = float(2 * stats.norm.sf(np.quantile(largest, 1 - alpha)))
    return min(alpha, max(level, np.finfo(float).tiny))


def family_levels(
    resampled: Floats, estimate: Floats, testable: NDArray[np.bool_], families: NDArray[Any], alpha: float,
    waiting: NDArray[np.bool_] | None = None,
) -> Floats:  # fmt: skip
    """Compute the two-sided level at which intervals of a family hold together.

    They hold at 1 - alpha. Quantities that wait for their data keep their part of alpha, an equal one each: else what
    comes first would be claimed too easily, and be taken back as the others come.

    Args:
        resampled, estimate, testable: as of `tail_level`.  families: (K,) equal values share 1 - alpha.
        waiting: (K,) quantities of the family that have no data yet; None = none.
    Returns:
        (K,) in (0, alpha].
    """
    levels = np.full(len(estimate), alpha)
    for family in dict.fromkeys(families.tolist()):
        members = families == family
        looked_at = testable & members
        to_come = 0 if waiting is None else int((waiting & members & ~testable).sum())
        part = looked_at.sum() / max(1, looked_at.sum() + to_come)
        levels[members] = tail_level(resampled, estimate, looked_at, alpha * part if part else alpha)
    return levels


def intervals(
    per_seed: Floats,
    resampled: Floats,
    telling: Counts,
    n_groups: Counts,
    families: NDArray[Any],
    alpha: float,
    n_seeds: Counts | None = None,
    reach: Floats | float = 1.0,
) -> tuple[Floats, Floats]:
    """Compute Student's intervals of each quantity that hold together within each family.

    S seeds, R resamples of patients, K quantities.
    Args:
        per_seed: (S, K) the difference that each seed shows.  resampled: (R, K) mean over seeds per resample.
        telling: (K,) patients whose samples tell the two runs apart.  n_groups: (K,) patients who have the quantity.
        families: (K,) equal values share 1 - alpha.
        n_seeds: (K,) seeds of each quantity where they differ; NaN in `per_seed` is then a seed that is missing. A
            quantity without seeds waits for its data, see `family_levels`.
        reach: (K,) how far one patient who tells can move the quantity; 2 for the difference of two differences.
    Returns:
        low (K,), high (K,); NaN where undefined. Fewer than FEWEST_PATIENTS telling patients say too little about the
        spread, so their interval is as wide as an exact bound of the share of such patients. Where every resample
        agrees, the interval is that of the sign test.
    """
    estimate, between, seeds = _over_seeds(per_seed, n_seeds)
    low, high = np.full(len(estimate), np.nan), np.full(len(estimate), np.nan)
    defined = ~np.isnan(estimate) & (2 * (~np.isnan(resampled)).sum(axis=0) >= max(2, len(resampled))) & (n_groups > 1)
    if not defined.any():
        return low, high
    patients = np.zeros(len(estimate))
    patients[defined] = np.nanstd(resampled[:, defined], axis=0, ddof=1)
    patients[patients < _ROUNDING] = 0.0  # every resample says the same, but for the last digit
    error = np.hypot(patients, between)
    testable = defined & (telling >= FEWEST_PATIENTS)
    waiting = None if n_seeds is None else n_seeds == 0
    level = family_levels(resampled, estimate, testable, families, alpha, waiting)
    margin = half_width(patients, between, telling, seeds, level)
    few = exact_margin(estimate, telling, n_groups, level, reach)
    margin = np.where(telling >= FEWEST_PATIENTS, margin, np.maximum(margin, few))
    low[defined], high[defined] = (estimate - margin)[defined], (estimate + margin)[defined]
    agreed = testable & (error == 0) & (estimate != 0)
    smallest_excess = (
        2 * (level[agreed] / 2) ** (1 / telling[agreed]) - 1
    )  # of the patients, how many more go this way than the other
    ends = np.sort(np.stack([estimate[agreed] * smallest_excess, estimate[agreed]]), axis=0)
    low[agreed], high[agreed] = ends
    return low, high


def _over_seeds(per_seed: Floats, n_seeds: Counts | None) -> tuple[Floats, Floats, Counts]:
    """Return (K,) mean over seeds, its standard error, and the seeds.

    The error is 0 with one seed.
    """
    quantities = per_seed.shape[1]
    if n_seeds is None:
        number = len(per_seed)
        seeds = np.full(quantities, number, np.int64)
        estimate = per_seed.mean(axis=0) if number else np.full(quantities, np.nan)
        between = per_seed.std(axis=0, ddof=1) / np.sqrt(number) if number > 1 else np.zeros(quantities)
        return estimate, between, seeds
    present = ~np.isnan(per_seed)
    estimate = ratio(np.where(present, per_seed, 0.0).sum(axis=0), np.where(present.any(axis=0), n_seeds, 0))
    squares = np.where(present, (per_seed - estimate) ** 2, 0.0).sum(axis=0)
    between = np.sqrt(squares / np.maximum(n_seeds - 1, 1) / np.maximum(n_seeds, 1))
    return estimate, between, n_seeds


def half_width(
    patients: Floats, between: Floats, telling: Counts, n_seeds: Counts | int, level: Floats | float
) -> Floats:
    """Return half the width of Student's interval of each quantity, at a two-sided level.

    Each source of chance brings its own quantile, then both add up as variances do. With three seeds, Satterthwaite's
    common degrees of freedom gave 7 to 12 % false headlines where seeds differ much (benchmarks/coverage.md): a spread
    of seeds that looks small by chance makes its own weight small too.
    Args:
        patients, between: (K,) standard errors.  telling: (K,) patients that tell the two runs apart.
        n_seeds, level: one for all, or (K,).
    """
    patient_width = stats.t.ppf(1 - level / 2, np.maximum(telling - 1, 1)) * patients
    seed_width = stats.t.ppf(1 - level / 2, np.maximum(n_seeds - 1, 1)) * between
    width: Floats = np.hypot(patient_width, seed_width)
    return width


def exact_margin(
    estimate: Floats, telling: Counts, n_groups: Counts, level: Floats | float, reach: Floats | float = 1.0
) -> Floats:
    """Bound the share of patients that may tell two runs apart, given that few did.

    (K,) in [0, 1], times the `reach` of a patient (see `intervals`), plus the size of the estimate.
    """
    count = np.minimum(telling, n_groups)
    bound = stats.beta.ppf(1 - level / 2, count + 1, np.maximum(n_groups - count, 1))
    return reach * np.where(count >= n_groups, 1.0, bound) + np.abs(np.nan_to_num(estimate))
