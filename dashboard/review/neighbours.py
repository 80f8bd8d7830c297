"""The training samples that look most like one sample to a run's network, with their labels and how it does on them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

import store
from analysis.nearest_neighbours import find_nearest
from dashboard.reads import run_queries
from dashboard.text import T, called, number, plain, stage_name
from dashboard.widgets import drill_down

SHOWN = 8


def draw(run: dict[str, Any], row: dict[str, Any]) -> None:
    """The nearest training samples as a gallery; a sentence where the run has no embeddings of this sample."""
    st.subheader(T.neighbours)
    run_id, sample_id = str(run["run_id"]), str(row["sample_id"])
    found = _found(run_queries.run_token(run_id), run_id, sample_id)
    if found is None:
        st.info(T.no_embeddings.format(run=plain(run_id)), icon=":material/hub:")
        return
    key, rows = found
    stage = stage_name(*key)
    right = int(rows["correct"].sum())
    alike = int((rows["label"] == row["label"]).sum())
    told = {"n": len(rows), "stage": stage, "label": plain(row["label"]), "alike": alike, "right": right}
    st.caption(T.neighbours_caption.format(**told))
    drill_down.samples(run, rows, _lines, T.neighbours_title, "neighbours")


@st.cache_data(max_entries=32, show_spinner=False)
def _found(token: str, run_id: str, sample_id: str) -> tuple[tuple[int, str], pd.DataFrame] | None:
    """Round and stage that saw them, and sample_id, path, label, predicted, prob, correct, similarity; or None."""
    known = store.embeddings(run_id)
    ended = run_queries.stages(run_id)
    if known is None or known.position not in set(ended["position"]):
        return None
    at = np.flatnonzero(known.ids == sample_id)
    stage = ended[ended["position"] == known.position].iloc[0]
    said = run_queries.predictions(run_id, int(stage["round"]), str(stage["stage"]), "train")
    if not len(at) or said.empty:
        return None
    near = find_nearest(known.vectors, int(at[0]), np.isin(known.ids, said["sample_id"].to_numpy(str)), SHOWN)
    rows = near.assign(sample_id=known.ids[near["at"]]).merge(said, on="sample_id")
    columns = ["sample_id", "path", "label", "predicted", "prob", "correct", "similarity"]
    return (int(stage["round"]), str(stage["stage"])), rows[columns]


def _lines(row: Any) -> tuple[str, ...]:
    answer = T.side_right if row.correct else T.side_wrong
    return (
        f"**{called(row.label)}**",
        answer.format(side="", said=called(row.predicted), prob=number(row.prob)).strip(),
        T.similarity.format(value=number(row.similarity)),
    )
