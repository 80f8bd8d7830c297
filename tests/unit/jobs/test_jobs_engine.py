"""Test that the comparison of DuckDB and SQLite as the home of jobs runs, and that both do the same work."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

import store
from benchmarks.jobs_engine import SqliteQueue
from system import paths
from system.job_states import JobState


def test_the_prototype_keeps_what_has_ended_and_refuses_the_heartbeat_of_another_lease(places: Path) -> None:
    running = store.add_job("train", title="t", args={}, state=JobState.RUNNING)
    ended = store.add_job("train", title="t", args={}, state=JobState.LOST)
    lease = store.acquire_lease(None, {"pid": 1, "pid_started": 0.0, "boot_id": "b"})
    SqliteQueue.fill(places / "jobs.sqlite")
    queue = SqliteQueue(places / "jobs.sqlite", timeout=1.0)
    assert queue.update_job(running, step=7) == "running"
    assert queue.update_job(ended, step=7) is None
    frame = queue.jobs().set_index("job_id")
    assert frame["step"].to_dict()[running] == 7 and frame["step"].isna()[ended]
    assert list(queue.jobs().columns) == list(store.jobs().columns)
    before = _heartbeat(places)
    queue.renew_lease(store.Lease(lease.host, lease.device, lease.fence + 1))
    assert _heartbeat(places) == before
    queue.renew_lease(lease)
    assert _heartbeat(places) > before


def _heartbeat(places: Path) -> str:
    with sqlite3.connect(places / "jobs.sqlite") as connection:
        return str(connection.execute("SELECT heartbeat_at FROM workers").fetchone()[0])


@pytest.mark.slow
def test_the_quick_comparison_prints_a_row_for_each_engine() -> None:
    command = [sys.executable, "benchmarks/jobs_engine.py", "--quick"]
    done = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True, check=True, timeout=280)
    rows = re.findall(r"^\| 2 \| (DuckDB|DuckDB, paced|SQLite) \| (.+) \|$", done.stdout, re.MULTILINE)
    assert [engine for engine, _ in rows] == ["DuckDB", "DuckDB, paced", "SQLite"], done.stdout
    assert all(float(cells.split(" | ")[0]) > 0 and int(cells.split(" | ")[-1]) > 0 for _, cells in rows)
