"""Follow the curriculum: full -> (hard_negative -> refined) x rounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from recipes import Recipe, Stage, StageSettings
from trainer.mining.miners import Mined


@dataclass(frozen=True)
class StagePlan:
    """One stage of a run: its round and position, its settings, and whether it ends with mining."""

    round: int
    stage: Stage
    position: int
    settings: StageSettings
    then_mine: bool

    def __str__(self) -> str:
        return f"{self.stage}" if self.round == 0 else f"{self.stage} (round {self.round})"


def plan(recipe: Recipe) -> Iterator[StagePlan]:
    """Yield every stage of the run in order; a stage mines hard negatives if a round follows it."""
    yield StagePlan(0, "full", 0, recipe.full, then_mine=recipe.mines)
    for round_ in range(1, recipe.rounds + 1):
        hard: Stage = "control" if recipe.control else "hard_negative"
        settings = recipe.hard_negative
        if recipe.control:  # a control trains longer by what mining would have cost
            settings = settings.model_copy(update={"epochs": settings.epochs + mining_epochs(recipe)})
        again = recipe.mines and round_ < recipe.rounds
        refines = recipe.refined.epochs > 0
        yield StagePlan(round_, hard, 2 * round_ - 1, settings, then_mine=again and not refines)
        if refines:
            yield StagePlan(round_, "refined", 2 * round_, recipe.refined, then_mine=again)


def mining_epochs(recipe: Recipe) -> int:
    """Return the cost of the quick models of one mining, in epochs of the run.

    Each of k models is trained on all folds but its own: together k - 1 times the training set.
    """
    out_of_fold = recipe.miner.predictions == "out_of_fold"
    return (recipe.miner.folds - 1) * recipe.miner.fold_epochs if out_of_fold else 0


def own_epochs(recipe: Recipe, stage: StagePlan, forked: StagePlan | None) -> int:
    """Return the epochs that a run trains itself in a stage.

    Those of the quick models that mine at its end are included.

    Args:
        forked: the stage that the run starts from, where it mines itself; None = it starts from the beginning.
    """
    epochs = 0 if forked is not None and stage.position <= forked.position else stage.settings.epochs
    mines = stage.then_mine and (forked is None or stage.position >= forked.position)
    return epochs + (mining_epochs(recipe) if mines else 0)


def epochs_before(recipe: Recipe, stage: StagePlan) -> int:
    """Count the planned epochs of the stages before one."""
    return sum(before.settings.epochs for before in plan(recipe) if before.position < stage.position)


def ends_round(recipe: Recipe, stage: StagePlan) -> bool:
    """Return whether this stage is the last of a round of hard negatives."""
    return recipe.mines and stage.round > 0 and stage.stage == ("refined" if recipe.refined.epochs else "hard_negative")


def follow(recipe: Recipe, train: Callable[[StagePlan, Mined | None], Mined | None]) -> None:
    """Train on everything; then, round by round, on the mined samples and on everything again.

    Args:
        train: trains and records one stage, on batches built around the mined samples if there are any. It returns the
            samples mined at the stage's end; None from a stage with `then_mine` ends the rounds.
    """
    mined = None
    for stage in plan(recipe):
        newly_mined = train(stage, mined if stage.stage == "hard_negative" else None)
        if stage.then_mine:
            mined = newly_mined
            if mined is None:
                return
