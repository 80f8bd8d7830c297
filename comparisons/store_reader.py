"""Read runs and predictions for comparisons straight from the store, as the report does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

import store
from analysis.prediction_table import PredictionTable


class StoreReader:
    """Read from the store without a cache.

    Implements `stage_comparison.Reader` and `study_runs.StudyReader`.
    """

    def run(self, run_id: str) -> dict[str, Any]:
        """Return one run's row; raises LookupError where there is none."""
        row = store.run(run_id)
        if row is None:
            raise LookupError(run_id)
        return row

    def stages(self, run_id: str) -> pd.DataFrame:
        """Return a run's finished stages."""
        return store.stages(run_id)

    def prediction_table(self, run_id: str, round_: int, stage: str, split: str) -> PredictionTable:
        """Return what a stage predicted of each sample of a split."""
        return store.read_predictions(run_id, splits=[split], round=round_, stage=stage).table()

    def prediction_tables(
        self, run_ids: Sequence[str], round_: int, stage: str, split: str
    ) -> dict[str, PredictionTable]:
        """Return the predictions of one stage of several runs; each dataset's samples are read once."""
        runs = store.runs()
        runs, stages = runs[runs["run_id"].isin(run_ids)], store.stages()
        samples = {dataset_id: store.samples(dataset_id) for dataset_id in runs["dataset_id"].unique()}
        contexts = {
            str(row.run_id): store.RunContext(
                tuple(row.classes), row.objective == "softmax", samples[row.dataset_id],
                stages[stages["run_id"] == row.run_id],
            )
            for row in runs.itertuples()
        }  # fmt: skip
        read = store.read_predictions_by_run(contexts, round_, stage, split)
        return {run_id: read[run_id].table() for run_id in run_ids}

    def study_runs(self, study_id: str) -> pd.DataFrame:
        """Return the runs of a study: dataset, dataset_id, arm, seed, run_id, status."""
        return store.study_runs(study_id)

    def runs(self) -> pd.DataFrame:
        """Return every run."""
        return store.runs()

    def all_stages(self) -> pd.DataFrame:
        """Return the finished stages of every run, in order."""
        return store.stages()

    def samples(self, dataset_id: str) -> pd.DataFrame:
        """Return a dataset's samples."""
        return store.samples(dataset_id)

    def raw_classes(self, dataset_id: str) -> list[str]:
        """Return a dataset's own classes; none where the store does not know it."""
        known = store.datasets()
        return [str(name) for classes in known[known["dataset_id"] == dataset_id]["classes"] for name in classes]

    def metrics(self, run_ids: Sequence[str]) -> pd.DataFrame:
        """Return the scores of runs."""
        return store.metrics(run_ids)
