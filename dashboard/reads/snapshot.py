"""Read runs, finished stages and jobs once for all sessions.

Every rerun of every session needs them, and while trainings run the store changes several times a second. If each
change were read at once, twenty sessions would wait for one another's reads. So a snapshot stays valid for a second,
and for longer where reading takes long. The first session that finds it too old reads the store again; the others go
on with the old one meanwhile. What this app itself has written is visible at once.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

import jobs
import store

# A job's row; None where the store has no value. Plain dictionaries, since every tick of every session reads all rows.
Job = dict[str, Any]

FRESH = 1.0  # seconds for which a snapshot is valid at least
_COST_FACTOR, _OLDEST = 4.0, 5.0  # valid for this many times the seconds that reading took, up to this many seconds


@dataclass(frozen=True)
class Snapshot:
    """The store at one moment, shared by all sessions.

    Copy what is to be changed: copies are cheap, since pandas copies frames on write.
    """

    source: tuple[str, int]  # path of the store, and how many times this app had written to it
    change_token: str  # of the file, before it was read
    read_at: float
    cost: float  # seconds that reading took, once the store was open
    runs: pd.DataFrame
    stages: pd.DataFrame
    jobs: list[Job]
    results: str  # changes when a stage or a run has ended or a run has appeared
    live: str  # changes when a job appears, begins or ends
    # Stages and row of the runs that were asked for.
    by_run: dict[str, tuple[pd.DataFrame, dict[str, Any] | None]] = field(default_factory=dict)

    def stages_of(self, run_id: str) -> pd.DataFrame:
        """Return the stages of one run; kept, since a page asks a dozen times."""
        if run_id not in self.by_run:
            stages = self.stages[self.stages["run_id"] == run_id].reset_index(drop=True)
            rows = self.runs[self.runs["run_id"] == run_id].to_dict("records")
            self.by_run[run_id] = stages, next(iter(rows), None)
        return self.by_run[run_id][0]

    def row_of(self, run_id: str) -> dict[str, Any] | None:
        """Return one run's row; None where there is no such run."""
        self.stages_of(run_id)
        return self.by_run[run_id][1]

    @property
    def is_fresh(self) -> bool:
        """Return whether the snapshot is still valid without a look at the file."""
        return time.monotonic() - self.read_at < max(FRESH, min(_COST_FACTOR * self.cost, _OLDEST))


_reading = threading.Lock()
_latest: Snapshot | None = None


def current() -> Snapshot:
    """Return a valid snapshot, or read a new one; raise StoreError if it cannot be read."""
    source = (str(store.results_path()), store.written())
    last = _latest if _latest is not None and _latest.source == source else None
    if last is not None and last.is_fresh:
        return last
    if not _reading.acquire(blocking=last is None):
        assert last is not None, "a session without a snapshot waits for the lock"
        return last
    try:
        return _read(source)
    finally:
        _reading.release()


def _read(source: tuple[str, int]) -> Snapshot:
    """Read the store if it has changed, unless another session has just done so.

    To be called under the lock.
    """
    global _latest
    last = _latest if _latest is not None and _latest.source == source else None
    if last is not None and last.is_fresh:
        return last
    token = _change_token()
    if last is not None and last.change_token == token:
        _latest = replace(last, read_at=time.monotonic(), cost=0.0)
    else:
        runs, stages, jobs, cost = read()
        tokens = _tokens(runs, stages, jobs)
        _latest = Snapshot(source, token, time.monotonic(), cost, runs, stages, jobs, *tokens)
    return _latest


def read() -> tuple[pd.DataFrame, pd.DataFrame, list[Job], float]:
    """Read runs, finished stages and jobs in one opening of the store.

    Returns:
        Runs, newest first; stages, in the order they were trained; jobs; and the seconds that reading took. Waiting
        until other processes release the store is not counted, since it uses no CPU.
    """
    with store.read():
        began = time.monotonic()
        runs, stages, recent = store.runs(), store.stages(), jobs.recent(finished=12)
    return (
        runs.sort_values("created_at", ascending=False, kind="stable", ignore_index=True),
        stages.sort_values(["run_id", "position"], kind="stable", ignore_index=True),
        recent.astype(object).where(recent.notna(), None).to_dict("records"),
        time.monotonic() - began,
    )


def _change_token() -> str:
    path = store.results_path()
    served = ":" in str(path) and not path.exists()  # a store on a server has no file to look at
    return f"{store.mark()}|{int(time.time())}" if served else store.mark()


def _tokens(runs: pd.DataFrame, stages: pd.DataFrame, recent: list[Job]) -> tuple[str, str]:
    states = "|".join(sorted(f"{run}:{status}" for run, status in zip(runs["run_id"], runs["status"], strict=True)))
    latest = stages["finished_at"].max() if len(stages) else ""
    live = "|".join(sorted(f"{job['job_id']}:{job['state']}" for job in recent))
    return f"{store.results_path()}|{len(stages)}|{latest}|{states}", live
