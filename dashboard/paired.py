"""Two runs on the same test samples, both scored the same way; pure: frames in, a result out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis import comparison
from analysis.metrics import decide
from analysis.thresholds import best_f1_thresholds

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Side:
    """One run's stage: predictions on test and validation, and its thresholds if it has any."""

    test: pd.DataFrame
    val: pd.DataFrame
    thresholds: Sequence[float] | None


@dataclass(frozen=True)
class Paired:
    """What the comparison found; `per_class` and `overall` have the columns of `analysis.comparison`.

    samples: one row a shared test sample: sample_id, path, label, labels, correct_a, correct_b, said_a, said_b (text),
    prob_a, prob_b (of the most probable class), kind (only_a, only_b, both_wrong or None).
    """

    per_class: pd.DataFrame
    overall: pd.DataFrame
    samples: pd.DataFrame

    @property
    def n(self) -> int:
        """Shared test samples."""
        return len(self.samples)

    @property
    def patients(self) -> int:
        """Patients they come from."""
        return int(self.overall["n_groups"].iloc[0])


def compare(a: Side, b: Side, classes: Sequence[str], scoring: str) -> Paired | None:
    """Compare two runs of the same classes; None when they share no test sample.

    Args:
        scoring: "label" sets the most probable class of both against the one label; "labels" sets what reaches each
            run's thresholds against all labels present. A run without thresholds gets those of best F1 on its
            validation samples, as the multi-label run got its own.
    """
    shared = sorted(set(a.test["sample_id"]) & set(b.test["sample_id"]))
    if not shared:
        return None
    test_a, test_b = (side.test.set_index("sample_id").loc[shared] for side in (a, b))
    targets = one_hot(test_a["label"], classes) if scoring == "label" else hot(test_a["labels"], classes)
    probs_a, probs_b = _probs(test_a), _probs(test_b)
    said_a, said_b = _decided(a, probs_a, classes, scoring), _decided(b, probs_b, classes, scoring)
    right_a, right_b = ((said == targets).all(axis=1) for said in (said_a, said_b))
    groups = test_a["patient"].to_numpy()
    kinds = comparison.discordance(shared, right_a, right_b, (said_a == said_b).all(axis=1))
    listed = test_a[["path", "label", "labels"]].assign(
        correct_a=right_a,
        correct_b=right_b,
        said_a=names(said_a, classes),
        said_b=names(said_b, classes),
        prob_a=test_a["prob"],
        prob_b=test_b["prob"],
        kind=kinds.set_index("sample_id")["kind"].reindex(test_a.index),
    )
    return Paired(
        comparison.compare_per_class(targets, said_a, said_b, probs_a, probs_b, groups, classes),
        comparison.compare_correct(right_a, right_b, groups),
        listed.reset_index(),
    )


def _decided(side: Side, probs: Floats, classes: Sequence[str], scoring: str) -> Bools:
    if scoring == "label":
        return decide(probs, "softmax")
    if side.thresholds is not None:
        return decide(probs, "sigmoid", side.thresholds)
    tuned = best_f1_thresholds(hot(side.val["labels"], classes), _probs(side.val)) if len(side.val) else None
    return decide(probs, "sigmoid", tuned)


def _probs(frame: pd.DataFrame) -> Floats:
    stacked: Floats = np.clip(np.stack(frame["probs"].to_list()).astype(np.float64), 0, 1)
    return stacked


def one_hot(labels: pd.Series, classes: Sequence[str]) -> Bools:
    """(N, C) bool of one class a sample."""
    one: Bools = labels.to_numpy(dtype=object)[:, None] == np.asarray(classes, dtype=object)
    return one


def hot(labels: pd.Series, classes: Sequence[str]) -> Bools:
    """(N, C) bool of any number of classes a sample."""
    return np.array([[name in present for name in classes] for present in labels], dtype=bool).reshape(-1, len(classes))


def names(decided: Bools, classes: Sequence[str]) -> list[str]:
    """The decided classes of every sample, as text; empty when none."""
    return [", ".join(name for name, there in zip(classes, row, strict=True) if there) for row in decided]
