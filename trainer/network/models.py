"""Build networks by name, adapted to training on a small dataset."""

from __future__ import annotations

import difflib
import time
from typing import Any

import torch
from torch import nn

from trainer.errors import TrainerError
from trainer.network import heads
from trainer.network import pretrained as pretrained_weights

# Peak learning rate relative to the recipe's, for networks without batch norm: they diverge or stall at a rate that
# suits those with batch norm. Each reached 0.94 or more in benchmarks/models.md with its factor; none was tuned
# further.
LR_SCALE = {"alexnet": 0.2, "vgg11": 0.1, "squeezenet1_1": 0.3, "vit_b_16": 0.15, "swin_t": 0.25, "convnext_tiny": 0.25}

# timm's networks without batch norm, by a part of their name, with the smallest factor of their families above.
_TIMM_SLOW, _TIMM_SCALE = ("vit", "deit", "swin", "convnext", "mixer"), 0.15


SIZES = (32, 512)  # the bounds of the recipe's image_size
SEARCH_SECONDS = 20.0  # limit of the search for a size that a network accepts, after it has refused one


def build(name: str, n_classes: int, *, weights: str = "none", image_size: int = 128, steps: int = 1000) -> nn.Module:
    """Build a network with a new head of `n_classes` logits.

    Its input is (N, 3, image_size, image_size).

    Args:
        name: torchvision's name, `efficientnet_lite0`, or `timm/NAME`.
        weights: `none`, `imagenet`, or a file (.safetensors, .pt, .pth).
        steps: optimizer steps of the run's first stage, within which batch-norm statistics must adapt.
    Raises:
        TrainerError: the network or the file does not exist, the weights cannot be downloaded or are those of another
            network, or the network cannot take images of this size.
    """
    try:
        model = _create(name, n_classes, image_size, pretrained=weights == "imagenet")
    except OSError as error:  # a failed download of weights
        raise pretrained_weights.no_download(name, error) from None
    except (RuntimeError, AssertionError, ValueError):
        raise _wrong_size(name, image_size) from None
    heads.start_near_zero(model)
    suit_small_data(model, steps)
    pretrained_weights.load(model, name, weights)
    _check_size(model, name, image_size)
    model.to(memory_format=torch.channels_last)
    model.odap_image_size = image_size  # type: ignore[assignment]
    return model


def lr_scale(name: str) -> float:
    """Return the factor on the recipe's learning rates for this network."""
    if name.startswith("timm/"):
        return _TIMM_SCALE if any(part in name for part in _TIMM_SLOW) else 1.0
    return LR_SCALE.get(name, 1.0)


def suit_small_data(model: nn.Module, steps: int) -> None:
    """Replace settings made for long ImageNet schedules, in place.

    Batch-norm momentum: running statistics forget their initial values as (1 - momentum)^steps and lag 1/momentum
    steps behind the weights. torchvision's mobilenet_v3 (0.01) and mnasnet (0.0003) are meant for hundreds of
    thousands of steps; after a few hundred they would still be evaluated with statistics of the untrained network.
    The window 1/momentum is limited to a hundredth of the first stage; in short stages the momentum is the usual 0.1.
    ConvNeXt's layer scale starts at 1e-6, from which a short run never recovers; 0.1 lets the blocks learn at once
    (CaiT, Touvron et al. 2021, uses 0.1 for shallow networks). A layer scale that has been trained is not changed.
    """
    momentum = min(0.1, 100 / max(steps, 1))
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.momentum = max(module.momentum or 0.0, momentum)
        for layer_scale in (getattr(module, "layer_scale", None), getattr(module, "gamma", None)):
            if isinstance(layer_scale, nn.Parameter) and float(layer_scale.detach().abs().max()) <= 1e-4:
                nn.init.constant_(layer_scale, 0.1)


def _create(name: str, n_classes: int, image_size: int, *, pretrained: bool = False) -> nn.Module:
    """Create the network.

    Raises:
        RuntimeError, AssertionError, ValueError: the network does not take images of this size.
    """
    if name == "efficientnet_lite0":  # timm's variant has the padding and batch norm that its weights were trained with
        return _timm("tf_efficientnet_lite0", n_classes, image_size, pretrained=False)
    if name.startswith("timm/"):
        return _timm(name.removeprefix("timm/"), n_classes, image_size, pretrained=pretrained)
    from torchvision import models as zoo  # imports torch._dynamo

    model: nn.Module = zoo.get_model(name, weights=None, **_options(name, image_size, n_classes))
    return model


def _options(name: str, image_size: int, n_classes: int) -> dict[str, Any]:
    options: dict[str, Any] = {"num_classes": n_classes}
    if name == "vit_b_16":
        options["image_size"] = image_size
    if name == "googlenet":
        options.update(aux_logits=False, init_weights=False)
    return options


def _timm(name: str, n_classes: int, image_size: int, *, pretrained: bool) -> nn.Module:
    import timm  # takes seconds, which runs with a network of torchvision save

    if not timm.is_model(name.partition(".")[0]):
        near = difflib.get_close_matches(name, timm.list_models(), n=3, cutoff=0.3)
        raise TrainerError(f"timm has no network '{name}'; near to it are {', '.join(near) or 'none'}.")
    options: dict[str, Any] = {"pretrained": pretrained, "num_classes": n_classes}
    try:
        model: nn.Module = timm.create_model(name, img_size=image_size, **options)
    except TypeError:  # most networks take images of any size and have no such option
        model = timm.create_model(name, **options)
    return model


def _check_size(model: nn.Module, name: str, image_size: int) -> None:
    training = model.training
    model.eval()
    try:
        with torch.no_grad():
            model(torch.zeros(1, 3, image_size, image_size))
    except (RuntimeError, ValueError, AssertionError):
        raise _wrong_size(name, image_size) from None
    finally:
        model.train(training)


def _wrong_size(name: str, image_size: int) -> TrainerError:
    near = _near_size(name, image_size)
    remedy = f"set image_size to {near}" if near is not None else "take another network, or another image_size"
    return TrainerError(f"{name} cannot take images of {image_size} pixels; {remedy}.")


def _near_size(name: str, image_size: int) -> int | None:
    """Return the nearest size that the network accepts; None if none is found in time.

    Sizes are tried on torch's meta device, without weights or arithmetic. A network may need multiples of 14, 16, 32,
    120 (CrossViT)..., so multiples of 8 are tried first, then those of 7 and 4.
    """
    sizes = sorted(range(SIZES[0], SIZES[1] + 1), key=lambda size: (abs(size - image_size), -size))
    deadline = time.monotonic() + SEARCH_SECONDS
    for step in (8, 7, 4):
        for size in (size for size in sizes if size % step == 0 and size != image_size):
            if _accepts(name, size):
                return size
            if time.monotonic() > deadline:
                return None
    return None


def _accepts(name: str, image_size: int) -> bool:
    try:
        with torch.device("meta"), torch.no_grad():
            _create(name, 2, image_size).eval()(torch.zeros(2, 3, image_size, image_size))
    except Exception:  # networks raise errors of any kind for a size that they do not accept
        return False
    return True
