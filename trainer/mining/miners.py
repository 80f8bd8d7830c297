"""Choose hard negatives: training samples that a stage got wrong or nearly wrong.

A miner has one method, `mine`. It takes predictions on training samples only, and returns each chosen sample with the
pair of classes that was confused and the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recipes import MinerSettings
from trainer.errors import TrainerError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TrainPredictions:
    """The predictions of a stage on the training samples.

    N samples, C classes.
        index: (N,) int, position of each sample in the dataset.
        probs: (N, C) float in [0, 1].
        targets: (N, C) 0/1; at least one class per row.
        losses: (N,) float >= 0.
        thresholds: (C,) float; None for softmax, where the highest probability decides.
        forgotten: (N,) int >= 0, how often a sample was learned and then lost in training; None = unknown.
    """

    index: NDArray[np.int64]
    probs: Floats
    targets: Floats
    losses: Floats
    thresholds: Floats | None = None
    forgotten: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        shapes_agree = self.probs.shape == self.targets.shape and len(self.index) == len(self.probs) == len(self.losses)
        if self.probs.ndim != 2 or not shapes_agree:
            raise ValueError("index, probs, targets and losses must speak of the same samples and classes.")
        if len(self.targets) and not (self.targets.sum(axis=1) > 0).all():
            raise ValueError("every training sample needs at least one class.")

    def part(self, rows: NDArray[np.bool_]) -> TrainPredictions:
        """Return the predictions of the rows chosen by a mask, (N,) bool."""
        forgotten = None if self.forgotten is None else self.forgotten[rows]
        return TrainPredictions(
            self.index[rows], self.probs[rows], self.targets[rows], self.losses[rows], self.thresholds, forgotten
        )


@dataclass(frozen=True)
class Mined:
    """Mined samples, hardest first (lowest margin; ties by index).

    M samples: index, true and rival are (M,) int; margin (M,) float, higher = easier; loss (M,) float, higher =
    harder; reason (M,) str.
    """

    index: NDArray[np.int64]
    true: NDArray[np.int64]
    rival: NDArray[np.int64]
    margin: Floats
    loss: Floats
    reason: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.index)

    def without(self, rows: NDArray[np.int64]) -> Mined:
        """Return the mined samples except some, given by their positions in the dataset."""
        remaining = ~np.isin(self.index, rows)
        return Mined(
            self.index[remaining],
            self.true[remaining],
            self.rival[remaining],
            self.margin[remaining],
            self.loss[remaining],
            self.reason[remaining],
        )

    @classmethod
    def nothing(cls) -> Mined:
        """Return no samples."""
        none = np.empty(0, np.int64)
        return cls(none, none, none, np.empty(0), np.empty(0), np.empty(0, np.str_))


@dataclass(frozen=True)
class Margins:
    """The margin of each sample between its true class and the strongest rival class.

    true: the present class of the lowest score; rival: the absent class of the highest score. A score is the
    probability, less the class's threshold for sigmoid. margin = score(true) - score(rival), in [-1, 1] for softmax;
    negative = wrong. Samples that have every class have no rival: rival is -1 and the margin is infinite.
    """

    true: NDArray[np.int64]
    rival: NDArray[np.int64]
    margin: Floats
    failed: NDArray[np.bool_]


def margins(predictions: TrainPredictions) -> Margins:
    """Compute the margins of the true class over the strongest rival class. Source: own."""
    present = predictions.targets > 0
    thresholds = predictions.thresholds
    score = predictions.probs if thresholds is None else predictions.probs - thresholds
    lowest = np.where(present, score, np.inf)
    highest = np.where(present, -np.inf, score)
    true, rival = lowest.argmin(axis=1), highest.argmax(axis=1)
    rows = np.arange(len(score))
    margin = lowest[rows, true] - highest[rows, rival]
    failed = margin < 0 if thresholds is None else ((predictions.probs >= thresholds) != present).any(axis=1)
    rival = np.where(present.all(axis=1), -1, rival)
    return Margins(true, rival, margin, failed & (rival >= 0))


class Miner(Protocol):
    """A way to choose hard negatives."""

    def mine(self, predictions: TrainPredictions) -> Mined:
        """Choose hard negatives among training samples, from predictions on them."""


@dataclass(frozen=True)
class Errors:
    """Mine every training sample that the stage got wrong, at most `max_share` of all."""

    max_share: float

    def mine(self, predictions: TrainPredictions) -> Mined:
        """Choose the errors, hardest first."""
        m = margins(predictions)
        return _hardest(predictions, m, np.flatnonzero(m.failed), self.max_share)


@dataclass(frozen=True)
class ConfusedPairs:
    """Mine the errors of the most confused pairs, and samples of these pairs of low margin.

    A pair counts from `min_count` errors on. Pairs are ranked by rate: errors over samples of the true class. If no
    pair has enough errors, all errors are mined.
    """

    top_pairs: int
    min_count: int
    margin: float
    max_share: float

    def mine(self, predictions: TrainPredictions) -> Mined:
        """Choose errors and near errors of the most confused pairs."""
        m = margins(predictions)
        n_classes = predictions.probs.shape[1]
        pair = np.where(m.rival >= 0, m.true * n_classes + m.rival, -1)
        counts = np.bincount(pair[m.failed], minlength=n_classes * n_classes)
        support = np.maximum(np.bincount(m.true, minlength=n_classes), 1)
        rate = counts / np.repeat(support, n_classes)
        ranked = np.argsort(-rate, kind="stable")
        chosen = [p for p in ranked if counts[p] >= self.min_count][: self.top_pairs]
        if not chosen:
            return Errors(self.max_share).mine(predictions)
        close = m.failed | (m.margin < self.margin)
        return _hardest(predictions, m, np.flatnonzero(close & np.isin(pair, chosen)), self.max_share)


@dataclass(frozen=True)
class TopLoss:
    """Mine the samples of the highest loss, predicted correctly or not."""

    max_share: float

    def mine(self, predictions: TrainPredictions) -> Mined:
        """Choose the samples of the highest loss."""
        m = margins(predictions)
        with_rival = np.flatnonzero(m.rival >= 0)
        order = np.lexsort((predictions.index[with_rival], -predictions.losses[with_rival]))
        rows = with_rival[order][: _most(self.max_share, len(predictions.index))]
        return _mined(predictions, m, rows, np.full(len(rows), "high loss"))


@dataclass(frozen=True)
class Forgetting:
    """Mine the samples that were learned and then lost again, most often forgotten first.

    Source: forgetting events, Toneva et al. 2019, section 3, counted each time a sample is drawn.
    """

    max_share: float

    def mine(self, predictions: TrainPredictions) -> Mined:
        """Choose forgotten samples; raises ValueError if `forgotten` is None."""
        if predictions.forgotten is None:
            raise ValueError("the forgetting miner needs to know how often samples were forgotten")
        m = margins(predictions)
        rows = np.flatnonzero((predictions.forgotten > 0) & (m.rival >= 0))
        order = np.lexsort((predictions.index[rows], m.margin[rows], -predictions.forgotten[rows]))
        rows = rows[order][: _most(self.max_share, len(predictions.index))]
        return _mined(predictions, m, rows, np.full(len(rows), "forgotten"))


@dataclass(frozen=True)
class RandomSubset:
    """Mine random samples, as many as another miner would take.

    Shows the effect of a hard stage's length and composition alone.
    """

    instead_of: Miner
    seed: int

    def mine(self, predictions: TrainPredictions) -> Mined:
        """Choose as many samples as the other miner, at random."""
        n_rows = len(self.instead_of.mine(predictions))
        m = margins(predictions)
        eligible = np.flatnonzero(m.rival >= 0)
        rows = np.random.default_rng(self.seed).choice(eligible, n_rows, replace=False)
        return _mined(predictions, m, rows, np.full(n_rows, "random"))


def build(settings: MinerSettings, seed: int = 0) -> Miner:
    """Build the miner that a recipe names; `seed` is that of the random subset."""
    pairs = ConfusedPairs(settings.top_pairs, settings.min_count, settings.margin, settings.max_share)
    miners: dict[str, Miner] = {
        "confused_pairs": pairs,
        "errors": Errors(settings.max_share),
        "top_loss": TopLoss(settings.max_share),
        "forgetting": Forgetting(settings.max_share),
        "random": RandomSubset(pairs, seed),
    }
    return miners[settings.name]


def refuse_leaks(mined: Mined, patients: NDArray[np.object_], splits: NDArray[np.object_]) -> None:
    """Raise TrainerError if a mined sample's patient is not in the training split alone.

    Args:
        patients, splits: (n_samples,) of the whole dataset.
    Raises:
        TrainerError: a mined sample, or another image of its patient, is in the validation or test split.
    """
    held_out = set(patients[splits != "train"])
    leaked = [row for row in mined.index if splits[row] != "train" or patients[row] in held_out]
    if leaked:
        raise TrainerError(
            f"{len(leaked)} mined samples are of patients who are in validation or test too, first "
            f"{patients[leaked[0]]}; import the dataset again, so that its splits keep patients apart."
        )


def _hardest(predictions: TrainPredictions, m: Margins, rows: NDArray[np.int64], max_share: float) -> Mined:
    rows = rows[np.lexsort((predictions.index[rows], m.margin[rows]))][: _most(max_share, len(predictions.index))]
    return _mined(predictions, m, rows, np.where(m.failed[rows], "wrong", "nearly wrong"))


def _most(max_share: float, n_samples: int) -> int:
    return max(1, int(max_share * n_samples))


def _mined(predictions: TrainPredictions, m: Margins, rows: NDArray[np.int64], reason: NDArray[np.str_]) -> Mined:
    order = np.lexsort((predictions.index[rows], m.margin[rows]))
    rows = rows[order]
    return Mined(
        index=predictions.index[rows],
        true=m.true[rows],
        rival=m.rival[rows],
        margin=m.margin[rows],
        loss=predictions.losses[rows],
        reason=reason[order],
    )
