"""What a network is asked for: one class (`softmax`) or every class that is there (`sigmoid`), and by which loss."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor
from torchvision.ops import sigmoid_focal_loss

from trainer.recipe import Recipe

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
        class_weights: (C,) float of class_weighted, as `class_weights` gives them; else None.
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
        """The objective of a recipe; targets (N, C) of the training samples, from which class weights come."""
        weights = class_weights(recipe.objective, targets) if recipe.loss == "class_weighted" else None
        return cls(
            recipe.objective, recipe.label_smoothing, recipe.confidence_filter, recipe.loss, recipe.ohem, weights
        )

    def losses(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each sample, (N,), by which stages are judged: cross-entropy, or binary cross-entropy averaged over
        the classes, whatever is trained on, so that runs can be compared.
        """
        if self.name == "softmax":
            return F.cross_entropy(logits, targets, reduction="none")
        return F.binary_cross_entropy_with_logits(logits, targets, reduction="none").mean(dim=1)

    def training_losses(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each sample, (N,), by which the network is trained.

        Source: focal, Lin et al. 2017 (gamma 2, no alpha), by torchvision for sigmoid; asymmetric, Ridnik et al. 2021,
        by timm with its paper's gammas 4 and 1 (timm's) and clip 0.05. Those of sigmoid are averaged over classes.
        """
        if self.name == "softmax":
            weights = None if self.class_weights is None else self.class_weights.to(logits.device)
            losses = F.cross_entropy(
                logits, targets, weight=weights, reduction="none", label_smoothing=self.label_smoothing
            )
            return losses if self.loss != "focal" else losses * (1 - self._prob_true(logits, targets)) ** FOCUS
        return self._sigmoid_losses(logits, targets).mean(dim=1)

    def training_loss(
        self, logits: Tensor, targets: Tensor, rows: NDArray[np.int64] | None = None
    ) -> tuple[Tensor, Tensor]:
        """Loss of a mini-batch and the share of its samples that were used, both scalars.

        With a confidence filter, samples whose top probability is below it are left out, as the older recipe did;
        when none is left the loss is 0 and has no gradient. A fresh network is sure of nothing and would never learn
        under a filter: the run sets it on when the network has learned something. With OHEM (Shrivastava et al. 2016)
        the highest losses of what is left are learned from. The mean is weighted by the sample weights.

        Args:
            rows: (N,) which samples of the dataset these are; needed where there are sample weights.
        Raises:
            ValueError: there are sample weights, and no rows.
        """
        losses = self.training_losses(logits, targets)
        weights = torch.ones_like(losses)
        if self.confidence_filter is not None:
            weights = (self.probs(logits.detach()).amax(dim=1) >= self.confidence_filter).to(losses.dtype)
        if self.ohem is not None:
            weights = weights * _hardest(losses.detach() * weights, self.ohem)
        used = weights.mean()
        if self.sample_weights is not None:
            if rows is None:
                raise ValueError("sample weights need the rows that they are of")
            weights = weights * self.sample_weights[torch.from_numpy(rows)].to(losses)
        elif self.confidence_filter is None and self.ohem is None:
            return losses.mean(), used
        return (losses * weights).sum() / weights.sum().clamp(min=1e-6), used

    def probs(self, logits: Tensor) -> Tensor:
        """(N, C) float32 probabilities; rows sum to 1 for softmax, each in [0, 1] for sigmoid."""
        logits = logits.float()
        return logits.softmax(dim=1) if self.name == "softmax" else logits.sigmoid()

    def _sigmoid_losses(self, logits: Tensor, targets: Tensor) -> Tensor:
        if self.loss == "focal":
            losses: Tensor = sigmoid_focal_loss(logits, targets, alpha=-1, gamma=FOCUS, reduction="none")
            return losses
        if self.loss == "asymmetric":
            from timm.loss.asymmetric_loss import (
                AsymmetricLossMultiLabel,  # over a second to import, and only this loss needs it
            )

            asymmetric: Tensor = AsymmetricLossMultiLabel(reduction="none")(logits, targets)
            return asymmetric
        weights = None if self.class_weights is None else self.class_weights.to(logits.device)
        return F.binary_cross_entropy_with_logits(logits, targets, reduction="none", pos_weight=weights)

    def _prob_true(self, logits: Tensor, targets: Tensor) -> Tensor:
        return (self.probs(logits) * targets).sum(dim=1)


def class_weights(objective: str, targets: NDArray[np.float64]) -> Tensor:
    """Weights (C,) by which rare classes count more.

    softmax: N / (C * n_c) of each of C classes that have samples, scikit-learn's "balanced", 0 of others. sigmoid:
    (N - n_c) / n_c of a present class against an absent one, as torch's BCEWithLogitsLoss suggests. targets: (N, C)
    0/1; for sigmoid every class present at least once.
    """
    n_samples, counts = len(targets), targets.sum(axis=0)
    if objective == "softmax":
        weights = np.where(counts > 0, n_samples / ((counts > 0).sum() * np.maximum(counts, 1)), 0.0)
    else:
        weights = (n_samples - counts) / counts
    return torch.from_numpy(weights.astype(np.float32))


def _hardest(losses: Tensor, share: float) -> Tensor:
    """(N,) 1 for the highest losses, a share of all rounded up, else 0."""
    kept = torch.zeros_like(losses)
    kept[losses.topk(math.ceil(share * len(losses))).indices] = 1
    return kept
