"""What a network is asked for: one class (`softmax`) or every class that is there (`sigmoid`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class Objective:
    """A loss and the probabilities that go with it.

    N samples, C classes; logits are (N, C) float, targets (N, C) float in {0, 1} (one-hot for softmax).
    """

    name: Literal["softmax", "sigmoid"]
    label_smoothing: float = 0.0
    confidence_filter: float | None = None

    def losses(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each sample, (N,): cross-entropy, or binary cross-entropy averaged over the classes."""
        if self.name == "softmax":
            return F.cross_entropy(logits, targets, reduction="none", label_smoothing=self.label_smoothing)
        return F.binary_cross_entropy_with_logits(logits, targets, reduction="none").mean(dim=1)

    def training_loss(self, logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Mean loss of a mini-batch and the share of its samples that were used, both scalars.

        With a confidence filter, samples whose top probability is below it are left out, as the older recipe did;
        when none is left the loss is 0 and has no gradient. A fresh network is sure of nothing and would never learn
        under a filter: the run sets it on when the network has learned something.
        """
        losses = self.losses(logits, targets)
        if self.confidence_filter is None:
            return losses.mean(), losses.new_ones(())
        sure = (self.probs(logits.detach()).amax(dim=1) >= self.confidence_filter).to(losses.dtype)
        return (losses * sure).sum() / sure.sum().clamp(min=1), sure.mean()

    def probs(self, logits: Tensor) -> Tensor:
        """(N, C) float32 probabilities; rows sum to 1 for softmax, each in [0, 1] for sigmoid."""
        logits = logits.float()
        return logits.softmax(dim=1) if self.name == "softmax" else logits.sigmoid()
