"""Read runs from the store, once per change of the store for all browser sessions.

Runs, stages and jobs come from the snapshot (see `snapshot`). Every other result is cached under a token that changes
with it, so a rerun without changes opens no connection. No connection stays open. The cache holds frames themselves,
since copying one of 10,000 samples takes longer than drawing it. Every caller gets a shallow copy: pandas copies on
write, so nobody changes the frame of another.
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


def change_token() -> str:
    """Return a token that changes with the store.

    It changes at once after this app has written, and within about a second after another process has.
    """
    return snapshot.current().change_token


@st.cache_resource(max_entries=16, show_spinner=False)
def _epochs(token: str, run_ids: tuple[str, ...]) -> pd.DataFrame:
    return store.epochs(list(run_ids))


@st.cache_resource(max_entries=16, show_spinner=False)
def _metrics(token: str, run_ids: tuple[str, ...]) -> pd.DataFrame:
    return store.metrics(list(run_ids))


@st.cache_resource(max_entries=16, show_spinner=False)
def _headlines(token: str, run_ids: tuple[str, ...]) -> pd.DataFrame:
    return table_frames.headlines(_metrics(token, run_ids))


@st.cache_resource(max_entries=8, show_spinner=False)
def _read(token: str, run_id: str, splits: tuple[str, ...]) -> Predictions:
    """Read the predictions of all stages at once, so that the store is opened once per run."""
    return store.read_predictions(run_id, splits=splits, context=_context(run_id))


def _context(run_id: str) -> RunContext | None:
    row = snapshot.current().row_of(run_id)
    if row is None:  # the run has begun since the snapshot, or is gone
        return None
    return RunContext(
        tuple(row["classes"]), row["objective"] == "softmax", samples(str(row["dataset_id"])), stages(run_id)
    )


def _of_split(token: str, run_id: str, split: str) -> Predictions:
    read = _read(token, run_id, (split,) if split == "train" else ("val", "test"))
    return read.select((read.context.samples["split"] == split).to_numpy(bool)[read.sample_index])


@st.cache_resource(max_entries=24, show_spinner=False)
def _confusion(token: str, run_id: str, split: str) -> pd.DataFrame:
    return _of_split(token, run_id, split).confusion()


@st.cache_resource(max_entries=8, show_spinner=False)
def _decisions(token: str, run_id: str, split: str) -> pd.DataFrame:
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
    on_train = _of_split(token, run_id, "train")  # the ledger refuses to mine any other split
    mined = _mined(token, run_id)
    rows = on_train.context.samples["sample_id"].isin(mined[mined["round"] == round_]["sample_id"]).to_numpy()
    return on_train.select(rows[on_train.sample_index]).history()


@st.cache_resource(max_entries=24, show_spinner=False)
def _cams(token: str, run_id: str, sample_id: str) -> pd.DataFrame:
    return store.cams(run_id, sample_id)


@st.cache_resource(max_entries=12, show_spinner=False)
def _mapped(token: str, run_id: str) -> pd.DataFrame:
    return store.mapped(run_id)


@st.cache_resource(max_entries=12, show_spinner=False)
def _map_scores(token: str, run_id: str) -> pd.DataFrame:
    return store.map_scores(run_id)


@st.cache_resource(max_entries=4, show_spinner=False)
def _registered(token: str) -> pd.DataFrame:
    return store.datasets()


@st.cache_resource(max_entries=4, show_spinner=False)
def _samples(token: str, dataset_id: str) -> pd.DataFrame:
    return store.samples(dataset_id)


def together() -> AbstractContextManager[None]:
    """Open the store once for all queries within the block; it should do nothing slow."""
    return store.together()


def runs() -> pd.DataFrame:
    """Return every run, newest first."""
    return snapshot.current().runs.copy(deep=False)


def stages(run_id: str | None = None) -> pd.DataFrame:
    """Return finished stages of one run or of all, in the order they were trained."""
    latest = snapshot.current()
    finished = latest.stages if run_id is None else latest.stages_of(run_id)
    return finished.copy(deep=False)


def results_token() -> str:
    """Return a token that changes when a run appears, or a stage or run ends.

    It is cheap, and the key of cached results.
    """
    return snapshot.current().results


def run_token(run_id: str) -> str:
    """Return a token that changes when a stage of this run ends."""
    ended = stages(run_id)
    return f"{store.results_path()}|{len(ended)}|{ended['finished_at'].max() if len(ended) else ''}"


def run(run_id: str) -> dict[str, Any]:
    """Return one run's row; raise LookupError where there is none."""
    row = snapshot.current().row_of(run_id)
    if row is None:
        raise LookupError(run_id)
    return dict(row)


def epochs(run_ids: Sequence[str]) -> pd.DataFrame:
    """Return the finished epochs of some runs, live ones included."""
    return _epochs(change_token(), tuple(run_ids)).copy(deep=False)


def metrics(run_ids: Sequence[str]) -> pd.DataFrame:
    """Return the scores of every finished stage of some runs."""
    return _metrics(results_token(), tuple(run_ids)).copy(deep=False)


