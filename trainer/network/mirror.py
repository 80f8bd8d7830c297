"""Predict by a picture and its mirror image."""

from __future__ import annotations

import math
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from recipes import Recipe


class Mirrored(nn.Module):
    """Predict by the mean probabilities of each picture and its mirror image, left to right.

    It shares the weights of the network it is made of, and is for predicting alone.
    """

    def __init__(self, model: nn.Module, objective: Literal["softmax", "sigmoid"]) -> None:
        super().__init__()
        self.model = model
        self.objective = objective

    @classmethod
    def of(cls, recipe: Recipe, model: nn.Module) -> nn.Module:
        """Return what predicts for a recipe: the network, or with `mirror` this one made of it."""
        return cls(model, recipe.objective) if recipe.mirror else model

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits (N, C) of the mean probabilities of (N, 3, S, S) images."""
        both = torch.stack([self.model(images).float(), self.model(images.flip(-1)).float()])
        if self.objective == "softmax":
            return both.log_softmax(dim=2).logsumexp(dim=0) - math.log(2)
        return F.logsigmoid(both).logsumexp(dim=0) - F.logsigmoid(-both).logsumexp(dim=0)
