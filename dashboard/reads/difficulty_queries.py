"""Read how a run learned its samples, the cues of pictures, and the classes of neighbours."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pandas as pd
import streamlit as st

import catalog
import store
from analysis.class_difficulty import neighbour_table
from dashboard.reads import run_queries

MOST_ASKED, MOST_POOL = 2000, 20_000  # samples whose embeddings are compared: seconds for any dataset
_measuring = threading.Lock()  # one session measures, the others wait and read what it stored


@st.cache_resource(max_entries=8, show_spinner=False)
def _dynamics(token: str, run_id: str, round_: int, stage: str) -> pd.DataFrame:
    return store.dynamics(run_id, round_, stage)


def dynamics(run_id: str, round_: int, stage: str) -> pd.DataFrame:
    """Return how each training sample was learned up to the end of a stage.

    Columns: see `store.dynamics`; empty where it was not recorded.
    """
    return _dynamics(run_queries.run_token(run_id), run_id, round_, stage).copy(deep=False)


@st.cache_resource(max_entries=8, show_spinner=False)
def _measured(folder: str, content_hash: str) -> dict[str, pd.DataFrame]:
    """Return a place for the cues of one dataset's content, for all sessions."""
    return {}


def cues(dataset: catalog.Dataset, tell: Callable[[int, int], None]) -> pd.DataFrame:
    """Return the cues of a dataset's training pictures, measured once.

    See `catalog.measure_cues`.

    Args:
        tell: called with (done, total) while they are measured.
    Raises:
        catalog.CatalogError: the dataset is damaged.
    """
    kept = _measured(str(dataset.folder), dataset.content_hash)
    if "cues" not in kept:
        with _measuring:
            if "cues" not in kept:
                stored = catalog.stored_cues(dataset)
                kept["cues"] = catalog.measure_cues(dataset, tell) if stored is None else stored
    return kept["cues"].copy(deep=False)


@st.cache_resource(max_entries=8, show_spinner=False)
def _neighbours(token: str, run_id: str, round_: int, stage: str) -> pd.DataFrame | None:
    ended = run_queries.stages(run_id)
    position = ended.loc[(ended["round"] == round_) & (ended["stage"] == stage), "position"]
    embeddings = store.embeddings(run_id)
    if embeddings is None or not len(position) or embeddings.position != int(position.iloc[0]):
        return None
    test, train = (
        run_queries.predictions_of_run(run_id, split).of_stage(round_, stage).table() for split in ("test", "train")
    )
    asked, pool = test.samples["sample_id"][:MOST_ASKED], train.samples["sample_id"][:MOST_POOL]
    rows = pd.Series(range(len(embeddings.ids)), index=pd.Index(embeddings.ids.astype(object)))
    rows = rows.reindex([*asked, *pool])
    if rows.isna().any():
        return None
    vectors = embeddings.vectors[rows.to_numpy("int64")]
    shows = [*test.trained[: len(asked)], *train.trained[: len(pool)]]
    is_asked = pd.Series([True] * len(asked) + [False] * len(pool)).to_numpy(bool)
    classes = list(run_queries.run(run_id)["classes"])
    return neighbour_table(vectors, shows, is_asked, ~is_asked, classes)


def neighbours(run_id: str, round_: int, stage: str) -> pd.DataFrame | None:
    """Return how pure the neighbourhood of each class is.

    None where the stage has no embeddings.

    Columns: see `analysis.class_difficulty.neighbour_table`; of the first MOST_ASKED test samples among the first
    MOST_POOL training samples, in the manifest's order.
    """
    return _neighbours(run_queries.run_token(run_id), run_id, round_, stage)
