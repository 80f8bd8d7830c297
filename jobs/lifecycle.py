"""Find the process of a job, and record how the job ended once that process is gone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

import store
from jobs import process, retries
from jobs.commands import log_path, progress_path
from jobs.kinds import CATALOG_KINDS, QUEUED_KINDS, Job
from jobs.logs import error_message
from jobs.process import Identity
from store import utc_now
from system.job_states import ACTIVE, JobState

# A job that is being started writes its pid within this time, or nobody started it.
START_TIMEOUT = 60.0

# Where the worker that claimed it is known to be gone, a process that it had begun to start is found within this time.
ORPHAN_TIMEOUT = 2.0

# A process on another machine cannot be looked at; it is lost once its heartbeat has been silent for this long.
REMOTE_TIMEOUT = 3600.0

_RUN_ENDED = (JobState.DONE, JobState.FAILED, JobState.STOPPED)


def value(job: Job, column: str) -> Any:
    """Return a column of a job; None where it is empty in any of the ways that a frame has."""
    content = job.get(column)
    return None if content is None or pd.isna(content) else content


def is_here(job: Job) -> bool:
    """Return whether the process of a job is, or would be, on this machine.

    It is where the job names no machine.
    """
    return value(job, "host") in (None, store.host())


def current_state(job: Job) -> str | None:
    """Read the state of a job; None where it was deleted with its run."""
    row = store.job(str(job["job_id"]))
    return None if row is None else str(row["state"])


def active_jobs() -> Iterator[dict[str, Any]]:
    """Yield every job that should have a process, oldest first."""
    yield from store.jobs(states=ACTIVE).to_dict("records")


def finish(job: Job, state: str, error: str | None = None) -> None:
    """Write the end of a job, and of the run it trained where that still counts as running.

    A training that was lost, and that nobody had asked to stop, is queued again (see `retries`).
    """
    unwanted = state != JobState.LOST or current_state(job) in (None, JobState.STOPPING)
    run_id = value(job, "run_id")
    if job["kind"] == "train" and run_id is not None and _run_status(run_id) == JobState.RUNNING:
        store.finish_run(run_id, state, error)
    again = retries.next_attempt(job, error or "it was lost") if not unwanted and is_here(job) else None
    # In one transaction: a process that is killed here leaves no lost training that nobody tries again.
    store.update_job(str(job["job_id"]), then=again, state=state, error=error, finished_at=utc_now(), seconds_left=None)
    progress_path(job).unlink(missing_ok=True)


def find_process(job: Job) -> Identity | None:
    """Return the process of a job; None when it is gone.

    Where the recorded process is dead, or none was recorded, the machine's processes are searched for the one that
    names this job in its environment (its starter may have died before it recorded the pid); a match is recorded.
    """
    recorded = _recorded_process(job)
    if recorded is not None and process.is_alive(recorded):
        return recorded
    match = process.find(str(job["job_id"]))
    if match is not None:
        store.update_job(str(job["job_id"]), pid=match.pid, pid_started=match.started, boot_id=match.boot_id)
    return match


def may_still_start(job: Job) -> bool:
    """Return whether a job without a process may still get one from the process that claimed it."""
    if job["state"] == JobState.RUNNING or value(job, "pid") is not None:
        return False
    timeout = ORPHAN_TIMEOUT if _claiming_worker_is_gone(job) else START_TIMEOUT
    # A time in the future was written before the clock was put back, and does not say how long ago that was.
    return -timeout < _seconds_since(job, "created_at", "started_at", "heartbeat_at") < timeout


def _claiming_worker_is_gone(job: Job) -> bool:
    """Return whether the worker that claimed a job is known to be dead or without its lease.

    Nobody starts the job then.
    A job that was started without the queue has no lease, and nothing is known of who started it.
    """
    if job["kind"] not in QUEUED_KINDS or value(job, "started_at") is None:
        return False
    workers = store.workers()
    workers = workers[
        (workers["host"] == (value(job, "host") or store.host())) & (workers["device"] == (value(job, "device") or ""))
    ]
    if workers.empty:
        return False
    worker = workers.iloc[0].to_dict()
    return pd.Timestamp(worker["started_at"]) > pd.Timestamp(job["started_at"]) or not process.is_alive(
        Identity(int(worker["pid"]), float(worker["pid_started"]), str(worker["boot_id"]))
    )


def is_gone(job: Job) -> bool:
    """Return whether an active job has no process any more, and will not get one."""
    if is_here(job):
        return find_process(job) is None and not may_still_start(job)
    return _seconds_since(job, "started_at", "heartbeat_at") > REMOTE_TIMEOUT


def settle(job: Job, *, frozen: bool = False) -> str | None:
    """Record the end of a job whose process is gone and whose exit code nobody has.

    Returns the new state, or None where the job had ended already.
    With `frozen`, its process gave no sign of life and was ended.

    The state is read once more: a process that is gone can write no more, and what it wrote last counts.
    """
    state = current_state(job)
    if state not in ACTIVE:
        return None
    ended, reason = (JobState.LOST, lost_message(job, frozen=True)) if frozen else _inferred_end(job, state)
    finish(job, ended, reason)
    return ended


def reconcile_jobs() -> list[str]:
    """Settle every job whose process is gone; return their ids."""
    return [str(job["job_id"]) for job in active_jobs() if is_gone(job) and settle(job) is not None]


def lost_message(job: Job, *, frozen: bool = False) -> str:
    """Return the sentence for a job whose process vanished: what happened, and how to continue."""
    if not is_here(job):
        return f"Nothing was heard of the machine {job['host']} for an hour; look after it, then start this again."
    if job["kind"] in CATALOG_KINDS:
        return "The process ended without a word (killed or machine restarted); start it again."
    if job["kind"] == "explain":
        return "The explain process ended without a word (killed or machine restarted); ask for it again."
    run_id = value(job, "run_id")
    if run_id is None or _run_status(run_id) is None:
        return (
            "The trainer process ended without a word before its run began (killed or machine restarted); "
            "start it again."
        )
    what = (
        "The trainer process gave no sign of life and was ended (suspended?)"
        if frozen
        else "The trainer process ended without a word (killed or machine restarted)"
    )
    return f"{what}; continue with: python -m trainer resume {run_id}"


def ending_of_run(job: Job) -> tuple[str, str | None] | None:
    """Return the state and error with which the job's run ended; None when it has not ended.

    Its job ended the same way.
    """
    run_id = value(job, "run_id")
    run = store.run(run_id) if job["kind"] == "train" and run_id is not None else None
    if run is None or run["status"] not in _RUN_ENDED:
        return None
    ended, queued = value(run, "finished_at"), value(job, "created_at")
    if ended is None or (queued is not None and pd.Timestamp(ended) < pd.Timestamp(queued)):
        return None  # an earlier attempt ended so; this job is to continue it
    return str(run["status"]), value(run, "error")


def read_progress(path: Path) -> Mapping[str, Any]:
    """Read what the catalog wrote of its progress: done, total, message.

    Empty when there is nothing to read yet.
    """
    try:
        written = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return written if isinstance(written, dict) else {}


def is_complete(progress: Mapping[str, Any]) -> bool:
    """Return whether all items of a progress are done."""
    total = progress.get("total")
    return isinstance(total, int) and total > 0 and progress.get("done") == total


def _seconds_since(job: Job, *columns: str) -> float:
    """Return the seconds since the latest of these columns; infinity where all are empty."""
    moments = [pd.Timestamp(moment) for moment in (value(job, column) for column in columns) if moment is not None]
    return float((pd.Timestamp(utc_now()) - max(moments)).total_seconds()) if moments else float("inf")


def _recorded_process(job: Job) -> Identity | None:
    pid, started, boot = (value(job, column) for column in ("pid", "pid_started", "boot_id"))
    if pid is None or started is None:
        return None
    return Identity(int(pid), float(started), str(boot or process.boot_id()))


def _run_status(run_id: str) -> str | None:
    run = store.run(run_id)
    return None if run is None else str(run["status"])


def _inferred_end(job: Job, state: str) -> tuple[str, str | None]:
    ending = ending_of_run(job)
    if ending is not None:
        return ending
    if job["kind"] == "train":
        return JobState.LOST, lost_message(job)
    if state == JobState.STOPPING:
        return JobState.STOPPED, None
    if job["kind"] in CATALOG_KINDS and is_complete(read_progress(progress_path(job))):
        return JobState.DONE, None
    message = error_message(log_path(job)) if job["kind"] != "phantom" else None
    return (JobState.FAILED, message) if message else (JobState.LOST, lost_message(job))
