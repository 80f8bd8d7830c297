"""Load two stages, and the same stages under other seeds, and compare them.

Pages and report use the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pandas as pd

from analysis import run_comparison, seed_groups
from analysis.prediction_table import PredictionTable
from analysis.run_comparison import RunComparison, StagePredictions
from comparisons.label_scheme import apply_label_scheme

RunStageKey = tuple[str, int, str]
"""Run id, round and stage."""


class Reader(Protocol):
    """Source of runs and predictions: the store, or a cache in front of it."""

    def run(self, run_id: str) -> dict[str, Any]:
        """Return one run's row."""

    def stages(self, run_id: str) -> pd.DataFrame:
        """Return a run's finished stages."""

    def prediction_table(self, run_id: str, round_: int, stage: str, split: str) -> PredictionTable:
        """Return what a stage predicted of each sample of a split."""

    def prediction_tables(
        self, run_ids: Sequence[str], round_: int, stage: str, split: str
    ) -> dict[str, PredictionTable]:
        """Return the predictions of one stage of several runs."""


@dataclass(frozen=True)
class StagePair:
    """Two stages to compare, and the runs of other seeds whose same stages take part."""

    a: RunStageKey
    b: RunStageKey
    more: tuple[tuple[str, str], ...] = ()

    @property
    def keys(self) -> list[RunStageKey]:
        """Return every stage that takes part, of both sides."""
        more = [key for a, b in self.more for key in ((a, *self.a[1:]), (b, *self.b[1:]))]
        return [self.a, self.b, *more]

    @property
    def run_ids(self) -> list[str]:
        """Return every run that takes part."""
        return [self.a[0], self.b[0], *(run_id for pair in self.more for run_id in pair)]


def with_other_seeds(runs: pd.DataFrame, stages: pd.DataFrame, a: RunStageKey, b: RunStageKey) -> StagePair:
    """Add the same two stages under every other seed of both recipes."""
    ids = runs.set_index("run_id", drop=False)
    sides = [(ids.loc[key[0]].to_dict(), key[1:]) for key in (a, b)]
    return StagePair(a, b, tuple(seed_groups.other_seeds(runs, stages, *sides)))


def compare(reader: Reader, pair: StagePair, scoring: str, metrics: Sequence[str]) -> RunComparison | None:
    """Compare two stages and those of other seeds; None when they share no test sample.

    Args:
        scoring, metrics: as of `analysis.run_comparison.compare`.
    Raises:
        GroundTruthUnknown: the true classes that this scoring needs are not known.
    """
    of_labels = scoring == "labels" or any(thresholds(reader, *key) is not None for key in (pair.a, pair.b))
    a, b = (load_stage(reader, *key, val=of_labels) for key in (pair.a, pair.b))
    more_a = _seeds(reader, [(run_id, *pair.a[1:]) for run_id, _ in pair.more], of_labels)
    more_b = _seeds(reader, [(run_id, *pair.b[1:]) for _, run_id in pair.more], of_labels)
    classes = [str(name) for name in reader.run(pair.a[0])["classes"]]
    return run_comparison.compare(a, b, classes, scoring, metrics, list(zip(more_a, more_b, strict=True)))


def load_stage(reader: Reader, run_id: str, round_: int, stage: str, val: bool = True) -> StagePredictions:
    """Load one side of a comparison.

    Validation samples are left out where no thresholds are needed.
    """
    return StagePredictions(
        apply_label_scheme(reader.run(run_id), reader.prediction_table(run_id, round_, stage, "test")),
        reader.prediction_table(run_id, round_, stage, "val") if val else None,
        thresholds(reader, run_id, round_, stage),
    )


def thresholds(reader: Reader, run_id: str, round_: int, stage: str) -> list[float] | None:
    """Return the thresholds of a stage; None for a single-label run."""
    rows = reader.stages(run_id)
    limits = rows[(rows["round"] == round_) & (rows["stage"] == stage)].iloc[0]["thresholds"]
    return [float(limit) for limit in limits] if pd.api.types.is_list_like(limits) else None


def _seeds(reader: Reader, keys: Sequence[RunStageKey], val: bool) -> list[StagePredictions]:
    """Load the same stage of several runs."""
    if not keys:
        return []
    ids, (_, round_, stage) = [run_id for run_id, *_ in keys], keys[0]
    tests = reader.prediction_tables(ids, round_, stage, "test")
    vals = reader.prediction_tables(ids, round_, stage, "val") if val else {}
    return [
        StagePredictions(
            apply_label_scheme(reader.run(run_id), tests[run_id]),
            vals.get(run_id),
            thresholds(reader, run_id, round_, stage),
        )
        for run_id in ids
    ]
