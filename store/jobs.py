"""The job queue's rows. States: queued, starting, running, stopping, done, failed, stopped, lost."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from store.connection import read, write
from store.errors import StoreError
from store.results import utc_now

COLUMNS = (
    "job_id", "kind", "state", "run_id", "title", "args", "dataset", "seed", "priority", "pid", "pid_started",
    "boot_id", "round", "stage", "epoch", "epochs", "step", "steps", "images_per_s", "seconds_left", "message", "error",
    "log", "created_at", "started_at", "heartbeat_at", "finished_at",
)  # fmt: skip
FINAL = ("done", "failed", "stopped", "lost")


def add_job(
    kind: str,
    *,
    title: str,
    args: Mapping[str, Any],
    run_id: str | None = None,
    dataset: str | None = None,
    seed: int | None = None,
    state: str = "queued",
    **columns: Any,
) -> str:
    """Add a job; further columns (pid, log, ...) by name. Returns its id."""
    job_id = uuid.uuid4().hex[:12]
    row = {
        "job_id": job_id, "kind": kind, "state": state, "run_id": run_id, "title": title, "args": json.dumps(args),
        "dataset": dataset, "seed": seed, "priority": 0, "created_at": utc_now(), **columns,
    }  # fmt: skip
    if state != "queued":
        row.setdefault("started_at", utc_now())
        row.setdefault("heartbeat_at", utc_now())
    _refuse_unknown(row)
    with write() as connection:
        connection.execute(
            f"INSERT INTO jobs ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", list(row.values())
        )
    return job_id


def claim_job(kinds: Sequence[str]) -> dict[str, Any] | None:
    """Take the next queued job (priority, then age) for this caller alone; None when there is none."""
    with write() as connection:
        row = connection.execute(
            "SELECT job_id FROM jobs WHERE state = 'queued' AND kind IN (SELECT unnest(?)) "
            "ORDER BY priority DESC, created_at, rowid LIMIT 1",
            [list(kinds)],
        ).fetchone()
        if row is None:
            return None
        connection.execute(
            "UPDATE jobs SET state = 'starting', started_at = ?, heartbeat_at = ? WHERE job_id = ?",
            [utc_now(), utc_now(), row[0]],
        )
    return job(row[0])


def update_job(job_id: str, timeout: float = 30.0, **columns: Any) -> None:
    """Change columns of a job and refresh its heartbeat; an end is stamped with its time.

    A job that was asked to stop does not go back to `running`.
    """
    _refuse_unknown(columns)
    row = {**columns, "heartbeat_at": utc_now()}
    if row.get("state") in FINAL:
        row.setdefault("finished_at", utc_now())
    kept = "state = CASE WHEN state = 'stopping' AND ? = 'running' THEN state ELSE ? END"
    changes = [kept if name == "state" else f"{name} = ?" for name in row]
    values: list[Any] = []
    for name, value in row.items():
        values += [value, value] if name == "state" else [value]
    with write(timeout) as connection:
        connection.execute(f"UPDATE jobs SET {', '.join(changes)} WHERE job_id = ?", [*values, job_id])


def request_stop(job_id: str) -> None:
    """Ask a job to end: a queued one is stopped at once, one that runs is `stopping` until it has ended."""
    with write() as connection:
        connection.execute(
            "UPDATE jobs SET finished_at = CASE WHEN state = 'queued' THEN ? ELSE finished_at END, "
            "state = CASE WHEN state = 'queued' THEN 'stopped' ELSE 'stopping' END "
            "WHERE job_id = ? AND state IN ('queued', 'starting', 'running')",
            [utc_now(), job_id],
        )


def job_state(job_id: str) -> str:
    """State of a job; raises StoreError when there is none of that id."""
    with read() as connection:
        row = connection.execute("SELECT state FROM jobs WHERE job_id = ?", [job_id]).fetchone()
    if row is None:
        raise StoreError(f"There is no job '{job_id}'; see python -m jobs list.")
    return str(row[0])


def jobs(states: Sequence[str] | None = None) -> pd.DataFrame:
    """Every job, oldest first; COLUMNS."""
    condition = "" if states is None else "WHERE state IN (SELECT unnest(?))"
    with read() as connection:
        return connection.execute(
            f"SELECT * FROM jobs {condition} ORDER BY created_at, rowid", [] if states is None else [list(states)]
        ).df()


def job(job_id: str) -> dict[str, Any] | None:
    """One job, `args` as a mapping; None when there is none of that id."""
    with read() as connection:
        result = connection.execute("SELECT * FROM jobs WHERE job_id = ?", [job_id])
        row = result.fetchone()
        names = [column[0] for column in result.description or []]
    return None if row is None else dict(zip(names, row, strict=True))


def _refuse_unknown(columns: Mapping[str, Any]) -> None:
    unknown = sorted(set(columns) - set(COLUMNS))
    if unknown:
        raise ValueError(f"a job has no column {unknown[0]!r}")
