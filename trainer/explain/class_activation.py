"""Where the model looks: class activation maps of chosen samples, plain Grad-CAM by a short way of our own.

The other methods are the library grad-cam's. Its Grad-CAM runs back through the whole network; the weights of the map
need the way from the logits to the target layer alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from PIL import Image
from pytorch_grad_cam import EigenCAM, GradCAMPlusPlus, HiResCAM, LayerCAM, RandomCAM
from pytorch_grad_cam.utils.image import scale_cam_image
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import Tensor, nn

import store
from trainer.curriculum import StagePlan
from trainer.explain import target_layers
from trainer.explain.target_layers import MapLayer
from trainer.images import Images, normalise
from trainer.labels import Truth
from trainer.outcome import StageOutcome

Maps = NDArray[np.float32]

LIBRARY = {"gradcam++": GradCAMPlusPlus, "hirescam": HiResCAM, "eigencam": EigenCAM, "layercam": LayerCAM}
METHODS = ("gradcam", *LIBRARY)
BATCH = 32


def cam(
    model: nn.Module,
    name: str,
    pixels: Tensor,
    classes: NDArray[np.int64],
    method: str = "gradcam",
    layer: str | None = None,
) -> Maps:
    """Maps of the class given for each image.

    Args:
        name: the recipe's `model`.
        pixels: (B, 1 or 3, S, S) uint8.
        classes: (B,) int. EigenCAM asks for no class: it shows the main direction of the layer's output, and which
            end of it is bright is left to chance by the decomposition.
        method: one of METHODS.
        layer: dotted name of the layer to explain by; None = the last that still has a map.
    Returns:
        (B, S, S) float32 in [0, 1]; each map is scaled to its own range, so heights compare within a map only.
    Raises:
        TrainerError: the network has no such layer.
    """
    found = target_layers.find(model, name, layer, pixels.shape[-1])
    model.eval()
    parts = [slice(start, start + BATCH) for start in range(0, len(classes), BATCH)]
    if method == "gradcam":
        size = (pixels.shape[-1], pixels.shape[-2])
        maps = [_enlarge(grad_cam(model, found, normalise(pixels[at]), classes[at]), size) for at in parts]
    else:
        maps = _by_library(LIBRARY[method], model, found, [(normalise(pixels[at]), classes[at]) for at in parts])
    scaled: Maps = np.nan_to_num(np.concatenate(maps)).astype(np.float32)
    return scaled


def grad_cam(model: nn.Module, layer: MapLayer, inputs: Tensor, classes: NDArray[np.int64]) -> Maps:
    """Grad-CAM of every image at the layer's own resolution, before any scaling.

    The network is left in the mode it is in, which must be evaluation. Up to the layer nothing is recorded for
    back-propagation, and from the logits it goes no further down than to the layer.

    Args:
        inputs: (B, 3, S, S) float, normalised.
        classes: (B,) int.
    Returns:
        (B, H, W) float32, >= 0.
    Source: Selvaraju et al. 2017, equations 1 and 2.
    """
    seen: list[Tensor] = []

    def cut(_module: nn.Module, _inputs: Any, output: Tensor) -> Tensor:
        leaf = output.detach().requires_grad_()
        onward = leaf.clone()  # what comes next may change it in place, which a leaf forbids
        seen.extend((leaf, onward))
        return onward

    handle = layer.module.register_forward_hook(cut)
    try:
        with _frozen(model), torch.enable_grad():
            logits = model(inputs)
            chosen = logits.gather(1, torch.from_numpy(classes).to(logits.device)[:, None]).sum()
            (slopes,) = torch.autograd.grad(chosen, seen[0])
    finally:
        handle.remove()
    weights = layer.layout(slopes).mean(dim=(2, 3), keepdim=True)
    found: Maps = (weights * layer.layout(seen[1].detach())).sum(dim=1).relu().float().cpu().numpy()
    return found


def random_cam(model: nn.Module, name: str, pixels: Tensor, layer: str | None, seed: int) -> Maps:
    """What the layer's channels show when they are weighed at random; a map for others to beat. Shapes as in `cam`."""
    found = target_layers.find(model, name, layer, pixels.shape[-1])
    parts = [slice(start, start + BATCH) for start in range(0, len(pixels), BATCH)]
    before = np.random.get_state()  # the library draws from numpy's own generator
    np.random.seed(seed)
    try:
        batches = [(normalise(pixels[at]), np.zeros(len(pixels[at]), np.int64)) for at in parts]
        return np.nan_to_num(np.concatenate(_by_library(RandomCAM, model, found, batches)))
    finally:
        np.random.set_state(before)


