"""Test predictions by a picture and its mirror image."""

from __future__ import annotations

from typing import Literal

import pytest
import torch
from torch import nn

from recipes import Recipe
from trainer.network.mirror import Mirrored
from trainer.network.objectives import Objective


@pytest.mark.parametrize("name", ["softmax", "sigmoid"])
def test_the_probabilities_are_the_mean_over_both(name: Literal["softmax", "sigmoid"]) -> None:
    torch.manual_seed(0)
    model, pictures, objective = (
        nn.Sequential(nn.Flatten(), nn.Linear(48, 3)),
        9 * torch.randn(5, 3, 4, 4),
        Objective(name),
    )
    both = [objective.probs(model(images)) for images in (pictures, pictures.flip(3))]
    mirrored = Mirrored.of(Recipe.parse({"name": "x", "objective": name, "mirror": True}), model)
    torch.testing.assert_close(objective.probs(mirrored(pictures)), (both[0] + both[1]) / 2)
    torch.testing.assert_close(mirrored(pictures), mirrored(pictures.flip(3)))
    assert Mirrored.of(Recipe.parse({"name": "x"}), model) is model


def test_far_logits_stay_finite() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(3, 3))
    with torch.no_grad():
        model[1].weight.fill_(1e4)
    for name in ("softmax", "sigmoid"):
        assert Mirrored(model, name)(torch.ones(1, 3, 1, 1)).isfinite().all()
