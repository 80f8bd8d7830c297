"""Find the layer of a network to make maps at, and verify it before it is used."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from trainer.errors import TrainerError
from trainer.explain.map_layout import (
    N_PATCH_PICTURES,
    Layout,
    LayoutResult,
    find_layout,
    make_patch_pictures,
    nonzero_weights,
    verified_layout,
)

_PARTS = ("layer4", "conv5", "inception5b", "trunk_output", "layers.13", "features")  # torchvision's families
_NOT_MAPS = (nn.Linear, nn.Dropout, nn.Identity)  # parts of a block, such as what makes queries, keys and values


@dataclass(frozen=True)
class MapLayer:
    """A layer whose output is a map; `layout` turns it into (B, K, side, side)."""

    module: nn.Module
    name: str
    layout: Layout
    side: int

    def __str__(self) -> str:
        return f"{self.name} ({self.side} x {self.side})"


_cache: WeakKeyDictionary[nn.Module, dict[tuple[str | None, int], MapLayer]] = WeakKeyDictionary()


def find(model: nn.Module, name: str, layer: str | None = None, image_size: int | None = None) -> MapLayer:
    """Return the named layer, else the last one that gives a map; results are cached by network.

    Args:
        name: the recipe's `model`.
        layer: dotted name of a module within the network, e.g. `layer3` for a map twice as fine as a ResNet's last.
        image_size: of the patch pictures; None = the size that the network was built for.
    Raises:
        TrainerError: the network has no such layer, it gives no map, or no layer of the network does.
    """
    size = image_size if image_size is not None else int(getattr(model, "odap_image_size", 128))
    cached = _cache.setdefault(model, {})
    if (layer, size) not in cached:
        cached[layer, size] = _default(model, name, size) if layer is None else _asked_for(model, name, layer, size)
    return cached[layer, size]


def target_layer(model: nn.Module, name: str, layer: str | None = None) -> nn.Module:
    """Return the module that `find` finds."""
    return find(model, name, layer).module


def as_maps(model: nn.Module, name: str = "The network") -> Layout:
    """Return the layout of the network's default map layer, which turns its output into maps."""
    return find(model, name).layout


def _default(model: nn.Module, name: str, size: int) -> MapLayer:
    """Return the family's layer before pooling and the head; else the last one that gives a map."""
    tried = set()
    for module in _usual(model):
        result = _try_layout(model, module, size)
        if result.layout is not None:
            return _map_layer(model, module, result)
        tried.add(module)
    for module in _last_first(model, size, tried):
        result = _try_layout(model, module, size)
        if result.layout is not None:
            return _map_layer(model, module, result)
    raise TrainerError(f"No layer of {name} is known to give a map of the picture; name one with --layer.")


def _asked_for(model: nn.Module, name: str, layer: str, size: int) -> MapLayer:
    names = [path for path, _ in model.named_modules() if path]
    if layer not in names:
        near = difflib.get_close_matches(layer, names, n=3, cutoff=0.4) or names[:3]
        raise TrainerError(f"{name} has no layer '{layer}'; near to it are {', '.join(near)}.")
    module = model.get_submodule(layer)
    result = _try_layout(model, module, size)
    if result.layout is not None:
        return _map_layer(model, module, result)
    try:
        other = f", such as {find(model, name, None, size).name}"
    except TrainerError:
        other = ""
    reason = {
        "no map": "",
        "misplaced": ": a change in one quarter of the picture does not show in that quarter of its output",
        "unused": " that the network's answer depends on",
    }[result.problem or "no map"]
    raise TrainerError(f"The layer {layer} gives no map{reason}; name another one with --layer{other}.")


def _try_layout(model: nn.Module, module: nn.Module, size: int) -> LayoutResult:
    try:
        return find_layout(model, module, size)
    except torch.OutOfMemoryError:
        raise
    except RuntimeError:  # some devices cannot back-propagate from the logits to the layer
        return LayoutResult(problem="no map")


def _map_layer(model: nn.Module, module: nn.Module, result: LayoutResult) -> MapLayer:
    assert result.layout is not None
    names = {named: path for path, named in model.named_modules()}
    return MapLayer(module, names[module], result.layout, result.side)


def _usual(model: nn.Module) -> Iterator[nn.Module]:
    """Yield the modules known, by family, as the last with a map before pooling and the head."""
    # The first norm of a vision transformer's last block: after it, only the class token is used.
    for blocks, norm in (("encoder.layers", "ln_1"), ("blocks", "norm1")):
        matched = _part(model, blocks)
        children = list(matched.children()) if matched is not None else []
        layer = getattr(children[-1], norm, None) if children else None
        if isinstance(layer, nn.LayerNorm):
            yield layer
    info: Any = getattr(model, "feature_info", None)  # where timm's networks list their map layers
    if info and (matched := _part(model, str(info[-1].get("module", "")))) is not None:
        yield matched
    for part in _PARTS:
        matched = _part(model, part)
        if matched is not None:
            yield matched[-1] if isinstance(matched, nn.Sequential) and part != "trunk_output" else matched
            return


def _part(model: nn.Module, path: str) -> nn.Module | None:
    try:
        return model.get_submodule(path) if path else None
    except AttributeError:
        return None


def _last_first(model: nn.Module, size: int, tried: set[nn.Module]) -> list[nn.Module]:
    """List the modules whose output is a map of 2 x 2 or more, the last one to run first.

    All are recorded in one forward pass. A module that runs several times is left out, as it has no single map.
    """
    times_run: dict[nn.Module, int] = {}
    suitable: set[nn.Module] = set()

    def record_output(module: nn.Module, inputs: Any, output: Any) -> None:
        times_run[module] = times_run.pop(module, 0) + 1
        passes_on = bool(inputs) and output is inputs[0]
        if passes_on or isinstance(module, _NOT_MAPS) or module in tried or times_run[module] > 1:
            return
        if isinstance(output, Tensor) and output.is_floating_point() and output.shape[:1] == (N_PATCH_PICTURES,):
            layout = verified_layout(model, output)
            if layout is not None and layout(output).shape[-1] > 1:
                suitable.add(module)

    handles = [module.register_forward_hook(record_output) for module in model.modules() if module is not model]
    try:
        with torch.no_grad(), nonzero_weights(model):
            model(make_patch_pictures(size, next(model.parameters()).device))
    finally:
        for handle in handles:
            handle.remove()
    return [module for module, times in reversed(times_run.items()) if times == 1 and module in suitable]
