"""Open results.duckdb for one block at a time, with `read()` and `write()`."""

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
    """Open a read-only connection for the length of the block; create a missing store first.

    Inside another `read()` of the same thread, the same connection is used: several queries, one opening.

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
        _reading.shared = None  # the connection opened below is the one to share
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
    """Share one connection among all reads of the block, opened by the first of them.

    Opening the file takes as long as many a query. A block whose results are all cached opens nothing. Do nothing slow
    besides the queries in the block.
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
    """Raise Superseded when the job that this process acts for has ended.

    Call it before files are written. While the store is busy this cannot be checked, and nobody can end the job either.
    """
    if fencing.job() is not None:
        with suppress(StoreBusy), read(timeout=1.0) as connection:
            fencing.confirm(connection)


def is_reading() -> bool:
    """Return whether this thread is inside a `read()`, and so must not write."""
    return getattr(_reading, "connection", None) is not None


@contextmanager
def write(timeout: float = 30.0) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a connection in one transaction; commit it at the end, roll it back on an exception.

    Raises:
        StoreBusy: the lock was not acquired within `timeout` seconds.
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
    """Return how many transactions this process has committed.

    Cached results of the store are out of date once the number has changed.
    """
    return _commits


def _written() -> None:
    global _commits
    with _counting:
        _commits += 1


@contextmanager
def confined(timeout: float) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a read-only connection that can access no file but the store.

    Other threads of this process wait meanwhile.

    Raises:
        StoreBusy, StoreError: as `read()`.
    """
    with read(timeout):
        pass  # now the file exists and has the newest schema
    with opened(results_path(), time.monotonic() + timeout, write=False, confined=True) as connection:
        try:
            yield connection
        except duckdb.Error as error:
            raise StoreError(error_messages.while_open(results_path(), "refused that", error)) from error


def mark() -> str:
    """Return a token that changes whenever the store may have changed.

    It costs two `stat` calls and opens nothing. Take it before reading: a later write changes it again.
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
    """Create, check or migrate the file so that it is sound and has the newest schema.

    Each file is checked once per process.
    """
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
