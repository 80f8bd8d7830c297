"""What one stage is trained on: its mini-batches and its objective."""

from __future__ import annotations

import math
from dataclasses import replace

import torch

from trainer.batches import Balanced, Batches, Focused, Plain
from trainer.curriculum import StagePlan
from trainer.ledger import Round
from trainer.objectives import Objective
from trainer.recipe import Recipe
from trainer.truth import Truth


def batches_of(plan: StagePlan, recipe: Recipe, truth: Truth, round_: Round | None) -> Batches:
    """Mini-batches of a stage: focused on what was mined for the round, else plain, or balanced by the recipe."""
    rows, size = truth.rows("train"), recipe.batch_size
    if plan.stage == "hard_negative" and round_ is not None:
        return Focused(rows, truth.label, round_.right_before, round_.mined, recipe.focus, size, round_.apart)
    if recipe.sampler == "balanced":
        return Balanced(rows, truth.label, size)
    return Plain(rows, size)


def weighted(objective: Objective, plan: StagePlan, recipe: Recipe, truth: Truth, round_: Round | None) -> Objective:
    """The objective of a stage: in a hard one, mined samples weigh more where the recipe says so."""
    if plan.stage != "hard_negative" or round_ is None or recipe.focus.weight == 1:
        return objective
    weights = torch.ones(len(truth.samples))
    weights[torch.from_numpy(round_.mined.index)] = recipe.focus.weight
    return replace(objective, sample_weights=weights)


def training_objective(objective: Objective, plan: StagePlan, epoch: int) -> Objective:
    """The run's objective; without its confidence filter in the first half of the full stage.

    A fresh network is sure of nothing: the filter would leave every sample out, and it would never learn.
    """
    if plan.stage == "full" and epoch <= math.ceil(plan.settings.epochs / 2):
        return replace(objective, confidence_filter=None)
    return objective
