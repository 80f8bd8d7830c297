"""Make runs of two versions of one dataset comparable on the samples that both have."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import pandas as pd

from analysis.ground_truth import GroundTruthUnknown, multi_hot_labels, one_hot_labels
from analysis.prediction_table import PredictionTable
from analysis.version_changes import CHANGES, SHARED, match_samples
from catalog.errors import CatalogError
from catalog.schemes import Scheme

LabelsOf = Literal["newer", "older"]
Run = Mapping[str, Any]


class SampleReader(Protocol):
    """Source of the samples and classes of dataset versions."""

    def samples(self, dataset_id: str) -> pd.DataFrame:
        """Return a dataset's samples."""

    def raw_classes(self, dataset_id: str) -> list[str]:
        """Return a dataset's own classes."""


@dataclass(frozen=True)
class VersionPair:
    """Two versions of one dataset, and what became of the samples of one split between them.

    Attributes:
        older, newer: ids of the versions.
        labels_of: the one of them by whose labels runs are scored.
        split: the split that is compared.
        samples: of `analysis.version_changes.match_samples`.
    """

    older: str
    newer: str
    labels_of: str
    split: str
    samples: pd.DataFrame

    @property
    def shared(self) -> pd.DataFrame:
        """Return the samples that are in the split in both versions."""
        return self.samples[self.samples["change"].isin(SHARED)]

    def counts(self) -> dict[str, int]:
        """Count the samples by what became of them; every one of CHANGES is there."""
        counts = self.samples["change"].value_counts()
        return {change: int(counts.get(change, 0)) for change in CHANGES}


def dataset_name(dataset_id: str) -> str:
    """Return the name of a dataset without its version."""
    return dataset_id.rpartition("@")[0] or dataset_id


def is_other_version(run_a: Run, run_b: Run) -> bool:
    """Return whether two runs were trained on two versions of one dataset."""
    a, b = str(run_a["dataset_id"]), str(run_b["dataset_id"])
    return a != b and dataset_name(a) == dataset_name(b)


def match_versions(
    reader: SampleReader, run_a: Run, run_b: Run, split: str = "test", labels_of: LabelsOf = "newer"
) -> VersionPair | None:
    """Match the samples of two runs' dataset versions; None where both have one version."""
    if not is_other_version(run_a, run_b):
        return None
    older, newer = sorted((str(run["dataset_id"]) for run in (run_a, run_b)), key=_version)
    samples = match_samples(reader.samples(older), reader.samples(newer), split)
    return VersionPair(older, newer, newer if labels_of == "newer" else older, split, samples)


def relabel(
    reader: SampleReader, versions: VersionPair, run: Run, predictions: PredictionTable, scoring: str
) -> PredictionTable:
    """Keep the predictions of shared samples, with the labels that runs are scored by.

    Samples of one patient in either version get one `patient`.

    Args:
        run: a row of `store.runs`.  predictions: of one of its stages, on the split of `versions`.
        scoring: as of `analysis.run_comparison.compare`.
    Raises:
        GroundTruthUnknown: under the run's label scheme the labels of that version are not known.
    """
    shared = versions.shared
    rows = pd.Index(predictions.samples["sample_id"]).get_indexer(pd.Index(shared["sample_id"]))
    kept = predictions.take(rows[rows >= 0])
    samples = kept.samples.assign(patient=shared["patient"].to_numpy()[rows >= 0])
    if run["dataset_id"] == versions.labels_of:
        return PredictionTable(samples, kept.targets, kept.probs)
    raw, label, labels = _labels(reader, run, versions.labels_of, samples["sample_id"], scoring)
    classes = [str(name) for name in run["classes"]]
    targets = one_hot_labels(label, classes) if run["objective"] == "softmax" else multi_hot_labels(labels, classes)
    relabelled = samples.assign(label=label, labels=raw)
    stale = [name for name in ("loss", "correct") if name in samples]  # recorded by the labels of the run's own version
    return PredictionTable(relabelled.drop(columns=stale), targets.astype(np.float32), kept.probs)


def _labels(
    reader: SampleReader, run: Run, dataset_id: str, sample_ids: pd.Series, scoring: str
) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Return the raw labels of samples, and their label and labels in the run's classes."""
    samples = reader.samples(dataset_id)
    mapped, classes = samples, [str(name) for name in run["classes"]]
    scheme = label_scheme_of(run)
    if scheme != "base":
        try:
            labelled = Scheme.load(scheme).apply(samples, reader.raw_classes(dataset_id))
        except CatalogError:
            raise GroundTruthUnknown(scoring) from None
        mapped = labelled.samples
    raw, of_classes = (frame.set_index("sample_id").reindex(sample_ids) for frame in (samples, mapped))
    if not of_classes["label"].isin(classes).all():
        raise GroundTruthUnknown(scoring)
    columns = (raw["labels"], of_classes["label"], of_classes["labels"])
    raw_labels, label, labels = (column.reset_index(drop=True) for column in columns)
    return raw_labels, label, labels


def label_scheme_of(run: Run) -> str:
    """Return the label scheme that a run was trained with."""
    recipe = json.loads(run["recipe"]) if isinstance(run["recipe"], str) else dict(run["recipe"] or {})
    return str(recipe.get("label_scheme", "base"))


def only_in_one(classes_a: Sequence[str], classes_b: Sequence[str]) -> list[str]:
    """List the classes that only one of two runs has."""
    return [name for name in (*classes_a, *classes_b) if (name in classes_a) != (name in classes_b)]


def in_order_of(run: Run, classes: Sequence[str]) -> list[int] | None:
    """Return a run's columns in another order of classes; None where they are in it already."""
    own = [str(name) for name in run["classes"]]
    return None if own == list(classes) else [own.index(name) for name in classes]


def _version(dataset_id: str) -> int:
    version = dataset_id.rpartition("@")[2]
    return int(version) if version.isdecimal() else 0
