"""Maps on demand: any samples of a run, at every stage that it has finished."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from lightning_fabric import Fabric
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


def explain_samples(
    run_id: str,
    sample_ids: list[str],
    stage: str | None = None,
    device: str | None = None,
    job_id: str | None = None,
    method: str = "gradcam",
    layer: str | None = None,
) -> tuple[int, str]:
    """Make and record maps; returns how many samples x stages were mapped, and by which layer of which resolution.

    Prints a sentence for each stage whose maps are all empty.

    Args:
        stage: only the stages of this kind; None = all that are finished.
        method: one of explain.METHODS.
        layer: dotted name of the layer to explain by; None = the recipe's, or else the last that still has a map.
    Raises:
        TrainerError: the run, the samples, the layer or a checkpoint are not there.
    """
    ready = open_run(run_id, stage, device)
    unknown = sorted(set(sample_ids) - set(ready.truth.samples["sample_id"]))
    if unknown:
        raise TrainerError(
            f"Dataset {ready.dataset.dataset_id} has no sample {unknown[0]}; take the id from the dashboard."
        )
    recipe, model = ready.recipe, ready.model
    layer = layer or recipe.layer
    seen_by = class_activation.described(model, recipe.model, recipe.image_size, layer)
    if job_id is not None:
        store.update_job(job_id, state="running", steps=len(ready.plans), step=0, message="Loading", **identity())
    images = ready.images()
    for done, plan in enumerate(ready.plans, start=1):
        ready.load(plan)
        outcome = recorder.outcome_from_store(run_id, plan, ready.truth)
        n_maps, n_empty = class_activation.record(
            run_id, recipe.model, model, plan, outcome, ready.truth, images, sample_ids, method, layer
        )
        if n_empty == n_maps:
            print(class_activation.all_empty(n_maps, seen_by, str(plan)), flush=True)
        if job_id is not None:
            store.update_job(job_id, step=done, message=f"Stage {plan}")
    return len(ready.plans) * len(sample_ids), seen_by


@dataclass(frozen=True)
class Ready:
    """A run whose finished stages can be looked into, one after the other, with one network."""

    run_id: str
    recipe: Recipe
    plans: list[curriculum.StagePlan]
    dataset: catalog.Dataset
    truth: Truth
    model: nn.Module
    fabric: Fabric

    @property
    def folder(self) -> Path:
        return store.runs_root() / self.run_id / "checkpoints"

    def load(self, plan: curriculum.StagePlan) -> None:
        """Put the weights that a stage handed on into the network; raises TrainerError when they are gone."""
        checkpoints.load_into(self.model, checkpoints.load_stage(self.folder, plan.position, plan.stage))

    def images(self) -> Images:
        """All pictures of the dataset, at the run's size."""
        targets = torch.from_numpy(self.truth.targets.astype(np.float32))
        return Images(self.dataset.images(self.recipe.image_size), targets, self.fabric)


def open_run(run_id: str, stage: str | None = None, device: str | None = None) -> Ready:
    """A run's finished stages (of this kind, if given), its dataset and its network, still without a stage's weights.

    The layer of the maps is probed with weights of the run itself: those that it began with where the seed gives them,
    else those of its newest stage, since a file or a download may be gone.

    Raises:
        TrainerError: there is no such run, it has not finished such a stage, or the stage's weights are gone.
        catalog.CatalogError: its dataset is gone or damaged.
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
    ready = Ready(run_id, recipe, plans, dataset, truth, model, fabric)
    if recipe.weights != "none":
        ready.load(plans[-1])
    return ready