@contextmanager
def _frozen(model: nn.Module) -> Iterator[None]:
    """No parameter asks for a gradient inside."""
    asked = [parameter for parameter in model.parameters() if parameter.requires_grad]
    for parameter in asked:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in asked:
            parameter.requires_grad_(True)


def described(model: nn.Module, name: str, image_size: int, layer: str | None = None) -> str:
    """Name and resolution of the layer that is explained by, as in `layer4.1 (4 x 4)`.

    Raises:
        TrainerError: the network has no such layer, or its output is no map.
    """
    return str(target_layers.find(model, name, layer, image_size))


def all_empty(n_maps: int, layer: str, stage: str) -> str:
    """The sentence for maps none of which shows anything."""
    return (
        f"All {n_maps} maps of stage {stage} are empty: at {layer} no place speaks for a class more than another; "
        "name an earlier layer with --layer."
    )


def _by_library(
    kind: Any, model: nn.Module, layer: MapLayer, batches: Iterable[tuple[Tensor, NDArray[np.int64]]]
) -> list[Maps]:
    with kind(model=model, target_layers=[layer.module], reshape_transform=layer.layout) as library:
        found = [
            library(input_tensor=inputs, targets=[ClassifierOutputTarget(int(c)) for c in classes])
            for inputs, classes in batches
        ]
    model.zero_grad(set_to_none=True)  # the library leaves gradients of every weight behind
    return found


def _enlarge(maps: Maps, size: tuple[int, int]) -> Maps:
    """To the image's size and to [0, 1], in the library's own steps."""
    enlarged: Maps = scale_cam_image(scale_cam_image(maps, size))
    return enlarged


def record(
    run_id: str,
    name: str,
    model: nn.Module,
    plan: StagePlan,
    outcome: StageOutcome,
    truth: Truth,
    images: Images,
    sample_ids: Iterable[str],
    method: str = "gradcam",
    layer: str | None = None,
) -> tuple[int, int]:
    """Make and record the maps of these samples at one stage, for the true class and for the predicted one.

    PNG files first, then their rows: a row never names a file that is not there. Maps of the same method by another
    layer are replaced.

    Returns:
        How many maps were made, and how many of them are empty: zero, or the same, everywhere.
    Raises:
        TrainerError: the network has no such layer, or its output is no map.
    """
    row_of = {sample_id: row for row, sample_id in enumerate(truth.samples["sample_id"])}
    rows = np.array([row_of[i] for i in sample_ids if i in row_of], np.int64)
    if not len(rows):
        return 0, 0
    seen_by = described(model, name, images.pixels.shape[-1], layer)
    predicted = outcome.probs[rows].argmax(axis=1)
    wanted = [(row, c) for row, p in zip(rows, predicted, strict=True) for c in sorted({int(truth.label[row]), int(p)})]
    every = np.array([row for row, _ in wanted], np.int64)
    pixels, _ = images.batch(every)
    maps = cam(model, name, pixels, np.array([c for _, c in wanted], np.int64), method, layer)
    ids = truth.samples["sample_id"].to_numpy(object)
    folder = Path(run_id) / "cams" / f"{plan.position:02d}-{plan.stage}"
    (store.runs_root() / folder).mkdir(parents=True, exist_ok=True)
    after = "" if method == "gradcam" else f"-{method}"
    table = []
    for (row, c), one in zip(wanted, maps, strict=True):
        path = folder / f"{ids[row]}-{c}{after}.png"
        Image.fromarray(np.round(one * 255).astype(np.uint8)).save(store.runs_root() / path)
        table.append((ids[row], truth.classes[c], method, seen_by, path.as_posix()))
    columns = ["sample_id", "class_name", "method", "layer", "path"]
    store.record_cams(run_id, plan.round, plan.stage, pd.DataFrame(table, columns=columns))
    return len(maps), int((maps.max(axis=(1, 2)) == 0).sum())
