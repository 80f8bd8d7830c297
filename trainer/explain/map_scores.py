"""Score a run's maps by localisation and faithfulness, and its network by use of shortcuts.

Every localisation score is compared with those of a centred Gaussian, of a random map and of the untrained network
(Adebayo et al. 2018): a method that does no better than these shows nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from pytorch_grad_cam.metrics.road import ROADCombined
from torch import Tensor

import store
from analysis.confidence_intervals import mean_intervals
from analysis.localisation import centred_gaussian, energy_inside, pointing_game, region
from analysis.metrics import decide
from analysis.spreadsheets import escape_formula
from trainer import checkpoints
from trainer.curriculum import StagePlan
from trainer.errors import TrainerError
from trainer.explain import class_activation, shortcut_probe
from trainer.explain.class_activation import Maps
from trainer.explain.on_demand import OpenedRun, open_run
from trainer.images import Images, normalise
from trainer.loop import evaluate
from trainer.network import models
from trainer.network.objectives import Objective
from trainer.progress import identity

Floats = NDArray[np.float64]
ROAD_SAMPLES = 12  # few, as the imputation of one picture solves a linear system for every percentile
ROAD_PERCENTILES = [20, 40, 60, 80]
LOCALISATION = (
    ("pointing game", pointing_game, "box"),
    ("energy inside box", energy_inside, "box"),
    ("energy on marks", energy_inside, "marks"),
)  # score, its function, and the region in which a map should lie, or should not
GAINS = ["gain", "gain_low", "gain_high", "n_telling"]
COLUMNS = ["score", "maps", "class_name", "value", "low", "high", "n", "n_groups", *GAINS]


def score_run(
    run_id: str,
    stage: str | None = None,
    device: str | None = None,
    method: str = "gradcam",
    layer: str | None = None,
    limit: int = 200,
    csv: str | None = None,
    every_stage: bool = False,
    job_id: str | None = None,
) -> pd.DataFrame:
    """Score the maps of the newest finished stage, or of every one, on test samples.

    The scores are recorded stage by stage, and printed. ROAD, which takes longest, is computed for the newest stage
    only.

    Args:
        stage: the kind of stage; None = any.
        limit: the number of test samples at most, drawn evenly over the split.
        csv: a file to write the scores to as well.
        every_stage: score every finished stage.
        job_id: row of the job queue to which progress is reported.
    Returns:
        round, stage and COLUMNS: pointing game and energies by map and class, ROAD by map, flip rates by class. Each is
        a mean with its 95 % interval over patients. Rows of a baseline also have the gain of the run's own maps over it
        on the same samples.
    Raises:
        TrainerError: the run, stage or layer does not exist, or the file cannot be written.
    """
    opened = open_run(run_id, stage, device)
    plans = opened.plans if every_stage else opened.plans[-1:]
    layer = layer or opened.recipe.layer
    layer_name = class_activation.describe_layer(opened.model, opened.recipe.model, opened.recipe.image_size, layer)
    if job_id is not None:
        store.update_job(job_id, state="running", steps=len(plans), step=0, message="Loading", **identity())
    scorer = _Scorer.prepare(opened, method, layer, limit)
    tables = []
    for done, plan in enumerate(plans, start=1):
        scores = scorer.score_stage(plan, road=done == len(plans))
        store.record_map_scores(run_id, plan.round, plan.stage, method, layer_name, scores)
        tables.append(scores.assign(round=plan.round, stage=plan.stage))
        printed = scores.assign(class_name=scores["class_name"].fillna("all"))
        print(f"Run {run_id}, stage {plan}, {len(scorer.rows)} test samples; {method} at {layer_name}.\n")
        print(printed.to_string(index=False, na_rep="", float_format="{:.3f}".format), flush=True)
        if job_id is not None:
            store.update_job(job_id, step=done, message=f"Stage {plan}")
    table = pd.concat(tables, ignore_index=True)[["round", "stage", *COLUMNS]]
    if csv is not None:
        try:
            table.assign(class_name=table["class_name"].fillna("all").map(escape_formula)).to_csv(csv, index=False)
        except OSError as error:
            raise TrainerError(f"The scores could not be written to {csv} ({error.strerror}).") from None
    return table


def regions(samples: pd.DataFrame, size: int) -> NDArray[np.bool_]:
    """Return masks of the boxes of each sample's own label, in the letterboxed picture.

    Args:
        samples: rows of a manifest; `boxes` as JSON, in pixels of the picture.
    Returns:
        (N, size, size) bool; all False for a sample without a box.
    """
    masks = np.zeros((len(samples), size, size), np.bool_)
    for number, sample in enumerate(samples.itertuples()):
        boxes = json.loads(sample.boxes) if isinstance(sample.boxes, str) else []
        own = [box for box in boxes if box["label"] == sample.label]
        masks[number] = region(own, sample.width, sample.height, size)
    return masks


@dataclass(frozen=True)
class _Scorer:
    """A run, the test samples that it is scored on, and their data shared by all stages.

    rows: (N,) of the manifest; pixels: (N, channels, S, S) uint8; classes: (N,) int; inside: masks of boxes and marks,
    (N, S, S) bool; baselines: the maps to compare with that do not depend on the stage.
    """

    opened: OpenedRun
    method: str
    layer: str | None
    rows: NDArray[np.int64]
    pixels: NDArray[np.uint8]
    classes: NDArray[np.int64]
    pairs: shortcut_probe.Pairs
    inside: dict[str, NDArray[np.bool_]]
    baselines: dict[str, Maps]

    @classmethod
    def prepare(cls, opened: OpenedRun, method: str, layer: str | None, limit: int) -> _Scorer:
        recipe, size = opened.recipe, opened.recipe.image_size
        rows = _spread(opened.truth.rows("test"), limit)
        pixels = np.ascontiguousarray(opened.dataset.images(size)[rows])
        classes = opened.truth.label[rows]
        pairs = shortcut_probe.pairs(opened.dataset, opened.truth.samples.iloc[rows], size, recipe.seed)
        boxes = regions(opened.dataset.samples.iloc[rows], size)  # by the dataset's own labels, whatever the scheme
        torch.manual_seed(recipe.seed)
        untrained = models.build(recipe.model, len(opened.truth.classes), image_size=size).to(opened.fabric.device)
        baselines = {
            "centred Gaussian": np.repeat(centred_gaussian(size, size)[None], len(rows), axis=0).astype(np.float32),
            "untrained network": class_activation.cam(
                untrained, recipe.model, _tensors(opened, pixels), classes, method, layer
            ),
        }
        inside = {"box": boxes, "marks": pairs.marks}
        return cls(opened, method, layer, rows, pixels, classes, pairs, inside, baselines)

    def score_stage(self, plan: StagePlan, road: bool) -> pd.DataFrame:
        """Compute the scores of one stage."""
        self.opened.load(plan)
        maps = self._maps()
        parts = [self._localisation(maps), self._shortcuts(plan)]
        if road:
            road_rows = _spread(np.arange(len(self.rows)), ROAD_SAMPLES)
            road_maps = {name: of_map[road_rows] for name, of_map in maps.items()}
            removed = _road(self.opened, self.pixels[road_rows], self.classes[road_rows], road_maps)
            parts.insert(1, self._rows("ROAD", removed, road_rows))
        return pd.concat(parts, ignore_index=True)

    def _maps(self) -> dict[str, Maps]:
        """Make maps of the true class by the method, and the baselines."""
        model, recipe = self.opened.model, self.opened.recipe
        tensors = _tensors(self.opened, self.pixels)
        return {
            self.method: class_activation.cam(model, recipe.model, tensors, self.classes, self.method, self.layer),
            "random map": class_activation.random_cam(model, recipe.model, tensors, self.layer, recipe.seed),
            **self.baselines,
        }

    def _localisation(self, maps: dict[str, Maps]) -> pd.DataFrame:
        return pd.concat(
            [
                self._rows(score, {name: function(map_, self.inside[region_name]) for name, map_ in maps.items()})
                for score, function, region_name in LOCALISATION
            ]
        )

    def _shortcuts(self, plan: StagePlan) -> pd.DataFrame:
        opened, objective = self.opened, Objective(self.opened.recipe.objective)
        facts = checkpoints.stage_facts(opened.folder, plan.position, plan.stage)

        def decisions(pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
            images = Images(pixels, torch.zeros(len(pixels), len(opened.truth.classes)), opened.fabric)
            logits = evaluate(opened.model, np.arange(len(pixels)), images)
            return decide(objective.probs(logits).double().numpy(), opened.recipe.objective, facts.thresholds)

        flipped = shortcut_probe.flips(self.pairs, decisions).astype(np.float64)
        changes = [change for change in shortcut_probe.CHANGES if (self.pairs.change == change).any()]
        return pd.concat(
            self._rows(f"flips, marks {change}", {"": np.where(self.pairs.change == change, flipped, np.nan)})
            for change in changes
        )

    def _rows(self, score: str, values: dict[str, Floats], chosen: NDArray[np.int64] | None = None) -> pd.DataFrame:
        """Return rows of COLUMNS per map: one for all samples, then one per class with the score.

        Args:
            values: (N,) of each map, NaN = undefined; those of the run's own maps first.
            chosen: (N,) the samples that the values are of, without rows of single classes; None = all samples.
        """
        samples = self.opened.truth.samples.iloc[self.rows if chosen is None else self.rows[chosen]]
        labels, names = samples["label"].to_numpy(), [None, *(self.opened.truth.classes if chosen is None else ())]
        of_class = np.stack([np.ones(len(labels), bool) if name is None else labels == name for name in names], axis=1)
        scores = np.stack(list(values.values()), axis=1)[:, :, None]
        means, gains = (
            mean_intervals(
                np.where(of_class[:, None, :], part, np.nan).reshape(len(labels), -1),
                samples["patient"].to_numpy(),
                shares=part is scores and score != "ROAD",
            )
            for part in (scores, scores[:, :1] - scores)  # over samples with both maps: a paired interval
        )
        table = means.assign(
            score=score,
            maps=np.repeat(list(values), len(names)),
            class_name=pd.Series(names * len(values), dtype=object),
            gain=gains["value"], gain_low=gains["low"], gain_high=gains["high"],
            n_telling=gains["n_telling"].astype("Int64"),
        )  # fmt: skip
        table.loc[table["maps"] == next(iter(values)), GAINS] = np.nan
        return table.loc[table["class_name"].isna() | (table["n"] > 0), COLUMNS]


def _spread(rows: NDArray[np.int64], limit: int) -> NDArray[np.int64]:
    return rows[np.unique(np.linspace(0, len(rows) - 1, min(limit, len(rows))).round().astype(np.int64))]


def _tensors(opened: OpenedRun, pixels: NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(pixels).to(opened.fabric.device)


def _road(
    opened: OpenedRun, pixels: NDArray[np.uint8], classes: NDArray[np.int64], maps: dict[str, Maps]
) -> dict[str, Floats]:
    """Compute ROAD: how faithful maps are to the network.

    It is how much more the probability falls when the pixels that a map ranks highest are removed than when those that
    it ranks lowest are.
    """
    objective = Objective(opened.recipe.objective)

    def class_probability(c: int) -> Callable[[Tensor], Tensor]:
        return lambda logits: objective.probs(logits[None])[0, c]

    inputs, targets = normalise(_tensors(opened, pixels)), [class_probability(int(c)) for c in classes]
    opened.model.eval()
    measure = ROADCombined(percentiles=ROAD_PERCENTILES)
    return {name: np.asarray(measure(inputs, map_, targets, opened.model), np.float64) for name, map_ in maps.items()}
