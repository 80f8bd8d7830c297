"""Warn of stages that learned from almost no samples.

The warning is shown wherever results of such a stage are shown.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from analysis.starved_epochs import starved_stages
from dashboard.reads import run_queries
from dashboard.text import T, percent, plain, stage_name


def warn(run_ids: Sequence[str]) -> None:
    """Warn of every stage with an epoch that learned from less than 5 % of its samples."""
    starved = starved_stages(run_queries.epochs(list(dict.fromkeys(run_ids))))
    for row in starved.itertuples():
        words = T.starved_stage.format(
            run=plain(row.run_id), stage=stage_name(int(row.round), str(row.stage)), n=row.n, epochs=row.epochs,
            lowest=percent(row.lowest),
        )  # fmt: skip
        st.warning(words, icon=":material/filter_alt:")
