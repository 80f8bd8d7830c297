"""Find the stage of another run to start from.

What cannot go on from there is refused.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pandas as pd

import catalog
import recipes
import store
from recipes import Recipe
from store import Fork
from trainer import checkpoints, curriculum
from trainer.checkpoints import Progress
from trainer.curriculum import StagePlan
from trainer.errors import TrainerError
from trainer.labels import Truth


def find(run_id: str, stage: str, round_: int | None = None) -> Fork:
    """Return the finished stage of a run that this names.

    Args:
        round_: None = the run has finished one stage of this name only.
    Raises:
        TrainerError: there is no such run or finished stage, or there are several.
    """
    if store.run(run_id) is None:
        raise TrainerError(f"There is no run '{run_id}' to start from; see the names with: python -m jobs list --all.")
    ended = store.stages(run_id)
    found = ended[(ended["stage"] == stage) & ((ended["round"] == round_) | (round_ is None))]
    if found.empty:
        finished = ", ".join(f"{row.stage}" + f" --round {row.round}" * (row.round > 0) for row in ended.itertuples())
        which = stage if round_ is None else f"{stage} of round {round_}"
        raise TrainerError(f"Run {run_id} has not finished the stage {which}; it has {finished or 'no stage'} so far.")
    if len(found) > 1:
        rounds = " or ".join(f"--round {number}" for number in found["round"])
        raise TrainerError(f"Run {run_id} has finished the stage {stage} more than once; add {rounds}.")
    return Fork(run_id, int(found["round"].iloc[0]), stage)


def of_run(run_id: str) -> Fork | None:
    """Return the stage that a run has started from; None for most runs."""
    row = store.run(run_id)
    if row is None or row["forked_from"] is None:
        return None
    return Fork(str(row["forked_from"]), int(row["forked_round"]), str(row["forked_stage"]))


def recipe_for(recipe: Recipe, fork: Fork, said: Collection[str]) -> tuple[Recipe, dict[str, Any]]:
    """Return the recipe of a fork, and the keys that it takes from its parent's.

    Args:
        said: keys that were asked for expressly.
    Raises:
        RecipeError, TrainerError: the recipe cannot go on from there; one sentence.
    """
    row = store.run(fork.run_id)
    if row is None:
        raise TrainerError(f"There is no run '{fork.run_id}' to start from; see: python -m jobs list --all.")
    parent = Recipe.parse(json.loads(row["recipe"]), where=fork.run_id)
    if "dataset" in said:
        recipe = recipe.model_copy(update={"dataset": catalog.open_dataset(recipe.dataset).dataset_id})
    return recipes.forked(recipe, parent, fork.round, fork.stage, said)


def plan_of(recipe: Recipe, fork: Fork | None) -> StagePlan | None:
    """Return the stage of a recipe's plan that a fork starts from."""
    if fork is None:
        return None
    return next(plan for plan in curriculum.plan(recipe) if (plan.round, plan.stage) == (fork.round, fork.stage))


def refuse(recipe: Recipe, fork: Fork, truth: Truth, channels: int) -> None:
    """Raise TrainerError if a run cannot go on from the stage of another, before it begins.

    Args:
        recipe: of the new run, as `recipe_for` returns it.
        channels: of the dataset's pictures.
    """
    plan = plan_of(recipe, fork)
    assert plan is not None, "recipe_for refuses a recipe without this stage"
    facts = checkpoints.stage_facts(_folder(fork), plan.position, plan.stage)
    unlike = {
        "classes": (facts.classes, truth.classes),
        "image size": (facts.image_size, recipe.image_size),
        "channels": (facts.channels, channels),
        "model": (facts.model, recipe.model),
        "objective": (facts.objective, recipe.objective),
    }
    for name, (theirs, own) in unlike.items():
        if theirs != own:
            raise TrainerError(
                f"Run {fork.run_id} was trained with other {name} ({_text(theirs)}, not {_text(own)}); "
                "train the recipe from the start."
            )
    if _needs_dynamics(recipe, plan) and checkpoints.load_stage_end(_folder(fork), plan.position, plan.stage) is None:
        raise TrainerError(
            f"Run {fork.run_id} was trained by a version that did not keep the training dynamics of its stages, which "
            f"the recipe {recipe.name} needs from there on; train {fork.run_id} again."
        )


