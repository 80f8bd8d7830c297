"""Where the model looks: Grad-CAM maps (Selvaraju et al. 2017) of chosen samples, through the library grad-cam."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from PIL import Image
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import Tensor, nn

import store
from trainer import mining
from trainer.curriculum import StagePlan
from trainer.errors import TrainerError
from trainer.images import Images, normalise
from trainer.mining import Mined
from trainer.recorder import StageOutcome
from trainer.truth import Truth

METHOD = "gradcam"
BATCH = 32
WATCHED_MINED, WATCHED_TEST = 24, 16


def grad_cam(model: nn.Module, name: str, pixels: Tensor, classes: NDArray[np.int64]) -> NDArray[np.float32]:
    """Maps of the class given for each image.

    Args:
        pixels: (B, 1 or 3, S, S) uint8.
        classes: (B,) int.
    Returns:
        (B, S, S) float32 in [0, 1]; each map is scaled to its own range, so heights compare within a map only.
    """
    layer = target_layer(model, name)
    model.eval()
    maps = []
    with GradCAM(model=model, target_layers=[layer], reshape_transform=_reshape(name)) as cam:
        for start in range(0, len(classes), BATCH):
            targets = [ClassifierOutputTarget(int(c)) for c in classes[start : start + BATCH]]
            maps.append(cam(input_tensor=normalise(pixels[start : start + BATCH]), targets=targets))
    scaled: NDArray[np.float32] = np.nan_to_num(np.concatenate(maps)).astype(np.float32)
    return scaled


def target_layer(model: nn.Module, name: str) -> nn.Module:
    """The last module that still has a map: before pooling and the head."""
    if name == "vit_b_16":
        block: Any = model.get_submodule("encoder.layers")
        layer: nn.Module = block[-1].ln_1
        return layer
    for part in ("layer4", "conv5", "inception5b", "trunk_output", "layers.13", "features"):
        try:
            layer = model.get_submodule(part)
        except AttributeError:
            continue
        return layer[-1] if isinstance(layer, nn.Sequential) and part != "trunk_output" else layer
    raise TrainerError(f"No layer to explain is known for {name}; choose another model.")


def layer_name(model: nn.Module, layer: nn.Module) -> str:
    """Dotted name of a layer within its model."""
    names: dict[nn.Module, str] = {module: name for name, module in model.named_modules()}
    return names[layer]


def worth_watching(outcome: StageOutcome, hard: Mined | None, truth: Truth) -> list[str]:
    """The sample_ids whose maps are made at every stage: the hardest mined ones and the worst test mistakes."""
    ids = truth.samples["sample_id"].to_numpy(object)
    rows = truth.rows("test")
    test = mining.TrainPredictions(
        rows, outcome.probs[rows], truth.targets[rows], outcome.losses[rows], outcome.thresholds
    )
    worst = rows[np.argsort(mining.margins(test).margin, kind="stable")][:WATCHED_TEST]
    mined = hard.index[:WATCHED_MINED] if hard is not None else np.empty(0, np.int64)
    return [str(i) for i in ids[np.concatenate([mined, worst])]]


def watched(run_id: str) -> list[str]:
    """The sample_ids that have maps already, after a resume."""
    return [str(i) for i in store.cams(run_id)["sample_id"].drop_duplicates()]


def record(
    run_id: str,
    name: str,
    model: nn.Module,
    plan: StagePlan,
    outcome: StageOutcome,
    truth: Truth,
    images: Images,
    sample_ids: Iterable[str],
) -> None:
    """Make and record the maps of these samples at one stage, for the true class and for the predicted one.

    PNG files first, then their rows: a row never names a file that is not there.
    """
    row_of = {sample_id: row for row, sample_id in enumerate(truth.samples["sample_id"])}
    rows = np.array([row_of[i] for i in sample_ids if i in row_of], np.int64)
    if not len(rows):
        return
    predicted = outcome.probs[rows].argmax(axis=1)
    wanted = [(row, c) for row, p in zip(rows, predicted, strict=True) for c in sorted({int(truth.label[row]), int(p)})]
    every = np.array([row for row, _ in wanted], np.int64)
    pixels, _ = images.batch(every)
    maps = grad_cam(model, name, pixels, np.array([c for _, c in wanted], np.int64))
    ids = truth.samples["sample_id"].to_numpy(object)
    folder = Path(run_id) / "cams" / f"{plan.position:02d}-{plan.stage}"
    (store.runs_root() / folder).mkdir(parents=True, exist_ok=True)
    layer = layer_name(model, target_layer(model, name))
    table = []
    for (row, c), cam in zip(wanted, maps, strict=True):
        path = folder / f"{ids[row]}-{c}.png"
        Image.fromarray(np.round(cam * 255).astype(np.uint8)).save(store.runs_root() / path)
        table.append((run_id, plan.round, plan.stage, ids[row], truth.classes[c], METHOD, layer, path.as_posix()))
    columns = ["run_id", "round", "stage", "sample_id", "class_name", "method", "layer", "path"]
    store.record_cams(pd.DataFrame(table, columns=columns))


def _reshape(name: str) -> Any:
    """Tokens to maps, for the two families that do not keep (B, C, H, W) maps."""
    if name == "vit_b_16":
        return lambda x: _square(x[:, 1:])
    if name == "swin_t":
        return lambda x: x.permute(0, 3, 1, 2)
    return None


def _square(tokens: Tensor) -> Tensor:
    batch, n, channels = tokens.shape
    side = int(n**0.5)
    return torch.reshape(tokens.transpose(1, 2), (batch, channels, side, side))
