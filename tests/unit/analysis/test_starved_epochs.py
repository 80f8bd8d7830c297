"""Which epochs learned from next to nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.starved_epochs import is_starved, starved_stages


def test_below_five_percent_is_starved_and_what_is_not_known_is_not() -> None:
    assert [is_starved(share) for share in (0.0, 0.0499, 0.05, 1.0, float("nan"))] == [True, True, False, False, False]


def test_stages_with_starved_epochs_are_found_in_order() -> None:
    epochs = pd.DataFrame(
        {
            "run_id": ["b"] * 3 + ["a"] * 4,
            "round": [0, 0, 0, 1, 1, 0, 0],
            "stage": ["full"] * 3 + ["hard_negative"] * 2 + ["full"] * 2,
            "position": [0, 0, 0, 1, 1, 0, 0],
            "epoch": [1, 2, 3, 1, 2, 1, 2],
            "share_used": [1.0, 0.04, 0.01, 0.0, 0.5, 1.0, np.nan],
        }
    )
    found = starved_stages(epochs)
    assert found[["run_id", "stage", "n", "epochs", "lowest"]].values.tolist() == [
        ["a", "hard_negative", 1, 2, 0.0],
        ["b", "full", 2, 3, 0.01],
    ]
    assert starved_stages(epochs[:0]).empty and starved_stages(epochs[5:]).empty