def is_behind(forked: StagePlan | None, plan: StagePlan) -> bool:
    """Return whether a stage comes before the one that a run starts from."""
    return forked is not None and plan.position < forked.position


def columns(recipe: Recipe, fork: Fork) -> dict[str, Any]:
    """Return what the forked stage itself cost, as columns of `stages`.

    What its run mined at its end is left out.
    """
    plan = plan_of(recipe, fork)
    assert plan is not None, "recipe_for refuses a recipe without this stage"
    trained = stage_progress(fork.run_id, plan)
    return {
        "steps": trained.steps,
        "samples_seen": trained.samples,
        "samples_used": trained.samples_used,
        "seconds": trained.seconds,
        "cpu_seconds": trained.cpu_seconds,
        "images_per_s": trained.samples / max(trained.seconds, 1e-9),
    }


def stage_progress(run_id: str, plan: StagePlan) -> Progress:
    """Return the progress of a finished stage, without the cost of what was mined at its end.

    An earlier version kept no more than the stage's row: then it is that, less what its epochs do not account for.
    """
    end = checkpoints.load_stage_end(store.runs_root() / run_id / "checkpoints", plan.position, plan.stage)
    if end is not None:
        return end.progress
    ended = store.stages(run_id)
    row = ended[(ended["round"] == plan.round) & (ended["stage"] == plan.stage)].iloc[0]
    epochs = store.epochs([run_id])
    epochs = epochs[epochs["position"] == plan.position]
    progress = Progress(
        plan.position, int(row["epochs"]), int(row["best_epoch"]), (0.0, 0.0), int(row["steps"]),
        int(row["samples_seen"]), float(row["seconds"]), pd.Timestamp(row["started_at"]).isoformat(),
        _number(row["samples_used"]), None if pd.isna(row["cpu_seconds"]) else float(row["cpu_seconds"]),
    )  # fmt: skip
    samples = epochs["samples_seen"].sum(min_count=len(epochs))
    if pd.isna(samples) or int(samples) == progress.samples:
        return progress
    steps = round(progress.steps * int(samples) / progress.samples)
    used = _number(epochs["samples_used"].sum(min_count=len(epochs)))
    return replace(
        progress, steps=steps, samples=int(samples), samples_used=used, seconds=float(epochs["seconds"].sum()),
        cpu_seconds=None,
    )  # fmt: skip


def inherited_columns(progress: Progress) -> dict[str, Any]:
    """Return what a stage cost in the run that trained it, as columns of `stages`."""
    spent = asdict(progress)
    return {
        "inherited": True,
        "inherited_steps": spent["steps"],
        "inherited_samples": spent["samples"],
        "inherited_seconds": spent["seconds"],
        "inherited_cpu_seconds": spent["cpu_seconds"],
    }


def sentence(fork: Fork, taken: dict[str, Any]) -> str:
    """Word where a run starts, and which keys of its recipe it has from there."""
    stage = fork.stage if fork.round == 0 else f"{fork.stage} of round {fork.round}"
    which = ", ".join(f"{key} {_text(value)}" for key, value in taken.items())
    return f"Starts from {fork.run_id} after {stage}" + (f"; taken from there: {which}." if taken else ".")


def _needs_dynamics(recipe: Recipe, plan: StagePlan) -> bool:
    """Return whether what the fork does next depends on the training so far.

    That is what it mines, or the outcome of its round.
    """
    if not recipe.mines:
        return False
    return recipe.miner.name == "forgetting" or recipe.guard.name != "none" or plan.round > 0


def _folder(fork: Fork) -> Path:
    return store.runs_root() / fork.run_id / "checkpoints"


def _number(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
