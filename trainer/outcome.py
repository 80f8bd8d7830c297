"""Judge a stage: compute decisions and metrics from its predictions.

These functions are pure; `trainer.recorder` writes their results.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.metrics import decide, stage_metrics
from analysis.thresholds import best_f1_thresholds
from trainer.labels import Truth

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class StageOutcome:
    """The predictions of one stage on every sample, in the manifest's order.

    probs (N, C); losses (N,); thresholds (C,) or None for softmax; correct (N,) bool.
    """

    probs: Floats
    losses: Floats
    thresholds: Floats | None
    correct: NDArray[np.bool_]


def judge(probs: Floats, losses: Floats, truth: Truth, objective: str) -> StageOutcome:
    """Decide every sample; thresholds come from the validation split alone."""
    thresholds = None
    if objective == "sigmoid":
        val = truth.rows("val")
        thresholds = best_f1_thresholds(truth.targets[val], probs[val])
        correct = (decide(probs, objective, thresholds) == (truth.targets > 0)).all(axis=1)
    else:
        correct = probs.argmax(axis=1) == truth.label
    return StageOutcome(probs, losses, thresholds, correct)


def metrics_of(outcome: StageOutcome, truth: Truth, objective: str, split: str) -> pd.DataFrame:
    """Compute the metrics of one split.

    Returns:
        split, class_name (None = overall), metric, value, n; one row per class and metric.
    """
    rows = truth.rows(split)
    frame = stage_metrics(
        truth.targets[rows],
        outcome.probs[rows],
        decide(outcome.probs[rows], objective, outcome.thresholds),
        truth.classes,
        truth.label[rows],
        outcome.losses[rows],
    )
    return frame.assign(split=split)


def val_macro_f1(outcome: StageOutcome, truth: Truth, objective: str) -> float:
    """Return macro-F1 of the validation split over all its classes, in [0, 1].

    Rounds are judged by it.
    """
    return macro_f1(metrics_of(outcome, truth, objective, "val"))


def macro_f1(metrics: pd.DataFrame) -> float:
    """Return macro-F1 over all classes from the metrics of one split.

    Args:
        metrics: as returned by `metrics_of` or read from the store.
    """
    overall = metrics["class_name"].isna() & (metrics["metric"] == "macro_f1")
    return float(metrics.loc[overall, "value"].iloc[0])


def val_scores(probs: Floats, losses: Floats, truth: Truth, objective: str) -> pd.Series:
    """Compute the validation metrics that an epoch is judged by, over all classes, by name.

    With sigmoid a class counts as present from probability 0.5 on, since thresholds are chosen at the stage's end.

    Args:
        probs, losses: of the split's rows alone.
    """
    rows = truth.rows("val")
    decisions = decide(probs, objective)
    scores = stage_metrics(truth.targets[rows], probs, decisions, truth.classes, truth.label[rows], losses)
    return scores[scores["class_name"].isna()].set_index("metric")["value"]
