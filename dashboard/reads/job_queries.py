"""Read the job queue: which jobs wait, run or failed; and run its maintenance."""

from __future__ import annotations

import threading
import time

import pandas as pd

import jobs
import store
from dashboard.reads import snapshot
from dashboard.reads.snapshot import Job
from system.job_states import FINAL, JobState

FAILED = frozenset({JobState.FAILED, JobState.LOST})

_MAINTENANCE_EVERY = 5.0  # seconds
_maintaining = threading.Lock()
_maintained_at: dict[str, float] = {}  # store -> when its last maintenance ended


def recent_jobs() -> list[Job]:
    """Return jobs that wait or run, then the last few that ended; `progress` is in [0, 1]."""
    return [dict(job) for job in snapshot.current().jobs]


def live_jobs() -> list[Job]:
    """Return running jobs, then waiting ones in the order in which they will start."""
    return [job for job in recent_jobs() if job["state"] not in FINAL]


def is_queued(run_id: str) -> bool:
    """Return whether a training job of a run waits or runs."""
    return any(job["run_id"] == run_id and job["kind"] == "train" for job in live_jobs())


def recent_failures(minutes: int = 15, at_most: int = 2) -> list[Job]:
    """Return the latest jobs that failed or were lost, since the last one that succeeded.

    Those that ended more than some minutes ago are left out.
    """
    ended = [job for job in recent_jobs() if job["state"] in FINAL and job["finished_at"] is not None]
    since = max([_ago(minutes), *(job["finished_at"] for job in ended if job["state"] == JobState.DONE)])
    return [job for job in ended if job["state"] in FAILED and job["finished_at"] >= since][:at_most]


def latest_failure(kind: str, dataset: str | None = None, minutes: int = 60) -> Job | None:
    """Return the latest job of a kind (and dataset) if it failed or was lost; else None.

    It must have ended within some minutes. Other jobs do not matter: a failed import stays on the page even if a
    training has succeeded since.
    """
    candidates = [job for job in recent_jobs() if job["kind"] == kind and dataset in (None, job["dataset"])]
    latest = max(candidates, key=lambda job: job["created_at"], default=None)
    if latest is None or latest["state"] not in FAILED or latest["finished_at"] < _ago(minutes):
        return None
    return latest


def _ago(minutes: int) -> pd.Timestamp:
    return pd.Timestamp.now(tz="UTC").tz_localize(None) - pd.Timedelta(minutes=minutes)


def live_token() -> str:
    """Return a token that changes when a job appears, begins or ends; not with its progress."""
    return snapshot.current().live


def run_maintenance() -> None:
    """Conclude jobs of dead processes and make sure that a worker runs.

    It does so at most every few seconds, however many sessions call it.
    """
    path = store.results_path()
    since = time.monotonic() - _maintained_at.get(str(path), float("-inf"))
    if since < _MAINTENANCE_EVERY or not _maintaining.acquire(blocking=False):
        return  # just done, or another session does it now
    try:
        if path.exists():
            jobs.reconcile()
            jobs.ensure_worker()
        _maintained_at[str(path)] = time.monotonic()
    finally:
        _maintaining.release()
