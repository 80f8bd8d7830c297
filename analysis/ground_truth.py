"""What is there in a sample, in the classes of the runs: under a label scheme the raw labels of a dataset are none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Bools = NDArray[np.bool_]


class GroundTruthUnknown(ValueError):
    """Of some sample it is not known what is there, in the classes of the runs; `scoring` is what it was asked for."""

    def __init__(self, scoring: str) -> None:
        super().__init__(f"What is there is not known in the classes of the runs for the scoring '{scoring}'.")
        self.scoring = scoring


def one_label(told: pd.DataFrame, classes: Sequence[str]) -> Bools | None:
    """The one label of N samples as a class of the run.

    Args:
        told: predictions of one run: label, targets (C,) a row.
    Returns:
        (N, C) bool with one class a row; None where some label is none of the classes that the run was trained to say
        of its sample, and those are several.
    """
    trained = _trained(told, classes)
    marked = one_hot_labels(told["label"], classes)
    if (marked & trained).any(axis=1).all():
        return marked
    return trained if (trained.sum(axis=1) == 1).all() else None


def all_labels(told: pd.DataFrame, classes: Sequence[str], trained: Sequence[pd.DataFrame] = ()) -> Bools | None:
    """All classes that are there in N samples.

    Args:
        told: predictions of one run: sample_id, label (a class of the run), labels (raw).
        trained: predictions of runs of these classes that were trained to say all of them: sample_id, targets.
    Returns:
        (N, C) bool, from the first of `trained` that has all samples; else the raw labels, where they are the classes;
        else None.
    """
    for of in trained:
        rows = pd.Index(of["sample_id"]).get_indexer(pd.Index(told["sample_id"]))
        if (rows >= 0).all():
            return _trained(of.iloc[rows], classes)
    raw = {name for present in told["labels"] for name in present}
    marked = multi_hot_labels(told["labels"], classes)
    same = raw <= set(classes) and (marked & one_hot_labels(told["label"], classes)).any(axis=1).all()
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


def _trained(told: pd.DataFrame, classes: Sequence[str]) -> Bools:
    if told.empty:
        return np.zeros((0, len(classes)), dtype=bool)
    there: Bools = np.stack(told["targets"].to_list()) > 0.5
    return there
