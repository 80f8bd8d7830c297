"""Make maps on demand: of any samples of a run, at every finished stage."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

import catalog
import store
from recipes import Recipe
from trainer import checkpoints, curriculum, recorder
from trainer.errors import TrainerError
from trainer.explain import class_activation
from trainer.images import Images
from trainer.labels import Truth, truth_of
from trainer.network import models
from trainer.network.devices import open_fabric
from trainer.progress import identity
from trainer.recorder import recipe_of

if TYPE_CHECKING:
    from lightning_fabric import Fabric


def explain_samples(
    run_id: str,
    sample_ids: list[str],
    stage: str | None = None,
    device: str | None = None,
    job_id: str | None = None,
    method: str = "gradcam",
    layer: str | None = None,
) -> tuple[int, str]:
    """Make and record maps of samples; print a sentence for each stage whose maps are all empty.

    Args:
        stage: only the stages of this kind; None = all finished stages.
        method: one of `class_activation.METHODS`.
        layer: dotted name of the layer to make maps at; None = the recipe's, or else the last one that gives a map.
    Returns:
        The number of samples times stages, and the layer's name with its resolution.
    Raises:
        TrainerError: the run, a sample, the layer or a checkpoint is missing.
    """
    opened = open_run(run_id, stage, device)
    unknown = sorted(set(sample_ids) - set(opened.truth.samples["sample_id"]))
    if unknown:
        raise TrainerError(
            f"Dataset {opened.dataset.dataset_id} has no sample {unknown[0]}; take the id from the dashboard."
        )
    recipe, model = opened.recipe, opened.model
    layer = layer or recipe.layer
    layer_name = class_activation.describe_layer(model, recipe.model, recipe.image_size, layer)
    if job_id is not None:
        store.update_job(job_id, state="running", steps=len(opened.plans), step=0, message="Loading", **identity())
    images = opened.images()
    for done, plan in enumerate(opened.plans, start=1):
        opened.load(plan)
        outcome = recorder.outcome_from_store(run_id, plan, opened.truth)
        n_maps, n_empty = class_activation.record(
            run_id, recipe.model, model, plan, outcome, opened.truth, images, sample_ids, method, layer
        )
        if n_empty == n_maps:
            print(class_activation.empty_maps_warning(n_maps, layer_name, str(plan)), flush=True)
        if job_id is not None:
            store.update_job(job_id, step=done, message=f"Stage {plan}")
    return len(opened.plans) * len(sample_ids), layer_name


@dataclass(frozen=True)
class OpenedRun:
    """A run whose finished stages can be explained, one after the other, with one network."""

    run_id: str
    recipe: Recipe
    plans: list[curriculum.StagePlan]
    dataset: catalog.Dataset
    truth: Truth
    model: nn.Module
    fabric: Fabric

    @property
    def folder(self) -> Path:
        """Return the folder of the run's checkpoints."""
        return store.runs_root() / self.run_id / "checkpoints"

    def load(self, plan: curriculum.StagePlan) -> None:
        """Load the final weights of a stage; raises TrainerError if they are missing."""
        checkpoints.load_into(self.model, checkpoints.load_stage(self.folder, plan.position, plan.stage))

    def images(self) -> Images:
        """Return all pictures of the dataset, at the run's size."""
        targets = torch.from_numpy(self.truth.targets.astype(np.float32))
        return Images(self.dataset.images(self.recipe.image_size), targets, self.fabric)


def open_run(run_id: str, stage: str | None = None, device: str | None = None) -> OpenedRun:
    """Open a run's finished stages (of one kind, if given), its dataset and its network.

    `load` then loads a stage's weights. Until then the network, whose map layer is verified, has the run's initial
    weights if the seed determines them, else those of the newest stage, since a file or a download may be missing.

    Raises:
        TrainerError: the run does not exist or has not finished such a stage, or the stage's weights are missing.
        catalog.CatalogError: its dataset is missing or damaged.
    """
    recipe = recipe_of(run_id)
    finished = {(int(s.round), str(s.stage)) for s in store.stages(run_id).itertuples()}
    plans = [p for p in curriculum.plan(recipe) if (p.round, p.stage) in finished and stage in (None, p.stage)]
    if not plans:
        raise TrainerError(f"Run {run_id} has no finished stage to explain{f' named {stage}' if stage else ''} yet.")
    dataset = catalog.open_dataset(recipe.dataset)
    truth = truth_of(dataset, recipe.objective, recipe.label_scheme)
    fabric = open_fabric(device)
    torch.manual_seed(recipe.seed)
    model = models.build(recipe.model, len(truth.classes), image_size=recipe.image_size).to(fabric.device)
    opened = OpenedRun(run_id, recipe, plans, dataset, truth, model, fabric)
    if recipe.weights != "none":
        opened.load(plans[-1])
    return opened