def headlines(run_ids: Sequence[str]) -> pd.DataFrame:
    """Return overall test scores of every finished stage of some runs.

    Columns: see `table_frames.headlines`.
    """
    return _headlines(results_token(), tuple(run_ids)).copy(deep=False)


def confusion(run_id: str, round_: int, stage: str, split: str) -> pd.DataFrame:
    """Return the counts of a stage by true class and top-1 predicted class."""
    return table_frames.stage_rows(confusion_by_stage(run_id, split), round_, stage).reset_index(drop=True)


def confusion_by_stage(run_id: str, split: str) -> pd.DataFrame:
    """Return the counts of every stage of a run by true class and top-1 predicted class."""
    return _confusion(run_token(run_id), run_id, split).copy(deep=False)


def decisions(run_id: str, split: str) -> pd.DataFrame:
    """Return the top-1 class of every stage of a run for every sample of a split."""
    return _decisions(run_token(run_id), run_id, split).copy(deep=False)


def predictions_of_run(run_id: str, split: str) -> Predictions:
    """Return the predictions of every stage of a run on a split, as arrays."""
    return _of_split(run_token(run_id), run_id, split)


def prediction_table(run_id: str, round_: int, stage: str, split: str) -> PredictionTable:
    """Return the predictions of a stage on each sample of a split, with their arrays."""
    return predictions_of_run(run_id, split).of_stage(round_, stage).table()


def prediction_tables(run_ids: Sequence[str], round_: int, stage: str, split: str) -> dict[str, PredictionTable]:
    """Return the same for one stage of several runs; read by one query, not cached."""
    contexts = {run_id: context for run_id in run_ids if (context := _context(run_id)) is not None}
    by_run = store.read_predictions_by_run(contexts, round_, stage, split)
    return {run_id: predictions.table() for run_id, predictions in by_run.items()}


def predictions(run_id: str, round_: int, stage: str, split: str) -> pd.DataFrame:
    """Return the predictions of a stage for each sample of a split.

    Columns are those of `store.predictions` without the lists.
    """
    return _predictions(run_token(run_id), run_id, round_, stage, split).copy(deep=False)


def mined(run_id: str) -> pd.DataFrame:
    """Return the hard negatives of all rounds of a run."""
    return _mined(run_token(run_id), run_id).copy(deep=False)


def suspects(run_id: str) -> pd.DataFrame:
    """Return the samples with suspect labels of all rounds of a run."""
    return _suspects(run_token(run_id), run_id).copy(deep=False)


def history(run_id: str, sample_ids: Sequence[str]) -> pd.DataFrame:
    """Return the predictions of every stage of a run for some samples."""
    return _history(run_token(run_id), run_id, tuple(sample_ids)).copy(deep=False)


def history_of_mined(run_id: str, round_: int) -> pd.DataFrame:
    """Return the predictions of every stage for the samples mined in a round.

    Ordered by sample, then by stage.
    """
    return _history_of_mined(run_token(run_id), run_id, round_).copy(deep=False)


def cams(run_id: str, sample_id: str) -> pd.DataFrame:
    """Return the class activation maps that exist of a sample."""
    return _cams(change_token(), run_id, sample_id).copy(deep=False)


def mapped(run_id: str) -> pd.DataFrame:
    """Return the class activation maps that exist of a run, with sample, stage and class."""
    return _mapped(change_token(), run_id).copy(deep=False)


def map_scores(run_id: str) -> pd.DataFrame:
    """Return the scores of a run's maps, by stage, class and baseline."""
    return _map_scores(change_token(), run_id).copy(deep=False)


def registered() -> pd.DataFrame:
    """Return the datasets that runs were trained on: dataset_id, content_hash, folder, ..."""
    return _registered(results_token()).copy(deep=False)


def samples(dataset_id: str) -> pd.DataFrame:
    """Return the samples of a registered dataset."""
    datasets = registered()
    contents = "|".join(datasets.loc[datasets["dataset_id"] == dataset_id, "content_hash"])  # may differ between stores
    return _samples(f"{store.results_path()}|{dataset_id}|{contents}", dataset_id).copy(deep=False)


def raw_classes(dataset_id: str) -> list[str]:
    """Return the labels of a registered dataset; none where it is not registered."""
    datasets = registered()
    return [str(name) for names in datasets.loc[datasets["dataset_id"] == dataset_id, "classes"] for name in names]


def log_tail(run_id: str, lines: int = 40) -> str:
    """Return the last lines of a run's log; empty when there is none."""
    return "\n".join(logs.tail(store.runs_root() / run_id / "log.txt", limit=200 * lines).splitlines()[-lines:])


def has_checkpoint(run_id: str, position: int, stage: str) -> bool:
    """Return whether the weights of a finished stage are left on disk."""
    return (store.runs_root() / run_id / "checkpoints" / f"{position:02d}-{stage}.safetensors").is_file()


def has_checkpoints(run_id: str) -> bool:
    """Return whether any weights of a run are left on disk."""
    folder = store.runs_root() / run_id / "checkpoints"
    return folder.is_dir() and any(folder.iterdir())
