"""Find a learning rate: raise it while training, and see where the loss falls and turns.

Example: `python -m trainer train recipes/demo.yaml --dataset demo --find-lr`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

import catalog
from analysis.learning_rates import WINDOW, RangeTest, has_diverged, read_range_test, rising_rates
from recipes import Recipe
from trainer import curriculum, stages
from trainer.batches import Batches, steps_per_epoch
from trainer.errors import TrainerError
from trainer.images import Augment, Images
from trainer.labels import refuse_untrainable, truth_of
from trainer.loop import Memory, train_one_epoch
from trainer.mixing import Mixup
from trainer.network import devices, models, optimization
from trainer.network.finetuning import Freezer
from trainer.network.objectives import Objective

STEPS = 150
LOW, HIGH = 1e-6, 1.0  # a recipe takes no rate above 1; 25 steps for each factor of ten
ROWS = 13  # of the printed table, two for each factor of ten


class _Ended(Exception):
    """The loss has diverged; nothing more is to be seen."""


def find(recipe: Recipe, device: str | None = None) -> tuple[RangeTest, str]:
    """Train some steps of the full stage at a rising rate; return their reading and a report.

    Mini-batches, augmentation, loss, optimizer, layer-wise rates and precision are the recipe's; everything that is to
    learn learns from the first step on. Only training samples are seen. The store and the runs are not touched, and
    nothing is kept. The same seed gives the same rate (on a GPU unless `deterministic: never`).

    Raises:
        TrainerError, catalog.CatalogError: one sentence naming what is wrong and the remedy.
    """
    if recipe.probe:
        raise TrainerError("A linear probe has no learning rate to find; leave --find-lr out, or set probe: false.")
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise TrainerError("A learning rate is found in one process; start --find-lr without torchrun.")
    dataset = catalog.open_dataset(recipe.dataset)
    rates, losses = _losses_at_rising_rates(recipe, dataset, device)
    if np.isfinite(losses).sum() < 2 * WINDOW:
        raise TrainerError(
            f"The training loss is no number after {len(losses)} steps at rates up to {rates[-1]:.2g}; check the "
            f"images: python -m catalog check {dataset.dataset_id}"
        )
    test = read_range_test(rates, losses)
    return test, _report(test, recipe, dataset.dataset_id)


def _losses_at_rising_rates(
    recipe: Recipe, dataset: catalog.Dataset, device: str | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the rates (T,) and losses (T,) of mini-batches, up to where the loss diverges."""
    fabric = devices.open_fabric(device, recipe.precision)
    truth = truth_of(dataset, recipe.objective, recipe.label_scheme)
    refuse_untrainable(truth, dataset.dataset_id)
    train, full = truth.rows("train"), next(curriculum.plan(recipe))
    objective = stages.training_objective(Objective.of(recipe, truth.targets[train]), full, 1, recipe)
    devices.set_determinism(recipe.deterministic)
    torch.manual_seed(recipe.seed)
    steps = steps_per_epoch(len(train), recipe.batch_size) * recipe.full.epochs
    model = models.build(
        recipe.model, len(truth.classes), weights=recipe.weights, image_size=recipe.image_size, steps=steps
    )
    freezer = Freezer(model, recipe.tuning)
    freezer.train_body(True)
    forward = devices.prepare(fabric, model)  # compiled it would compute the same, and seldom be faster in few steps
    rates = rising_rates(LOW, HIGH, STEPS)
    optimizer, schedule = optimization.build_rising(
        model, rates * models.lr_scale(recipe.model), recipe.weight_decay, recipe.tuning, devices.allows_fused(fabric)
    )
    images = Images(dataset.images(recipe.image_size), torch.from_numpy(truth.targets.astype(np.float32)), fabric)
    losses: list[float] = []

    def observe(rows: NDArray[np.int64], logits: Tensor, targets: Tensor, used: Tensor) -> None:
        weights = objective.weights(targets, rows, logits)
        losses.append(float(objective.training_loss(logits, targets, weights)))
        if has_diverged(losses):
            raise _Ended

    batches = islice(_endless(stages.batches_of(full, recipe, truth, None, ""), recipe.seed), STEPS)
    with suppress(_Ended):
        train_one_epoch(
            forward, batches, images, objective, devices.stepping(fabric, optimizer), schedule,
            Augment.of(recipe.augment, recipe.seed), lambda _: None, observe, Memory(print),
            recipe.clip_norm, Mixup.of(recipe, recipe.seed), freezer,
        )  # fmt: skip
    return rates[: len(losses)], np.array(losses)


def _endless(batches: Batches, seed: int) -> Iterator[NDArray[np.int64]]:
    """Yield the mini-batches of one epoch after the other."""
    rng = np.random.default_rng(seed)
    while True:
        yield from batches.epoch(rng)


def rates_of_stages(recipe: Recipe, full: float) -> dict[str, float]:
    """Return the learning rate of each kind of stage by its key, in the recipe's own ratio.

    Rates are rounded to two digits.

    Args:
        full: of the full stage.
    """
    kinds = {"full": recipe.full}
    if recipe.rounds:
        kinds["hard_negative"] = recipe.hard_negative
        if recipe.refined.epochs:
            kinds["refined"] = recipe.refined
    return {f"{kind}.lr": float(f"{min(1.0, full * kinds[kind].lr / recipe.full.lr):.2g}") for kind in kinds}


def _report(test: RangeTest, recipe: Recipe, dataset_id: str) -> str:
    """Return the table of the test, and what it proposes or why it proposes nothing."""
    lines = [
        f"Range test of recipe {recipe.name} on {dataset_id}, seed {recipe.seed}: {len(test.rates)} steps of "
        f"{recipe.batch_size} training samples; nothing is kept.",
        "",
        "     rate     loss",
        *(f"{rate:9.2g}  {loss:7.3f}" for rate, loss in zip(*_thinned(test), strict=True)),
        "",
    ]
    if test.reason == "never_falls":
        lines += [
            f"The loss does not fall at any rate from {test.rates[0]:.2g} to {test.rates[-1]:.2g} (first "
            f"{test.first:.3f}, lowest {test.lowest:.3f}); no rate is proposed. Check the labels, or the model."
        ]
    elif test.proposed is None:
        lines += [
            f"The loss falls from {test.first:.3f} to {test.lowest:.3f} and does not turn up to {test.rates[-1]:.2g}, "
            "the end of the range; no rate is proposed."
        ]
    else:
        now = {"full.lr": recipe.full.lr, "hard_negative.lr": recipe.hard_negative.lr, "refined.lr": recipe.refined.lr}
        found = rates_of_stages(recipe, test.proposed)
        lines += [
            f"The loss falls from {test.first:.3f} to {test.lowest:.3f}, by half of that or more from rate "
            f"{test.usable[0]:.2g} to {test.usable[1]:.2g}; the middle of these is proposed.",
            *(f"{key}: {rate:.2g} (the recipe has {now[key]:.2g})" for key, rate in found.items()),
            "Train with: " + " ".join(f"--set {key}={rate:.2g}" for key, rate in found.items()),
        ]
    return "\n".join(lines)


def _thinned(test: RangeTest) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    at = np.unique(np.linspace(0, len(test.rates) - 1, min(ROWS, len(test.rates))).round().astype(int))
    return test.rates[at], test.smoothed[at]
