"""What the dashboard asks of the queue: which jobs wait and run, which came to nothing; and who sees to them."""

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

_HOUSE_EVERY = 5.0  # seconds
_keeping = threading.Lock()
_kept: dict[str, float] = {}  # store -> when its house was kept last


def recent_jobs() -> list[Job]:
    """Jobs that wait or run, then the last few that ended, with `progress` in [0, 1]."""
    return [dict(job) for job in snapshot.current().jobs]


def live_jobs() -> list[Job]:
    """Jobs that wait or run: running first, then those that wait, in the order in which they will be taken."""
    return [job for job in recent_jobs() if job["state"] not in FINAL]


def is_queued(run_id: str) -> bool:
    """Whether a run that ended early waits to be gone on with, or has a job that is about to."""
    return any(job["run_id"] == run_id and job["kind"] == "train" for job in live_jobs())


def recent_failures(minutes: int = 15, at_most: int = 2) -> list[Job]:
    """The latest jobs that failed or were lost within some minutes and since the last one that went well."""
    ended = [job for job in recent_jobs() if job["state"] in FINAL and job["finished_at"] is not None]
    since = max([_ago(minutes), *(job["finished_at"] for job in ended if job["state"] == JobState.DONE)])
    return [job for job in ended if job["state"] in FAILED and job["finished_at"] >= since][:at_most]


def came_to_nothing(kind: str, dataset: str | None = None, minutes: int = 60) -> Job | None:
    """The latest job of a kind (and dataset), where it failed or was lost within some minutes; None where it is well.

    Other jobs do not matter: an import that failed stays told, whatever training has gone well since.
    """
    found = [job for job in recent_jobs() if job["kind"] == kind and dataset in (None, job["dataset"])]
    latest = max(found, key=lambda job: job["created_at"], default=None)
    if latest is None or latest["state"] not in FAILED or latest["finished_at"] < _ago(minutes):
        return None
    return latest


def _ago(minutes: int) -> pd.Timestamp:
    return pd.Timestamp.now(tz="UTC").tz_localize(None) - pd.Timedelta(minutes=minutes)


def live_token() -> str:
    """Changes when a job appears, begins or ends; not with its progress."""
    return snapshot.current().live


def keep_house() -> None:
    """See to dead processes and to the worker; at most every few seconds, whoever asks."""
    path = store.results_path()
    if time.monotonic() - _kept.get(str(path), float("-inf")) < _HOUSE_EVERY or not _keeping.acquire(blocking=False):
        return  # just done, or another session is at it
    try:
        if path.exists():
            jobs.reconcile()
            jobs.ensure_worker()
        _kept[str(path)] = time.monotonic()
    finally:
        _keeping.release()
