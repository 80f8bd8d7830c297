"""Read and write the rows of the job queue; the states of a job are in `system.job_states`."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pandas as pd

from store.clock import utc_now
from store.engine.connection import read, write
from store.engine.errors import StoreError
from store.engine.fencing import has_ended, state_of
from store.workers import Lease, confirm_lease, host
from system.job_states import FINAL, WANTED, JobState, sql_list

COLUMNS = (
    "job_id", "kind", "state", "run_id", "title", "args", "dataset", "seed", "priority", "pid", "pid_started",
    "boot_id", "round", "stage", "epoch", "epochs", "step", "steps", "images_per_s", "seconds_left", "message", "error",
    "log", "created_at", "started_at", "heartbeat_at", "finished_at", "after", "host", "device",
)  # fmt: skip
_READY = f"(after IS NULL OR EXISTS (FROM jobs d WHERE d.job_id = jobs.after AND d.state = '{JobState.DONE}'))"
_STOPPED = JobState.STOPPING, JobState.STOPPED
# Jobs that wait for a job that will not succeed: they end with a sentence that names it.
_END_WAITING = f"""
    UPDATE jobs SET
        finished_at = ?,
        state = CASE WHEN d.state IN {sql_list(_STOPPED)} THEN '{JobState.STOPPED}' ELSE '{JobState.FAILED}' END,
        error = 'Not started: "' || d.title || '", which this job waits for, ' || CASE d.state
            WHEN '{JobState.FAILED}' THEN 'failed; mend that first, then start both again.'
            WHEN '{JobState.LOST}' THEN 'was lost; start both again.'
            ELSE 'was stopped.' END
    FROM jobs d
    WHERE jobs.after = d.job_id AND jobs.state = '{JobState.QUEUED}'
    AND d.state IN {sql_list((*_STOPPED, JobState.FAILED, JobState.LOST))}
    RETURNING jobs.job_id
