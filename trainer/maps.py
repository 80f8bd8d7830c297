"""Grad-CAM maps on demand: any samples of a run, at every stage that it has finished."""

from __future__ import annotations

import numpy as np
import torch

import catalog
import store
from trainer import checkpoints, curriculum, explain, models, recorder
from trainer.device import choose_device
from trainer.errors import TrainerError
from trainer.images import Images
from trainer.pulse import identity
from trainer.run import recipe_of
from trainer.truth import Truth, truth_of


def explain_samples(
    run_id: str, sample_ids: list[str], stage: str | None = None, device: str | None = None, job_id: str | None = None
) -> int:
    """Make and record maps; returns how many samples x stages were mapped.

    Raises:
        TrainerError: the run, the samples or a checkpoint are not there.
    """
    recipe = recipe_of(run_id)
    finished = {(int(s.round), str(s.stage)) for s in store.stages(run_id).itertuples()}
    plans = [p for p in curriculum.plan(recipe) if (p.round, p.stage) in finished and stage in (None, p.stage)]
    if not plans:
        raise TrainerError(f"Run {run_id} has no finished stage to explain{f' named {stage}' if stage else ''} yet.")
    dataset = catalog.open_dataset(recipe.dataset)
    truth = truth_of(dataset, recipe.objective, recipe.label_scheme)
    unknown = sorted(set(sample_ids) - set(truth.samples["sample_id"]))
    if unknown:
        raise TrainerError(f"Dataset {dataset.dataset_id} has no sample {unknown[0]}; take the id from the dashboard.")
    if job_id is not None:
        store.update_job(job_id, state="running", steps=len(plans), step=0, message="Loading", **identity())
    target = choose_device(device)
    model = models.build(recipe.model, len(truth.classes), image_size=recipe.image_size).to(target)
    images = Images(dataset.images(recipe.image_size), torch.from_numpy(truth.targets.astype(np.float32)), target)
    for done, plan in enumerate(plans, start=1):
        folder = store.runs_root() / run_id / "checkpoints"
        checkpoints.load_into(model, checkpoints.load_stage(folder, plan.position, plan.stage))
        outcome = _outcome(run_id, plan, truth)
        explain.record(run_id, recipe.model, model, plan, outcome, truth, images, sample_ids)
        if job_id is not None:
            store.update_job(job_id, step=done, message=f"Stage {plan}")
    return len(plans) * len(sample_ids)


def _outcome(run_id: str, plan: curriculum.StagePlan, truth: Truth) -> recorder.StageOutcome:
    """What the stage said of every sample, as it was recorded."""
    frame = store.predictions(run_id, plan.round, plan.stage).set_index("sample_id").loc[truth.samples["sample_id"]]
    return recorder.StageOutcome(
        probs=np.stack(frame["probs"].to_list()).astype(np.float64),
        losses=frame["loss"].to_numpy(np.float64),
        thresholds=None,
        correct=frame["correct"].to_numpy(np.bool_),
    )
