"""Read runs and predictions for comparisons straight from the store, as the report does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

import store
from analysis.prediction_table import PredictionTable


class StoreReader:
    """Read from the store without a cache; implements `stage_comparison.Reader`."""

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
        """Return the predictions of one stage of several runs."""
        return {run_id: self.prediction_table(run_id, round_, stage, split) for run_id in run_ids}
