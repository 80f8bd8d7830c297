"""From `running` to an end: which process a job has, and what is written down when that process is gone."""

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
from jobs.logs import complaint
from jobs.process import Identity
from store import utc_now
from store.job_states import ACTIVE, JobState

# A job that is being started writes its pid within this time, or nobody started it.
START_PATIENCE = 60.0

# Where whoever claimed it is known to be gone: a process that it had begun to start has its mark within this time.
ORPHAN_PATIENCE = 2.0

# A process on another machine cannot be looked at; it is lost once its heartbeat has been silent for this long.
SILENCE = 3600.0

_RUN_ENDED = (JobState.DONE, JobState.FAILED, JobState.STOPPED)


def value(job: Job, column: str) -> Any:
    """A job's column, None where it is empty in any of the ways a frame knows."""
    found = job.get(column)
    return None if found is None or pd.isna(found) else found


def is_here(job: Job) -> bool:
    """Whether a job's process is, or would be, on this machine; where none is noted, it is."""
    return value(job, "host") in (None, store.host())


def state_now(job: Job) -> str | None:
    """A job's state as the store has it now; None where it was deleted with its run."""
    found = store.job(str(job["job_id"]))
    return None if found is None else str(found["state"])


def active_jobs() -> Iterator[dict[str, Any]]:
    """Every job that ought to have a process, oldest first."""
    yield from store.jobs(states=ACTIVE).to_dict("records")


def finish(job: Job, state: str, error: str | None = None) -> None:
    """Write a job's end, and that of the run it trained where the run still counts as running.

    A training that was lost, and that nobody had asked to stop, is queued again (see `retries`).
    """
    unwanted = state != JobState.LOST or state_now(job) in (None, JobState.STOPPING)
    run_id = value(job, "run_id")
    if job["kind"] == "train" and run_id is not None and _run_status(run_id) == JobState.RUNNING:
        store.finish_run(run_id, state, error)
    again = retries.another_try(job, error or "it was lost") if not unwanted and is_here(job) else None
    # In one transaction: whoever is killed here leaves no lost training that nobody tries again.
    store.update_job(str(job["job_id"]), then=again, state=state, error=error, finished_at=utc_now(), seconds_left=None)
    progress_path(job).unlink(missing_ok=True)


def live_process(job: Job) -> Identity | None:
    """The process of a job, None when it is gone.

    Where the noted process is dead, or none was noted, the machine's processes are searched for the job's mark (its
    starter may have died before it wrote the pid down); what is found is noted.
    """
    noted = _noted(job)
    if noted is not None and process.is_alive(noted):
        return noted
    found = process.find(str(job["job_id"]))
    if found is not None:
        store.update_job(str(job["job_id"]), pid=found.pid, pid_started=found.started, boot_id=found.boot_id)
    return found


def being_started(job: Job) -> bool:
    """Whether a job without a process may still get one from whoever is starting it."""
    if job["state"] == JobState.RUNNING or value(job, "pid") is not None:
        return False
    patience = ORPHAN_PATIENCE if _claimer_is_gone(job) else START_PATIENCE
    # A moment that lies ahead was noted before the clock was put back: it says nothing of how long ago that was.
    return -patience < _silence(job, "created_at", "started_at", "heartbeat_at") < patience


def _claimer_is_gone(job: Job) -> bool:
    """Whether the worker that claimed a job is known to live no more, or to have lost its seat: nobody starts it then.

    What was started beside the queue has no seat, and of it nothing is known.
    """
    if job["kind"] not in QUEUED_KINDS or value(job, "started_at") is None:
        return False
    seats = store.workers()
    seats = seats[
        (seats["host"] == (value(job, "host") or store.host())) & (seats["device"] == (value(job, "device") or ""))
    ]
    if seats.empty:
        return False
    seat = seats.iloc[0].to_dict()
    return pd.Timestamp(seat["started_at"]) > pd.Timestamp(job["started_at"]) or not process.is_alive(
        Identity(int(seat["pid"]), float(seat["pid_started"]), str(seat["boot_id"]))
    )


def is_gone(job: Job) -> bool:
    """Whether an active job has no process any more, nor will get one from whoever is starting it."""
    if is_here(job):
        return live_process(job) is None and not being_started(job)
    return _silence(job, "started_at", "heartbeat_at") > SILENCE


def settle(job: Job, *, frozen: bool = False) -> str | None:
    """Write down how a job ended whose process is gone and whose exit code nobody has; the new state, or None.

    With `frozen`, its process gave no sign of life and was ended.

    The state is read once more: a process that is gone can write no more, and what it wrote last counts.
    """
    state = state_now(job)
    if state not in ACTIVE:
        return None
    ended, reason = (JobState.LOST, lost_sentence(job, frozen=True)) if frozen else _verdict(job, state)
    finish(job, ended, reason)
    return ended


def reconcile_jobs() -> list[str]:
    """Settle every job whose process is gone; returns their ids."""
    return [str(job["job_id"]) for job in active_jobs() if is_gone(job) and settle(job) is not None]


def lost_sentence(job: Job, *, frozen: bool = False) -> str:
    """What to say of a job whose process vanished, and how to go on."""
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


def run_ending(job: Job) -> tuple[str, str | None] | None:
    """How the job's run ended by its own account, None when it did not: then its job ended the same way."""
    run_id = value(job, "run_id")
    run = store.run(run_id) if job["kind"] == "train" and run_id is not None else None
    if run is None or run["status"] not in _RUN_ENDED:
        return None
    ended, queued = value(run, "finished_at"), value(job, "created_at")
    if ended is None or (queued is not None and pd.Timestamp(ended) < pd.Timestamp(queued)):
        return None  # an earlier attempt ended so; this job is to continue it
    return str(run["status"]), value(run, "error")


def read_progress(path: Path) -> Mapping[str, Any]:
    """What the catalog wrote of its progress: done, total, message; empty when there is nothing to read yet."""
    try:
        written = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return written if isinstance(written, dict) else {}


def is_complete(progress: Mapping[str, Any]) -> bool:
    """Whether all that was to be done is done."""
    total = progress.get("total")
    return isinstance(total, int) and total > 0 and progress.get("done") == total


def _silence(job: Job, *columns: str) -> float:
    """Seconds since the latest of these moments; endless where none is noted."""
    moments = [pd.Timestamp(moment) for moment in (value(job, column) for column in columns) if moment is not None]
    return float((pd.Timestamp(utc_now()) - max(moments)).total_seconds()) if moments else float("inf")


def _noted(job: Job) -> Identity | None:
    pid, started, boot = (value(job, column) for column in ("pid", "pid_started", "boot_id"))
    if pid is None or started is None:
        return None
    return Identity(int(pid), float(started), str(boot or process.boot_id()))


def _run_status(run_id: str) -> str | None:
    run = store.run(run_id)
    return None if run is None else str(run["status"])


def _verdict(job: Job, state: str) -> tuple[str, str | None]:
    told = run_ending(job)
    if told is not None:
        return told
    if job["kind"] == "train":
        return JobState.LOST, lost_sentence(job)
    if state == JobState.STOPPING:
        return JobState.STOPPED, None
    if job["kind"] in CATALOG_KINDS and is_complete(read_progress(progress_path(job))):
        return JobState.DONE, None
    words = complaint(log_path(job)) if job["kind"] != "phantom" else None
    return (JobState.FAILED, words) if words else (JobState.LOST, lost_sentence(job))
