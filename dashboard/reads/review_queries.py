"""Read single samples and verdicts from the store, cached as in `run_queries`."""

from __future__ import annotations

import pandas as pd
import streamlit as st

import store
from analysis.review_agenda import build_agenda
from dashboard.reads import run_queries


@st.cache_data(max_entries=32, show_spinner=False)
def _probs(token: str, run_id: str, sample_id: str) -> pd.DataFrame:
    return store.sample_probs(run_id, sample_id)


@st.cache_data(max_entries=32, show_spinner=False)
def _times_mined(token: str, dataset_id: str, sample_id: str) -> pd.DataFrame:
    return store.times_mined(dataset_id, sample_id)


@st.cache_data(max_entries=8, show_spinner=False)
def _verdicts(token: str, dataset_id: str) -> pd.DataFrame:
    return store.verdicts(dataset_id)


@st.cache_data(max_entries=8, show_spinner=False)
def _agenda(
    token: str, run_id: str, now: tuple[int, str], before: tuple[int, str] | None, split: str, n: int
) -> pd.DataFrame:
    predictions = run_queries.predictions(run_id, *now, split)
    earlier = predictions[:0] if before is None else run_queries.predictions(run_id, *before, split)
    dataset_id = str(run_queries.run(run_id)["dataset_id"])
    return build_agenda(predictions, earlier, store.votes(dataset_id, split), store.suspects(run_id), n)


def probs(run_id: str, sample_id: str) -> pd.DataFrame:
    """Return the probability of every class for a sample, at every stage of a run."""
    return _probs(run_queries.run_token(run_id), run_id, sample_id)


def times_mined(dataset_id: str, sample_id: str) -> pd.DataFrame:
    """Return when a sample was mined, in all runs of its dataset."""
    return _times_mined(run_queries.results_token(), dataset_id, sample_id)


def verdicts(dataset_id: str) -> pd.DataFrame:
    """Return the verdicts in force on a dataset; read again whenever the store has changed."""
    return _verdicts(run_queries.change_token(), dataset_id)


def agenda(run_id: str, now: tuple[int, str], split: str, n: int) -> pd.DataFrame:
    """Return the samples to discuss after a stage, compared with the stage before it."""
    stages = [(int(row.round), str(row.stage)) for row in run_queries.stages(run_id).itertuples()]
    position = stages.index(now)
    before = stages[position - 1] if position else None
    return _agenda(run_queries.results_token(), run_id, now, before, split, n)


def dataset_classes(dataset_id: str) -> list[str]:
    """Return the classes of a dataset; empty for one that is not registered."""
    registered = _datasets(run_queries.change_token())
    rows = registered[registered["dataset_id"] == dataset_id]
    return [str(name) for name in rows.iloc[0]["classes"]] if len(rows) else []


@st.cache_data(max_entries=4, show_spinner=False)
def _datasets(token: str) -> pd.DataFrame:
    return store.datasets()
