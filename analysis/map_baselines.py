"""Compare scores of class activation maps with baseline maps that show nothing."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.bootstrap import FEWEST_PATIENTS
from analysis.simultaneous_intervals import ALPHA

BASELINES = ("centred Gaussian", "random map", "untrained network")
FEWEST_PICTURES = FEWEST_PATIENTS
"""Images, of as many patients, that a sentence about maps needs: fewer cannot show anything."""


class Standing(StrEnum):
    """What is shown of a method's maps against a baseline."""

    ABOVE = "above"
    BELOW = "below"
    UNSHOWN = "unshown"
    FEW = "few"


def compare_with_baselines(scores: pd.DataFrame) -> pd.DataFrame:
    """Join a method's scores with those of its best baseline, one row per class.

    Args:
        scores: of one score, stage and method: maps (one of BASELINES, or the method), class_name (None = all), value
            (NaN = undefined), low, high, n, n_groups, and of a baseline gain, gain_low, gain_high: what the method's
            maps score more than it on the samples that both have, with the 95 % interval; standing where it is known.
    Returns:
        class_name, value, low, high, n, n_groups, baseline (the one with the highest value, the first of equals),
        baseline_value, gain, gain_low, gain_high, standing (NaN where either is absent).
    """
    table = scores.assign(class_name=scores["class_name"].astype(object).where(scores["class_name"].notna(), None))
    columns = ["gain", "gain_low", "gain_high", *(["standing"] if "standing" in table else [])]
    own = table[~table["maps"].isin(BASELINES)][["class_name", "value", "low", "high", "n", "n_groups"]]
    rivals = table[table["maps"].isin(BASELINES) & table["value"].notna()]
    best = rivals.sort_values("value", ascending=False, kind="stable").drop_duplicates("class_name")
    best = best.drop(columns=["low", "high", "n", "n_groups"])
    best = best.rename(columns={"maps": "baseline", "value": "baseline_value"})
    return own.merge(best[["class_name", "baseline", "baseline_value", *columns]], on="class_name", how="left")


def judge_gains(scores: pd.DataFrame) -> pd.DataFrame:
    """Decide which baselines a method's maps are shown to be above or below.

    All sentences of a page hold together.

    Args:
        scores: one row per comparison that a page may name (score and baseline): gain, gain_low, gain_high (95 %, of
            one comparison alone), n (images), n_groups (patients), n_telling (patients on whom the two differ;
            NaN = not known, then n_groups stand for them).
    Returns:
        The rows with gain_low and gain_high widened so that all of them hold together in 95 of 100 cases, and standing
        (of Standing, as text). "few": fewer than FEWEST_PICTURES images or FEWEST_PATIENTS patients.
    Source: Bonferroni 1936 over the comparisons; the percentile interval's arms are widened to Student's quantile of
        that level, of as many degrees of freedom as patients tell the two apart less one: own. Where every resample
        says the same, the interval of the sign test, as in analysis.simultaneous_intervals.
    """
    gain, low, high = (scores[name].to_numpy(np.float64) for name in ("gain", "gain_low", "gain_high"))
    patients = scores["n_groups"].to_numpy(np.float64, na_value=np.nan)
    telling = scores["n_telling"].to_numpy(np.float64, na_value=np.nan)
    telling = np.where(np.isnan(telling), patients, telling)
    level = ALPHA / max(1, int((~np.isnan(gain)).sum()))
    freedom = np.maximum(np.nan_to_num(telling, nan=2.0) - 1, 1)
    # a bootstrap's spread is that of G patients, where Student's quantile goes with the one of G - 1
    wider = stats.t.ppf(1 - level / 2, freedom) / stats.norm.ppf(0.975) * np.sqrt((freedom + 1) / freedom)
    low, high = gain - wider * (gain - low), gain + wider * (high - gain)
    agreed = (low == high) & (gain != 0)
    low, high = np.where(agreed, _sign_ends(gain, freedom + 1, level), [low, high])
    few = has_too_few(scores)
    enough = telling >= FEWEST_PATIENTS
    cases = [few, enough & (low > 0), enough & (high < 0)]
    names = [Standing.FEW.value, Standing.ABOVE.value, Standing.BELOW.value]
    return scores.assign(gain_low=low, gain_high=high, standing=np.select(cases, names, Standing.UNSHOWN.value))


def has_too_few(scores: pd.DataFrame) -> NDArray[np.bool_]:
    """Flag means that rest on fewer images or patients than a sentence needs.

    n = images; n_groups = patients, NaN = not known.
    """
    few: NDArray[np.bool_] = ((scores["n"] < FEWEST_PICTURES) | (scores["n_groups"] < FEWEST_PATIENTS)).to_numpy(bool)
    return few


def _sign_ends(gain: NDArray[np.float64], telling: NDArray[np.float64], level: float) -> NDArray[np.float64]:
    """Compute interval ends (2, K) of gains that all patients agree on."""
    smallest_excess = 2 * (level / 2) ** (1 / telling) - 1  # of the patients, how many more go this way than the other
    ends: NDArray[np.float64] = np.sort(np.stack([gain * smallest_excess, gain]), axis=0)
    return ends
