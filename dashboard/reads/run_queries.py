"""What the store says of runs, read once per change of the store and shared by all browser sessions.

Runs, stages and jobs are those of the last moment (see `snapshot`); every other answer is cached under what changes
with it, so a rerun that finds it unchanged opens no connection at all. No connection is ever kept. Frames are kept as
they are, since to copy one of 10,000 samples takes longer than to draw it: every caller gets a shallow copy, on which
pandas writes without touching the others'.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import pandas as pd
import streamlit as st

import store
from analysis.prediction_table import PredictionTable
from dashboard.reads import snapshot, table_frames
from jobs import logs
from store import Predictions, RunContext


def mark() -> str:
    """Changes when the store has changed: at once after this app wrote, within about a second after others did."""
    return snapshot.current().mark


@st.cache_resource(max_entries=16, show_spinner=False)
def _epochs(mark_: str, run_ids: tuple[str, ...]) -> pd.DataFrame:
    return store.epochs(list(run_ids))


@st.cache_resource(max_entries=16, show_spinner=False)
def _metrics(token: str, run_ids: tuple[str, ...]) -> pd.DataFrame:
    return store.metrics(list(run_ids))


@st.cache_resource(max_entries=16, show_spinner=False)
def _headlines(token: str, run_ids: tuple[str, ...]) -> pd.DataFrame:
    return table_frames.headlines(_metrics(token, run_ids))


@st.cache_resource(max_entries=8, show_spinner=False)
def _read(token: str, run_id: str, splits: tuple[str, ...]) -> Predictions:
    """All stages at once, and what is asked of one of them is a part of it: one opening of the store a run."""
    return store.read_predictions(run_id, splits=splits, context=_context(run_id))


def _context(run_id: str) -> RunContext | None:
    row = snapshot.current().row_of(run_id)
    if row is None:  # it has begun since, or is gone
        return None
    return RunContext(
        tuple(row["classes"]), row["objective"] == "softmax", samples(str(row["dataset_id"])), stages(run_id)
    )


def _of_split(token: str, run_id: str, split: str) -> Predictions:
    found = _read(token, run_id, (split,) if split == "train" else ("val", "test"))
    return found.select((found.context.samples["split"] == split).to_numpy(bool)[found.sample_index])


@st.cache_resource(max_entries=24, show_spinner=False)
def _confusion(token: str, run_id: str, split: str) -> pd.DataFrame:
    return _of_split(token, run_id, split).confusion()


@st.cache_resource(max_entries=8, show_spinner=False)
def _answers(token: str, run_id: str, split: str) -> pd.DataFrame:
    return _of_split(token, run_id, split).answers()


@st.cache_resource(max_entries=12, show_spinner=False)
def _predictions(token: str, run_id: str, round_: int, stage: str, split: str) -> pd.DataFrame:
    return _of_split(token, run_id, split).of_stage(round_, stage).sample_table()


@st.cache_resource(max_entries=12, show_spinner=False)
def _mined(token: str, run_id: str) -> pd.DataFrame:
    return store.mined(run_id)


@st.cache_resource(max_entries=12, show_spinner=False)
def _suspects(token: str, run_id: str) -> pd.DataFrame:
    return store.suspects(run_id)


@st.cache_resource(max_entries=24, show_spinner=False)
def _history(token: str, run_id: str, sample_ids: tuple[str, ...]) -> pd.DataFrame:
    return store.sample_history(run_id, list(sample_ids))


@st.cache_resource(max_entries=12, show_spinner=False)
def _history_of_mined(token: str, run_id: str, round_: int) -> pd.DataFrame:
    found = _of_split(token, run_id, "train")  # the guard of the ledger sees to it that nothing else is mined
    mined = _mined(token, run_id)
    rows = found.context.samples["sample_id"].isin(mined[mined["round"] == round_]["sample_id"]).to_numpy()
    return found.select(rows[found.sample_index]).history()


@st.cache_resource(max_entries=24, show_spinner=False)
def _cams(mark_: str, run_id: str, sample_id: str) -> pd.DataFrame:
    return store.cams(run_id, sample_id)


@st.cache_resource(max_entries=12, show_spinner=False)
def _mapped(mark_: str, run_id: str) -> pd.DataFrame:
    return store.mapped(run_id)


@st.cache_resource(max_entries=12, show_spinner=False)
def _map_scores(mark_: str, run_id: str) -> pd.DataFrame:
    return store.map_scores(run_id)


@st.cache_resource(max_entries=4, show_spinner=False)
def _registered(token: str) -> pd.DataFrame:
    return store.datasets()


@st.cache_resource(max_entries=4, show_spinner=False)
def _samples(token: str, dataset_id: str) -> pd.DataFrame:
    return store.samples(dataset_id)


def together() -> AbstractContextManager[None]:
    """What is asked within the block is read in one opening of the store; nothing slow should stand beside it."""
    return store.together()


def runs() -> pd.DataFrame:
    """Every run, newest first."""
    return snapshot.current().runs.copy(deep=False)


def stages(run_id: str | None = None) -> pd.DataFrame:
    """Finished stages in the order they were trained, of one run or of all."""
    at = snapshot.current()
    found = at.stages if run_id is None else at.stages_of(run_id)
    return found.copy(deep=False)


def results_token() -> str:
    """Changes when a stage or a run has ended or a run has appeared; cheap, and the key of cached results."""
    return snapshot.current().results


def run_token(run_id: str) -> str:
    """Changes when a stage of this run has ended."""
    ended = stages(run_id)
    return f"{store.results_path()}|{len(ended)}|{ended['finished_at'].max() if len(ended) else ''}"


def run(run_id: str) -> dict[str, Any]:
    """One run's row; raises LookupError where there is none."""
    row = snapshot.current().row_of(run_id)
    if row is None:
        raise LookupError(run_id)
    return dict(row)


