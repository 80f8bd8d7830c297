"""Draw how far a study has come: a grid of arms and seeds.

A button queues the rest.
"""

from __future__ import annotations

from html import escape
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

import jobs
import store
from comparisons import study_runs
from comparisons.store_reader import StoreReader
from comparisons.study_runs import DONE, MISSING, StudyRuns
from dashboard.frame.error_boundary import attempt
from dashboard.reads import run_queries
from dashboard.studies.choice import Listed
from dashboard.text import T, duration, language, name_of, plain
from dashboard.widgets import url_state
from jobs.study_plan import StudyPlan, plan
from studies import Study
from system.job_states import FINAL, OPEN

_COLOURS = {"done": "#009E73", "running": "#E69F00", "queued": "#56B4E9", MISSING: "#999999"}
_ENDED_EARLY = "#D55E00"


def read(study: Study) -> StudyRuns:
    """Return the runs of a study, read again when the store changes."""
    return _gather(run_queries.change_token(), study.study_id, study)


@st.cache_resource(max_entries=4, show_spinner=False)
def _gather(token: str, study_id: str, _study: Study) -> StudyRuns:
    with store.read():
        return study_runs.gather(_study, StoreReader())


def draw(chosen: Listed, found: StudyRuns) -> None:
    """Draw the counts, the button and the grid of one dataset."""
    planned = _plan_of(chosen.study) if (found.grid["state"] == MISSING).any() else None
    grid = found.grid
    if planned is not None:
        grid = grid[~grid["dataset"].isin([place.key for place in planned.passed_over])]
    states = grid["state"]
    counts = {
        "done": int((states == DONE).sum()), "running": int((states == "running").sum()),
        "waiting": int(states.isin(set(OPEN) - {"running"}).sum()),
        "failed": int(states.isin(set(FINAL) - {DONE}).sum()),
    }  # fmt: skip
    st.progress(counts["done"] / max(1, len(states)), T.study_done.format(all=len(states), **counts))
    if _lacks(states):
        st.button(
            T.study_queue, key="study_queue", type="primary", icon=":material/playlist_add:", help=T.study_queue_help,
            on_click=_queue, args=(chosen,),
        )  # fmt: skip
        if planned is not None:
            st.caption(cost_sentence(planned))
    elif counts["done"] == len(states):
        st.caption(f":material/check: {T.study_complete}")
    else:
        st.caption(f":material/hourglass_top: {T.study_all_queued}")
    if planned is not None and planned.namesakes:
        others = {"studies": ", ".join(planned.namesakes), "n": planned.taken_over, "all": len(planned.runs)}
        st.caption(plain(T.study_namesakes.format(**others)))
    if planned is not None and planned.passed_over:
        absent = ", ".join(place.dataset_id for place in planned.passed_over)
        st.caption(T.study_passed_over.format(datasets=plain(absent)))
    datasets = list(grid["dataset"].drop_duplicates())
    if not datasets:
        return
    dataset = url_state.choose("study_data", T.study_dataset, datasets) if len(datasets) > 1 else datasets[0]
    st.html(grid_html(grid[grid["dataset"] == dataset], list(chosen.study.arms)))
    st.caption(T.study_grid_hint)


def is_lacking(found: StudyRuns) -> bool:
    """Return whether some run is neither done nor waiting nor training."""
    return _lacks(found.grid["state"])


def _lacks(states: pd.Series[str]) -> bool:
    return bool((~states.isin([DONE, *OPEN])).any())


def _plan_of(study: Study) -> StudyPlan | None:
    """Return what a study still needs.

    None, with the reason, where it cannot be queued as it is.
    """
    try:
        return _plan(run_queries.change_token(), study.study_id, study)
    except jobs.JobError as error:
        st.warning(plain(str(error)), icon=":material/warning:")
        return None


@st.cache_resource(max_entries=4, show_spinner=False)
def _plan(token: str, study_id: str, _study: Study) -> StudyPlan:
    return plan(_study)


def cost_sentence(planned: StudyPlan) -> str:
    """Say how much would be queued and what it takes, as the command does before it starts."""
    todo = [run for run in planned.runs if run.state != "found"]
    time = T.study_time_unknown if planned.seconds is None else T.study_time.format(time=duration(planned.seconds))
    runs, steps = len(planned.of_state("new", "again")), sum(run.steps or 0 for run in todo)
    return T.study_left.format(runs=runs, steps=steps, time=time)


def grid_html(cells: pd.DataFrame, arms: list[str]) -> str:
    """Return a table of arms and seeds as HTML; each run is a link to its page.

    Args:
        cells: rows of `StudyRuns.grid`, of one dataset.
    """
    seeds = sorted(cells["seed"].unique())
    rows = {(row.arm, row.seed): row for row in cells.itertuples()}
    head = "".join(f"<th>{T.seed} {seed}</th>" for seed in seeds)
    body = []
    for arm in arms:
        if not any((arm, seed) in rows for seed in seeds):
            continue
        found = "".join(_cell(rows.get((arm, seed))) for seed in seeds)
        body.append(f"<tr><th>{escape(arm)}</th>{found}</tr>")
    return (
        '<div style="overflow-x:auto"><table class="study-grid"><thead><tr>'
        f"<th>{T.study_arm}</th>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def _cell(row: Any) -> str:
    if row is None:
        return "<td></td>"
    state, run_id = str(row.state), row.run_id
    colour = _COLOURS.get(state, _ENDED_EARLY if state in FINAL else _COLOURS["queued"])
    label = escape(name_of(T.study_cells, state))
    if run_id is not None and state in {DONE, "running", *FINAL}:
        query = urlencode({"run": run_id, "lang": language()})
        label = f'<a href="./?{query}" target="_self" title="{escape(str(run_id))}">{label}</a>'
    return f'<td style="border-left:4px solid {colour}">{label}</td>'


def _queue(chosen: Listed) -> None:
    with attempt(duration="long"):
        queued = jobs.submit_study(chosen.study, file_text=chosen.text)
        st.toast(T.study_queued.format(n=len(queued.of_state("new", "again"))), icon=":material/check:")
