"""Where a network still has a map: the layer to explain by, of every family, verified before it is used."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from trainer.errors import TrainerError
from trainer.explain.map_layout import N_PROBES, Layout, Probed, pictures, placed, probe, undisturbed

_PARTS = ("layer4", "conv5", "inception5b", "trunk_output", "layers.13", "features")  # torchvision's families
_NOT_MAPS = (nn.Linear, nn.Dropout, nn.Identity)  # parts of a block, such as what makes queries, keys and values


@dataclass(frozen=True)
class MapLayer:
    """A layer whose output is a map; `layout` arranges it as (B, K, side, side)."""

    module: nn.Module
    name: str
    layout: Layout
    side: int

    def __str__(self) -> str:
        return f"{self.name} ({self.side} x {self.side})"


_known: WeakKeyDictionary[nn.Module, dict[tuple[str | None, int], MapLayer]] = WeakKeyDictionary()


def find(model: nn.Module, name: str, layer: str | None = None, image_size: int | None = None) -> MapLayer:
    """Return the layer asked for, else the last one that gives a map; each is probed once for a network.

    Args:
        name: the recipe's `model`.
        layer: dotted name of a module within the network, e.g. `layer3` for a map twice as fine as a ResNet's last.
        image_size: of the probe's pictures; None = the size that the network was built for.
    Raises:
        TrainerError: the network has no such layer, it gives no map, or no layer of the network does.
    """
    size = image_size if image_size is not None else int(getattr(model, "odap_image_size", 128))
    known = _known.setdefault(model, {})
    if (layer, size) not in known:
        known[layer, size] = _default(model, name, size) if layer is None else _asked_for(model, name, layer, size)
    return known[layer, size]


def target_layer(model: nn.Module, name: str, layer: str | None = None) -> nn.Module:
    """Return the module of `find`."""
    return find(model, name, layer).module


def as_maps(model: nn.Module, name: str = "The network") -> Layout:
    """Return what turns the output of the network's own map layer into maps (B, K, H, W)."""
    return find(model, name).layout


def _default(model: nn.Module, name: str, size: int) -> MapLayer:
    """The layer before pooling and the head, as its family has it; else the last of all that gives a map."""
    tried = set()
    for module in _usual(model):
        found = _probed(model, module, size)
        if found.layout is not None:
            return _map_layer(model, module, found)
        tried.add(module)
    for module in _last_first(model, size, tried):
        found = _probed(model, module, size)
        if found.layout is not None:
            return _map_layer(model, module, found)
    raise TrainerError(f"No layer of {name} is known to give a map of the picture; name one with --layer.")


def _asked_for(model: nn.Module, name: str, layer: str, size: int) -> MapLayer:
    names = [path for path, _ in model.named_modules() if path]
    if layer not in names:
        near = difflib.get_close_matches(layer, names, n=3, cutoff=0.4) or names[:3]
        raise TrainerError(f"{name} has no layer '{layer}'; near to it are {', '.join(near)}.")
    module = model.get_submodule(layer)
    found = _probed(model, module, size)
    if found.layout is not None:
        return _map_layer(model, module, found)
    try:
        other = f", such as {find(model, name, None, size).name}"
    except TrainerError:
        other = ""
    reason = {
        "no map": "",
        "misplaced": ": a change in one quarter of the picture does not show in that quarter of its output",
        "unused": " that the network's answer depends on",
    }[found.problem or "no map"]
    raise TrainerError(f"The layer {layer} gives no map{reason}; name another one with --layer{other}.")


def _probed(model: nn.Module, module: nn.Module, size: int) -> Probed:
    try:
        return probe(model, module, size)
    except torch.OutOfMemoryError:
        raise
    except RuntimeError:  # the way back from the logits to the layer may not be there on every device
        return Probed(problem="no map")


def _map_layer(model: nn.Module, module: nn.Module, found: Probed) -> MapLayer:
    assert found.layout is not None
    names = {one: path for path, one in model.named_modules()}
    return MapLayer(module, names[module], found.layout, found.side)


def _usual(model: nn.Module) -> Iterator[nn.Module]:
    """What the families call the last module that still has a map, before pooling and the head."""
    # The first norm of a vision transformer's last block: past it, only the class token is read.
    for blocks, norm in (("encoder.layers", "ln_1"), ("blocks", "norm1")):
        found = _part(model, blocks)
        children = list(found.children()) if found is not None else []
        layer = getattr(children[-1], norm, None) if children else None
        if isinstance(layer, nn.LayerNorm):
            yield layer
    info: Any = getattr(model, "feature_info", None)  # timm's networks say where their maps are
    if info and (found := _part(model, str(info[-1].get("module", "")))) is not None:
        yield found
    for part in _PARTS:
        found = _part(model, part)
        if found is not None:
            yield found[-1] if isinstance(found, nn.Sequential) and part != "trunk_output" else found
            return


def _part(model: nn.Module, path: str) -> nn.Module | None:
    try:
        return model.get_submodule(path) if path else None
    except AttributeError:
        return None


def _last_first(model: nn.Module, size: int, tried: set[nn.Module]) -> list[nn.Module]:
    """Modules whose output is a map of 2 x 2 or more, the last one that ran first; all are heard in one pass.

    One that runs several times has no single map.
    """
    ended: dict[nn.Module, int] = {}
    suitable: set[nn.Module] = set()

    def hear(module: nn.Module, inputs: Any, output: Any) -> None:
        ended[module] = ended.pop(module, 0) + 1
        passes_on = bool(inputs) and output is inputs[0]
        if passes_on or isinstance(module, _NOT_MAPS) or module in tried or ended[module] > 1:
            return
        if isinstance(output, Tensor) and output.is_floating_point() and output.shape[:1] == (N_PROBES,):
            layout = placed(model, output)
            if layout is not None and layout(output).shape[-1] > 1:
                suitable.add(module)

    handles = [module.register_forward_hook(hear) for module in model.modules() if module is not model]
    try:
        with torch.no_grad(), undisturbed(model):
            model(pictures(size, next(model.parameters()).device))
    finally:
        for handle in handles:
            handle.remove()
    return [module for module, times in reversed(ended.items()) if times == 1 and module in suitable]
