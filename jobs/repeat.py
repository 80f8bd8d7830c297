"""Train the recipe of a run again: under another seed, or as its control."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import store
from jobs.errors import JobError
from jobs.queue import submit_training


def submit_again(run_id: str, *, seed: int, settings: Mapping[str, Any] | None = None) -> str:
    """Queue the recipe of a run on its own dataset version, and return the job's id.

    Args:
        seed: of the new run.  settings: dotted keys of the recipe that are to differ, e.g. `{"control": True}`.
    Raises:
        JobError: there is no such run, or its recipe is no longer kept; one sentence.
        RecipeError: the settings do not fit the recipe.
    """
    run = store.run(run_id)
    if run is None:
        raise JobError(f"There is no run '{run_id}'; `python -m jobs list` names those there are.")
    recipe = store.runs_root() / run_id / "recipe.yaml"
    if not recipe.is_file():
        raise JobError(
            f"The recipe of {run_id} is no longer kept in its folder; start a training in the sidebar instead."
        )
    return submit_training(recipe, dataset=str(run["dataset_id"]), seed=seed, settings=dict(settings or {}))


def plan_of(job: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the whole recipe that a queued training holds; None for jobs of another kind."""
    recipe = job["args"].get("recipe") if job["kind"] == "train" else None
    return dict(recipe) if isinstance(recipe, Mapping) else None
