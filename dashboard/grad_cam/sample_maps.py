"""Choose a sample and draw its maps across the stages; offer to compute missing maps."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.frame import map_jobs
from dashboard.reads import run_queries, table_frames
from dashboard.text import T, number, plain
from dashboard.widgets import map_grid, url_state


def choose_sample(run: dict[str, Any], samples: pd.DataFrame) -> dict[str, Any] | None:
    """Choose a sample of the run's dataset; return its row, or None with a sentence."""
    left, right = st.columns([2, 3])
    source = url_state.switch("source", T.sample_source, T.source_names, place=left)
    with right:
        by_id = source == "id"
        chosen = url_state.type_in("sample", T.sample_id, help_=T.sample_id_help) if by_id else _from_list(run, source)
    if not chosen:
        return None
    matches = samples[samples["sample_id"] == chosen]
    if matches.empty:
        st.warning(T.unknown_sample.format(sample=plain(chosen)), icon=":material/search_off:")
        return None
    row: dict[str, Any] = matches.iloc[0].to_dict()
    return row


def _from_list(run: dict[str, Any], source: str) -> str:
    rows = list_samples(run, source)
    if rows.empty:
        return ""
    names = {str(row.sample_id): _option(row) for row in rows.itertuples()}
    return url_state.choose("sample", T.sample, list(names), show=lambda sample: names[sample])


def list_samples(run: dict[str, Any], source: str) -> pd.DataFrame:
    """List the mined samples of a run, or its test mistakes, hardest first; a sentence for none.

    The mistakes are those of its last stage.

    Returns:
        sample_id, label, predicted, prob and more; of mined samples also rival_class.
    """
    run_id = str(run["run_id"])
    if source == "mined":
        rows = run_queries.mined(run_id).sort_values("margin", kind="stable").drop_duplicates("sample_id")
        rows = rows.assign(predicted=table_frames.decision_names(rows["predicted"]))
    else:
        last = run_queries.stages(run_id).iloc[-1]
        rows = table_frames.wrong_samples(
            run_queries.predictions(run_id, int(last["round"]), str(last["stage"]), "test")
        )
    if rows.empty:
        st.info(T.no_mined_source if source == "mined" else T.no_wrong, icon=":material/info:")
    return rows


def _option(row: Any) -> str:
    rival = getattr(row, "rival_class", None)
    if rival is not None:
        return T.mined_option.format(sample=row.sample_id, label=row.label, rival=rival, predicted=row.predicted)
    return T.sample_option.format(sample=row.sample_id, label=row.label, predicted=row.predicted, prob=number(row.prob))


def draw(run: dict[str, Any]) -> None:
    """Draw a chosen sample, its facts and its maps."""
    run_id = str(run["run_id"])
    sample = choose_sample(run, run_queries.samples(run["dataset_id"]))
    if sample is None:
        return
    sample_id = str(sample["sample_id"])
    map_grid.facts(sample)
    cams, history = run_queries.cams(run_id, sample_id), run_queries.history(run_id, [sample_id])
    if map_grid.missing(cams, history):
        map_jobs.offer_for_sample(run_id, sample_id, some=not cams.empty)
    map_grid.grid(run, sample, cams, history)
