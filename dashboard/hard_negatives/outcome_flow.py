"""What became of samples from stage to stage on the hard-negatives page, and the samples of a band or a bar of it.

A Sankey's bands tell Streamlit nothing of a click, so they are chosen in a select box, which the keyboard reaches too.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from analysis import trajectories
from analysis.outcomes import Outcome
from dashboard.charts import sample_flows
from dashboard.reads import run_queries
from dashboard.text import F, T, called, name_of, plain, stage_short
from dashboard.widgets import downloads, drill_down, url_state

_BAND = "band"  # the URL's name of what is chosen: `position|outcome`, or `position|state>position|state`


def draw(run: dict[str, Any], history: pd.DataFrame) -> None:
    """The flow or its counts, and below it the samples of the band or bar that is chosen.

    Args:
        history: what every stage said of the samples: sample_id, round, stage, position, predicted, correct.
    """
    moved = trajectories.transitions(history)
    if moved.empty:
        st.info(T.flow_waiting, icon=":material/hourglass_top:")
        return
    stages = run_queries.stages(str(run["run_id"]))
    names = {int(row.position): stage_short(int(row.round), str(row.stage)) for row in stages.itertuples()}
    if url_state.switch("flow_as", T.flow_as, T.flow_names) == "flow":
        found = trajectories.states(history)
        links = trajectories.flow_links(found)
        downloads.figure(sample_flows.outcome_sankey(links, stages), "flow", links)
        ways = [(row.from_position, row.from_state, row.position, row.state) for row in links.itertuples()]
        options = {
            f"{way[0]}|{way[1]}>{way[2]}|{way[3]}": _band(names, way, n)
            for way, n in zip(ways, links["n"], strict=True)
        }
        chosen = drill_down.choose(_BAND, options)
        ids = trajectories.samples_on_link(found, *ways[list(options).index(chosen)]) if chosen else []
    else:
        counts = trajectories.flow_counts(moved)
        drill_down.figure(sample_flows.outcome_counts(counts), "flow_counts", counts, drill_down.setter(_BAND))
        rows = [row for row in counts.itertuples() if row.n]
        options = {
            f"{row.position}|{row.outcome}": f"{_end(names, row.position, row.outcome)}: {row.n}" for row in rows
        }
        chosen = drill_down.choose(_BAND, options)
        marks = moved["position"].astype(str) + "|" + moved["outcome"].astype(str)
        ids = [str(sample_id) for sample_id in moved[marks == chosen]["sample_id"]]
    st.caption(" ".join(filter(None, (T.flow_hint, _lost_again(moved)))))
    if chosen:
        _samples(run, history, ids, options[chosen])


def _lost_again(moved: pd.DataFrame) -> str:
    """How many newly wrong samples had been fixed before: the state alone does not tell; empty where none is new."""
    newly = (moved["outcome"] == Outcome.NEWLY_WRONG).to_numpy()
    again = int((newly & trajectories.fixed_before(moved)).sum())
    return T.fixed_again.format(n=int(newly.sum()), again=again) if newly.any() else ""


def describe_history(said: pd.DataFrame | None) -> str:
    """`full ✗ afi · 1 hard ✓ · ...`: every stage's answer to one sample; rows in the order of stages."""
    if said is None:
        return "–"
    return " · ".join(
        f"{stage_short(int(row.round), str(row.stage)).replace(' ', '&nbsp;')}&nbsp;"
        + (":green[✓]" if row.correct else f":red[✗&nbsp;{called(row.predicted)}]")
        for row in said.itertuples()
    )


def _samples(run: dict[str, Any], history: pd.DataFrame, ids: list[str], band: str) -> None:
    known = run_queries.samples(str(run["dataset_id"]))
    at = history.groupby("sample_id").indices
    rows = known[known["sample_id"].isin(ids)]
    lines = partial(_lines, history, at)
    drill_down.samples(run, rows, lines, T.band_title.format(band=plain(band)), "band")


def _lines(history: pd.DataFrame, at: Any, row: Any) -> tuple[str, ...]:
    return f"**{called(row.label)}**", describe_history(history.iloc[at[row.sample_id]])


def _band(names: dict[int, str], way: tuple[int, str, int, str], n: int) -> str:
    return T.band.format(before=_end(names, *way[:2]), after=_end(names, *way[2:]), n=n)


def _end(names: dict[int, str], position: int, state: str) -> str:
    return T.band_end.format(stage=names.get(int(position), position), state=name_of(F.state_names, state))
