"""Test differences of two runs: McNemar, DeLong, and Holm over many tests.

McNemar and DeLong take every sample as independent of the others. Images of one patient are not, so with several
images a patient these p values are too small; the bootstrap over patients (bootstrap_metrics) has no such flaw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from analysis.validation import multi_hot, same_length, scores

Floats = NDArray[np.float64]
EXACT_BELOW = 25  # discordant samples; from here on the chi-squared approximation is good


@dataclass(frozen=True)
class McNemar:
    """Result of McNemar's test; `only_a`, `only_b`: samples that only one run got right."""

    n: int
    only_a: int
    only_b: int
    exact: bool
    statistic: float
    """Chi-squared with continuity correction; NaN for the exact test."""
    p_value: float


@dataclass(frozen=True)
class DeLong:
    """Areas under the ROC curve of two scores of the same samples, and their difference.

    difference = b - a, with its 95 % normal interval.
    """

    n_positive: int
    n_negative: int
    auroc_a: float = np.nan
    auroc_b: float = np.nan
    difference: float = np.nan
    low: float = np.nan
    high: float = np.nan
    z: float = np.nan
    p_value: float = np.nan


def mcnemar(correct_a: ArrayLike, correct_b: ArrayLike, exact: bool | None = None) -> McNemar:
    """Test by McNemar whether two runs differ in how often they are right.

    Args:
        correct_a, correct_b: (N,) bool.
        exact: True = two-sided binomial, False = chi-squared with continuity correction, None = exact while fewer than
            EXACT_BELOW samples tell the runs apart.
    Returns:
        The counts and the p value in [0, 1]; 1 where no sample tells the runs apart.
    Raises:
        ValueError: lengths differ, or `correct` is neither bool nor 0/1.
    Source: McNemar 1947; correction by Edwards 1948.
    """
    a, b = (
        multi_hot(name, np.asarray(correct)[:, None])[:, 0] for name, correct in (("a", correct_a), ("b", correct_b))
    )
    n = same_length(correct_a=a, correct_b=b)
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    discordant = only_a + only_b
    exactly = discordant < EXACT_BELOW if exact is None else exact
    if discordant == 0:
        return McNemar(n, 0, 0, exactly, np.nan, 1.0)
    if exactly:
        return McNemar(n, only_a, only_b, True, np.nan, float(stats.binomtest(only_a, discordant).pvalue))
    statistic = max(0, abs(only_a - only_b) - 1) ** 2 / discordant
    return McNemar(n, only_a, only_b, False, statistic, float(stats.chi2.sf(statistic, 1)))


def delong(targets: ArrayLike, scores_a: ArrayLike, scores_b: ArrayLike) -> DeLong:
    """Test by DeLong whether two areas under the ROC curve differ on the same samples.

    Args:
        targets: (N,) bool.  scores_a, scores_b: (N,) float, higher = more likely positive.
    Returns:
        Areas in [0, 1], interval and two-sided p value. All NaN without both kinds of samples; interval and p value
        NaN with fewer than two of a kind. Two areas without any variance cannot be tested: p = 1 if equal, else NaN.
    Raises:
        ValueError: lengths differ, targets are not 0/1, or a score is NaN.
    Source: DeLong, DeLong and Clarke-Pearson 1988; by midranks as in Sun and Xu 2014.
    """
    true = multi_hot("targets", np.asarray(targets)[:, None])[:, 0]
    values = np.stack([np.asarray(side_scores, dtype=np.float64) for side_scores in (scores_a, scores_b)])
    same_length(targets=true, scores=values[0])
    if np.isnan(values).any():
        raise ValueError("scores hold NaN; give a number for every sample.")
    n_positive, n_negative = int(true.sum()), int((~true).sum())
    if not n_positive or not n_negative:
        return DeLong(n_positive=n_positive, n_negative=n_negative)
    positive_placements, negative_placements = _placements(true, values)
    areas = positive_placements.mean(axis=1)
    change = float(areas[1] - areas[0])
    if min(n_positive, n_negative) < 2:
        return DeLong(n_positive, n_negative, float(areas[0]), float(areas[1]), change)
    variance = float(
        np.var(positive_placements[1] - positive_placements[0], ddof=1) / n_positive
        + np.var(negative_placements[1] - negative_placements[0], ddof=1) / n_negative
    )
    error = float(np.sqrt(variance))
    z = change / error if error else np.nan
    p_value = float(2 * stats.norm.sf(abs(z))) if error else (1.0 if change == 0 else np.nan)
    margin = stats.norm.ppf(0.975) * error
    ends = change - margin, change + margin
    return DeLong(n_positive, n_negative, float(areas[0]), float(areas[1]), change, *ends, z, p_value)


