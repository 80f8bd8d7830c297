"""What is there in a sample, in the classes of the runs: under a label scheme the raw labels of a dataset are none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.prediction_table import PredictionTable

Bools = NDArray[np.bool_]


class GroundTruthUnknown(ValueError):
    """Of some sample it is not known what is there, in the classes of the runs; `scoring` is what it was asked for."""

    def __init__(self, scoring: str) -> None:
        super().__init__(f"What is there is not known in the classes of the runs for the scoring '{scoring}'.")
        self.scoring = scoring


def one_label(predictions: PredictionTable, classes: Sequence[str]) -> Bools | None:
    """The one label of N samples as a class of the run.

    Args:
        predictions: of one run; `label` is read of its samples.
    Returns:
        (N, C) bool with one class a row; None where some label is none of the classes that the run was trained to say
        of its sample, and those are several.
    """
    trained = predictions.trained
    marked = one_hot_labels(predictions.samples["label"], classes)
    if (marked & trained).any(axis=1).all():
        return marked
    return trained if (trained.sum(axis=1) == 1).all() else None


def all_labels(
    predictions: PredictionTable, classes: Sequence[str], trained: Sequence[PredictionTable] = ()
) -> Bools | None:
    """All classes that are there in N samples.

    Args:
        predictions: of one run; sample_id, label (a class of the run) and labels (raw) are read of its samples.
        trained: predictions of runs of these classes that were trained to say all of them.
    Returns:
        (N, C) bool, from the first of `trained` that has all samples; else the raw labels, where they are the classes;
        else None.
    """
    samples = predictions.samples
    for other in trained:
        rows = pd.Index(other.samples["sample_id"]).get_indexer(pd.Index(samples["sample_id"]))
        if (rows >= 0).all():
            present: Bools = other.trained[rows]
            return present
    raw = {name for names in samples["labels"] for name in names}
    marked = multi_hot_labels(samples["labels"], classes)
    same = raw <= set(classes) and (marked & one_hot_labels(samples["label"], classes)).any(axis=1).all()
    return marked if same else None


def one_hot_labels(labels: pd.Series, classes: Sequence[str]) -> Bools:
    """(N, C) bool of one class a sample."""
    one: Bools = pd.Index(classes).get_indexer(pd.Index(labels))[:, None] == np.arange(len(classes))
    return one


def multi_hot_labels(labels: pd.Series, classes: Sequence[str]) -> Bools:
    """(N, C) bool of any number of classes a sample."""
    there = np.zeros((len(labels), len(classes)), dtype=bool)
    rows = np.repeat(np.arange(len(labels)), [len(present) for present in labels])
    codes = pd.Index(classes).get_indexer(pd.Index([name for present in labels for name in present], dtype=object))
    there[rows[codes >= 0], codes[codes >= 0]] = True
    return there
