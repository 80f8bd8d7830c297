"""Make class activation maps of chosen samples, by Grad-CAM or other methods.

Plain Grad-CAM is our own code, the other methods are those of the library grad-cam. The library's Grad-CAM propagates
gradients back through the whole network; the weights of a map need them from the logits to the target layer only.
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
from torch import Tensor, nn

import store
from trainer.curriculum import StagePlan
from trainer.explain import target_layers
from trainer.explain.target_layers import MapLayer
from trainer.images import Images, normalise
from trainer.labels import Truth
from trainer.outcome import StageOutcome

Maps = NDArray[np.float32]

# The library's classes by name: it imports matplotlib and scikit-learn, and only maps need it.
LIBRARY = {"gradcam++": "GradCAMPlusPlus", "hirescam": "HiResCAM", "eigencam": "EigenCAM", "layercam": "LayerCAM"}
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
    """Make a map for each image, of the class given for it.

    Args:
        name: the recipe's `model`.
        pixels: (B, 1 or 3, S, S) uint8.
        classes: (B,) int. EigenCAM depends on no class: it shows the main direction of the layer's output, whose sign
            the decomposition leaves to chance.
        method: one of METHODS.
        layer: dotted name of the layer to make maps at; None = the last one that gives a map.
    Returns:
        (B, S, S) float32 in [0, 1]; each map is scaled to its own range, so heights compare within a map only.
    Raises:
        TrainerError: the network has no such layer.
    """
    target = target_layers.find(model, name, layer, pixels.shape[-1])
    model.eval()
    parts = [slice(start, start + BATCH) for start in range(0, len(classes), BATCH)]
    if method == "gradcam":
        size = (pixels.shape[-1], pixels.shape[-2])
        maps = [_enlarge(grad_cam(model, target, normalise(pixels[part]), classes[part]), size) for part in parts]
    else:
        maps = _by_library(LIBRARY[method], model, target, [(normalise(pixels[part]), classes[part]) for part in parts])
    scaled: Maps = np.nan_to_num(np.concatenate(maps)).astype(np.float32)
    return scaled


def grad_cam(model: nn.Module, layer: MapLayer, inputs: Tensor, classes: NDArray[np.int64]) -> Maps:
    """Compute Grad-CAM of every image at the layer's own resolution, before any scaling.

    The network must be in evaluation mode. No graph is recorded up to the layer, and back-propagation from the logits
    ends at it.

    Args:
        inputs: (B, 3, S, S) float, normalised.
        classes: (B,) int.
    Returns:
        (B, H, W) float32, >= 0.
    Source: Selvaraju et al. 2017, equations 1 and 2.
    """
    recorded: list[Tensor] = []

    def cut(_module: nn.Module, _inputs: Any, output: Tensor) -> Tensor:
        leaf = output.detach().requires_grad_()
        onward = leaf.clone()  # the next layer may work in place, which is not allowed on a leaf
        recorded.extend((leaf, onward))
        return onward

    handle = layer.module.register_forward_hook(cut)
    try:
        with _frozen(model), torch.enable_grad():
            logits = model(inputs)
            chosen = logits.gather(1, torch.from_numpy(classes).to(logits.device)[:, None]).sum()
            (slopes,) = torch.autograd.grad(chosen, recorded[0])
    finally:
        handle.remove()
    weights = layer.layout(slopes).mean(dim=(2, 3), keepdim=True)
    maps: Maps = (weights * layer.layout(recorded[1].detach())).sum(dim=1).relu().float().cpu().numpy()
    return maps


def random_cam(model: nn.Module, name: str, pixels: Tensor, layer: str | None, seed: int) -> Maps:
    """Make baseline maps of randomly weighted channels of the layer. Shapes as in `cam`."""
    target = target_layers.find(model, name, layer, pixels.shape[-1])
    parts = [slice(start, start + BATCH) for start in range(0, len(pixels), BATCH)]
    random_state = np.random.get_state()  # the library draws from numpy's own generator
    np.random.seed(seed)
    try:
        batches = [(normalise(pixels[part]), np.zeros(len(pixels[part]), np.int64)) for part in parts]
        return np.nan_to_num(np.concatenate(_by_library("RandomCAM", model, target, batches)))
    finally:
        np.random.set_state(random_state)


@contextmanager
def _frozen(model: nn.Module) -> Iterator[None]:
    """Compute no gradients of parameters inside the context."""
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    for parameter in trainable:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in trainable:
            parameter.requires_grad_(True)


def describe_layer(model: nn.Module, name: str, image_size: int, layer: str | None = None) -> str:
    """Return the name and resolution of the layer of the maps, as in `layer4.1 (4 x 4)`.

    Raises:
        TrainerError: the network has no such layer, or its output is no map.
    """
    return str(target_layers.find(model, name, layer, image_size))


def empty_maps_warning(n_maps: int, layer: str, stage: str) -> str:
    """Return the sentence for a stage all of whose maps are empty."""
    return (
        f"All {n_maps} maps of stage {stage} are empty: at {layer} no place speaks for a class more than another; "
        "name an earlier layer with --layer."
    )


def _by_library(
    kind: str, model: nn.Module, layer: MapLayer, batches: Iterable[tuple[Tensor, NDArray[np.int64]]]
) -> list[Maps]:
    import pytorch_grad_cam
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    method = getattr(pytorch_grad_cam, kind)
    with method(model=model, target_layers=[layer.module], reshape_transform=layer.layout) as library:
        maps = [
            library(input_tensor=inputs, targets=[ClassifierOutputTarget(int(c)) for c in classes])
            for inputs, classes in batches
        ]
    model.zero_grad(set_to_none=True)  # the library leaves gradients in every weight
    return maps


def _enlarge(maps: Maps, size: tuple[int, int]) -> Maps:
    """Scale maps to the image's size and to [0, 1], in the same steps as the library."""
    from pytorch_grad_cam.utils.image import scale_cam_image

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
    """Make and record the maps of samples at one stage, for the true and the predicted class.

    PNG files are written first, then their rows, so that a row never names a missing file. Maps of the same method at
    another layer are replaced.

    Returns:
        The number of maps made, and the number of empty ones: those with the same value everywhere.
    Raises:
        TrainerError: the network has no such layer, or its output is no map.
    """
    row_of = {sample_id: row for row, sample_id in enumerate(truth.samples["sample_id"])}
    rows = np.array([row_of[i] for i in sample_ids if i in row_of], np.int64)
    if not len(rows):
        return 0, 0
    layer_name = describe_layer(model, name, images.pixels.shape[-1], layer)
    predicted = outcome.probs[rows].argmax(axis=1)
    classes = [sorted({int(truth.label[row]), int(p)}) for row, p in zip(rows, predicted, strict=True)]
    row_classes = [(row, c) for row, of_row in zip(rows, classes, strict=True) for c in of_row]
    map_rows = np.array([row for row, _ in row_classes], np.int64)
    pixels, _ = images.batch(map_rows)
    maps = cam(model, name, pixels, np.array([c for _, c in row_classes], np.int64), method, layer)
    ids = truth.samples["sample_id"].to_numpy(object)
    folder = Path(run_id) / "cams" / f"{plan.position:02d}-{plan.stage}"
    (store.runs_root() / folder).mkdir(parents=True, exist_ok=True)
    suffix = "" if method == "gradcam" else f"-{method}"
    table = []
    for (row, c), one in zip(row_classes, maps, strict=True):
        path = folder / f"{ids[row]}-{c}{suffix}.png"
        Image.fromarray(np.round(one * 255).astype(np.uint8)).save(store.runs_root() / path)
        table.append((ids[row], truth.classes[c], method, layer_name, path.as_posix()))
    columns = ["sample_id", "class_name", "method", "layer", "path"]
    store.record_cams(run_id, plan.round, plan.stage, pd.DataFrame(table, columns=columns))
    return len(maps), int((maps.max(axis=(1, 2)) == 0).sum())
