"""Who writes: a process that acts for a job may write only while that job has not ended.

An attempt at a run is a job of its own, so that a job's end is a fence: a process that was frozen, taken for lost and
woken finds its job ended, and each of its transactions is refused, however far its successor is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from store.engine.errors import Superseded
from system.job_states import FINAL

# The mark that a process which was started for a job carries in its environment.
JOB_MARK = "ODAP_JOB"

_acting: list[str] = []


def job() -> str | None:
    """The job that this process acts for, None where it acts for itself."""
    return _acting[-1] if _acting else os.environ.get(JOB_MARK) or None


@contextmanager
def acting_for(job_id: str) -> Iterator[None]:
    """For the length of the block, all threads of this process write only while this job has not ended."""
    _acting.append(job_id)
    try:
        yield
    finally:
        _acting.remove(job_id)


def confirm(connection: duckdb.DuckDBPyConnection) -> None:
    """Raise Superseded when the job that this process acts for has ended, or was deleted with its run."""
    job_id = job()
    state = None if job_id is None else state_of(connection, job_id)
    if job_id is not None and (state is None or state in FINAL):
        raise Superseded(
            f"Job {job_id} was ended while this process was out of reach; it writes nothing more, and what it had"
            " finished before is kept."
        )


def has_ended(connection: duckdb.DuckDBPyConnection, job_id: str) -> bool:
    """Whether there is such a job and it has ended."""
    return state_of(connection, job_id) in FINAL


def state_of(connection: duckdb.DuckDBPyConnection, job_id: str) -> str | None:
    """A job's state; None when there is none of that id."""
    row = connection.execute("SELECT state FROM jobs WHERE job_id = ?", [job_id]).fetchone()
    return None if row is None else str(row[0])
