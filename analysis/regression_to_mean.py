"""Compare what a round fixed with what a control without mining fixed.

Samples that are chosen because they are wrong now are right a little more often later, whatever is done meanwhile:
regression to the mean (Galton 1886; Bland and Altman 1994). So what a round fixed is compared with what a control
has right of the same samples at the same moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.bootstrap import FEWEST_PATIENTS
from analysis.confidence_intervals import mean_intervals
from analysis.outcomes import Outcome, outcomes
from analysis.validation import same_length


class FixesVerdict(StrEnum):
    """What may be said of a round's fixes against those of the control."""

    MORE = "more"
    FEWER = "fewer"
    UNSHOWN = "unshown"
    TOO_FEW_PATIENTS = "too_few_patients"
    NOTHING_SHARED = "nothing_shared"


@dataclass(frozen=True)
class FixesComparison:
    """Fixes of the samples that a run mined while wrong, in the run and in its control.

    n_mined_wrong: mined and wrong in the run when it mined; n_both: those of them that the control had wrong at the
    same moment too, on which everything else is counted. `sides` has two rows, the run and the control: n_fixed, share
    of n_both in [0, 1], low and high (95 % over patients). difference: of the shares, run minus control, with low and
    high. n_patients have such a sample, and in n_apart of them the two runs fixed different numbers.
    """

    n_mined_wrong: int
    n_both: int
    sides: pd.DataFrame
    difference: float
    low: float
    high: float
    n_patients: int
    n_apart: int
    verdict: FixesVerdict


def compare_fixes(
    before: ArrayLike, after: ArrayLike, control_before: ArrayLike, control_after: ArrayLike, patients: ArrayLike
) -> FixesComparison:
    """Compare what a round fixed with what a control has fixed of the same samples.

    Both are counted on the samples that both runs had wrong when the run mined: the same rule chose them, so they
    regress alike. Before the first round both runs were trained alike (same recipe and seed), so these are all samples
    mined as wrong. In later rounds the runs differ, and these are the samples that both still have wrong.

    N samples that were mined for one round.
    Args:
        before, control_before: (N,) bool, right at the stage that mined, in the run and in its control.
        after, control_after: (N,) bool, right at the end of the round.
        patients: (N,) patient of each sample.
    Returns:
        The comparison. `more` and `fewer` where the paired 95 % percentile interval over patients leaves 0 out and at
        least FEWEST_PATIENTS patients tell the two apart. NaN where nothing is shared or there is one patient.
    Raises:
        ValueError: lengths differ, or a sample has no patient.
    """
    right_now, right_later, control_now, control_later = (
        np.asarray(right, bool) for right in (before, after, control_before, control_after)
    )
    groups = np.asarray(patients)
    same_length(
        before=right_now, after=right_later, control_before=control_now, control_after=control_later, patients=groups
    )
    both = ~right_now & ~control_now
    fixed = np.stack(
        [
            (outcomes(first[both], second[both]) == Outcome.FIXED)
            for first, second in ((right_now, right_later), (control_now, control_later))
        ],
        axis=1,
    ).astype(np.float64)
    shares = mean_intervals(fixed, groups[both], shares=True)
    gain = fixed[:, 0] - fixed[:, 1]
    difference = mean_intervals(gain[:, None], groups[both]).iloc[0]
    n_apart = _apart(gain, groups[both])
    return FixesComparison(
        n_mined_wrong=int((~right_now).sum()),
        n_both=int(both.sum()),
        sides=shares.rename(columns={"value": "share"}).assign(n_fixed=fixed.sum(axis=0).astype(np.int64)),
        difference=float(difference["value"]),
        low=float(difference["low"]),
        high=float(difference["high"]),
        n_patients=int(pd.Series(groups[both]).nunique()),
        n_apart=n_apart,
        verdict=_verdict(int(both.sum()), n_apart, float(difference["low"]), float(difference["high"])),
    )


def _apart(gain: NDArray[np.float64], groups: NDArray[np.generic]) -> int:
    """Count the patients in whom the two runs fixed different numbers of samples."""
    of_patient = pd.Series(gain).groupby(groups).sum()
    return int((of_patient != 0).sum())


def _verdict(n_both: int, n_apart: int, low: float, high: float) -> FixesVerdict:
    if not n_both:
        return FixesVerdict.NOTHING_SHARED
    if n_apart < FEWEST_PATIENTS:
        return FixesVerdict.TOO_FEW_PATIENTS
    if low > 0:
        return FixesVerdict.MORE
    return FixesVerdict.FEWER if high < 0 else FixesVerdict.UNSHOWN
