"""Find the head of a network, the layer that makes the logits, and start it near zero."""

from __future__ import annotations

import torch
from torch import nn

# Standard deviation of a new head's weights. All logits then start near 0, and the first loss near that of guessing.
# timm starts EfficientNet's heads at 0.33: logits of standard deviation 6, whose first gradients destroy what
# pretrained weights know. Not 0: SqueezeNet's head is followed by a ReLU, which passes no gradient at 0.
NEW_HEAD = 1e-3


def head_of(model: nn.Module) -> list[nn.Module]:
    """Return the layers that make the logits: one, or several in networks of timm with several heads.

    That is what timm calls the classifier, else the last linear layer, else the last convolution.
    """
    named = model.get_classifier() if hasattr(model, "get_classifier") else ()
    layers = [
        module
        for part in (named if isinstance(named, tuple | list) else (named,))
        if isinstance(part, nn.Module)
        for module in part.modules()
        if isinstance(module, nn.Linear | nn.Conv2d)
    ]
    if layers:
        return layers
    kinds: tuple[type[nn.Module], ...] = (nn.Linear, nn.Conv2d)
    by_kind = [[module for module in model.modules() if isinstance(module, kind)] for kind in kinds]
    return [next(modules for modules in by_kind if modules)[-1]]


@torch.no_grad()
def start_near_zero(model: nn.Module) -> None:
    """Scale the weights of a new head to the standard deviation `NEW_HEAD`, in place; its bias becomes 0."""
    for layer in head_of(model):
        weight, bias = layer.weight, layer.bias
        spread = float(weight.std())
        if spread > NEW_HEAD:  # a head that starts at 0 stays there
            weight.mul_(NEW_HEAD / spread)
        if bias is not None:
            bias.zero_()
