"""Find the head of a network, the layer that makes the logits, and start it near zero."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
from torch import nn

# Standard deviation of a new head's weights. All logits then start near 0, and the first loss near that of guessing.
# timm starts EfficientNet's heads at 0.33: logits of standard deviation 6, whose first gradients destroy what
# pretrained weights know. A ReLU after the head, as in SqueezeNet, passes no gradient below 0: a class whose logit
# began there would never be learned. Its bias starts above what such weights give, and still near 0.
NEW_HEAD, ABOVE_RELU = 1e-3, 0.05


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
    """Scale the weights of a new head to the standard deviation `NEW_HEAD`, in place.

    Its bias becomes 0. Where a ReLU follows, the weights become a tenth of that and the bias ABOVE_RELU.
    """
    chains = [list(module) for module in model.modules() if isinstance(module, nn.Sequential)]
    before_relu = [one for chain in chains for one, then in pairwise(chain) if isinstance(then, nn.ReLU)]
    for layer in head_of(model):
        weight, bias = layer.weight, layer.bias
        cut = any(layer is one for one in before_relu)
        aimed, spread = NEW_HEAD / 10 if cut else NEW_HEAD, float(weight.std())
        if spread > aimed:  # a head that starts at 0 stays there
            weight.mul_(aimed / spread)
        if bias is not None:
            bias.fill_(ABOVE_RELU if cut else 0.0)
