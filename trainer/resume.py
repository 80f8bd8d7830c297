"""Resume a run: find its recorded stages, and restore their results and the last checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR
from torch.optim.swa_utils import AveragedModel

import store
from recipes import Recipe
from trainer import checkpoints, curriculum, recorder
from trainer.checkpoints import Checkpoint, StageEnd
from trainer.curriculum import StagePlan
from trainer.labels import Truth
from trainer.mining.ledger import Round
from trainer.mining.miners import Mined
from trainer.mining.training_dynamics import Dynamics

if TYPE_CHECKING:
    from lightning_fabric import Fabric


@dataclass(frozen=True)
class Recalled:
    """The results of a recorded stage that the next one needs.

    round: the round under way; mined: the samples mined at the stage's end.
    """

    round: Round | None
    mined: Mined | None


def is_recorded(run_id: str, plan: StagePlan, checkpoint: Checkpoint | None) -> bool:
    """Return whether the run has trained this stage to its end and written it to the store."""
    if checkpoint is None or checkpoint.progress.position < plan.position:
        return False
    stages = store.stages(run_id)
    return bool(((stages["round"] == plan.round) & (stages["stage"] == plan.stage)).any())


def steps_done(run_id: str, recipe: Recipe, checkpoint: Checkpoint | None, steps_of: Callable[[StagePlan], int]) -> int:
    """Count the optimizer steps of recorded stages and of the stage under way.

    Args:
        steps_of: returns the steps of a whole stage.
    """
    if checkpoint is None:
        return 0
    recorded = [stage for stage in curriculum.plan(recipe) if is_recorded(run_id, stage, checkpoint)]
    under_way = all(stage.position != checkpoint.progress.position for stage in recorded)
    return sum(map(steps_of, recorded)) + (checkpoint.progress.steps if under_way else 0)


def restore_training(
    checkpoint: Checkpoint,
    model: nn.Module,
    optimizer: Optimizer,
    schedule: LambdaLR,
    average: AveragedModel | None,
    fabric: Fabric,
) -> None:
    """Restore an interrupted stage to the end of its last finished epoch."""
    checkpoints.load_into(model, checkpoint.weights)
    checkpoints.restore_optimizer(optimizer, checkpoint.optimizer)
    if average is not None:
        checkpoints.load_into(average, checkpoint.average)
    schedule.last_epoch = checkpoint.schedule["last_epoch"]
    fabric.strategy.precision.load_state_dict(checkpoint.schedule.get("scaler", {}))
    for group, base, factor in zip(optimizer.param_groups, schedule.base_lrs, schedule.lr_lambdas, strict=True):
        group["lr"] = base * factor(schedule.last_epoch)


def restore_stage_end(end: StageEnd | None, dynamics: Dynamics, fabric: Fabric) -> None:
    """Restore what the run that trained a stage had at its end, weights aside.

    None = it is not kept.
    """
    if end is None:
        return
    dynamics.restore(end.dynamics)
    if end.scaler:
        fabric.strategy.precision.load_state_dict(end.scaler)


def recall_stage(run_id: str, plan: StagePlan, truth: Truth, under_way: Round | None) -> Recalled:
    """Read from the store the results of a recorded stage that the next one needs.

    Args:
        under_way: the round that the stage is part of; None in the full stage, or if nothing is mined.
    """
    if plan.stage == "hard_negative" and under_way is not None:
        under_way = replace(under_way, right_hard=recorder.correct_from_store(run_id, plan, truth))
    if plan.then_mine and recorder.has_mined(run_id, plan):
        opened = recorder.round_from_store(run_id, plan, truth)
        return Recalled(opened, opened.mined)
    return Recalled(under_way, None)
