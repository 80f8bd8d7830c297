"""Define objectives: one class (`softmax`) or all present (`sigmoid`), and their losses."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from recipes import Recipe
from trainer.network.devices import to_device

FOCUS = 2.0  # the focal loss's gamma, as its paper found best


@dataclass(frozen=True)
class Objective:
    """A loss and the probabilities that go with it.

    N samples, C classes; logits are (N, C) float, targets (N, C) float in {0, 1} (one-hot for softmax).

    Attributes:
        loss: plain, focal, class_weighted or asymmetric, as in a recipe.
        label_smoothing: of the softmax losses, in [0, 1).
        confidence_filter: samples of lower top probability are left out; None = all are used.
        ohem: share of a mini-batch, its highest losses, that is learned from; None = all.
        class_weights: (C,) float of class_weighted, as `class_weights` returns them; else None.
        sample_weights: float, one for each sample of the dataset; None = all count alike.
    """

    name: Literal["softmax", "sigmoid"]
    label_smoothing: float = 0.0
    confidence_filter: float | None = None
    loss: Literal["plain", "focal", "class_weighted", "asymmetric"] = "plain"
    ohem: float | None = None
    class_weights: Tensor | None = None
    sample_weights: Tensor | None = None

    @classmethod
    def of(cls, recipe: Recipe, targets: NDArray[np.float64]) -> Objective:
        """Return the objective of a recipe.

        Args:
            targets: (N, C) of the training samples, from which class weights are computed.
        """
        weights = class_weights(recipe.objective, targets) if recipe.loss == "class_weighted" else None
        return cls(
            recipe.objective,
            recipe.label_smoothing,
            recipe.confidence_filter.threshold,
            recipe.loss,
            recipe.ohem,
            weights,
        )

    def losses(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the loss of each sample, (N,), by which stages are judged.

        It is the cross-entropy, or the binary cross-entropy averaged over the classes, whatever the training loss, so
        that runs can be compared.
        """
        if self.name == "softmax":
            return F.cross_entropy(logits, targets, reduction="none")
        return F.binary_cross_entropy_with_logits(logits, targets, reduction="none").mean(dim=1)

    def losses_of(self, probs: NDArray[np.float64], targets: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what `losses` gives for logits of these probabilities, (N,).

        Args:
            probs: (N, C); a mean of probabilities has no logits of its own.
        """
        known = torch.from_numpy(probs).clamp(1e-12, 1 - 1e-12)
        logits = known.log() if self.name == "softmax" else known.logit()
        return self.losses(logits, torch.from_numpy(targets).double()).numpy()

    def training_losses(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the loss of each sample, (N,), by which the network is trained.

        Source: focal, Lin et al. 2017 (gamma 2, no alpha), by torchvision for sigmoid; asymmetric, Ridnik et al. 2021,
        by timm with its paper's gammas 4 and 1 (timm's) and clip 0.05. Those of sigmoid are averaged over classes.
        """
        if self.name == "softmax":
            weights = None if self.class_weights is None else to_device(self.class_weights, logits.device)
            losses = F.cross_entropy(
                logits, targets, weight=weights, reduction="none", label_smoothing=self.label_smoothing
            )
            return losses if self.loss != "focal" else losses * (1 - self._prob_true(logits, targets)) ** FOCUS
        return self._sigmoid_losses(logits, targets).mean(dim=1)

    @property
    def selects(self) -> bool:
        """Return whether samples are left out, which depends on the logits of the whole mini-batch."""
        return self.confidence_filter is not None or self.ohem is not None

    def weights(self, targets: Tensor, rows: NDArray[np.int64] | None = None, logits: Tensor | None = None) -> Tensor:
        """Return the weight of each sample, (N,), in the mean loss of a whole mini-batch.

        The weights add up to 1, or are all 0 where no sample is learned from; 0 = the sample is not learned from. The
        mini-batch's loss is the sum of weight times training loss, in however many parts or processes it is summed.

        A confidence filter leaves out samples whose top probability is below it. OHEM (Shrivastava et al. 2016) keeps
        the highest losses of what is left. What remains is weighed by the sample weights.

        Args:
            targets: (N, C) of the whole mini-batch.
            rows: (N,) which samples of the dataset these are; needed where there are sample weights.
            logits: (N, C) of the whole mini-batch; needed where some samples are left out.
        Raises:
            ValueError: rows or logits are needed and not given.
        """
        weights = targets.new_ones(len(targets))
        if self.sample_weights is not None:
            if rows is None:
                raise ValueError("sample weights need the rows that they are of")
            weights = to_device(self.sample_weights[torch.from_numpy(rows)].to(targets.dtype), targets.device)
        if self.selects:
            if logits is None:
                raise ValueError("a confidence filter and OHEM need the logits of the whole mini-batch")
            weights = weights * self._selected(logits.detach(), targets)
        return weights / weights.sum().clamp(min=1e-6)

    def training_loss(self, logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
        """Return the training loss of a mini-batch or a part of it: the sum of weight times loss.

        Args:
            weights: (N,) the weights of these samples, which `weights` returns for the whole mini-batch.
        """
        return (self.training_losses(logits, targets) * weights).sum()

    def probs(self, logits: Tensor) -> Tensor:
        """Return probabilities, (N, C) float32 in [0, 1]; with softmax each row sums to 1."""
        logits = logits.float()
        return logits.softmax(dim=1) if self.name == "softmax" else logits.sigmoid()

    def _selected(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return (N,) 1 for each sample that is learned from, 0 for the others."""
        selected = targets.new_ones(len(targets))
        if self.confidence_filter is not None:
            selected = (self.probs(logits).amax(dim=1) >= self.confidence_filter).to(targets.dtype)
        if self.ohem is not None:
            selected = selected * _hardest(self.training_losses(logits, targets) * selected, self.ohem)
        return selected

    def _sigmoid_losses(self, logits: Tensor, targets: Tensor) -> Tensor:
        if self.loss == "focal":
            from torchvision.ops import sigmoid_focal_loss  # imports torch._dynamo, and only this loss needs it

            losses: Tensor = sigmoid_focal_loss(logits, targets, alpha=-1, gamma=FOCUS, reduction="none")
            return losses
        if self.loss == "asymmetric":
            from timm.loss.asymmetric_loss import (
                AsymmetricLossMultiLabel,  # takes over a second to import, and only this loss needs it
            )

            asymmetric: Tensor = AsymmetricLossMultiLabel(reduction="none")(logits, targets)
            return asymmetric
        weights = None if self.class_weights is None else to_device(self.class_weights, logits.device)
        return F.binary_cross_entropy_with_logits(logits, targets, reduction="none", pos_weight=weights)

    def _prob_true(self, logits: Tensor, targets: Tensor) -> Tensor:
        return (self.probs(logits) * targets).sum(dim=1)


def class_weights(objective: str, targets: NDArray[np.float64]) -> Tensor:
    """Return weights (C,) that increase the loss of rare classes.

    softmax: N / (C * n_c) for each of C classes that have samples, scikit-learn's "balanced"; 0 for others. sigmoid:
    (N - n_c) / n_c for a present class against an absent one, as torch's BCEWithLogitsLoss suggests. A class that all
    samples have, or none, cannot be balanced: its weight is 1, as in the plain loss. The formula would give 0 to a
    class that all samples have, and the network would never learn to predict it.

    Args:
        targets: (N, C) 0/1, those of the training samples.
    """
    n_samples, counts = len(targets), targets.sum(axis=0)
    if objective == "softmax":
        weights = np.where(counts > 0, n_samples / ((counts > 0).sum() * np.maximum(counts, 1)), 0.0)
    else:
        both_sides = (counts > 0) & (counts < n_samples)
        weights = np.where(both_sides, (n_samples - counts) / np.maximum(counts, 1), 1.0)
    return torch.from_numpy(weights.astype(np.float32))


def _hardest(losses: Tensor, share: float) -> Tensor:
    """Return (N,) 1 for the highest losses, a share of all rounded up, 0 for the others."""
    highest = losses.topk(math.ceil(share * len(losses))).indices
    return torch.zeros_like(losses).index_fill(0, highest, 1)
