"""The queue: what people ask for, checked before it waits, and the way to stop it.

Every action that changes something asks `permission` first: those of this module and of `jobs.ended`, verdicts in
`store.review`, and new versions in `catalog.revision`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast

import pandas as pd

import store
from jobs import commands, process
from jobs.errors import JobError
from jobs.lifecycle import ACTIVE, FINAL
from jobs.training import OPEN, maker_of, new_training
from jobs.worker import ensure_worker
from system import permission

DEMO_DATASET = "demo"
DEMO_RECIPES = ("demo", "demo_control", "demo_multi_label")

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_SAMPLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")


def submit_training(
    recipe: str | Path,
    *,
    dataset: str | None = None,
    seed: int | None = None,
    settings: Mapping[str, Any] | None = None,
    priority: int = 0,
) -> str:
    """Queue the training of a recipe, and see to it that a worker takes it.

    The job holds the whole recipe and the dataset's version: what is edited or revised later changes nothing.

    Args:
        recipe: the name of a recipe that ships, or the path of a YAML file.
        dataset: NAME@VERSION, or NAME for its newest version; None = the recipe's own. One that an unfinished job is
            about to make or import counts as there, and the training waits for that job.
        seed: None = the recipe's own.
        settings: dotted keys of the recipe, e.g. `{"full.epochs": 3}`.
        priority: higher is taken earlier; among equals the oldest.
    Returns:
        The job's id.
    Raises:
        RecipeError: the recipe, a setting, the dataset's name or the seed is not valid; one sentence.
        JobError: the dataset, the label scheme or a file of weights is not there; one sentence.
    """
    job = new_training(recipe, dataset=dataset, seed=seed, settings=settings)
    return submit_job(replace(job, priority=priority))[0]


def submit_resume(run_id: str, priority: int = 0) -> str:
    """Queue the continuation of a run that ended before its time; returns the job's id, raises JobError."""
    run = _known_run(run_id)
    if run["status"] == "done":
        raise JobError(f"The run {run_id} is done; there is nothing to continue.")
    busy = _open_job(run_id)
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


def submit_phantom(name: str = DEMO_DATASET, images: int | None = None) -> str:
    """Queue the making of the ultrasound phantom as a dataset; returns the job's id.

    Asked for again while such a job is queued or runs, that job's id is returned: nothing is made twice.

    Raises:
        JobError: the name or the number of images is not usable; one sentence.
    """
    _checked_name(name)
    if images is not None and images < 1:
        raise JobError(f"A dataset needs at least 1 image, not {images}.")
    return submit_job(_phantom(name, images))[0]


def submit_demo(dataset_missing: bool = False) -> list[str]:
    """Queue the demo comparison: three recipes, one dataset, one seed; returns the jobs' ids in their order.

    All are queued at once or none. Asked for again while they wait or run, even at the same instant by another
    process, the same ids are returned and nothing is added.

    Args:
        dataset_missing: make the phantom dataset `demo` first; the trainings wait for it, and end if it does not come.
    """
    phantom = _phantom(DEMO_DATASET) if dataset_missing else None
    trainings = [new_training(recipe, dataset=DEMO_DATASET, after=phantom) for recipe in DEMO_RECIPES]
    wanted = [replace(training, once=("kind", "args")) for training in trainings]
    return submit_job(*wanted) if phantom is None else submit_job(phantom, *wanted)


def submit_explain(run_id: str, sample_ids: Sequence[str]) -> str:
    """Start the drawing of Grad-CAM maps at once, beside the queue; returns the job's id, raises JobError."""
    _known_run(run_id)
    if not sample_ids:
        raise JobError("Choose at least one sample to explain.")
    for sample_id in sample_ids:
        if not _SAMPLE.fullmatch(sample_id):
            raise JobError(f"'{sample_id}' is not a sample's id.")
    count = "1 sample" if len(sample_ids) == 1 else f"{len(sample_ids)} samples"
    return _start_beside(
        "explain", title=f"Grad-CAM of {count} of {run_id}", args={"sample_ids": list(sample_ids)}, run_id=run_id
    )