def epochs(run_ids: Sequence[str]) -> pd.DataFrame:
    """Finished epochs of some runs, live ones included."""
    return _epochs(mark(), tuple(run_ids)).copy(deep=False)


def metrics(run_ids: Sequence[str]) -> pd.DataFrame:
    """Scores of every finished stage of some runs."""
    return _metrics(results_token(), tuple(run_ids)).copy(deep=False)


def headlines(run_ids: Sequence[str]) -> pd.DataFrame:
    """Overall test scores of every finished stage of some runs; of `views.headlines`."""
    return _headlines(results_token(), tuple(run_ids)).copy(deep=False)


def confusion(run_id: str, round_: int, stage: str, split: str) -> pd.DataFrame:
    """Counts by true class and top-1 predicted class."""
    return table_frames.stage_rows(confusion_by_stage(run_id, split), round_, stage).reset_index(drop=True)


def confusion_by_stage(run_id: str, split: str) -> pd.DataFrame:
    """Counts by true class and top-1 predicted class, at every stage of a run."""
    return _confusion(run_token(run_id), run_id, split).copy(deep=False)


def answers(run_id: str, split: str) -> pd.DataFrame:
    """What every stage of a run answered on every sample of a split, top-1."""
    return _answers(run_token(run_id), run_id, split).copy(deep=False)


def predictions_of_run(run_id: str, split: str) -> Predictions:
    """Return the predictions of every stage of a run on a split, as arrays."""
    return _of_split(run_token(run_id), run_id, split)


def prediction_table(run_id: str, round_: int, stage: str, split: str) -> PredictionTable:
    """Return the predictions of a stage on each sample of a split, with their arrays."""
    return predictions_of_run(run_id, split).of_stage(round_, stage).table()


def prediction_tables(run_ids: Sequence[str], round_: int, stage: str, split: str) -> dict[str, PredictionTable]:
    """Return the same of one stage of several runs: asked at once and not cached."""
    contexts = {run_id: context for run_id in run_ids if (context := _context(run_id)) is not None}
    found = store.read_predictions_by_run(contexts, round_, stage, split)
    return {run_id: predictions.table() for run_id, predictions in found.items()}


def predictions(run_id: str, round_: int, stage: str, split: str) -> pd.DataFrame:
    """Return what a stage predicted of each sample of a split: the columns of `store.predictions` but for the lists."""
    return _predictions(run_token(run_id), run_id, round_, stage, split).copy(deep=False)


def mined(run_id: str) -> pd.DataFrame:
    """Hard negatives of all rounds of a run."""
    return _mined(run_token(run_id), run_id).copy(deep=False)


def suspects(run_id: str) -> pd.DataFrame:
    """Samples of all rounds of a run whose label is suspect."""
    return _suspects(run_token(run_id), run_id).copy(deep=False)


def history(run_id: str, sample_ids: Sequence[str]) -> pd.DataFrame:
    """What every stage of a run said of some samples."""
    return _history(run_token(run_id), run_id, tuple(sample_ids)).copy(deep=False)


def history_of_mined(run_id: str, round_: int) -> pd.DataFrame:
    """What every stage of a run said of the samples mined in a round; by sample, then by stage."""
    return _history_of_mined(run_token(run_id), run_id, round_).copy(deep=False)


def cams(run_id: str, sample_id: str) -> pd.DataFrame:
    """Which class activation maps of a sample exist."""
    return _cams(mark(), run_id, sample_id).copy(deep=False)


def mapped(run_id: str) -> pd.DataFrame:
    """Which class activation maps of a run exist, and of what."""
    return _mapped(mark(), run_id).copy(deep=False)


def map_scores(run_id: str) -> pd.DataFrame:
    """What the maps of a run are worth, by stage, class and baseline."""
    return _map_scores(mark(), run_id).copy(deep=False)


def registered() -> pd.DataFrame:
    """Datasets that a run has been trained on: dataset_id, content_hash, folder, ..."""
    return _registered(results_token()).copy(deep=False)


def samples(dataset_id: str) -> pd.DataFrame:
    """Samples of a registered dataset."""
    known = registered()
    contents = "|".join(known.loc[known["dataset_id"] == dataset_id, "content_hash"])  # in another store it may differ
    return _samples(f"{store.results_path()}|{dataset_id}|{contents}", dataset_id).copy(deep=False)


def log_tail(run_id: str, lines: int = 40) -> str:
    """The last lines of a run's log; empty when there is none."""
    return "\n".join(logs.tail(store.runs_root() / run_id / "log.txt", limit=200 * lines).splitlines()[-lines:])


def has_checkpoints(run_id: str) -> bool:
    """Whether any weights of a run are left on disk."""
    folder = store.runs_root() / run_id / "checkpoints"
    return folder.is_dir() and any(folder.iterdir())
