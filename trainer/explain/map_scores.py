"""What a run's maps are worth: do they point at the thing, are they faithful, and does the network take shortcuts.

Every localisation score stands beside those of a centred Gaussian, of a random map and of the untrained network
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
from trainer.explain.on_demand import Ready, open_run
from trainer.images import Images, normalise
from trainer.loop import evaluate
from trainer.network import models
from trainer.network.objectives import Objective
from trainer.progress import identity

Floats = NDArray[np.float64]
ROAD_SAMPLES = 12  # the imputation of one picture solves a linear system for every percentile
ROAD_PERCENTILES = [20, 40, 60, 80]
LOCALISATION = (
    ("pointing game", pointing_game, "box"),
    ("energy inside box", energy_inside, "box"),
    ("energy on marks", energy_inside, "marks"),
)  # of each score its function, and in what a map should lie, or should not
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
    """Score the newest finished stage (of this kind, if given), or every one, on test samples; record and print it.

    Each stage is recorded when it is scored. ROAD, which takes longer than all else, is of the newest stage alone.

    Args:
        limit: how many test samples at most, drawn evenly over the split.
        csv: where to write the scores too.
        every_stage: score every finished stage.
        job_id: row of the queue that is told of the progress.
    Returns:
        round, stage and COLUMNS: pointing game and energies by map and class, ROAD by map, flip rates by class. Each
        mean with its 95 % interval over patients; on the rows of a baseline also what the run's own maps score more
        than it on the same samples.
    Raises:
        TrainerError: there is no such run, stage or layer, or the file cannot be written.
    """
    ready = open_run(run_id, stage, device)
    plans = ready.plans if every_stage else ready.plans[-1:]
    layer = layer or ready.recipe.layer
    seen_by = class_activation.described(ready.model, ready.recipe.model, ready.recipe.image_size, layer)
    if job_id is not None:
        store.update_job(job_id, state="running", steps=len(plans), step=0, message="Loading", **identity())
    scorer = _Scorer.of(ready, method, layer, limit)
    found = []
    for done, plan in enumerate(plans, start=1):
        scores = scorer.at(plan, road=done == len(plans))
        store.record_map_scores(run_id, plan.round, plan.stage, method, seen_by, scores)
        found.append(scores.assign(round=plan.round, stage=plan.stage))
        shown = scores.assign(class_name=scores["class_name"].fillna("all"))
        print(f"Run {run_id}, stage {plan}, {len(scorer.rows)} test samples; {method} at {seen_by}.\n")
        print(shown.to_string(index=False, na_rep="", float_format="{:.3f}".format), flush=True)
        if job_id is not None:
            store.update_job(job_id, step=done, message=f"Stage {plan}")
    table = pd.concat(found, ignore_index=True)[["round", "stage", *COLUMNS]]
    if csv is not None:
        try:
            table.assign(class_name=table["class_name"].fillna("all").map(escape_formula)).to_csv(csv, index=False)
        except OSError as error:
            raise TrainerError(f"The scores could not be written to {csv} ({error.strerror}).") from None
    return table


def regions(samples: pd.DataFrame, size: int) -> NDArray[np.bool_]:
    """(N, size, size) bool: inside a box of the sample's own label, in the letterboxed picture; nowhere without one.

    Args:
        samples: rows of a manifest; `boxes` as JSON, in pixels of the picture.
    """
    found = np.zeros((len(samples), size, size), np.bool_)
    for number, sample in enumerate(samples.itertuples()):
        boxes = json.loads(sample.boxes) if isinstance(sample.boxes, str) else []
        own = [box for box in boxes if box["label"] == sample.label]
        found[number] = region(own, sample.width, sample.height, size)
    return found


@dataclass(frozen=True)
class _Scorer:
    """A run, the test samples it is scored on, and what is the same of them at every stage.

    rows: (N,) of the manifest; pixels: (N, channels, S, S) uint8; classes: (N,) int; inside: boxes and marks by score,
    (N, S, S) bool; still: the maps to beat that no stage changes.
    """

    ready: Ready
    method: str
    layer: str | None
    rows: NDArray[np.int64]
    pixels: NDArray[np.uint8]
    classes: NDArray[np.int64]
    pairs: shortcut_probe.Pairs
    inside: dict[str, NDArray[np.bool_]]
    still: dict[str, Maps]

    @classmethod
    def of(cls, ready: Ready, method: str, layer: str | None, limit: int) -> _Scorer:
        recipe, size = ready.recipe, ready.recipe.image_size
        rows = _spread(ready.truth.rows("test"), limit)
        pixels = np.ascontiguousarray(ready.dataset.images(size)[rows])
        classes = ready.truth.label[rows]
        pairs = shortcut_probe.pairs(ready.dataset, ready.truth.samples.iloc[rows], size, recipe.seed)
        boxes = regions(ready.dataset.samples.iloc[rows], size)  # by the dataset's own labels, whatever the scheme
        torch.manual_seed(recipe.seed)
        untrained = models.build(recipe.model, len(ready.truth.classes), image_size=size).to(ready.fabric.device)
        still = {
            "centred Gaussian": np.repeat(centred_gaussian(size, size)[None], len(rows), axis=0).astype(np.float32),
            "untrained network": class_activation.cam(
                untrained, recipe.model, _tensors(ready, pixels), classes, method, layer
            ),
        }
        inside = {"box": boxes, "marks": pairs.marks}
        return cls(ready, method, layer, rows, pixels, classes, pairs, inside, still)

    def at(self, plan: StagePlan, road: bool) -> pd.DataFrame:
        """The scores of one stage."""
        self.ready.load(plan)
        maps = self._maps()
        parts = [self._localisation(maps), self._shortcuts(plan)]
        if road:
            some = _spread(np.arange(len(self.rows)), ROAD_SAMPLES)
            removed = _road(self.ready, self.pixels[some], self.classes[some], {k: v[some] for k, v in maps.items()})
            parts.insert(1, self._rows("ROAD", removed, some))
        return pd.concat(parts, ignore_index=True)

    def _maps(self) -> dict[str, Maps]:
        """Maps of the true class by the method, and those that it has to beat."""
        model, recipe = self.ready.model, self.ready.recipe
        tensors = _tensors(self.ready, self.pixels)
        return {
            self.method: class_activation.cam(model, recipe.model, tensors, self.classes, self.method, self.layer),
            "random map": class_activation.random_cam(model, recipe.model, tensors, self.layer, recipe.seed),
            **self.still,
        }

    def _localisation(self, maps: dict[str, Maps]) -> pd.DataFrame:
        return pd.concat(
            [
                self._rows(score, {name: function(found, self.inside[where]) for name, found in maps.items()})
                for score, function, where in LOCALISATION
            ]
        )

    def _shortcuts(self, plan: StagePlan) -> pd.DataFrame:
        ready, objective = self.ready, Objective(self.ready.recipe.objective)
        facts = checkpoints.stage_facts(ready.folder, plan.position, plan.stage)

        def decisions(pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
            images = Images(pixels, torch.zeros(len(pixels), len(ready.truth.classes)), ready.fabric)
            logits = evaluate(ready.model, np.arange(len(pixels)), images)
            return decide(objective.probs(logits).double().numpy(), ready.recipe.objective, facts.thresholds)

        flipped = shortcut_probe.flips(self.pairs, decisions).astype(np.float64)
        changes = [change for change in shortcut_probe.CHANGES if (self.pairs.change == change).any()]
        return pd.concat(
            self._rows(f"flips, marks {change}", {"": np.where(self.pairs.change == change, flipped, np.nan)})
            for change in changes
        )

    def _rows(self, score: str, values: dict[str, Floats], chosen: NDArray[np.int64] | None = None) -> pd.DataFrame:
        """Rows of COLUMNS: of every map all samples, then each class that has the score.

        Args:
            values: (N,) of each map, NaN = undefined; those of the run's own maps first.
            chosen: (N,) which of the samples they are of, all classes together; all samples, class by class, if None.
        """
        samples = self.ready.truth.samples.iloc[self.rows if chosen is None else self.rows[chosen]]
        labels, names = samples["label"].to_numpy(), [None, *(self.ready.truth.classes if chosen is None else ())]
        of_class = np.stack([np.ones(len(labels), bool) if name is None else labels == name for name in names], axis=1)
        told = np.stack(list(values.values()), axis=1)[:, :, None]
        means, gains = (
            mean_intervals(
                np.where(of_class[:, None, :], part, np.nan).reshape(len(labels), -1),
                samples["patient"].to_numpy(),
                shares=part is told and score != "ROAD",
            )
            for part in (told, told[:, :1] - told)  # by samples that both maps have, so the interval is a paired one
        )
        found = means.assign(
            score=score,
            maps=np.repeat(list(values), len(names)),
            class_name=pd.Series(names * len(values), dtype=object),
            gain=gains["value"], gain_low=gains["low"], gain_high=gains["high"],
            n_telling=gains["n_telling"].astype("Int64"),
        )  # fmt: skip
        found.loc[found["maps"] == next(iter(values)), GAINS] = np.nan
        return found.loc[found["class_name"].isna() | (found["n"] > 0), COLUMNS]


def _spread(rows: NDArray[np.int64], limit: int) -> NDArray[np.int64]:
    return rows[np.unique(np.linspace(0, len(rows) - 1, min(limit, len(rows))).round().astype(np.int64))]


def _tensors(ready: Ready, pixels: NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(pixels).to(ready.fabric.device)


def _road(
    ready: Ready, pixels: NDArray[np.uint8], classes: NDArray[np.int64], maps: dict[str, Maps]
) -> dict[str, Floats]:
    """How much more the probability falls when what a map says matters most is taken away, than what matters least."""
    objective = Objective(ready.recipe.objective)

    def of(c: int) -> Callable[[Tensor], Tensor]:
        return lambda logits: objective.probs(logits[None])[0, c]

    inputs, targets = normalise(_tensors(ready, pixels)), [of(int(c)) for c in classes]
    ready.model.eval()
    measure = ROADCombined(percentiles=ROAD_PERCENTILES)
    return {name: np.asarray(measure(inputs, found, targets, ready.model), np.float64) for name, found in maps.items()}
