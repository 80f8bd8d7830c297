"""Keep DuckDB running while the store's file is opened and closed.

Starting DuckDB costs several times as much as opening a file. Each engine serves one store's file. Between two blocks
it has no file open, and so no lock: the first of the threads that use the file at the same time attaches it, and the
last detaches it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakSet

import duckdb

from store.engine.files import beside, quoted
from store.engine.readers_writer_lock import store_busy

# DuckDB must not checkpoint by itself: only `store/engine/checkpoint_journal.py` makes checkpoints that can be undone.
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {"wal_autocheckpoint": "1TB"}

# Threads that have a file open, by file; weak references, so that a dead thread is forgotten. DuckDB's lock belongs to
# the process: a thread that closes the file releases it for all threads, and another process could then write at the
# same time. While the lock files of `readers_writer_lock.py` exist, this check never refuses anything; but those files
# may have been deleted, or it may be impossible to create them.
_threads: dict[Path, WeakSet[_Thread]] = {}
_engines: dict[Path, _Engine] = {}
_lock = threading.Lock()  # protects both


@dataclass(frozen=True, eq=False)
class _Thread:
    """A thread's use of a file; freed with the frame that made it, however that exits."""

    alone: bool


@contextmanager
def admitted(path: Path, *, alone: bool) -> Iterator[None]:
    """Allow this thread to open the file for the length of the block, shared or alone.

    Raises:
        StoreBusy: a thread of this process has the file open, and that thread or this one must be alone.
    """
    thread = _Thread(alone)
    with _lock:
        inside = _threads.setdefault(path, WeakSet())
        if any(thread.alone or other.alone for other in inside):
            raise store_busy(str(os.getpid()))
        inside.add(thread)
    try:
        yield
    finally:
        with _lock:
            inside.discard(thread)


@contextmanager
def connected(path: Path, *, write: bool) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a connection to an existing file that this thread is allowed to open.

    Raises:
        duckdb.Error: it cannot be opened, or is held by another process.
    """
    with _lock:
        engine = _engines.get(path) or _started(path)
        try:
            connection = engine.attached(write)
        except BaseException as error:
            if not isinstance(error, duckdb.IOException):  # this error mostly means that another process has the file
                engine.worn = True
            _end_if_worn(path)
            raise
    ended = False
    try:
        yield connection
        ended = True
    finally:
        with _lock:
            engine.detach(connection)
            if not ended:  # an error occurred; after some errors DuckDB refuses all further work
                engine.worn = True
            _end_if_worn(path)


def _started(path: Path) -> _Engine:
    for other in [other for other, engine in _engines.items() if not engine.connections]:
        _engines.pop(other).root.close()
    _engines[path] = engine = _Engine(path)
    return engine


def _end_if_worn(path: Path) -> None:
    if _engines[path].worn and not _engines[path].connections:
        _engines.pop(path).root.close()


class _Engine:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.connections = 0
        self.worn = False
        self.root = duckdb.connect(":memory:", config=_SETTINGS | {"temp_directory": str(beside(path, ".tmp"))})
        self.root.execute("PRAGMA disable_checkpoint_on_shutdown")

    def attached(self, write: bool) -> duckdb.DuckDBPyConnection:
        if not self.connections:
            access = "READ_WRITE" if write else "READ_ONLY"
            self.root.execute(f"ATTACH {quoted(self.path)} AS store (TYPE duckdb, {access})")
        connection = self.root.cursor()
        connection.execute("USE store")
        self.connections += 1
        return connection

    def detach(self, connection: duckdb.DuckDBPyConnection) -> None:
        connection.close()
        self.connections -= 1
        if not self.connections:
            try:
                self.root.execute("DETACH store")
            except duckdb.Error:
                self.worn = True  # closing the engine closes the file
