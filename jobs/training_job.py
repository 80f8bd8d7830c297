"""Make the job that trains a recipe, with all that it will do fixed when it is queued.

Nothing that may change while the job waits is read again: the recipe is in the job, a label scheme's file is copied.
Files of initial weights are too large to copy; where one has changed when its turn comes, the training is refused.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import catalog
import store
from catalog import schemes
from jobs.errors import JobError
from jobs.queued_recipe import fingerprint
from recipes import WEIGHTS, Recipe
from system.job_states import OPEN, JobState
from system.version import __version__


def new_training(
    recipe: str | Path,
    *,
    dataset: str | None = None,
    seed: int | None = None,
    settings: Mapping[str, Any] | None = None,
    after: store.NewJob | None = None,
) -> store.NewJob:
    """Make the job that trains a recipe; see `submit_training`.

    Args:
        recipe: the name of a recipe that ships, or the path of a YAML file.
        dataset: NAME@VERSION, or NAME for its newest version; None = the recipe's own.
        seed: None = the recipe's own.
        settings: dotted keys of the recipe.
        after: a job, queued with this one, that makes the next version of the dataset.
    """
    chosen = dict(settings or {})
    chosen |= {key: value for key, value in (("dataset", dataset), ("seed", seed)) if value is not None}
    plan = Recipe.load(recipe, chosen)
    dataset_id, maker = _version_of(plan.dataset) if after is None else (next_version(plan.dataset), after.job_id)
    plan = plan.model_copy(update={"dataset": dataset_id, "label_scheme": _kept_scheme(plan)})
    args = {
        "recipe": plan.model_dump(mode="json"),
        "recipe_name": plan.name,
        "source": str(recipe),
        "settings": {key: value for key, value in chosen.items() if key not in {"dataset", "seed"}},
        "files": {str(file): fingerprint(file) for file in _files(plan)},
        "odap": __version__,
    }
    moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    return store.NewJob(
        "train",
        title=f"{plan.name} on {dataset_id}, seed {plan.seed}",
        args=args,
        run_id=f"{plan.name}-s{plan.seed}-{moment}-{secrets.token_hex(2)}",
        dataset=dataset_id,
        seed=plan.seed,
        after=maker,
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
