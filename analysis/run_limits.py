"""Judge what limited a run: data, steps, rate or label noise, by a rule of thumb."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Limit = Literal["rate_above", "rate_jumps", "rate_still", "steps", "data", "noise"]

FEWEST_EPOCHS = 4  # of the longest stage; its losses show no trend in fewer
ABOVE = 2.0  # times the loss of guessing, which no training loss of a recipe has at its start (class weights: below 2)
JUMP = 1.25  # factor on the loss from one epoch to the next; training alone, with a falling rate, has no reason for it
SMALL = 0.1  # of the first loss; below it a loss may double by chance, and more steps have little left to learn
NO_FALL = 0.05  # share of the first loss that a stage must fall by; by less it has not learned
STILL_FALLING = 0.03  # share of the loss per epoch; ten more epochs like that would take a quarter off it
GAP = 0.10  # training accuracy above validation accuracy; some gap is usual
ERRORS = 2.0  # standard errors that the gap must exceed too; small validation splits vary by more than GAP
SUSPECTS = 0.05  # share of the training samples; fewer suspect labels limit no accuracy that the page shows


@dataclass(frozen=True)
class RunLimits:
    """Hold the numbers of a finished run, and what they point to; NaN = not known.

    Losses are those of the longest stage. total_fall: share of the first training loss that it fell by; train_fall,
    val_fall: share of the loss that it fell by per epoch in the last third; above: epochs whose training loss is more
    than ABOVE times `guessing`, the loss of guessing; jumps: epochs whose training loss is more than JUMP times that of
    the epoch before. Accuracies, in [0, 1], are those of the last stage. suspects: training samples whose label was
    found suspect. found: none = nothing stands out.
    """

    stage: str
    round: int
    epochs: int
    total_fall: float
    train_fall: float
    val_fall: float
    guessing: float
    above: int
    jumps: int
    train_accuracy: float
    val_accuracy: float
    n_train: int
    n_val: int
    suspects: int
    found: tuple[Limit, ...]

    @property
    def gap(self) -> float:
        """Return training accuracy minus validation accuracy."""
        return self.train_accuracy - self.val_accuracy

    @property
    def suspect_share(self) -> float:
        """Return the share of training samples with a suspect label; NaN without samples."""
        return self.suspects / self.n_train if self.n_train else float("nan")


def guessing_loss(objective: str, n_classes: int) -> float:
    """Return the loss of a network that gives all classes the same probability."""
    return float(np.log(n_classes if objective == "softmax" else 2))


def judge_run(epochs: pd.DataFrame, metrics: pd.DataFrame, suspects: pd.DataFrame, guessing: float) -> RunLimits | None:
    """Return what limited a run; None if no epoch of it is known.

    A loss that is far above guessing, jumps or never falls explains the other numbers: then neither steps nor data are
    found.

    Args:
        epochs, metrics, suspects: of one run, as the store returns them.
        guessing: the loss of guessing, as `guessing_loss` returns it.
    """
    if epochs.empty:
        return None
    position = int(epochs.groupby("position")["epoch"].size().idxmax())  # the first of several that are as long
    stage = epochs[epochs["position"] == position].sort_values("epoch")
    train, val = (stage[name].to_numpy(np.float64) for name in ("train_loss", "val_loss"))
    train_accuracy, n_train = _accuracy(metrics, "train")
    val_accuracy, n_val = _accuracy(metrics, "val")
    numbers = RunLimits(
        stage=str(stage["stage"].iloc[0]),
        round=int(stage["round"].iloc[0]),
        epochs=len(stage),
        total_fall=1 - train[-1] / train[0] if len(stage) >= FEWEST_EPOCHS else float("nan"),
        train_fall=_fall_per_epoch(train),
        val_fall=_fall_per_epoch(val),
        guessing=guessing,
        above=int((train > ABOVE * guessing).sum()),
        jumps=int((train[1:] > np.maximum(JUMP * train[:-1], SMALL * train[0])).sum()),
        train_accuracy=train_accuracy,
        val_accuracy=val_accuracy,
        n_train=n_train,
        n_val=n_val,
        suspects=int(suspects["sample_id"].nunique()),
        found=(),
    )
    return replace(numbers, found=_found(numbers))


def _found(numbers: RunLimits) -> tuple[Limit, ...]:
    """Return what the numbers point to, the most basic first; NaN points to nothing."""
    found: list[Limit] = []
    if numbers.above:
        found.append("rate_above")
    elif numbers.jumps:
        found.append("rate_jumps")
    elif numbers.total_fall < NO_FALL:
        found.append("rate_still")
    else:
        learned_all = numbers.total_fall > 1 - SMALL
        if numbers.train_fall >= STILL_FALLING and numbers.val_fall > 0 and not learned_all:
            found.append("steps")
        if numbers.gap >= GAP and numbers.gap > ERRORS * _standard_error(numbers):
            found.append("data")
    if numbers.suspect_share >= SUSPECTS:
        found.append("noise")
    return tuple(found)


def _standard_error(numbers: RunLimits) -> float:
    """Return that of the validation accuracy, which varies far more than that of training."""
    share = numbers.val_accuracy
    return float(np.sqrt(share * (1 - share) / numbers.n_val)) if numbers.n_val else float("nan")


def _fall_per_epoch(losses: NDArray[np.float64]) -> float:
    """Return the share that a loss fell by per epoch in the last third, two epochs at least."""
    if len(losses) < FEWEST_EPOCHS:
        return float("nan")
    last = losses[-1 - max(2, len(losses) // 3) :]
    return float((1 - last[-1] / last[0]) / (len(last) - 1))


def _accuracy(metrics: pd.DataFrame, split: str) -> tuple[float, int]:
    """Return the accuracy of the last stage on a split, and its number of samples."""
    overall = metrics[(metrics["split"] == split) & metrics["class_name"].isna() & (metrics["metric"] == "accuracy")]
    if overall.empty:
        return float("nan"), 0
    last = overall.sort_values("position").iloc[-1]
    return float(last["value"]), int(last["n"])