def submit_scores(run_id: str) -> str:
    """Start the scoring of a run's maps at every finished stage, beside the queue; returns the job's id.

    Asked for again while it is at work, that job's id is returned.

    Raises:
        JobError: there is no such run, or the process cannot be started; one sentence.
    """
    _known_run(run_id)
    jobs = store.jobs(states=list(OPEN))
    asked = jobs["args"].map(lambda args: "scores" in args).astype(bool)
    at_work = jobs[(jobs["kind"] == "explain") & (jobs["run_id"] == run_id) & asked]
    if len(at_work):
        return str(at_work["job_id"].iloc[0])
    return _start_beside("explain", title=f"Scores of the maps of {run_id}", args={"scores": True}, run_id=run_id)


def submit_import(kind: str, source: str | Path, name: str, options: Sequence[str] = ()) -> str:
    """Start the import of one's own images at once, beside the queue; returns the job's id.

    Args:
        kind: of importer, as in `python -m catalog import KIND`.
        source: a folder or a file on this machine.
        name: of the dataset.
        options: the importer's own, as on its command line.
    Raises:
        JobError: the name is not usable, or such an import is at work; one sentence.
    """
    _checked_name(name)
    if maker_of(name) is not None:
        raise JobError(f"The dataset {name} is being made already; wait for it, or choose another name.")
    args = {"kind": kind, "source": str(source), "name": name, "options": list(options)}
    return _start_beside("import", title=f"Import {name}", args=args, dataset=name)


def submit_check(dataset: str) -> str:
    """Start the check of a dataset at once, beside the queue; returns the job's id.

    Asked for again while it is at work, that job's id is returned.

    Raises:
        JobError: the process cannot be started; one sentence.
    """
    jobs = store.jobs(states=list(OPEN))
    at_work = jobs[(jobs["kind"] == "check") & (jobs["dataset"] == dataset)]
    if len(at_work):
        return str(at_work["job_id"].iloc[0])
    return _start_beside("check", title=f"Check {dataset}", args={"dataset": dataset}, dataset=dataset)


def _start_beside(kind: Literal["explain", "import", "check"], **columns: Any) -> str:
    """Start a process that needs no device of its own, and note it; returns the job's id, raises JobError."""
    permission.ask(kind, str(columns.get("run_id") or columns.get("dataset")))
    job_id = store.add_job(kind, state="starting", **columns)
    job = {"job_id": job_id, "kind": kind, "run_id": None, **columns}
    log = commands.log_path(job)
    try:
        child = process.spawn(commands.command(job), log, environment=commands.environment(job))
    except OSError as error:
        reason = f"The {kind} process could not be started: {error.strerror or error}."
        store.update_job(job_id, state="failed", error=reason, finished_at=store.utc_now())
        raise JobError(reason) from None
    known = child.identity
    noted: dict[str, Any] = {"pid": known.pid, "pid_started": known.started, "boot_id": known.boot_id, "log": str(log)}
    if kind in commands.CATALOG_KINDS:
        # A trainer says itself that it runs, once it does; the catalog knows nothing of jobs, and a worker follows it.
        store.update_job(job_id, state="running", **noted)
        ensure_worker()
    else:
        store.update_job(job_id, **noted)
    return job_id


@dataclass(frozen=True)
class Stop:
    """What became of the wish to stop a job: its state, and the ids of those stopped with it as they waited for it."""

    state: str
    with_it: tuple[str, ...] = ()


def stop(job_or_run: str) -> str:
    """Ask a job to end, as `ask_to_stop`; returns its state after that."""
    return ask_to_stop(job_or_run).state


def ask_to_stop(job_or_run: str) -> Stop:
    """Ask a job to end: a queued one is stopped at once, a running one finishes its batch and keeps what it has.

    Jobs that wait for it are stopped with it, at once; their `error` says so.
    A worker sees to it that a process which does not listen is ended all the same.

    Args:
        job_or_run: a job's id, or a run's (its unfinished job, else its latest one).
    Returns:
        The job's state after that (a job that has ended keeps its state), and what was stopped with it.
    Raises:
        JobError: there is no such job or run; one sentence.
    """
    job = find(job_or_run)
    job_id = str(job["job_id"])
    if job["state"] in FINAL:
        return Stop(str(job["state"]))
    permission.ask("stop", str(job["run_id"] or job_id))
    with_it = store.request_stop(job_id)
    state = store.job_state(job_id)
    if state == "stopping":
        ensure_worker()
    return Stop(state, tuple(with_it))


