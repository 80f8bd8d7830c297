"""Refuse writes of a process whose job has ended.

Each attempt at a run is a separate job, so the end of a job is a fence: when a process was frozen, recorded as lost and
resumes, its job has ended and each of its transactions is refused, no matter how far its successor has come.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from store.engine.errors import Superseded
from system.job_states import FINAL

# The environment variable that names the job for which a process was started.
JOB_MARK = "ODAP_JOB"

_acting: list[str] = []


def job() -> str | None:
    """Return the id of the job that this process acts for; None when it acts for no job."""
    return _acting[-1] if _acting else os.environ.get(JOB_MARK) or None


@contextmanager
def acting_for(job_id: str) -> Iterator[None]:
    """Let all threads of this process write in the block only while this job has not ended."""
    _acting.append(job_id)
    try:
        yield
    finally:
        _acting.remove(job_id)


def confirm(connection: duckdb.DuckDBPyConnection) -> None:
    """Raise Superseded when the job that this process acts for has ended or was deleted."""
    job_id = job()
    state = None if job_id is None else state_of(connection, job_id)
    if job_id is not None and (state is None or state in FINAL):
        raise Superseded(
            f"Job {job_id} was ended while this process was out of reach; it writes nothing more, and what it had"
            " finished before is kept."
        )


def has_ended(connection: duckdb.DuckDBPyConnection, job_id: str) -> bool:
    """Return whether a job of this id exists and has ended."""
    return state_of(connection, job_id) in FINAL


def state_of(connection: duckdb.DuckDBPyConnection, job_id: str) -> str | None:
    """Return a job's state; None when no job has this id."""
    row = connection.execute("SELECT state FROM jobs WHERE job_id = ?", [job_id]).fetchone()
    return None if row is None else str(row[0])
