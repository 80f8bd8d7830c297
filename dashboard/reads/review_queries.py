"""What the store says of single samples and of verdicts, cached like `dashboard.reads.run_queries`."""

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
def _verdicts(mark: str, dataset_id: str) -> pd.DataFrame:
    return store.verdicts(dataset_id)


@st.cache_data(max_entries=8, show_spinner=False)
def _agenda(
    token: str, run_id: str, now: tuple[int, str], before: tuple[int, str] | None, split: str, n: int
) -> pd.DataFrame:
    said = run_queries.predictions(run_id, *now, split)
    earlier = said[:0] if before is None else run_queries.predictions(run_id, *before, split)
    dataset_id = str(run_queries.run(run_id)["dataset_id"])
    return build_agenda(said, earlier, store.votes(dataset_id, split), store.suspects(run_id), n)


def probs(run_id: str, sample_id: str) -> pd.DataFrame:
    """The probability of every class at every stage of a run."""
    return _probs(run_queries.run_token(run_id), run_id, sample_id)


def times_mined(dataset_id: str, sample_id: str) -> pd.DataFrame:
    """When a sample was mined, in all runs of its dataset."""
    return _times_mined(run_queries.results_token(), dataset_id, sample_id)


def verdicts(dataset_id: str) -> pd.DataFrame:
    """The verdicts that stand; read anew whenever the store has changed."""
    return _verdicts(run_queries.mark(), dataset_id)


def agenda(run_id: str, now: tuple[int, str], split: str, n: int) -> pd.DataFrame:
    """The samples worth talking about after a stage, against the stage before it."""
    stages = [(int(row.round), str(row.stage)) for row in run_queries.stages(run_id).itertuples()]
    at = stages.index(now)
    return _agenda(run_queries.results_token(), run_id, now, stages[at - 1] if at else None, split, n)


def dataset_classes(dataset_id: str) -> list[str]:
    """The classes of a registered dataset; empty for one that is not known."""
    known = _datasets(run_queries.mark())
    found = known[known["dataset_id"] == dataset_id]
    return [str(name) for name in found.iloc[0]["classes"]] if len(found) else []


@st.cache_data(max_entries=4, show_spinner=False)
def _datasets(mark: str) -> pd.DataFrame:
    return store.datasets()
