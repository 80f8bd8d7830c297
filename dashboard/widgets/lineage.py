"""Show which run a run starts from, and which runs start from it."""

from __future__ import annotations

import streamlit as st

from dashboard.reads import run_queries
from dashboard.text import T, plain, stage_name


def draw(run_id: str) -> None:
    """Draw the run that this one starts from, and those that start from it.

    It says what is inherited; nothing is drawn where there is neither.
    """
    run, runs = run_queries.run(run_id), run_queries.runs()
    parent = run.get("forked_from")
    if isinstance(parent, str):
        ended = run_queries.stages(run_id)
        inherited = ended["inherited_steps"].fillna(0).sum()
        words = T.forked_from.format(
            run=plain(run_id), parent=plain(parent), stage=stage_name(int(run["forked_round"]), run["forked_stage"]),
            inherited=int(inherited), steps=int(ended["steps"].fillna(0).sum()),
        )  # fmt: skip
        gone = "" if parent in set(runs["run_id"]) else f" {T.forked_parent_gone}"
        st.caption(f":material/fork_right: {words}{gone}")
    children = [str(child) for child in runs.loc[runs["forked_from"] == run_id, "run_id"]]
    if children:
        st.caption(
            f":material/fork_right: {T.forked_by.format(run=plain(run_id), runs=', '.join(map(plain, children)))}"
        )
