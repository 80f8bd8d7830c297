"""Find, stop, prioritize and list jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

import store
from jobs import process
from jobs.ensure import ensure_worker
from jobs.errors import JobError
from system import permission
from system.job_states import ACTIVE, FINAL, OPEN, JobState


@dataclass(frozen=True)
class StopResult:
    """Hold the state of a job after a request to stop, and the ids of jobs stopped with it.

    Those had waited for it.
    """

    state: str
    also_stopped: tuple[str, ...] = ()


def stop(job_or_run: str) -> str:
    """Request a job to stop, as `request_stop` does; return its state after that."""
    return request_stop(job_or_run).state


def request_stop(job_or_run: str) -> StopResult:
    """Request a job to stop; one that waits ends at once, one that runs after its current batch.

    What a running one has finished is kept.
    Jobs that wait for it are stopped with it, at once; their `error` says so.
    A worker ends a process that does not react.

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
        return StopResult(str(job["state"]))
    permission.ask("stop", str(job["run_id"] or job_id))
    also_stopped = store.request_stop(job_id)
    state = store.job_state(job_id)
    if state == JobState.STOPPING:
        ensure_worker()
    return StopResult(state, tuple(also_stopped))


def prioritize(job_or_run: str) -> None:
    """Move a queued job before all others that wait.

    One that waits for another job still waits for that.

    Args:
        job_or_run: a job's id, or a run's.
    Raises:
        JobError: there is no such job or run, or it waits no more; one sentence.
    """
    job = find(job_or_run)
    permission.ask("put_first", str(job["run_id"] or job["job_id"]))
    if not store.prioritize(str(job["job_id"])):
        raise JobError(f"{job_or_run} is not waiting; only what waits can be put first.")


def recent(finished: int = 5) -> pd.DataFrame:
    """Return unfinished jobs and the last few finished ones.

    Running jobs come first, then queued ones as they will be taken, then finished ones, latest first.

    Returns:
        The columns of `store.jobs()`, and `progress` in [0, 1] (NaN: not known).
    """
    process.reap()
    jobs = store.jobs()
    rank = jobs["state"].map({JobState.QUEUED: 1, **dict.fromkeys(ACTIVE, 0)})
    last = -jobs["priority"].where(rank == 1, 0)
    waiting = jobs.assign(_rank=rank, _last=last)[rank.notna()]
    waiting = waiting.sort_values(["_rank", "_last", "created_at"], kind="stable")
    moment = jobs["finished_at"].fillna(jobs["heartbeat_at"]).fillna(jobs["created_at"])
    ended = jobs[jobs["state"].isin(FINAL)]
    latest = moment[ended.index].sort_values(ascending=False, kind="stable").index[:finished]
    frame = pd.concat([waiting.drop(columns=["_rank", "_last"]), ended.loc[latest]], ignore_index=True)
    steps = pd.to_numeric(frame["steps"], errors="coerce").astype(float)
    step = pd.to_numeric(frame["step"], errors="coerce").astype(float)
    return frame.assign(progress=(step / steps.where(steps > 0)).clip(0.0, 1.0))


def find(job_or_run: str) -> dict[str, Any]:
    """Return the job of this id, else the unfinished or latest training of the run of this id.

    Raises JobError.
    """
    job = store.job(job_or_run) or open_training(job_or_run) or _last_training(job_or_run)
    if job is None:
        raise JobError(f"There is no job or run '{job_or_run}'; see python -m jobs list.")
    return job


def open_training(run_id: str) -> dict[str, Any] | None:
    """Return the unfinished training of a run; None when there is none."""
    return _latest(store.jobs(states=OPEN), run_id)


def _last_training(run_id: str) -> dict[str, Any] | None:
    return _latest(store.jobs(), run_id)


def _latest(jobs: pd.DataFrame, run_id: str) -> dict[str, Any] | None:
    """Return the newest training of a run among these jobs."""
    of_run = jobs[(jobs["run_id"] == run_id) & (jobs["kind"] == "train")].sort_values("created_at")
    return None if of_run.empty else dict(of_run.iloc[-1])
