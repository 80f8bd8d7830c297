"""Out-of-fold predictions: each training sample judged by a quick model that never saw its patient.

A network that has memorised its training set fails on little of it; these predictions are honest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from catalog.splits import folds
from trainer import models, optim
from trainer.batches import Plain, steps_per_epoch
from trainer.checkpoints import Progress
from trainer.device import prepare, stepping
from trainer.errors import TrainerError
from trainer.images import Augment, Images
from trainer.loop import EpochResult, Memory, evaluate, train_one_epoch
from trainer.objectives import Objective
from trainer.recipe import Recipe
from trainer.truth import Truth


@dataclass(frozen=True)
class Unseen:
    """Logits (n_train, C) float32 of the quick models, in the order of `truth.rows("train")`, and what they cost."""

    logits: Tensor
    trained: tuple[EpochResult, ...]

    def paid_by(self, stage: Progress) -> Progress:
        """The steps, samples and seconds of a stage and of its quick models together."""
        return replace(
            stage,
            steps=stage.steps + sum(epoch.steps for epoch in self.trained),
            samples=stage.samples + sum(epoch.samples for epoch in self.trained),
            seconds=stage.seconds + sum(epoch.seconds for epoch in self.trained),
        )


def out_of_fold(
    recipe: Recipe,
    truth: Truth,
    images: Images,
    objective: Objective,
    seed: int,
    after_step: Callable[[int], None],
    memory: Memory | None = None,
) -> Unseen:
    """Train `miner.folds` quick models on training patients only, each without one fold, and let it judge that one.

    All of them together take as many steps and samples as `curriculum.mining_epochs` epochs of the run.

    Args:
        seed: of the folds' draw, the models and their batches.
        after_step: called after every step with the samples it took; may raise Stopped.
    Raises:
        CatalogError: fewer training patients than folds.
    """
    rows, k = truth.rows("train"), recipe.miner.folds
    fold = folds(truth.samples.iloc[rows], k, seed).to_numpy()
    steps = np.array_split(np.arange((k - 1) * steps_per_epoch(len(rows), recipe.batch_size)), k)
    logits = torch.empty(len(rows), len(truth.classes))
    trained: list[EpochResult] = []
    for number in range(k):
        inside = fold == number
        batches = Plain(rows[~inside], recipe.batch_size, max(1, len(steps[number])))
        model, epochs = _quick_model(recipe, truth, images, objective, batches, seed + number, after_step, memory)
        logits[torch.from_numpy(np.flatnonzero(inside))] = evaluate(model, rows[inside], images)
        trained += epochs
    return Unseen(logits, tuple(trained))


def refuse_few_patients(recipe: Recipe, truth: Truth) -> None:
    """Raise TrainerError when the recipe mines out of fold and there are fewer training patients than folds."""
    if not recipe.mines or recipe.miner.predictions != "out_of_fold":
        return
    n_patients = truth.samples["patient"].iloc[truth.rows("train")].nunique()
    if n_patients < recipe.miner.folds:
        raise TrainerError(
            f"'miner.folds' is {recipe.miner.folds}, and there are {n_patients} training patients; set it to at most "
            "that, or miner.predictions to in_sample."
        )


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
    forward = prepare(images.fabric, model)
    optimizer, schedule = optim.build(
        model, lr=recipe.full.lr * models.lr_scale(recipe.model), weight_decay=recipe.weight_decay, steps=steps
    )
    augment = Augment(seed) if recipe.augment else None
    stepped = stepping(images.fabric, optimizer)
    trained = [
        train_one_epoch(
            forward, batches.epoch(np.random.default_rng([seed, epoch])), images, objective, stepped, schedule, augment,
            after_step, memory=memory, clip_norm=recipe.clip_norm,
        )
        for epoch in range(recipe.miner.fold_epochs)
    ]  # fmt: skip
    return model, trained
