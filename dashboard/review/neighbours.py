"""Draw the training samples that a run's network finds most similar to one sample."""

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
    """Draw the nearest training samples as a gallery, with their labels and predictions.

    A sentence stands in its place if the run has no embeddings of this sample.
    """
    st.subheader(T.neighbours)
    run_id, sample_id = str(run["run_id"]), str(row["sample_id"])
    neighbours = _find_neighbours(run_queries.run_token(run_id), run_id, sample_id)
    if neighbours is None:
        st.info(T.no_embeddings.format(run=plain(run_id)), icon=":material/hub:")
        return
    key, rows = neighbours
    stage = stage_name(*key)
    right = int(rows["correct"].sum())
    alike = int((rows["label"] == row["label"]).sum())
    counts = {"n": len(rows), "stage": stage, "label": plain(row["label"]), "alike": alike, "right": right}
    st.caption(T.neighbours_caption.format(**counts))
    drill_down.samples(run, rows, _lines, T.neighbours_title, "neighbours")


@st.cache_data(max_entries=32, show_spinner=False)
def _find_neighbours(token: str, run_id: str, sample_id: str) -> tuple[tuple[int, str], pd.DataFrame] | None:
    """Find the nearest training samples; None without embeddings of the sample.

    Returns:
        Round and stage of the embeddings, and the frame: sample_id, path, label, predicted, prob, correct, similarity.
    """
    embeddings = store.embeddings(run_id)
    ended = run_queries.stages(run_id)
    if embeddings is None or embeddings.position not in set(ended["position"]):
        return None
    indices = np.flatnonzero(embeddings.ids == sample_id)
    stage = ended[ended["position"] == embeddings.position].iloc[0]
    predictions = run_queries.predictions(run_id, int(stage["round"]), str(stage["stage"]), "train")
    if not len(indices) or predictions.empty:
        return None
    candidates = np.isin(embeddings.ids, predictions["sample_id"].to_numpy(str))
    near = find_nearest(embeddings.vectors, int(indices[0]), candidates, SHOWN)
    rows = near.assign(sample_id=embeddings.ids[near["at"]]).merge(predictions, on="sample_id")
    columns = ["sample_id", "path", "label", "predicted", "prob", "correct", "similarity"]
    return (int(stage["round"]), str(stage["stage"])), rows[columns]


def _lines(row: Any) -> tuple[str, ...]:
    words = T.side_right if row.correct else T.side_wrong
    return (
        f"**{called(row.label)}**",
        words.format(side="", predicted=called(row.predicted), prob=number(row.prob)).strip(),
        T.similarity.format(value=number(row.similarity)),
    )
