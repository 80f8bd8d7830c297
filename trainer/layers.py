"""Where a network still has a map: the layer to explain by, of every family, and what its output looks like."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from trainer.errors import TrainerError

_PARTS = ("layer4", "conv5", "inception5b", "trunk_output", "layers.13", "features")  # torchvision's families


def target_layer(model: nn.Module, name: str, layer: str | None = None) -> nn.Module:
    """The layer asked for, else the last module that still has a map, before pooling and the head.

    Args:
        name: the recipe's `model`.
        layer: dotted name of a module within the network, e.g. `layer3` for a map twice as fine as a ResNet's last.
    Raises:
        TrainerError: the network has no such layer, or none is known for its family.
    """
    if layer is not None:
        return _named(model, name, layer)
    if (blocks := _tokens_blocks(model)) is not None:
        return blocks
    info: Any = getattr(model, "feature_info", None)  # timm's networks say where their maps are
    if info:
        return model.get_submodule(info[-1]["module"])
    for part in _PARTS:
        try:
            found = model.get_submodule(part)
        except AttributeError:
            continue
        return found[-1] if isinstance(found, nn.Sequential) and part != "trunk_output" else found
    raise TrainerError(f"No layer to explain is known for {name}; name one with --layer.")


def layer_name(model: nn.Module, layer: nn.Module) -> str:
    """Dotted name of a layer within its model."""
    names: dict[nn.Module, str] = {module: name for name, module in model.named_modules()}
    return names[layer]


def resolution(model: nn.Module, layer: nn.Module, image_size: int) -> tuple[int, int]:
    """Height and width of the layer's map for one image of this size, in points; small images may leave 1 x 1.

    Raises:
        TrainerError: its output is no map, or the network does not pass through it exactly once.
    """
    shapes: list[tuple[int, ...]] = []
    maps = as_maps(model)

    def see(_module: nn.Module, _inputs: Any, output: Any) -> None:
        if isinstance(output, Tensor) and output.ndim in (3, 4):
            shapes.append(tuple(maps(output).shape))

    device, training = next(model.parameters()).device, model.training
    handle = layer.register_forward_hook(see)
    try:
        with torch.no_grad():
            model.eval()(torch.zeros(1, 3, image_size, image_size, device=device))
    finally:
        handle.remove()
        model.train(training)
    if len(shapes) != 1:
        raise TrainerError(f"The layer {layer_name(model, layer)} gives no map; name another one with --layer.")
    return shapes[0][2], shapes[0][3]


def as_maps(model: nn.Module) -> Callable[[Tensor], Tensor]:
    """What turns a layer's output into maps (B, K, H, W): most have them already, transformers have tokens.

    Tokens (B, T, K) become the largest square that they fill, without what stands before them (class token and
    registers); (B, H, W, K), as in Swin, is turned round.
    """
    channels_last = getattr(model, "output_fmt", None) == "NHWC" or type(model).__name__ == "SwinTransformer"

    def maps(output: Tensor) -> Tensor:
        if output.ndim == 3:
            side = int(output.shape[1] ** 0.5)
            square = output[:, output.shape[1] - side * side :].transpose(1, 2)
            return square.reshape(*square.shape[:2], side, side)
        return output.permute(0, 3, 1, 2) if channels_last else output

    return maps


def _tokens_blocks(model: nn.Module) -> nn.Module | None:
    """The first norm of a vision transformer's last block: past it, only the class token is read."""
    for blocks, norm in (("encoder.layers", "ln_1"), ("blocks", "norm1")):
        try:
            found: Any = model.get_submodule(blocks)
        except AttributeError:
            continue
        layer = getattr(found[-1], norm, None)
        if isinstance(layer, nn.LayerNorm):
            return layer
    return None


def _named(model: nn.Module, name: str, layer: str) -> nn.Module:
    known = [path for path, _ in model.named_modules() if path]
    if layer not in known:
        near = difflib.get_close_matches(layer, known, n=3, cutoff=0.4) or known[:3]
        raise TrainerError(f"{name} has no layer '{layer}'; near to it are {', '.join(near)}.")
    return model.get_submodule(layer)
