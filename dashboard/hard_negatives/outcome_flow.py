"""Draw the outcomes of samples from stage to stage, and the samples of a chosen band or bar.

Streamlit reports no click on a band of a Sankey diagram, so bands are chosen in a select box, which the keyboard
reaches too.
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

_BAND = "band"  # URL parameter of the chosen bar (`position|outcome`) or band (`position|state>position|state`)


def draw(run: dict[str, Any], history: pd.DataFrame) -> None:
    """Draw the flow or its counts, and below it the samples of the chosen band or bar.

    Args:
        history: predictions of the samples at every stage: sample_id, round, stage, position, predicted, correct.
    """
    moved = trajectories.transitions(history)
    if moved.empty:
        st.info(T.flow_waiting, icon=":material/hourglass_top:")
        return
    stages = run_queries.stages(str(run["run_id"]))
    names = {int(row.position): stage_short(int(row.round), str(row.stage)) for row in stages.itertuples()}
    if url_state.switch("flow_as", T.flow_as, T.flow_names) == "flow":
        states = trajectories.states(history)
        links = trajectories.flow_links(states)
        downloads.figure(sample_flows.outcome_sankey(links, stages), "flow", links)
        ways = [(row.from_position, row.from_state, row.position, row.state) for row in links.itertuples()]
        options = {
            f"{way[0]}|{way[1]}>{way[2]}|{way[3]}": _band(names, way, n)
            for way, n in zip(ways, links["n"], strict=True)
        }
        chosen = drill_down.choose(_BAND, options)
        ids = trajectories.samples_on_link(states, *ways[list(options).index(chosen)]) if chosen else []
    else:
        counts = trajectories.flow_counts(moved)
        drill_down.figure(sample_flows.outcome_counts(counts), "flow_counts", counts, drill_down.setter(_BAND))
        rows = [row for row in counts.itertuples() if row.n]
        options = {
            f"{row.position}|{row.outcome}": f"{_end(names, row.position, row.outcome)}: {row.n}" for row in rows
        }
        chosen = drill_down.choose(_BAND, options)
        bars = moved["position"].astype(str) + "|" + moved["outcome"].astype(str)
        ids = [str(sample_id) for sample_id in moved[bars == chosen]["sample_id"]]
    st.caption(" ".join(filter(None, (T.flow_hint, _lost_again(moved)))))
    if chosen:
        _samples(run, history, ids, options[chosen])


def _lost_again(moved: pd.DataFrame) -> str:
    """Tell how many newly wrong samples had been fixed before; empty if none is newly wrong.

    The outcome alone does not show it.
    """
    newly = (moved["outcome"] == Outcome.NEWLY_WRONG).to_numpy()
    again = int((newly & trajectories.fixed_before(moved)).sum())
    return T.fixed_again.format(n=int(newly.sum()), again=again) if newly.any() else ""


def describe_history(history: pd.DataFrame | None) -> str:
    """Write the predictions of one sample as `full ✗ afi · 1 hard ✓ · ...`.

    Args:
        history: one row per stage, in their order; None for a sample without predictions.
    """
    if history is None:
        return "–"
    return " · ".join(
        f"{stage_short(int(row.round), str(row.stage)).replace(' ', '&nbsp;')}&nbsp;"
        + (":green[✓]" if row.correct else f":red[✗&nbsp;{called(row.predicted)}]")
        for row in history.itertuples()
    )


def _samples(run: dict[str, Any], history: pd.DataFrame, ids: list[str], band: str) -> None:
    samples = run_queries.samples(str(run["dataset_id"]))
    indices = history.groupby("sample_id").indices
    rows = samples[samples["sample_id"].isin(ids)]
    lines = partial(_lines, history, indices)
    drill_down.samples(run, rows, lines, T.band_title.format(band=plain(band)), "band")


def _lines(history: pd.DataFrame, indices: Any, row: Any) -> tuple[str, ...]:
    return f"**{called(row.label)}**", describe_history(history.iloc[indices[row.sample_id]])


def _band(names: dict[int, str], way: tuple[int, str, int, str], n: int) -> str:
    return T.band.format(before=_end(names, *way[:2]), after=_end(names, *way[2:]), n=n)


def _end(names: dict[int, str], position: int, state: str) -> str:
    return T.band_end.format(stage=names.get(int(position), position), state=name_of(F.state_names, state))