def holm(p_values: ArrayLike) -> Floats:
    """Adjust p values by Holm for looking at all of them.

    The chance of one false finding among them stays at its level.

    Args:
        p_values: (K,) float in [0, 1]; NaN = not tested, stays NaN and counts for nothing.
    Returns:
        (K,) float in [0, 1], none smaller than what was given.
    Raises:
        ValueError: a value outside [0, 1].
    Source: Holm 1979.
    """
    given = np.asarray(p_values, dtype=np.float64)
    tested = np.flatnonzero(~np.isnan(given))
    if ((given[tested] < 0) | (given[tested] > 1)).any():
        raise ValueError("p_values holds a value outside 0 to 1; give p values.")
    adjusted = np.full(given.shape, np.nan)
    ranked = tested[np.argsort(given[tested], kind="stable")]
    steps = given[ranked] * np.arange(len(ranked), 0, -1)
    adjusted[ranked] = np.minimum(1, np.maximum.accumulate(steps)) if len(ranked) else []
    return adjusted


def class_tests(
    targets: ArrayLike,
    decided_a: ArrayLike,
    decided_b: ArrayLike,
    probs_a: ArrayLike,
    probs_b: ArrayLike,
    classes: Sequence[str],
) -> pd.DataFrame:
    """Test every class against the rest by McNemar and DeLong, each with Holm's adjustment.

    Args:
        targets: (N, C) 0/1.  decided_a, decided_b: (N, C) bool.  probs_a, probs_b: (N, C) in [0, 1].
    Returns:
        class_name, n (samples of the class), only_a, only_b (samples decided right by one alone), mcnemar_p,
        mcnemar_holm, auroc_a, auroc_b, auroc_difference (b - a), auroc_low, auroc_high, delong_p, delong_holm.
    Raises:
        ValueError: shapes disagree, or values are not as described above.
    """
    n_classes = len(classes)
    true = multi_hot("targets", targets, n_classes)
    decisions = [multi_hot(f"decided_{run}", side, n_classes) for run, side in (("a", decided_a), ("b", decided_b))]
    values = [scores(f"probs_{run}", side, n_classes) for run, side in (("a", probs_a), ("b", probs_b))]
    same_length(targets=true, decided_a=decisions[0], decided_b=decisions[1], probs_a=values[0], probs_b=values[1])
    shared = [mcnemar(decisions[0][:, c] == true[:, c], decisions[1][:, c] == true[:, c]) for c in range(n_classes)]
    areas = [delong(true[:, c], values[0][:, c], values[1][:, c]) for c in range(n_classes)]
    columns = {
        "class_name": pd.Series(list(classes), dtype=object),
        "n": true.sum(axis=0),
        "only_a": [test.only_a for test in shared],
        "only_b": [test.only_b for test in shared],
        "mcnemar_p": [test.p_value for test in shared],
        "mcnemar_holm": holm([test.p_value for test in shared]),
        "auroc_a": [area.auroc_a for area in areas],
        "auroc_b": [area.auroc_b for area in areas],
        "auroc_difference": [area.difference for area in areas],
        "auroc_low": [area.low for area in areas],
        "auroc_high": [area.high for area in areas],
        "delong_p": [area.p_value for area in areas],
        "delong_holm": holm([area.p_value for area in areas]),
    }
    return pd.DataFrame(columns)


def _placements(true: NDArray[np.bool_], values: Floats) -> tuple[Floats, Floats]:
    """Compute placements (midranks), (2, positives) and (2, negatives).

    The first is the share of negatives below each positive, the second the share of positives above each negative.
    """
    ranks = stats.rankdata(values, axis=1)
    of_true, of_false = (stats.rankdata(values[:, kind], axis=1) for kind in (true, ~true))
    n_true, n_false = true.sum(), (~true).sum()
    return (ranks[:, true] - of_true) / n_false, 1 - (ranks[:, ~true] - of_false) / n_true
