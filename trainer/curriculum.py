"""The curriculum: full -> (hard_negative -> refined) x rounds, as a person goes back over old mistakes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from recipes import Recipe, Stage, StageSettings
from trainer.mining.miners import Mined


@dataclass(frozen=True)
class StagePlan:
    """One stage of a run: where it stands, how long it is, and whether hard negatives are mined at its end."""

    round: int
    stage: Stage
    position: int
    settings: StageSettings
    then_mine: bool

    def __str__(self) -> str:
        return f"{self.stage}" if self.round == 0 else f"{self.stage} (round {self.round})"


def plan(recipe: Recipe) -> Iterator[StagePlan]:
    """Every stage of the run, in order; hard negatives are mined where a round is to follow."""
    yield StagePlan(0, "full", 0, recipe.full, then_mine=recipe.mines)
    for round_ in range(1, recipe.rounds + 1):
        hard: Stage = "control" if recipe.control else "hard_negative"
        settings = recipe.hard_negative
        if recipe.control:  # what mining would have cost goes into training longer
            settings = settings.model_copy(update={"epochs": settings.epochs + mining_epochs(recipe)})
        again = recipe.mines and round_ < recipe.rounds
        refines = recipe.refined.epochs > 0
        yield StagePlan(round_, hard, 2 * round_ - 1, settings, then_mine=again and not refines)
        if refines:
            yield StagePlan(round_, "refined", 2 * round_, recipe.refined, then_mine=again)


def mining_epochs(recipe: Recipe) -> int:
    """Epochs' worth of optimizer steps, and of samples, that the quick models take each time something is mined.

    Each of k models sees all folds but its own: together k - 1 times everything.
    """
    out_of_fold = recipe.miner.predictions == "out_of_fold"
    return (recipe.miner.folds - 1) * recipe.miner.fold_epochs if out_of_fold else 0


def ends_round(recipe: Recipe, stage: StagePlan) -> bool:
    """Whether this stage is the last of a round of hard negatives."""
    return recipe.mines and stage.round > 0 and stage.stage == ("refined" if recipe.refined.epochs else "hard_negative")


def follow(recipe: Recipe, train: Callable[[StagePlan, Mined | None], Mined | None]) -> None:
    """Train on everything; then, round by round, on what was got wrong and on everything again.

    Args:
        train: trains and records one stage, on batches built around the mined samples if there are any, and gives
            back what was mined at its end: for a stage that was to mine, None means that the rounds end here.
    """
    mined = None
    for stage in plan(recipe):
        found = train(stage, mined if stage.stage == "hard_negative" else None)
        if stage.then_mine:
            mined = found
            if mined is None:
                return
