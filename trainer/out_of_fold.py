"""Out-of-fold predictions: each training sample judged by a quick model that never saw its patient.

A network that has memorised its training set fails on little of it; these predictions are honest.
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
from trainer.network import models, optimization
from trainer.network.devices import prepare, stepping
from trainer.network.objectives import Objective


@dataclass(frozen=True)
class Unseen:
    """Logits (n_train, C) float32 of the quick models, in the order of `truth.rows("train")`, and what they cost."""

    logits: Tensor
    trained: tuple[EpochResult, ...]

    def paid_by(self, stage: Progress) -> Progress:
        """The steps, samples, seconds and processor seconds of a stage and of its quick models together."""
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

    All of them together take as many steps and samples as `curriculum.mining_epochs` epochs of the run; fewer steps
    where one patient has nearly all samples, as then a model without that patient has too few for so many mini-batches.

    Args:
        seed: of the folds' draw, the models and their batches.
        after_step: called after every step with the samples it took; may raise Stopped.
    Raises:
        CatalogError: fewer training patients than folds.
    """
    rows, k = truth.rows("train"), recipe.miner.folds
    fold = _folds(recipe, truth, seed)
    steps = np.array_split(np.arange((k - 1) * steps_per_epoch(len(rows), recipe.batch_size)), k)
    logits = torch.empty(len(rows), len(truth.classes))
    trained: list[EpochResult] = []
    for number in range(k):
        inside = fold == number
        most = int((~inside).sum()) // _smallest_batch(images.fabric.world_size)
        batches = Plain(rows[~inside], recipe.batch_size, max(1, min(len(steps[number]), most)))
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


def refuse_small_folds(recipe: Recipe, truth: Truth, seeds: Iterable[int], processes: int) -> None:
    """Raise TrainerError when a quick model would have too few samples to train on for a single mini-batch.

    Args:
        seeds: those that `out_of_fold` will be called with.
        processes: that train together; each needs two samples of a mini-batch, for batch norm.
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
    """Return the fold of each training sample, (n_train,), in the order of `truth.rows("train")`."""
    found: NDArray[np.int64] = folds(truth.samples.iloc[truth.rows("train")], recipe.miner.folds, seed).to_numpy(
        np.int64
    )
    return found


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
    optimizer, schedule = optimization.build(
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
