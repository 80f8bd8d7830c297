"""`read()` and `write()`: nobody holds results.duckdb; they open, work and close."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import duckdb

from store.engine import error_messages, fencing
from store.engine.errors import StoreBusy, StoreError
from store.engine.files import inode, log_of, results_path, runs_root
from store.engine.opening import is_cut_off, opened
from store.engine.rewrite import rewrite
from store.engine.schema import is_foreign, newest, version

__all__ = [
    "confined", "confirm", "is_reading", "mark", "read", "results_path", "runs_root", "together", "write", "written",
]  # fmt: skip

_reading = threading.local()
_commits, _counting = 0, threading.Lock()
_ready: dict[Path, int | None] = {}


@contextmanager
def read(timeout: float = 10.0) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection, open for the length of the block; a missing store is made first.

    Within another `read()` of the same thread the same connection is given again: several questions, one opening.

    Raises:
        StoreBusy: another process wrote for longer than `timeout` seconds.
        StoreError: the file cannot be used; the sentence says why and what to do.
    """
    outer: duckdb.DuckDBPyConnection | None = getattr(_reading, "connection", None)
    if outer is not None:
        yield outer
        return
    shared: ExitStack | None = getattr(_reading, "shared", None)
    if shared is not None:
        _reading.shared = None  # the opening below is the one to be shared
        yield shared.enter_context(read(timeout))
        return
    deadline = time.monotonic() + timeout
    _bring_forward(deadline)
    with opened(results_path(), deadline, write=False) as connection:
        _reading.connection = connection
        try:
            yield connection
        except duckdb.Error as error:
            raise StoreError(error_messages.while_open(results_path(), "refused to be read", error)) from error
        finally:
            _reading.connection = None


@contextmanager
def together() -> Iterator[None]:
    """All readings of the block share the opening of the first of them; for questions only, nothing slow beside them.

    To open the file takes as long as many a question, and a block whose answers are all cached opens nothing.
    """
    if is_reading() or getattr(_reading, "shared", None) is not None:
        yield
        return
    with ExitStack() as stack:
        _reading.shared = stack
        try:
            yield
        finally:
            _reading.shared = None


def confirm() -> None:
    """Raise Superseded when the job that this process acts for has ended; asked before files are written.

    Where the store is busy nobody can tell, and nobody can have ended the job either.
    """
    if fencing.job() is not None:
        with suppress(StoreBusy), read(timeout=1.0) as connection:
            fencing.confirm(connection)


def is_reading() -> bool:
    """Whether this thread is inside a `read()`, and so must not write."""
    return getattr(_reading, "connection", None) is not None


@contextmanager
def write(timeout: float = 30.0) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection inside one transaction: committed at the end of the block, rolled back on any exception.

    Raises:
        StoreBusy: the lock could not be had within `timeout` seconds.
        Superseded: the job that this process acts for has ended.
        StoreError: the file cannot be used; the sentence says why and what to do.
    """
    deadline = time.monotonic() + timeout
    _bring_forward(deadline)
    with opened(results_path(), deadline, write=True) as connection:
        try:
            connection.begin()
            fencing.confirm(connection)
            yield connection
            connection.commit()
            _written()
        except duckdb.Error as error:
            raise StoreError(error_messages.while_open(results_path(), "refused a write", error)) from error


def written() -> int:
    """How many transactions this process has committed: what is kept of the store is old once this has changed."""
    return _commits


def _written() -> None:
    global _commits
    with _counting:
        _commits += 1


@contextmanager
def confined(timeout: float) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection that can reach no file but the store; other threads of this process wait meanwhile.

    Raises:
        StoreBusy, StoreError: as `read()`.
    """
    with read(timeout):
        pass  # the file is there, and at the newest schema
    with opened(results_path(), time.monotonic() + timeout, write=False, confined=True) as connection:
        try:
            yield connection
        except duckdb.Error as error:
            raise StoreError(error_messages.while_open(results_path(), "refused that", error)) from error


def mark() -> str:
    """Changes whenever the store may have changed; costs two `stat` calls and opens nothing.

    Take it before reading: what is written later changes it again.
    """
    path = results_path()
    parts = [str(path)]
    for file in (path, log_of(path)):
        try:
            status = file.stat()
        except OSError:
            continue
        parts.append(f"{status.st_mtime_ns}.{status.st_size}.{status.st_ino}")
    return "|".join(parts)


def _bring_forward(deadline: float) -> None:
    """The file is there, whole, and at the newest schema, or is made so; of each file this is looked at once."""
    path = results_path()
    if _ready.get(path) == inode(path) is not None:
        return
    with opened(path, deadline, write=False) as connection:
        seen = inode(path)
        try:
            if is_foreign(connection):
                raise StoreError(error_messages.foreign(path))
            found, cut_off = version(connection), is_cut_off(connection, path)
        except duckdb.Error as error:
            raise StoreError(error_messages.while_opening(path, error)) from None
    if cut_off:
        raise StoreError(error_messages.unsound(path))
    if found > newest():
        raise StoreError(error_messages.newer(path, found, newest()))
    if found < newest():
        try:
            rewrite(deadline - time.monotonic())
        except (duckdb.Error, OSError) as error:
            raise StoreError(error_messages.while_open(path, "refused a write", error)) from error
        seen = inode(path)
    _ready[path] = seen
