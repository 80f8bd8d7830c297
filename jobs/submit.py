"""Check and queue the jobs that people request; start short ones at once.

Each function that changes something asks `permission` first, as do those of `jobs.queue` and `jobs.actions`, verdicts
in `store.review`, and new versions in `catalog.revision`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, cast

import store
from catalog import CatalogError
from jobs import commands, process
from jobs.ensure import ensure_worker
from jobs.errors import JobError
from jobs.kinds import CATALOG_KINDS
from jobs.queue import open_training
from jobs.training_job import job_making, new_training
from system import permission
from system.job_states import OPEN, JobState
from system.names import NAME

DEMO_DATASET = "demo"
DEMO_PRESET = "demo"
DEMO_RECIPES = ("demo", "demo_control", "demo_multi_label")

_SAMPLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")


def submit_training(
    recipe: str | Path,
    *,
    dataset: str | None = None,
    seed: int | None = None,
    settings: Mapping[str, Any] | None = None,
    priority: int = 0,
    fork: store.Fork | None = None,
    run_id: str | None = None,
) -> str:
    """Queue the training of a recipe, and start a worker where none lives.

    The job holds the whole recipe and the dataset's version: what is edited or revised later changes nothing.

    Args:
        recipe: the name of a recipe that ships, or the path of a YAML file.
        dataset: NAME@VERSION, or NAME for its newest version; None = the recipe's own. One that an unfinished job is
            about to make or import counts as there, and the training waits for that job.
        seed: None = the recipe's own.
        settings: dotted keys of the recipe, e.g. `{"full.epochs": 3}`.
        priority: higher is taken earlier; among equals the oldest.
        fork: the stage of another run to start from. The training waits for the job that trains that run, if the stage
            is not finished yet, and has that run's dataset and seed unless others are asked for, which are refused.
        run_id: name of the new run; None = recipe, seed, time.
    Returns:
        The job's id.
    Raises:
        RecipeError: the recipe, a setting, the dataset's name or the seed is not valid; one sentence.
        JobError: the dataset, the label scheme or a file of weights is not there; one sentence.
    """
    job = new_training(recipe, dataset=dataset, seed=seed, settings=settings, fork=fork, run_id=run_id)
    return submit_job(replace(job, priority=priority))[0]


def submit_resume(run_id: str, priority: int = 0) -> str:
    """Queue the continuation of a run that ended before its time; return the job's id.

    Raises JobError.
    """
    run = _run(run_id)
    if run["status"] == "done":
        raise JobError(f"The run {run_id} is done; there is nothing to continue.")
    busy = open_training(run_id)
    if busy is not None:
        raise JobError(f"The run {run_id} is already {busy['state']} as job {busy['job_id']}; stop it first.")
    dataset, seed = str(run["dataset_id"]), int(run["seed"])
    job = store.NewJob(
        "train",
        title=f"{run['recipe_name']} on {dataset}, seed {seed}, continued",
        args={"resume": True, "recipe_name": run["recipe_name"]},
        run_id=run_id,
        dataset=dataset,
        seed=seed,
        priority=priority,
        once=("kind", "run_id"),
    )
    return submit_job(job)[0]


def submit_again(
    run_id: str, *, seed: int, settings: Mapping[str, Any] | None = None, fork: store.Fork | None = None
) -> str:
    """Queue the recipe of a run on the same version of its dataset; return the job's id.

    Args:
        run_id: the run whose recipe is trained again.
        seed: of the new run.
        settings: dotted keys of the recipe that are to differ, e.g. `{"control": True}`.
        fork: the stage to start from, as for `submit_training`.
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
    return submit_training(recipe, dataset=str(run["dataset_id"]), seed=seed, settings=dict(settings or {}), fork=fork)


def submit_phantom(
    name: str = DEMO_DATASET,
    images: int | None = None,
    preset: str = DEMO_PRESET,
    settings: Mapping[str, Any] | None = None,
) -> str:
    """Queue the generation of the ultrasound phantom as a dataset; return the job's id.

    Asked for again while such a job is queued or runs, that job's id is returned: nothing is made twice.

    Args:
        name: of the dataset.
        images: how many; None = the preset's number.
        preset: one of `catalog.phantom.PRESETS`.
        settings: what differs from the preset, by the names of `catalog.phantom.PhantomSettings`.
    Raises:
        JobError: the name, the preset or a setting is not usable; one sentence.
    """
    _refuse_name(name)
    if images is not None and images < 1:
        raise JobError(f"A dataset needs at least 1 image, not {images}.")
    given = dict(settings or {}) | ({} if images is None else {"images": images})
    _refuse_settings(preset, given)
    return submit_job(_phantom(name, preset, given))[0]


def submit_demo(dataset_missing: bool = False) -> list[str]:
    """Queue the demo comparison and return the ids of its jobs, in order.

    It is three recipes on one dataset with one seed.
    All are queued at once or none. Asked for again while they wait or run, even at the same instant by another
    process, the same ids are returned and nothing is added.

    Args:
        dataset_missing: make the phantom dataset `demo` first; the trainings wait for it, and end if it does not come.
    """
    phantom = _phantom(DEMO_DATASET) if dataset_missing else None
    trainings = [new_training(recipe, dataset=DEMO_DATASET, after=phantom) for recipe in DEMO_RECIPES]
    new_jobs = [replace(training, once=("kind", "args")) for training in trainings]
    return submit_job(*new_jobs) if phantom is None else submit_job(phantom, *new_jobs)


