"""What a run's maps are worth: do they point at the thing, are they faithful, and does the network take shortcuts.

Every localisation score stands beside those of a centred Gaussian, of a random map and of the untrained network
(Adebayo et al. 2018): a method that does no better than these shows nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from pytorch_grad_cam.metrics.road import ROADCombined
from torch import Tensor

from analysis.localisation import centred_gaussian, energy_inside, pointing_game
from analysis.metrics import decide
from trainer import checkpoints, explain, models, probe
from trainer.errors import TrainerError
from trainer.explain import Maps
from trainer.images import Images, normalise
from trainer.loop import evaluate
from trainer.maps import Ready, open_run
from trainer.objectives import Objective

ROAD_SAMPLES = 12  # the imputation of one picture solves a linear system for every percentile
ROAD_PERCENTILES = [20, 40, 60, 80]


def score_run(
    run_id: str,
    stage: str | None = None,
    device: str | None = None,
    method: str = "gradcam",
    layer: str | None = None,
    limit: int = 200,
    csv: str | None = None,
) -> pd.DataFrame:
    """Score the newest finished stage (of this kind, if given) on test samples, and print the tables.

    Args:
        limit: how many test samples at most, drawn evenly over the split.
        csv: where to write the scores too.
    Returns:
        score, maps, class_name, value, n: pointing_game and energy_inside by map, road by map, flip rates by class.
    Raises:
        TrainerError: there is no such run, stage or layer, or the file cannot be written.
    """
    ready = open_run(run_id, stage, device)
    plan = ready.plans[-1]
    ready.load(plan)
    seen_by = explain.described(ready.model, ready.recipe.model, ready.recipe.image_size, layer)
    rows = _spread(ready.truth.rows("test"), limit)
    pixels = np.ascontiguousarray(ready.dataset.images(ready.recipe.image_size)[rows])
    classes = ready.truth.label[rows]
    maps = _rivals(ready, pixels, classes, method, layer)
    scores = pd.concat(
        [_localisation(ready, rows, maps), _road(ready, pixels, classes, maps), _shortcuts(ready, rows)]
    ).reset_index(drop=True)
    print(f"Run {run_id}, stage {plan}, {len(rows)} test samples; {method} at {seen_by}.\n")
    print(scores.to_string(index=False, na_rep="", float_format="{:.3f}".format))
    if csv is not None:
        try:
            scores.to_csv(csv, index=False)
        except OSError as error:
            raise TrainerError(f"The scores could not be written to {csv} ({error.strerror}).") from None
    return scores


def regions(samples: pd.DataFrame, size: int) -> NDArray[np.bool_]:
    """(N, size, size) bool: inside a box of the sample's own label, in the letterboxed picture; nowhere without one.

    Args:
        samples: rows of a manifest; `boxes` as JSON, in pixels of the picture.
    """
    found = np.zeros((len(samples), size, size), np.bool_)
    for region, sample in zip(found, samples.itertuples(), strict=True):
        scale = size / max(sample.width, sample.height)
        top, left = (size - round(sample.height * scale)) // 2, (size - round(sample.width * scale)) // 2
        for box in json.loads(sample.boxes) if isinstance(sample.boxes, str) else []:
            if box["label"] == sample.label:
                x, y = left + box["x"] * scale, top + box["y"] * scale
                down = slice(int(y), int(np.ceil(y + box["h"] * scale)))
                right = slice(int(x), int(np.ceil(x + box["w"] * scale)))
                region[down, right] = True
    return found


def _spread(rows: NDArray[np.int64], limit: int) -> NDArray[np.int64]:
    return rows[np.unique(np.linspace(0, len(rows) - 1, min(limit, len(rows))).round().astype(np.int64))]


def _rivals(
    ready: Ready, pixels: NDArray[np.uint8], classes: NDArray[np.int64], method: str, layer: str | None
) -> dict[str, Maps]:
    """Maps of the true class by the method, and those that it has to beat."""
    recipe, size, n = ready.recipe, pixels.shape[-1], len(classes)
    tensors = torch.from_numpy(pixels).to(ready.fabric.device)
    torch.manual_seed(recipe.seed)
    untrained = models.build(recipe.model, len(ready.truth.classes), image_size=recipe.image_size)
    untrained.to(ready.fabric.device)
    return {
        method: explain.cam(ready.model, recipe.model, tensors, classes, method, layer),
        "centred Gaussian": np.repeat(centred_gaussian(size, size)[None], n, axis=0).astype(np.float32),
        "random map": explain.random_cam(ready.model, recipe.model, tensors, layer, recipe.seed),
        "untrained network": explain.cam(untrained, recipe.model, tensors, classes, method, layer),
    }


def _localisation(ready: Ready, rows: NDArray[np.int64], maps: dict[str, Maps]) -> pd.DataFrame:
    samples = ready.dataset.samples.iloc[rows]  # boxes go by the dataset's own labels, whatever the label scheme
    inside = regions(samples, ready.recipe.image_size)
    table = []
    for score, function in (("pointing game", pointing_game), ("energy inside box", energy_inside)):
        for name, found in maps.items():
            values = function(found, inside)
            defined = values[~np.isnan(values)]
            table.append((score, name, "all", defined.mean() if len(defined) else np.nan, len(defined)))
    return _table(table)


def _road(ready: Ready, pixels: NDArray[np.uint8], classes: NDArray[np.int64], maps: dict[str, Maps]) -> pd.DataFrame:
    """How much more the probability falls when what a map says matters most is taken away, than what matters least."""
    chosen = _spread(np.arange(len(classes)), ROAD_SAMPLES)
    objective = Objective(ready.recipe.objective)

    def of(c: int) -> Callable[[Tensor], Tensor]:
        return lambda logits: objective.probs(logits[None])[0, c]

    inputs = normalise(torch.from_numpy(pixels[chosen]).to(ready.fabric.device))
    targets = [of(int(c)) for c in classes[chosen]]
    ready.model.eval()
    measure = ROADCombined(percentiles=ROAD_PERCENTILES)
    values = {name: measure(inputs, found[chosen], targets, ready.model) for name, found in maps.items()}
    return _table([("ROAD", name, "all", float(value.mean()), len(chosen)) for name, value in values.items()])


def _shortcuts(ready: Ready, rows: NDArray[np.int64]) -> pd.DataFrame:
    objective = Objective(ready.recipe.objective)
    plan = ready.plans[-1]
    facts = checkpoints.stage_facts(ready.folder, plan.position, plan.stage)

    def decisions(pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
        images = Images(pixels, torch.zeros(len(pixels), len(ready.truth.classes)), ready.fabric)
        logits = evaluate(ready.model, np.arange(len(pixels)), images)
        return decide(objective.probs(logits).double().numpy(), ready.recipe.objective, facts.thresholds)

    samples, recipe = ready.truth.samples.iloc[rows], ready.recipe
    found = probe.flips(ready.dataset, samples, recipe.image_size, decisions, recipe.seed)
    return _table([(f"flips, marks {r.change}", "", r.class_name, r.flip_rate, r.n) for r in found.itertuples()])


def _table(rows: list[tuple[str, str, str, float, int]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["score", "maps", "class_name", "value", "n"])
