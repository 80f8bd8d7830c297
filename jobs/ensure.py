"""Start a worker where none lives, and end jobs whose process is gone."""

from __future__ import annotations

import threading

import store
from jobs import process
from jobs.lifecycle import is_here, reconcile_jobs
from jobs.process import Child
from jobs.worker_lock import any_held
from system.job_states import OPEN, JobState

_starting: list[Child] = []
_starting_lock = threading.Lock()


def ensure_worker() -> bool:
    """Start a detached worker if there is work and none lives; return whether one was started.

    Cheap to call.
    """
    with _starting_lock:
        if any_held() or any(child.exit_code() is None for child in _starting):
            return False
        if not _anything_to_do():
            return False
        _starting[:] = [process.spawn(process.python("jobs", "work"), store.runs_root() / "worker.log")]
        return True


def _anything_to_do() -> bool:
    try:
        jobs = store.jobs(states=OPEN).to_dict("records")
        return any(job["state"] == JobState.QUEUED or is_here(job) for job in jobs)
    except store.StoreBusy:
        return True  # a worker that finds nothing ends by itself


def reconcile() -> list[str]:
    """Record the end of jobs (and runs) whose process is gone; return the ids of those jobs.

    A deletion that was killed is finished too, and what waits in the spools is written.
    While a worker lives it settles jobs itself, knowing exit codes, and none is settled here.
    """
    process.reap()
    store.tidy()
    store.apply_waiting()
    return [] if any_held() else reconcile_jobs()