def submit_explain(run_id: str, sample_ids: Sequence[str]) -> str:
    """Start drawing Grad-CAM maps at once; return the job's id.

    Raises JobError.
    """
    _run(run_id)
    if not sample_ids:
        raise JobError("Choose at least one sample to explain.")
    for sample_id in sample_ids:
        if not _SAMPLE.fullmatch(sample_id):
            raise JobError(f"'{sample_id}' is not a sample's id.")
    count = "1 sample" if len(sample_ids) == 1 else f"{len(sample_ids)} samples"
    return _start_at_once(
        "explain", title=f"Grad-CAM of {count} of {run_id}", args={"sample_ids": list(sample_ids)}, run_id=run_id
    )


def submit_scores(run_id: str) -> str:
    """Start scoring the maps of a run at every finished stage; return the job's id.

    Asked for again while it is at work, that job's id is returned.

    Raises:
        JobError: there is no such run, or the process cannot be started; one sentence.
    """
    _run(run_id)
    jobs = store.jobs(states=OPEN)
    asked = jobs["args"].map(lambda args: "scores" in args).astype(bool)
    at_work = jobs[(jobs["kind"] == "explain") & (jobs["run_id"] == run_id) & asked]
    if len(at_work):
        return str(at_work["job_id"].iloc[0])
    return _start_at_once("explain", title=f"Scores of the maps of {run_id}", args={"scores": True}, run_id=run_id)


def submit_import(kind: str, source: str | Path, name: str, options: Sequence[str] = ()) -> str:
    """Start the import of a user's images at once; return the job's id.

    Args:
        kind: of importer, as in `python -m catalog import KIND`.
        source: a folder or a file on this machine.
        name: of the dataset.
        options: the importer's own, as on its command line.
    Raises:
        JobError: the name is not usable, or such an import is at work; one sentence.
    """
    _refuse_name(name)
    if job_making(name) is not None:
        raise JobError(f"The dataset {name} is being made already; wait for it, or choose another name.")
    args = {"kind": kind, "source": str(source), "name": name, "options": list(options)}
    return _start_at_once("import", title=f"Import {name}", args=args, dataset=name)


def submit_check(dataset: str) -> str:
    """Start the check of a dataset at once; return the job's id.

    Asked for again while it is at work, that job's id is returned.

    Raises:
        JobError: the process cannot be started; one sentence.
    """
    jobs = store.jobs(states=OPEN)
    at_work = jobs[(jobs["kind"] == "check") & (jobs["dataset"] == dataset)]
    if len(at_work):
        return str(at_work["job_id"].iloc[0])
    return _start_at_once("check", title=f"Check {dataset}", args={"dataset": dataset}, dataset=dataset)


def submit_job(*new_jobs: store.NewJob) -> list[str]:
    """Add jobs, all or none, and start a worker where none lives."""
    for job in new_jobs:
        permission.ask(cast(permission.Action, job.kind), job.run_id or job.dataset or job.job_id)
    ids = store.add_jobs(new_jobs)
    ensure_worker()
    return ids


def _start_at_once(kind: Literal["explain", "import", "check"], **columns: Any) -> str:
    """Start a process that needs no device of its own, without the queue; return the job's id.

    Raises JobError.
    """
    permission.ask(kind, str(columns.get("run_id") or columns.get("dataset")))
    job_id = store.add_job(kind, state=JobState.STARTING, **columns)
    job = {"job_id": job_id, "kind": kind, "run_id": None, **columns}
    log = commands.log_path(job)
    try:
        child = process.spawn(commands.command(job), log, environment=commands.environment(job))
    except OSError as error:
        reason = f"The {kind} process could not be started: {error.strerror or error}."
        store.update_job(job_id, state=JobState.FAILED, error=reason, finished_at=store.utc_now())
        raise JobError(reason) from None
    identity = child.identity
    columns = {"pid": identity.pid, "pid_started": identity.started, "boot_id": identity.boot_id, "log": str(log)}
    if kind in CATALOG_KINDS:
        # A trainer writes itself that it runs, once it does; the catalog knows nothing of jobs: a worker supervises it.
        store.update_job(job_id, state=JobState.RUNNING, **columns)
        ensure_worker()
    else:
        store.update_job(job_id, **columns)
    return job_id


def _refuse_name(name: str) -> None:
    if not re.fullmatch(NAME, name):
        raise JobError(f"'{name}' cannot name a dataset; use small letters, digits, '-' and '_', 64 at most.")


def _refuse_settings(preset: str, settings: Mapping[str, Any]) -> None:
    from catalog.phantom import PhantomSettings  # scipy takes a while to load; the app does not wait for it

    try:
        PhantomSettings.of(preset, settings)
    except CatalogError as error:
        raise JobError(str(error)) from None


def _phantom(name: str, preset: str = DEMO_PRESET, settings: Mapping[str, Any] | None = None) -> store.NewJob:
    return store.NewJob(
        "phantom",
        title=f"Make the phantom dataset {name}",
        args={"name": name, "preset": preset, "settings": dict(settings or {})},
        dataset=name,
        once=("kind", "dataset"),
    )


def _run(run_id: str) -> dict[str, Any]:
    run = store.run(run_id)
    if run is None:
        raise JobError(f"There is no run '{run_id}'; see the Overview page or python -m jobs list.")
    return dict(run)
