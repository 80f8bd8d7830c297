"""Retry lost jobs, delete a run, or delete the checkpoints that it does not need."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import store
from jobs import submit
from jobs.errors import JobError
from jobs.kinds import QUEUED_KINDS
from jobs.lifecycle import value
from jobs.queue import find
from system import permission
from system.job_states import JobState
from system.names import RUN_ID


def retry(job_or_run: str | None = None) -> list[str]:
    """Queue lost jobs again.

    A run continues from its last finished epoch; a job whose run never began starts from the beginning.

    Args:
        job_or_run: a job's id or a run's; None = every lost job that nothing was queued for since.
    Returns:
        The ids of the new jobs.
    Raises:
        JobError: there is no such job, or it is not lost; one sentence.
    """
    if job_or_run is None:
        return [_retry_one(job) for job in _lost_jobs()]
    job = find(job_or_run)
    if job["state"] != JobState.LOST:
        raise JobError(f"The job {job['job_id']} is {job['state']}, not lost; only what was lost is tried again.")
    if job["kind"] not in QUEUED_KINDS:
        raise JobError(
            f"The job {job['job_id']} ({job['title']}) was not in the queue; ask for it again where you asked for it."
        )
    return [_retry_one(job)]


def _lost_jobs() -> list[dict[str, Any]]:
    """Return the lost jobs after which no other was queued for the same run or dataset."""
    jobs = store.jobs()
    jobs = jobs[jobs["kind"].isin(QUEUED_KINDS)]
    latest = jobs.groupby(jobs["run_id"].fillna(jobs["dataset"])).tail(1)
    return [dict(job) for job in latest[latest["state"] == JobState.LOST].to_dict("records")]


def _retry_one(job: Mapping[str, Any]) -> str:
    run_id, priority = value(job, "run_id"), int(value(job, "priority") or 0)
    if run_id is not None and store.run(run_id) is not None:
        return submit.submit_resume(str(run_id), priority)
    seed = value(job, "seed")
    again = store.NewJob(
        str(job["kind"]),
        title=str(job["title"]),
        args=job["args"],
        run_id=run_id,
        dataset=value(job, "dataset"),
        seed=None if seed is None else int(seed),
        priority=priority,
        once=("kind", "run_id", "dataset"),
    )
    return submit.submit_job(again)[0]


def delete(run_id: str) -> int:
    """Delete the rows and files of a run that has ended; return the bytes freed.

    The page's button and the command line both call this. Raises JobError or StoreError: one sentence.
    """
    permission.ask("delete_run", run_id)
    return _as_job_error(store.delete_run, run_id)


def keep_best(run_id: str) -> int:
    """Delete all checkpoints of a finished run but those of its best and last stage.

    Returns the bytes freed. Raises as `delete` does.
    """
    permission.ask("keep_best", run_id)
    return _as_job_error(store.keep_best, run_id)


def _as_job_error(change: Callable[[str], int], run_id: str) -> int:
    if not re.fullmatch(RUN_ID, run_id):
        raise JobError(f"There is no run '{run_id}'; see python -m jobs list.")
    try:
        return change(run_id)
    except store.StoreBusy:
        raise
    except store.StoreError as error:
        raise JobError(str(error)) from None
