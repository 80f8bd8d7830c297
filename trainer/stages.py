"""Choose the mini-batches and the objective of a stage, and close the round that it ends."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

import store
from analysis.starved_epochs import is_starved
from recipes import Recipe
from trainer import curriculum
from trainer.batches import Balanced, Batches, Focused, Plain
from trainer.curriculum import StagePlan
from trainer.errors import TrainerError
from trainer.labels import Truth
from trainer.loop import EpochResult
from trainer.mining import ledger
from trainer.mining.hard_negatives import HardNegatives
from trainer.mining.ledger import Closed, Round
from trainer.mining.training_dynamics import Dynamics
from trainer.network.objectives import Objective
from trainer.outcome import StageOutcome, val_macro_f1


def batches_of(plan: StagePlan, recipe: Recipe, truth: Truth, round_: Round | None, run_id: str) -> Batches:
    """Return the mini-batches of a stage: focused on mined samples, class-balanced or plain.

    Raises:
        TrainerError: anchors are to be the nearest ones, and the embeddings of the stage before are lost.
    """
    rows, size = truth.rows("train"), recipe.batch_size
    if plan.stage == "hard_negative" and round_ is not None:
        embeddings = (
            _embeddings_before(plan, recipe, truth, run_id) if recipe.focus.anchor_choice == "nearest" else None
        )
        return Focused(
            rows, truth.label, round_.right_before, round_.mined, recipe.focus, size, round_.excluded, embeddings
        )
    if recipe.sampler == "balanced":
        return Balanced(rows, truth.label, size)
    return Plain(rows, size)


def _embeddings_before(plan: StagePlan, recipe: Recipe, truth: Truth, run_id: str) -> NDArray[np.float16]:
    """Return the embeddings (n_samples, D) of the stage before, in the order of the samples."""
    before = [stage for stage in curriculum.plan(recipe) if stage.position < plan.position][-1]
    found = store.embeddings(run_id)
    ids = truth.samples["sample_id"].to_numpy(np.str_)
    if found is None or found.position != before.position or not np.array_equal(found.ids, ids):
        raise TrainerError(
            f"The embeddings of stage {before} of run {run_id} are lost, and anchors are to be chosen by them; train "
            "the run anew, or set focus.anchor_choice to random."
        )
    return np.array(found.vectors)


def head_epochs(plan: StagePlan, recipe: Recipe) -> int:
    """Return the epochs at a stage's start in which a new head learns alone."""
    return recipe.tuning.head_epochs if recipe.tuning is not None and plan.stage == "full" else 0


def weighted(objective: Objective, plan: StagePlan, recipe: Recipe, truth: Truth, round_: Round | None) -> Objective:
    """Return a stage's objective; a hard stage gives mined samples the recipe's `focus.weight`."""
    if plan.stage != "hard_negative" or round_ is None or recipe.focus.weight == 1:
        return objective
    weights = torch.ones(len(truth.samples))
    weights[torch.from_numpy(round_.mined.index)] = recipe.focus.weight
    return replace(objective, sample_weights=weights)


def starved_warning(result: EpochResult, plan: StagePlan, epoch: int, recipe: Recipe) -> str | None:
    """Return a warning, with a remedy, if an epoch learned from less than 5 % of its samples."""
    if not is_starved(result.share_used):
        return None
    remedy = "set ohem higher"
    if recipe.confidence_filter.threshold is not None:
        remedy = "lower confidence_filter.threshold, or leave this stage out of confidence_filter.stages"
    return (
        f"Epoch {epoch} of {plan} learned from {result.samples_used:,} of {result.samples:,} samples "
        f"({result.share_used:.1%}); {remedy}."
    )


def training_objective(objective: Objective, plan: StagePlan, epoch: int, recipe: Recipe) -> Objective:
    """Return the objective of one epoch, without the confidence filter while that is off.

    The filter is on in the recipe's `confidence_filter.stages`; a control's stage counts as the hard-negative stage
    that it replaces. In the first half of a stage that starts from initial weights the filter is always off: a fresh
    network has low confidence everywhere, so the filter would leave every sample out and the network never learn.
    """
    hard = plan.stage in ("hard_negative", "control")
    filter_is_on = ("hard_negative" if hard else plan.stage) in recipe.confidence_filter.stages
    starts_afresh = plan.stage == "full" or (hard and recipe.restart)
    if not filter_is_on or (starts_afresh and epoch <= math.ceil(plan.settings.epochs / 2)):
        return replace(objective, confidence_filter=None)
    return objective


def close_round(
    plan: StagePlan, recipe: Recipe, truth: Truth, round_: Round | None, outcome: StageOutcome,
    hard: HardNegatives | None, dynamics: Dynamics,
) -> Closed | None:  # fmt: skip
    """Return the outcome of the round that a stage ends; None if it ends none.

    Args:
        round_: the round under way; hard: what was mined at the stage's end.
    """
    if round_ is None or not curriculum.ends_round(recipe, plan):
        return None
    n_next = None if hard is None else len(hard.mined)
    return ledger.close(
        round_, outcome.correct, outcome.probs, dynamics.sampled_hard, truth.rows("train"), n_next,
        val_macro_f1(outcome, truth, recipe.objective), outcome.thresholds, dynamics.used_hard,
    )  # fmt: skip


def next_round(
    plan: StagePlan, recipe: Recipe, truth: Truth, round_: Round | None, outcome: StageOutcome,
    hard: HardNegatives | None,
) -> Round | None:  # fmt: skip
    """Return the round that is under way after a stage: the one it mined for, or the same one."""
    if hard is not None:
        score = val_macro_f1(outcome, truth, recipe.objective)
        return Round(hard.mined, hard.suspects.index, outcome.correct, score)
    if plan.stage == "hard_negative" and round_ is not None:
        return replace(round_, right_hard=outcome.correct)
    return round_
