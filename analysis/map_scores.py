"""What scores of class activation maps say beside the maps that show nothing: their baselines."""

from __future__ import annotations

import pandas as pd

BASELINES = ("centred Gaussian", "random map", "untrained network")


def against_baselines(scores: pd.DataFrame) -> pd.DataFrame:
    """The maps of a method beside the best of their baselines, a row a class.

    Args:
        scores: of one score, stage and method: maps (one of BASELINES, or the method), class_name (None = all), value
            (NaN = undefined), low, high, n, and of a baseline gain, gain_low, gain_high: what the method's maps score
            more than it on the samples that both have, with the 95 % interval.
    Returns:
        class_name, value, low, high, n, baseline (the one with the highest value, the first of equals),
        baseline_value, gain, gain_low, gain_high (NaN where either is not there).
    """
    table = scores.assign(class_name=scores["class_name"].astype(object).where(scores["class_name"].notna(), None))
    own = table[~table["maps"].isin(BASELINES)][["class_name", "value", "low", "high", "n"]]
    rivals = table[table["maps"].isin(BASELINES) & table["value"].notna()]
    best = rivals.sort_values("value", ascending=False, kind="stable").drop_duplicates("class_name")
    best = best.rename(columns={"maps": "baseline"}).drop(columns=["low", "high", "n"])
    best = best.rename(columns={"value": "baseline_value"})
    beside = ["class_name", "baseline", "baseline_value", "gain", "gain_low", "gain_high"]
    return own.merge(best[beside], on="class_name", how="left")