def put_first(job_or_run: str) -> None:
    """Have a queued job taken before all others that wait; one that waits for another still waits for that.

    Args:
        job_or_run: a job's id, or a run's.
    Raises:
        JobError: there is no such job or run, or it waits no more; one sentence.
    """
    job = find(job_or_run)
    permission.ask("put_first", str(job["run_id"] or job["job_id"]))
    if not store.put_first(str(job["job_id"])):
        raise JobError(f"{job_or_run} is not waiting; only what waits can be put first.")


def live(finished: int = 5) -> pd.DataFrame:
    """Unfinished jobs (running first, then queued as they will be taken) and the last few finished ones (latest first).

    Returns:
        The columns of `store.jobs()`, and `progress` in [0, 1] (NaN: not known).
    """
    process.reap()
    jobs = store.jobs()
    rank = jobs["state"].map({"queued": 1, **dict.fromkeys(ACTIVE, 0)})
    last = -jobs["priority"].where(rank == 1, 0)
    waiting = jobs.assign(_rank=rank, _last=last)[rank.notna()]
    waiting = waiting.sort_values(["_rank", "_last", "created_at"], kind="stable")
    moment = jobs["finished_at"].fillna(jobs["heartbeat_at"]).fillna(jobs["created_at"])
    ended = jobs[jobs["state"].isin(list(FINAL))]
    latest = moment[ended.index].sort_values(ascending=False, kind="stable").index[:finished]
    frame = pd.concat([waiting.drop(columns=["_rank", "_last"]), ended.loc[latest]], ignore_index=True)
    steps = pd.to_numeric(frame["steps"], errors="coerce").astype(float)
    step = pd.to_numeric(frame["step"], errors="coerce").astype(float)
    return frame.assign(progress=(step / steps.where(steps > 0)).clip(0.0, 1.0))


def _checked_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise JobError(f"'{name}' cannot name a dataset; use small letters, digits, '-' and '_', 64 at most.")


def submit_job(*wanted: store.NewJob) -> list[str]:
    """Add jobs, all or none, and see to it that a worker takes them."""
    for job in wanted:
        permission.ask(cast(permission.Action, job.kind), job.run_id or job.dataset or job.job_id)
    ids = store.add_jobs(wanted)
    ensure_worker()
    return ids


def _phantom(name: str, images: int | None = None) -> store.NewJob:
    return store.NewJob(
        "phantom",
        title=f"Make the phantom dataset {name}",
        args={"name": name, "images": images},
        dataset=name,
        once=("kind", "dataset"),
    )


def find(job_or_run: str) -> dict[str, Any]:
    """The job of this id, else the unfinished or latest training of the run of this id; raises JobError."""
    job = store.job(job_or_run) or _open_job(job_or_run) or _last_job(job_or_run)
    if job is None:
        raise JobError(f"There is no job or run '{job_or_run}'; see python -m jobs list.")
    return job


def _known_run(run_id: str) -> dict[str, Any]:
    run = store.run(run_id)
    if run is None:
        raise JobError(f"There is no run '{run_id}'; see the Overview page or python -m jobs list.")
    return dict(run)


def _open_job(run_id: str) -> dict[str, Any] | None:
    return _latest(store.jobs(states=list(OPEN)), run_id)


def _last_job(run_id: str) -> dict[str, Any] | None:
    return _latest(store.jobs(), run_id)


def _latest(jobs: pd.DataFrame, run_id: str) -> dict[str, Any] | None:
    """The newest training of a run among these jobs."""
    of_run = jobs[(jobs["run_id"] == run_id) & (jobs["kind"] == "train")].sort_values("created_at")
    return None if of_run.empty else dict(of_run.iloc[-1])