"""


@dataclass(frozen=True)
class NewJob:
    """Describe a job to be added.

    Attributes:
        kind: train, phantom, import, check or explain.
        title: what it does, for people.
        args: what its command line is made from; plain numbers, texts, lists and mappings.
        state: queued; or starting/running where its process exists already or is about to start.
        after: the id of a job that must be done first; None = nothing to wait for.
        priority: higher is taken earlier; among equals the oldest.
        once: columns; if a waiting or running job has the same values in them, its id is used and no job is added.
        message: text shown while it waits.
        job_id: its id, which another new job may name as its `after`.
    """

    kind: str
    title: str
    args: Mapping[str, Any]
    run_id: str | None = None
    dataset: str | None = None
    seed: int | None = None
    state: str = JobState.QUEUED
    after: str | None = None
    priority: int = 0
    once: tuple[str, ...] = ()
    message: str | None = None
    job_id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])


def add_job(kind: str, *, title: str, args: Mapping[str, Any], **columns: Any) -> str:
    """Add one job and return its id.

    Further fields of NewJob and further columns (pid, log, ...) are given by name.
    """
    own = {name: columns.pop(name) for name in list(columns) if name in NewJob.__dataclass_fields__}
    return add_jobs([NewJob(kind, title, args, **own)], **columns)[0]


def add_jobs(wanted: Sequence[NewJob], **columns: Any) -> list[str]:
    """Add jobs in one transaction, all or none; return their ids, in order.

    Two callers at the same instant with the same `once` get the same ids.

    Raises:
        StoreError: an `after` names no job.
    """
    _refuse_unknown(columns)
    ids: dict[str, str] = {}
    with write() as connection:
        for job in wanted:
            after = ids.get(job.after, job.after) if job.after is not None else None
            ids[job.job_id] = _add(connection, job, _row(job) | {"after": after} | columns)
        _end_waiting(connection)
    return list(ids.values())


def claim_job(kinds: Sequence[str], lease: Lease | None = None) -> dict[str, Any] | None:
    """Take the next queued job (priority, then age) for this caller alone; None: there is none.

    A job that waits for another is passed over until that one is done.

    Args:
        lease: of the worker that claims; its device is written to the job.
    Raises:
        Superseded: another worker has that lease.
    """
    with write() as connection:
        if lease is not None:
            confirm_lease(connection, lease)
        result = connection.execute(
            f"UPDATE jobs SET state = '{JobState.STARTING}', started_at = ?, heartbeat_at = ?, host = ?, device = ? "
            "WHERE job_id = ("
            f"SELECT job_id FROM jobs WHERE state = '{JobState.QUEUED}' AND kind IN (SELECT unnest(?)) AND {_READY} "
            "ORDER BY priority DESC, created_at, rowid LIMIT 1) RETURNING *",
            [utc_now(), utc_now(), host(), (lease.device or None) if lease else None, list(kinds)],
        )
        return _mapping(result)


def update_job(job_id: str, timeout: float = 30.0, then: NewJob | None = None, **columns: Any) -> str | None:
    """Update columns of a job and its heartbeat; return the job's state.

    `finished_at` is set when the state is final.
    A job that was asked to stop does not go back to `running`, and one that has ended stays as it ended. Where it
    ends and is not done, those that wait for it end too.

    Args:
        then: a job to be added in the same transaction, unless this one had ended before. What waits for this one
            then waits for that.
    """
    _refuse_unknown(columns)
    row = {**columns, "heartbeat_at": utc_now()}
    if row.get("state") in FINAL:
        row.setdefault("finished_at", utc_now())
    if row.get("pid") is not None:
        row.setdefault("host", host())
    kept = f"state = CASE WHEN state = '{JobState.STOPPING}' AND ? = '{JobState.RUNNING}' THEN state ELSE ? END"
    changes = [kept if name == "state" else f"{name} = ?" for name in row]
    values: list[Any] = []
    for name, value in row.items():
        values += [value, value] if name == "state" else [value]
    with write(timeout) as connection:
        if "state" in row and has_ended(connection, job_id):
            return state_of(connection, job_id)
        updated = connection.execute(
            f"UPDATE jobs SET {', '.join(changes)} WHERE job_id = ? RETURNING state", [*values, job_id]
        ).fetchone()
        if then is not None and updated is not None:
            again = _add(connection, then, _row(then) | {"after": then.after})
            connection.execute("UPDATE jobs SET after = ? WHERE after = ?", [again, job_id])
        if row.get("state") in FINAL:
            _end_waiting(connection)
    return None if updated is None else str(updated[0])


def request_stop(job_id: str) -> list[str]:
    """Request a job to stop: a queued one is `stopped` at once, others `stopping` until the end.

    Those that wait for it are stopped at once; returns their ids.
    """
    with write() as connection:
        connection.execute(
            f"UPDATE jobs SET finished_at = CASE WHEN state = '{JobState.QUEUED}' THEN ? ELSE finished_at END, "
            f"state = CASE WHEN state = '{JobState.QUEUED}' THEN '{JobState.STOPPED}' ELSE '{JobState.STOPPING}' END "
            f"WHERE job_id = ? AND state IN {sql_list(WANTED)}",
            [utc_now(), job_id],
        )
        return _end_waiting(connection)


def prioritize(job_id: str) -> bool:
    """Give a queued job the highest priority of all; return False where it is no longer queued."""
    with write() as connection:
        moved = connection.execute(
            f"UPDATE jobs SET priority = 1 + (SELECT max(priority) FROM jobs WHERE state = '{JobState.QUEUED}') "
            f"WHERE job_id = ? AND state = '{JobState.QUEUED}' RETURNING job_id",
            [job_id],
        ).fetchone()
    return moved is not None


def job_state(job_id: str) -> str:
    """Return the state of a job; raises StoreError when there is none of that id."""
    with read() as connection:
        state = state_of(connection, job_id)
    if state is None:
        raise StoreError(f"There is no job '{job_id}'; see python -m jobs list.")
    return state


def jobs(states: Sequence[str] | None = None) -> pd.DataFrame:
    """Return every job, oldest first: COLUMNS, `args` as a mapping."""
    condition = "" if states is None else "WHERE state IN (SELECT unnest(?))"
    with read() as connection:
        frame = connection.execute(
            f"SELECT * FROM jobs {condition} ORDER BY created_at, rowid", [] if states is None else [list(states)]
        ).df()
    return frame.assign(args=pd.Series([json.loads(args) for args in frame["args"]], frame.index, object))


def job(job_id: str) -> dict[str, Any] | None:
    """Return one job, `args` as a mapping; None when there is none of that id."""
    with read() as connection:
        return _mapping(connection.execute("SELECT * FROM jobs WHERE job_id = ?", [job_id]))


def _mapping(result: duckdb.DuckDBPyConnection) -> dict[str, Any] | None:
    """Return the one row of a result that holds every column; None when it has none."""
    row = result.fetchone()
    if row is None:
        return None
    columns = dict(zip((column[0] for column in result.description or []), row, strict=True))
    return columns | {"args": json.loads(columns["args"])}


def _row(job: NewJob) -> dict[str, Any]:
    row = {
        "job_id": job.job_id, "kind": job.kind, "state": job.state, "run_id": job.run_id, "title": job.title,
        "args": json.dumps(job.args), "dataset": job.dataset, "seed": job.seed, "priority": job.priority,
        "created_at": utc_now(), "message": job.message,
    }  # fmt: skip
    begun = {"started_at": utc_now(), "heartbeat_at": utc_now(), "host": host()}
    return row if job.state == JobState.QUEUED else row | begun


def _add(connection: duckdb.DuckDBPyConnection, job: NewJob, row: Mapping[str, Any]) -> str:
    """Add a job unless an equal one is open; return the id of the new or the open one."""
    twin = _open_twin(connection, row, job.once)
    if twin is None:
        _insert(connection, row)
    return twin or job.job_id


def _open_twin(connection: duckdb.DuckDBPyConnection, row: Mapping[str, Any], once: Sequence[str]) -> str | None:
    """Return a job that waits or runs and has the same values in these columns."""
    if not once:
        return None
    same = " AND ".join(f"{name} IS NOT DISTINCT FROM ?" for name in once)
    twin = connection.execute(
        f"SELECT job_id FROM jobs WHERE state IN {sql_list(WANTED)} AND {same} ORDER BY created_at",
        [row[name] for name in once],
    ).fetchone()
    return None if twin is None else str(twin[0])


def _insert(connection: duckdb.DuckDBPyConnection, row: Mapping[str, Any]) -> None:
    after = row["after"]
    if after is not None and not connection.execute("FROM jobs WHERE job_id = ?", [after]).fetchone():
        raise StoreError(f"There is no job '{after}' to wait for; see python -m jobs list.")
    connection.execute(f"INSERT INTO jobs ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", list(row.values()))


def _end_waiting(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """End jobs that wait for one that will not succeed, and those that wait for these.

    Returns their ids.
    """
    ended: list[str] = []
    while rows := connection.execute(_END_WAITING, [utc_now()]).fetchall():
        ended += [str(row[0]) for row in rows]
    return ended


def _refuse_unknown(columns: Mapping[str, Any]) -> None:
    unknown = sorted(set(columns) - set(COLUMNS))
    if unknown:
        raise ValueError(f"a job has no column {unknown[0]!r}")
