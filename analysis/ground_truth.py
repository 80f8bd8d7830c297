"""Return the true classes of each sample in the run's own classes.

A label scheme maps raw labels to other classes, so raw labels cannot be compared with predictions directly.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.prediction_table import PredictionTable

Bools = NDArray[np.bool_]


class GroundTruthUnknown(ValueError):
    """The true classes of some sample are not known in the classes of the runs.

    `scoring` is the way of scoring that needs them.
    """

    def __init__(self, scoring: str) -> None:
        """Word the error for one way of scoring."""
        super().__init__(f"The true classes are not known in the classes of the runs for the scoring '{scoring}'.")
        self.scoring = scoring


def one_label(predictions: PredictionTable, classes: Sequence[str]) -> Bools | None:
    """Return the single label of N samples as a class of the run.

    Args:
        predictions: of one run; `label` is read of its samples.
    Returns:
        (N, C) bool with one class per row. None where some label is not among the classes that the run was trained
        to predict for its sample, and these are several.
    """
    trained = predictions.trained
    marked = one_hot_labels(predictions.samples["label"], classes)
    if (marked & trained).any(axis=1).all():
        return marked
    return trained if (trained.sum(axis=1) == 1).all() else None


def all_labels(
    predictions: PredictionTable, classes: Sequence[str], trained: Sequence[PredictionTable] = ()
) -> Bools | None:
    """Return all true classes of N samples.

    Args:
        predictions: of one run; sample_id, label (a class of the run) and labels (raw) are read of its samples.
        trained: predictions of runs that were trained to predict all of these classes.
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
    are_same = raw <= set(classes) and (marked & one_hot_labels(samples["label"], classes)).any(axis=1).all()
    return marked if are_same else None


def one_hot_labels(labels: pd.Series, classes: Sequence[str]) -> Bools:
    """Encode one class for each sample as (N, C) bool."""
    encoded: Bools = pd.Index(classes).get_indexer(pd.Index(labels))[:, None] == np.arange(len(classes))
    return encoded


def multi_hot_labels(labels: pd.Series, classes: Sequence[str]) -> Bools:
    """Encode any number of classes for each sample as (N, C) bool."""
    encoded = np.zeros((len(labels), len(classes)), dtype=bool)
    rows = np.repeat(np.arange(len(labels)), [len(present) for present in labels])
    codes = pd.Index(classes).get_indexer(pd.Index([name for present in labels for name in present], dtype=object))
    encoded[rows[codes >= 0], codes[codes >= 0]] = True
    return encoded
