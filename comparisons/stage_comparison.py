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
from comparisons.dataset_versions import (
    LabelsOf,
    SampleReader,
    VersionPair,
    in_order_of,
    match_versions,
    relabel,
)
from comparisons.label_scheme import apply_label_scheme

RunStageKey = tuple[str, int, str]
"""Run id, round and stage."""


class Reader(SampleReader, Protocol):
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
    """Two stages to compare, and the runs of other seeds whose same stages take part.

    labels_of: the version whose labels samples are scored by, if the runs are of two versions of one dataset.
    """

    a: RunStageKey
    b: RunStageKey
    more: tuple[tuple[str, str], ...] = ()
    labels_of: LabelsOf = "newer"

    @property
    def keys(self) -> list[RunStageKey]:
        """Return every stage that takes part, of both sides."""
        more = [key for a, b in self.more for key in ((a, *self.a[1:]), (b, *self.b[1:]))]
        return [self.a, self.b, *more]

    @property
    def run_ids(self) -> list[str]:
        """Return every run that takes part."""
        return [self.a[0], self.b[0], *(run_id for pair in self.more for run_id in pair)]


def with_other_seeds(
    runs: pd.DataFrame, stages: pd.DataFrame, a: RunStageKey, b: RunStageKey, labels_of: LabelsOf = "newer"
) -> StagePair:
    """Add the same two stages under every other seed of both recipes."""
    ids = runs.set_index("run_id", drop=False)
    sides = [(ids.loc[key[0]].to_dict(), key[1:]) for key in (a, b)]
    return StagePair(a, b, tuple(seed_groups.other_seeds(runs, stages, *sides)), labels_of)


def compare(reader: Reader, pair: StagePair, scoring: str, metrics: Sequence[str]) -> RunComparison | None:
    """Compare two stages and those of other seeds; None when they share no test sample.

    Runs of two versions of a dataset are compared on the samples that are test samples in both, by the labels of one.

    Args:
        scoring, metrics: as of `analysis.run_comparison.compare`.
    Raises:
        GroundTruthUnknown: the true classes that this scoring needs are not known.
    """
    with_val = scoring == "labels" or any(thresholds(reader, *key) is not None for key in (pair.a, pair.b))
    loader = _loader(reader, pair, scoring, with_val)
    a, b = loader.load(pair.a), loader.load(pair.b)
    more_a = loader.load_seeds([(run_id, *pair.a[1:]) for run_id, _ in pair.more])
    more_b = loader.load_seeds([(run_id, *pair.b[1:]) for _, run_id in pair.more])
    return run_comparison.compare(a, b, loader.classes, scoring, metrics, list(zip(more_a, more_b, strict=True)))


def load_sides(reader: Reader, pair: StagePair, scoring: str) -> tuple[StagePredictions, StagePredictions]:
    """Load the two stages of a comparison without other seeds, validation samples included.

    Raises:
        GroundTruthUnknown: as of `compare`.
    """
    loader = _loader(reader, pair, scoring, with_val=True)
    return loader.load(pair.a), loader.load(pair.b)


def join_predictions(reader: Reader, pair: StagePair, split: str) -> pd.DataFrame:
    """Join what two stages predicted of the samples of a split that both have.

    Returns:
        sample_id, patient, label, path, was, now: the most probable class at a and at b.
    Raises:
        GroundTruthUnknown: the labels of the chosen version are not known in the classes of the runs.
    """
    run_a, run_b = reader.run(pair.a[0]), reader.run(pair.b[0])
    versions = match_versions(reader, run_a, run_b, split, pair.labels_of)
    sides = []
    for run, key in ((run_a, pair.a), (run_b, pair.b)):
        table = apply_label_scheme(run, reader.prediction_table(*key, split))
        sides.append((table if versions is None else relabel(reader, versions, run, table, "label")).samples)
    columns = ["sample_id", "patient", "label", "path", "predicted"]
    both = sides[0][columns].merge(sides[1][["sample_id", "predicted"]], on="sample_id", suffixes=("", "_after"))
    return both.rename(columns={"predicted": "was", "predicted_after": "now"})


def thresholds(reader: Reader, run_id: str, round_: int, stage: str) -> list[float] | None:
    """Return the thresholds of a stage; None for a single-label run."""
    rows = reader.stages(run_id)
    limits = rows[(rows["round"] == round_) & (rows["stage"] == stage)].iloc[0]["thresholds"]
    return [float(limit) for limit in limits] if pd.api.types.is_list_like(limits) else None


def _loader(reader: Reader, pair: StagePair, scoring: str, with_val: bool) -> _Loader:
    run_a, run_b = reader.run(pair.a[0]), reader.run(pair.b[0])
    versions = match_versions(reader, run_a, run_b, "test", pair.labels_of)
    return _Loader(reader, versions, [str(name) for name in run_a["classes"]], scoring, with_val)


@dataclass(frozen=True)
class _Loader:
    """Load the sides of a comparison; validation samples only where thresholds are needed."""

    reader: Reader
    versions: VersionPair | None
    classes: Sequence[str]
    scoring: str
    with_val: bool

    def load(self, key: RunStageKey) -> StagePredictions:
        """Load one stage."""
        val = self.reader.prediction_table(*key, "val") if self.with_val else None
        return self._side(key, self.reader.prediction_table(*key, "test"), val)

    def load_seeds(self, keys: Sequence[RunStageKey]) -> list[StagePredictions]:
        """Load the same stage of several runs, by one query a split."""
        if not keys:
            return []
        ids, (_, round_, stage) = [run_id for run_id, *_ in keys], keys[0]
        tests = self.reader.prediction_tables(ids, round_, stage, "test")
        vals = self.reader.prediction_tables(ids, round_, stage, "val") if self.with_val else {}
        return [self._side(key, tests[key[0]], vals.get(key[0])) for key in keys]

    def _side(self, key: RunStageKey, test: PredictionTable, val: PredictionTable | None) -> StagePredictions:
        run, limits = self.reader.run(key[0]), thresholds(self.reader, *key)
        test = apply_label_scheme(run, test)
        if self.versions is not None:
            test = relabel(self.reader, self.versions, run, test, self.scoring)
        order = in_order_of(run, self.classes)
        if order is not None:
            test, val = test.with_classes(order), None if val is None else val.with_classes(order)
            limits = None if limits is None else [limits[column] for column in order]
        return StagePredictions(test, val, limits, str(run["dataset_id"]))
