"""Networks by name, set up so that any of them trains on a small dataset."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torchvision import models as zoo

from trainer.errors import TrainerError

# Peak learning rate relative to the recipe's, for networks without batch norm, which diverge or stall at a rate that
# suits those with it. Each reached 0.94 or more in benchmarks/models.md with its factor; none was tuned further.
LR_SCALE = {"alexnet": 0.2, "vgg11": 0.1, "squeezenet1_1": 0.3, "vit_b_16": 0.15, "swin_t": 0.25, "convnext_tiny": 0.25}


def build(name: str, n_classes: int, *, weights: str = "none", image_size: int = 128, steps: int = 1000) -> nn.Module:
    """A torchvision network with a fresh head of `n_classes` logits, for (N, 3, image_size, image_size) input.

    Args:
        steps: optimizer steps of the run's first stage; batch-norm statistics must follow within it.
    Raises:
        TrainerError: the weights cannot be downloaded, or the network cannot take images of this size.
    """
    pretrained = _pretrained(name) if weights == "imagenet" else None
    try:
        model: nn.Module = zoo.get_model(name, weights=None, **_options(name, image_size, n_classes))
    except AssertionError:  # a vit is made for one size
        raise _wrong_size(name, image_size) from None
    if pretrained is not None:
        _load_matching(model, pretrained, name)
    suit_small_data(model, steps)
    _check_size(model, name, image_size)
    model.to(memory_format=torch.channels_last)
    return model


def lr_scale(name: str) -> float:
    """Factor on the recipe's learning rates for this network."""
    return LR_SCALE.get(name, 1.0)


def suit_small_data(model: nn.Module, steps: int) -> None:
    """Change what is set for long ImageNet schedules, in place.

    Batch-norm momentum: running statistics forget their initial values as (1 - momentum)^steps and lag 1/momentum
    steps behind the weights. torchvision's mobilenet_v3 (0.01) and mnasnet (0.0003) are meant for hundreds of
    thousands of steps; after a few hundred they would still be evaluated with statistics of the untrained network.
    The window 1/momentum is kept within a hundredth of the first stage, and at the usual 0.1 for short ones.
    ConvNeXt's layer scale starts at 1e-6, which a short run never grows out of; 0.1 lets the blocks learn at once
    (CaiT, Touvron et al. 2021, uses 0.1 for shallow networks).
    """
    momentum = min(0.1, 100 / max(steps, 1))
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.momentum = max(module.momentum or 0.0, momentum)
        layer_scale = getattr(module, "layer_scale", None)
        if isinstance(layer_scale, nn.Parameter):
            nn.init.constant_(layer_scale, 0.1)


def _options(name: str, image_size: int, n_classes: int) -> dict[str, Any]:
    options: dict[str, Any] = {"num_classes": n_classes}
    if name == "vit_b_16":
        options["image_size"] = image_size
    if name == "googlenet":
        options.update(aux_logits=False, init_weights=False)
    return options


def _pretrained(name: str) -> dict[str, Tensor]:
    try:
        state: dict[str, Tensor] = zoo.get_model_weights(name).DEFAULT.get_state_dict(progress=True, check_hash=True)
    except OSError as error:  # urllib's URLError and HTTPError are OSErrors
        raise TrainerError(
            f"The ImageNet weights of {name} could not be downloaded ({error}); "
            "check the connection, or set weights: none."
        ) from None
    return state


def _load_matching(model: nn.Module, state: dict[str, Tensor], name: str) -> None:
    """Load all weights but the head's (and, in a ViT of another size, the position embedding)."""
    own = model.state_dict()
    fitting = {key: value for key, value in state.items() if key in own and own[key].shape == value.shape}
    if len(fitting) < len(own) * 0.9:
        raise TrainerError(f"The ImageNet weights do not fit {name}; set weights: none.")
    model.load_state_dict(fitting, strict=False)


def _check_size(model: nn.Module, name: str, image_size: int) -> None:
    training = model.training
    model.eval()
    try:
        with torch.no_grad():
            model(torch.zeros(1, 3, image_size, image_size))
    except (RuntimeError, ValueError):
        raise _wrong_size(name, image_size) from None
    finally:
        model.train(training)


def _wrong_size(name: str, image_size: int) -> TrainerError:
    need = "a multiple of 16" if name == "vit_b_16" else "a larger number"
    return TrainerError(f"{name} cannot take images of {image_size} pixels; set image_size to {need}.")
