"""Runs, finished stages and jobs as every rerun of every session asks for them: read once, and shared by all.

While trainings run the store changes several times a second. Were it read anew at every change, twenty sessions would
wait for one another's readings all the time; so what was read last is good for a second, and for longer where reading
takes long. Whoever finds it old reads it; all others go on with what there is. What this app itself has written is
seen at once.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

import jobs
import store

Job = dict[str, Any]  # a job's row, None where the store has no value; a tick of every session goes through all of them

FRESH = 1.0  # seconds for which what was read is good
_SHARE, _OLD = 4.0, 5.0  # and so many times what reading took, up to so many seconds


@dataclass(frozen=True)
class Snapshot:
    """The store at one moment. What it holds is everybody's: copies are cheap (pandas copies frames on write)."""

    of: tuple[str, int]  # which store, and how much this app had written to it
    mark: str  # of the file, before it was read
    read_at: float
    cost: float  # seconds that reading took, once the store was open
    runs: pd.DataFrame
    stages: pd.DataFrame
    jobs: list[Job]
    results: str  # changes when a stage or a run has ended or a run has appeared
    live: str  # changes when a job appears, begins or ends
    by_run: dict[str, tuple[pd.DataFrame, dict[str, Any] | None]] = field(default_factory=dict)  # of runs asked about

    def stages_of(self, run_id: str) -> pd.DataFrame:
        """The stages of one run; a page asks a dozen times."""
        if run_id not in self.by_run:
            found = self.stages[self.stages["run_id"] == run_id].reset_index(drop=True)
            rows = self.runs[self.runs["run_id"] == run_id].to_dict("records")
            self.by_run[run_id] = found, next(iter(rows), None)
        return self.by_run[run_id][0]

    def row_of(self, run_id: str) -> dict[str, Any] | None:
        """One run's row; None where there is no such run."""
        self.stages_of(run_id)
        return self.by_run[run_id][1]

    @property
    def is_fresh(self) -> bool:
        """Whether it is too young to look at the file again."""
        return time.monotonic() - self.read_at < max(FRESH, min(_SHARE * self.cost, _OLD))


_reading = threading.Lock()
_latest: Snapshot | None = None


def current() -> Snapshot:
    """The store as it was a moment ago; raises StoreError where it must be read and cannot be."""
    of = (str(store.results_path()), store.written())
    last = _latest if _latest is not None and _latest.of == of else None
    if last is not None and last.is_fresh:
        return last
    if not _reading.acquire(blocking=last is None):
        assert last is not None, "whoever has nothing waits"
        return last
    try:
        return _read(of)
    finally:
        _reading.release()


def _read(of: tuple[str, int]) -> Snapshot:
    """Under the lock: what another session has read meanwhile, or what the file says unless it is as it was."""
    global _latest
    last = _latest if _latest is not None and _latest.of == of else None
    if last is not None and last.is_fresh:
        return last
    mark = _mark()
    if last is not None and last.mark == mark:
        _latest = replace(last, read_at=time.monotonic(), cost=0.0)
    else:
        runs, stages, jobs, cost = read()
        _latest = Snapshot(of, mark, time.monotonic(), cost, runs, stages, jobs, *_tokens(runs, stages, jobs))
    return _latest


def read() -> tuple[pd.DataFrame, pd.DataFrame, list[Job], float]:
    """Runs (newest first), finished stages (in the order they were trained) and jobs: one opening for all three.

    And the seconds that it took; to wait for a store that others hold costs nobody anything.
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


def _mark() -> str:
    path = store.results_path()
    served = ":" in str(path) and not path.exists()  # over the network there is no file to look at
    return f"{store.mark()}|{int(time.time())}" if served else store.mark()


def _tokens(runs: pd.DataFrame, stages: pd.DataFrame, recent: list[Job]) -> tuple[str, str]:
    states = "|".join(sorted(f"{run}:{status}" for run, status in zip(runs["run_id"], runs["status"], strict=True)))
    latest = stages["finished_at"].max() if len(stages) else ""
    live = "|".join(sorted(f"{job['job_id']}:{job['state']}" for job in recent))
    return f"{store.results_path()}|{len(stages)}|{latest}|{states}", live
