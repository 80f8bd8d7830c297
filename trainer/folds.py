"""Out-of-fold predictions: each training sample judged by a quick model that never saw its patient.

A network that has memorised its training set fails on little of it; these predictions are honest.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from catalog.splits import folds
from trainer import models, optim
from trainer.batches import Plain, steps_per_epoch
from trainer.device import prepare, stepping
from trainer.errors import TrainerError
from trainer.images import Augment, Images
from trainer.loop import evaluate, train_one_epoch
from trainer.objectives import Objective
from trainer.recipe import Recipe
from trainer.truth import Truth


def out_of_fold(
    recipe: Recipe, truth: Truth, images: Images, objective: Objective, seed: int, after_step: Callable[[int], None]
) -> Tensor:
    """Train `miner.folds` quick models on training patients only, each without one fold, and let it judge that one.

    Args:
        seed: of the folds' draw, the models and their batches.
        after_step: called after every step with the samples it took; may raise Stopped.
    Returns:
        (n_train, C) float32 logits, in the order of `truth.rows("train")`.
    Raises:
        CatalogError: fewer training patients than folds.
    """
    rows = truth.rows("train")
    fold = folds(truth.samples.iloc[rows], recipe.miner.folds, seed).to_numpy()
    logits = torch.empty(len(rows), len(truth.classes))
    for number in range(recipe.miner.folds):
        inside = fold == number
        model = _quick_model(recipe, truth, images, objective, rows[~inside], seed + number, after_step)
        logits[torch.from_numpy(np.flatnonzero(inside))] = evaluate(model, rows[inside], images)
    return logits


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
    train: np.ndarray[tuple[int], np.dtype[np.int64]],
    seed: int,
    after_step: Callable[[int], None],
) -> torch.nn.Module:
    steps = steps_per_epoch(len(train), recipe.batch_size) * recipe.miner.fold_epochs
    torch.manual_seed(seed)
    model = models.build(
        recipe.model, len(truth.classes), weights=recipe.weights, image_size=recipe.image_size, steps=steps
    )
    forward = prepare(images.fabric, model)
    optimizer, schedule = optim.build(
        model, lr=recipe.full.lr * models.lr_scale(recipe.model), weight_decay=recipe.weight_decay, steps=steps
    )
    augment = Augment(seed) if recipe.augment else None
    batches = Plain(train, recipe.batch_size)
    stepped = stepping(images.fabric, optimizer)
    for epoch in range(recipe.miner.fold_epochs):
        rng = np.random.default_rng([seed, epoch])
        train_one_epoch(forward, batches.epoch(rng), images, objective, stepped, schedule, augment, after_step)
    return model
