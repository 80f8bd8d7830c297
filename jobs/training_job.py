"""Make the job that trains a recipe, with all that it will do fixed when it is queued.

Nothing that may change while the job waits is read again: the recipe is in the job, a label scheme's file is copied.
Files of initial weights are too large to copy; where one has changed when its turn comes, the training is refused.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import catalog
import store
from catalog import schemes
from jobs.errors import JobError
from jobs.queue import open_training
from jobs.queued_recipe import fingerprint, plan_of
from recipes import WEIGHTS, Recipe, forked
from store import Fork
from system.job_states import OPEN, JobState
from system.names import RUN_ID
from system.version import __version__


def new_training(
    recipe: str | Path,
    *,
    dataset: str | None = None,
    seed: int | None = None,
    settings: Mapping[str, Any] | None = None,
    after: store.NewJob | None = None,
    fork: Fork | None = None,
    run_id: str | None = None,
) -> store.NewJob:
    """Make the job that trains a recipe; see `submit_training`.

    Args:
        recipe: the name of a recipe that ships, or the path of a YAML file.
        dataset: NAME@VERSION, or NAME for its newest version; None = the recipe's own.
        seed: None = the recipe's own.
        settings: dotted keys of the recipe.
        after: a job, queued with this one, that makes the next version of the dataset; for a fork the one that trains
            the run to start from.
        fork: the stage of another run to start from, which may still have to be trained.
        run_id: name of the new run; None = recipe, seed, time.
    """
    if fork is not None:
        return _new_fork(recipe, dataset, seed, settings, after, fork, run_id)
    chosen = dict(settings or {})
    chosen |= {key: value for key, value in (("dataset", dataset), ("seed", seed)) if value is not None}
    plan = Recipe.load(recipe, chosen)
    dataset_id, maker = _version_of(plan.dataset) if after is None else (next_version(plan.dataset), after.job_id)
    plan = plan.model_copy(update={"dataset": dataset_id, "label_scheme": _kept_scheme(plan)})
    return _job(plan, recipe, chosen, maker, run_id)


def _new_fork(
    recipe: str | Path,
    dataset: str | None,
    seed: int | None,
    settings: Mapping[str, Any] | None,
    after: store.NewJob | None,
    fork: Fork,
    run_id: str | None,
) -> store.NewJob:
    """Make the job that trains a recipe from a stage of another run on.

    Raises:
        RecipeError: the recipe cannot go on from there; one sentence.
        JobError: there is no such run or finished stage, and no job is to train it; one sentence.
    """
    chosen = dict(settings or {})
    chosen |= {key: value for key, value in (("dataset", dataset), ("seed", seed)) if value is not None}
    parent, parent_job = _parent(fork, after)
    plan = Recipe.load(recipe, chosen)
    plan = plan.model_copy(update={"label_scheme": _kept_scheme(plan)})
    if "dataset" in chosen:
        name, version = plan.dataset.partition("@")[::2]
        same = name == parent.dataset.partition("@")[0] and not version
        plan = plan.model_copy(update={"dataset": parent.dataset if same else plan.dataset})
    plan, taken = forked(plan, parent, fork.round, fork.stage, set(chosen))
    return _job(plan, recipe, chosen | taken, parent_job, run_id, fork)


def _parent(fork: Fork, job: store.NewJob | None) -> tuple[Recipe, str | None]:
    """Return the recipe of the run to start from, and the unfinished job that trains it."""
    if job is not None:
        if job.run_id != fork.run_id:
            raise JobError(
                f"The job {job.job_id} does not train {fork.run_id}, the run to start from; name its own job."
            )
        return Recipe.parse(job.args["recipe"]), job.job_id
    run, waiting = store.run(fork.run_id), open_training(fork.run_id)
    if run is not None:
        ended = store.stages(fork.run_id)
        is_there = bool(((ended["round"] == fork.round) & (ended["stage"] == fork.stage)).any())
        if not is_there and waiting is None:
            raise JobError(
                f"Run {fork.run_id} has not finished the stage {fork.stage}; choose one that it has finished."
            )
        recipe = Recipe.parse(json.loads(run["recipe"]), where=fork.run_id)
        return recipe, None if is_there or waiting is None else str(waiting["job_id"])
    recipe_of_job = None if waiting is None else plan_of(waiting)
    if waiting is None or recipe_of_job is None:
        raise JobError(f"There is no run '{fork.run_id}' to start from; see the names with: python -m jobs list.")
    return Recipe.parse(recipe_of_job, where=fork.run_id), str(waiting["job_id"])


def _job(
    plan: Recipe,
    recipe: str | Path,
    chosen: Mapping[str, Any],
    after: str | None,
    run_id: str | None,
    fork: Fork | None = None,
) -> store.NewJob:
    if run_id is not None and not re.fullmatch(RUN_ID, run_id):
        raise JobError(f"'{run_id}' cannot name a run; use letters, digits, '_', '.' and '-', a letter or digit first.")
    args = {
        "recipe": plan.model_dump(mode="json"),
        "recipe_name": plan.name,
        "source": str(recipe),
        "settings": {key: value for key, value in chosen.items() if key not in {"dataset", "seed"}},
        "files": {str(file): fingerprint(file) for file in _files(plan)},
        "odap": __version__,
    }
    if fork is not None:
        args["fork"] = asdict(fork)
    moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    return store.NewJob(
        "train",
        title=f"{plan.name} on {plan.dataset}, seed {plan.seed}",
        args=args,
        run_id=run_id or f"{plan.name}-s{plan.seed}-{moment}-{secrets.token_hex(2)}",
        dataset=plan.dataset,
        seed=plan.seed,
        after=after,
    )


def job_making(name: str) -> str | None:
    """Return the unfinished job that is about to make a dataset of this name."""
    jobs = store.jobs(states=OPEN)
    makes = jobs["kind"].isin(["phantom", "import"]) & (jobs["dataset"] == name) & (jobs["state"] != JobState.STOPPING)
    return None if not makes.any() else str(jobs.loc[makes, "job_id"].iloc[0])


def next_version(dataset: str) -> str:
    """Return the id that the next version of a dataset gets."""
    name = dataset.partition("@")[0]
    return f"{name}@{max((known.version for known in catalog.list_versions() if known.name == name), default=0) + 1}"


def _version_of(dataset: str) -> tuple[str, str | None]:
    """Return the id of a dataset (NAME: its newest), and the job that is to make it, if any.

    Raises:
        JobError: there is no such dataset, and nothing is about to make it.
    """
    maker = job_making(dataset.partition("@")[0])  # before the catalog is asked: it may end in between
    try:
        return catalog.open_dataset(dataset).dataset_id, None
    except catalog.CatalogError as error:
        coming = next_version(dataset)
        if maker is not None and dataset in (coming, coming.partition("@")[0]):
            return coming, maker
        raise JobError(str(error)) from None


def _kept_scheme(plan: Recipe) -> str:
    try:
        return schemes.keep(plan.label_scheme, store.schemes_root())
    except catalog.CatalogError as error:
        raise JobError(str(error)) from None


def _files(plan: Recipe) -> list[Path]:
    """Return the files that a training reads besides its recipe and its dataset."""
    shipped = [] if plan.label_scheme == "base" else [schemes.path_of(plan.label_scheme)]
    return shipped if plan.weights in WEIGHTS else [*shipped, Path(plan.weights)]
