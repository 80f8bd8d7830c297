"""Predict each training sample by a quick model that was not trained on its patient.

A network that has memorised its training set makes few errors on it; out-of-fold predictions show what it would get
wrong in new patients.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from catalog.splits import folds
from recipes import Recipe
from trainer.batches import Plain, steps_per_epoch
from trainer.checkpoints import Progress, added
from trainer.errors import TrainerError
from trainer.images import Augment, Images
from trainer.labels import Truth
from trainer.loop import EpochResult, Memory, evaluate, train_one_epoch
from trainer.mixing import Mixup
from trainer.network import models, optimization
from trainer.network.devices import allows_fused, prepare, stepping
from trainer.network.finetuning import Freezer
from trainer.network.mirror import Mirrored
from trainer.network.objectives import Objective


@dataclass(frozen=True)
class OutOfFoldPredictions:
    """The predictions of the quick models, and the epochs that they were trained for.

    logits: (n_train, C) float32, in the order of `truth.rows("train")`; trained: one result per epoch of each model.
    """

    logits: Tensor
    trained: tuple[EpochResult, ...]

    def add_cost_to(self, stage: Progress) -> Progress:
        """Return a stage's progress with the steps, samples and seconds of the quick models added."""
        return replace(
            stage,
            steps=stage.steps + sum(epoch.steps for epoch in self.trained),
            samples=stage.samples + sum(epoch.samples for epoch in self.trained),
            samples_used=None
            if stage.samples_used is None
            else stage.samples_used + sum(epoch.samples_used for epoch in self.trained),
            seconds=stage.seconds + sum(epoch.seconds for epoch in self.trained),
            cpu_seconds=added(stage.cpu_seconds, sum(epoch.cpu_seconds for epoch in self.trained)),
        )


def predict_out_of_fold(
    recipe: Recipe,
    truth: Truth,
    images: Images,
    objective: Objective,
    seed: int,
    after_step: Callable[[int], None],
    memory: Memory | None = None,
) -> OutOfFoldPredictions:
    """Train one quick model per fold on the other folds, and predict the fold with it.

    Only training patients are used; `miner.folds` is the number of folds. All models together take as many steps and
    samples as `curriculum.mining_epochs` epochs of the run; fewer steps if one patient has nearly all samples, as a
    model without that patient then has too few for so many mini-batches.

    Args:
        seed: of the folds' draw, the models and their batches.
        after_step: called after every step with the number of its samples; may raise Stopped.
    Raises:
        CatalogError: fewer training patients than folds.
    """
    rows, k = truth.rows("train"), recipe.miner.folds
    fold = _folds(recipe, truth, seed)
    steps = np.array_split(np.arange((k - 1) * steps_per_epoch(len(rows), recipe.batch_size)), k)
    logits = torch.empty(len(rows), len(truth.classes))
    trained: list[EpochResult] = []
    for number in range(k):
        held_out = fold == number
        most_steps = int((~held_out).sum()) // _smallest_batch(images.fabric.world_size)
        batches = Plain(rows[~held_out], recipe.batch_size, max(1, min(len(steps[number]), most_steps)))
        model, epochs = _quick_model(recipe, truth, images, objective, batches, seed + number, after_step, memory)
        logits[torch.from_numpy(np.flatnonzero(held_out))] = evaluate(
            Mirrored.of(recipe, model), rows[held_out], images
        )
        trained += epochs
    return OutOfFoldPredictions(logits, tuple(trained))


def refuse_few_patients(recipe: Recipe, truth: Truth) -> None:
    """Raise TrainerError if mining out of fold has more folds than there are training patients."""
    if not recipe.mines or recipe.miner.predictions != "out_of_fold":
        return
    n_patients = truth.samples["patient"].iloc[truth.rows("train")].nunique()
    if n_patients < recipe.miner.folds:
        raise TrainerError(
            f"'miner.folds' is {recipe.miner.folds}, and there are {n_patients} training patients; set it to at most "
            "that, or miner.predictions to in_sample."
        )


def refuse_small_folds(recipe: Recipe, truth: Truth, seeds: Iterable[int], processes: int) -> None:
    """Raise TrainerError if a quick model would have too few samples for a single mini-batch.

    Args:
        seeds: those that `predict_out_of_fold` will be called with.
        processes: number that train together; each needs two samples of a mini-batch, for batch norm.
    """
    if not recipe.mines or recipe.miner.predictions != "out_of_fold":
        return
    needed = _smallest_batch(processes)
    if recipe.miner.folds - 1 >= needed:  # no fold is empty
        return
    for seed in seeds:
        fold = _folds(recipe, truth, seed)
        fewest = len(fold) - int(np.bincount(fold).max())
        if fewest < needed:
            raise TrainerError(
                f"'miner.predictions' is out_of_fold, and a quick model would be trained on {fewest} of {len(fold)} "
                f"samples, as most are of one patient; a mini-batch takes {needed}. Set it to in_sample, or add images "
                "of other patients."
            )


def _smallest_batch(processes: int) -> int:
    return 2 * processes


def _folds(recipe: Recipe, truth: Truth, seed: int) -> NDArray[np.int64]:
    """Return the fold of each training sample, (n_train,), ordered as `truth.rows("train")`."""
    fold_of = folds(truth.samples.iloc[truth.rows("train")], recipe.miner.folds, seed)
    return np.asarray(fold_of.to_numpy(np.int64))


def _quick_model(
    recipe: Recipe,
    truth: Truth,
    images: Images,
    objective: Objective,
    batches: Plain,
    seed: int,
    after_step: Callable[[int], None],
    memory: Memory | None,
) -> tuple[nn.Module, list[EpochResult]]:
    steps = (batches.steps or 1) * recipe.miner.fold_epochs
    torch.manual_seed(seed)
    model = models.build(
        recipe.model, len(truth.classes), weights=recipe.weights, image_size=recipe.image_size, steps=steps
    )
    freezer = Freezer(model, recipe.tuning)
    forward = prepare(images.fabric, model)
    optimizer, schedule = optimization.build(
        model, lr=recipe.full.lr * models.lr_scale(recipe.model), weight_decay=recipe.weight_decay, steps=steps,
        tuning=recipe.tuning, fused=allows_fused(images.fabric),
    )  # fmt: skip
    augment = Augment.of(recipe.augment, seed)
    stepped = stepping(images.fabric, optimizer)
    trained = [
        train_one_epoch(
            forward, batches.epoch(np.random.default_rng([seed, epoch])), images, objective, stepped, schedule, augment,
            after_step, memory=memory, clip_norm=recipe.clip_norm, mixup=Mixup.of(recipe, seed), freezer=freezer,
        )
        for epoch in range(recipe.miner.fold_epochs)
    ]  # fmt: skip
    return model, trained
