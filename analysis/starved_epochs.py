"""Find epochs that learned from almost no sample.

A confidence filter or OHEM then left almost every sample out of the loss.
"""

from __future__ import annotations

import pandas as pd

FEWEST = 0.05  # an epoch is starved when it learned from a smaller share of the samples drawn for it


def is_starved(share_used: float) -> bool:
    """Return whether an epoch learned from less than 5 % of the samples drawn for it.

    Args:
        share_used: in [0, 1]; NaN = not known, which is not starved.
    """
    return share_used < FEWEST


def starved_stages(epochs: pd.DataFrame) -> pd.DataFrame:
    """Find the stages in which some epochs learned from less than 5 % of their samples.

    Args:
        epochs: of the store; run_id, round, stage, position, epoch, share_used.
    Returns:
        One row per stage with such epochs, in the order of run and position: run_id, round, stage, position, n (such
        epochs), epochs (all of the stage so far), lowest (the lowest share, in [0, 1]).
    """
    keys = ["run_id", "round", "stage", "position"]
    shares = epochs["share_used"].astype(float)
    marked = epochs[keys].assign(share=shares, starved=[is_starved(share) for share in shares])
    stages = marked.groupby(keys).agg(n=("starved", "sum"), epochs=("starved", "size"), lowest=("share", "min"))
    return stages[stages["n"] > 0].reset_index().sort_values(["run_id", "position"], ignore_index=True)
