"""What scores of class activation maps say beside the maps that show nothing: their baselines."""

from __future__ import annotations

import pandas as pd

BASELINES = ("centred Gaussian", "random map", "untrained network")


def against_baselines(scores: pd.DataFrame) -> pd.DataFrame:
    """The maps of a method beside the best of their baselines, a row a class.

    Args:
        scores: of one score, stage and method: maps (one of BASELINES, or the method), class_name (None = all),
            value (NaN = undefined), n.
    Returns:
        class_name, value, n, baseline (the one with the highest value, the first of equals), baseline_value, gain
        (value - baseline_value; NaN where either is not there).
    """
    table = scores.assign(class_name=scores["class_name"].astype(object).where(scores["class_name"].notna(), None))
    own = table[~table["maps"].isin(BASELINES)][["class_name", "value", "n"]]
    rivals = table[table["maps"].isin(BASELINES) & table["value"].notna()]
    rows = []
    for row in own.itertuples(index=False):
        same = rivals["class_name"].isna() if row.class_name is None else rivals["class_name"] == row.class_name
        of_class = rivals[same]
        best = None if of_class.empty else of_class.loc[of_class["value"].idxmax()]
        rows.append(
            {
                "class_name": row.class_name,
                "value": row.value,
                "n": row.n,
                "baseline": None if best is None else best["maps"],
                "baseline_value": float("nan") if best is None else float(best["value"]),
            }
        )
    found = pd.DataFrame(rows, columns=["class_name", "value", "n", "baseline", "baseline_value"])
    return found.assign(gain=found["value"].astype(float) - found["baseline_value"].astype(float))
