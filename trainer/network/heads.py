"""Find the head of a network, the layer that makes the logits, and start it near zero."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

# Standard deviation of a new head's weights. All logits then start near 0, and the first loss near that of guessing.
# timm starts EfficientNet's heads at 0.33: logits of standard deviation 6, whose first gradients destroy what
# pretrained weights know. Not 0: SqueezeNet's head is followed by a ReLU, which passes no gradient at 0.
NEW_HEAD = 1e-3


Layer = nn.Linear | nn.Conv2d


def head_of(model: nn.Module) -> list[Layer]:
    """Return the layers that make the logits; some networks of timm have several.

    That is what timm calls the classifier, else the last linear layer, else the last convolution.
    """
    named: Any = getattr(model, "get_classifier", tuple)()
    parts = named if isinstance(named, tuple) else (named,)
    layers: list[Layer] = [layer for part in parts for layer in _layers(part)]
    if layers:
        return layers
    linear: list[Layer] = [layer for layer in _layers(model) if isinstance(layer, nn.Linear)]
    return (linear or _layers(model))[-1:]


def _layers(module: nn.Module) -> list[Layer]:
    return [layer for layer in module.modules() if isinstance(layer, Layer)]


@torch.no_grad()
def start_near_zero(model: nn.Module) -> None:
    """Scale a new head's weights to the standard deviation `NEW_HEAD`, its bias to 0, in place."""
    for layer in head_of(model):
        weight, bias = layer.weight, layer.bias
        spread = float(weight.std())
        if spread > NEW_HEAD:  # a head that starts at 0 stays there
            weight.mul_(NEW_HEAD / spread)
        if bias is not None:
            bias.zero_()
