"""DuckDB itself, which is kept while files are opened and closed: to start it costs several times what a file does.

An engine is of one store's file. It holds no file between two blocks, and so no lock: the first of the threads that
have the file at the same time attaches it, and the last detaches it.
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
from store.engine.readers_writer_lock import held

# Checkpoints are made by the store alone, where they can be undone: `store/engine/checkpoint_journal.py`.
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {"wal_autocheckpoint": "1TB"}

# Threads that have a file open, by file, for as long as they live that have it. DuckDB's lock is the process's: a
# thread that closes the file gives it up for all, and another process may then write beside one that writes here. Where
# `readers_writer_lock.py` keeps its files nothing is ever refused by this; they may be deleted, or not be made.
_threads: dict[Path, WeakSet[_Thread]] = {}
_engines: dict[Path, _Engine] = {}
_lock = threading.Lock()  # over both


@dataclass(frozen=True, eq=False)
class _Thread:
    """A thread's hold on a file; forgotten with the frame that made it, however that is left."""

    alone: bool


@contextmanager
def admitted(path: Path, *, alone: bool) -> Iterator[None]:
    """For the length of the block this thread may open the file, beside others of this process or alone.

    Raises:
        StoreBusy: a thread of this process has it that must be alone, or any, where this one must.
    """
    thread = _Thread(alone)
    with _lock:
        inside = _threads.setdefault(path, WeakSet())
        if any(thread.alone or other.alone for other in inside):
            raise held(str(os.getpid()))
        inside.add(thread)
    try:
        yield
    finally:
        with _lock:
            inside.discard(thread)


@contextmanager
def connected(path: Path, *, write: bool) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a file that is there, which this thread may open.

    Raises:
        duckdb.Error: it cannot be opened, or is held by another process.
    """
    with _lock:
        engine = _engines.get(path) or _started(path)
        try:
            connection = engine.attached(write)
        except BaseException as error:
            if not isinstance(error, duckdb.IOException):  # which says most often who holds the file
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
            if not ended:  # by an error, after some of which DuckDB refuses all work
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
                self.worn = True  # the file is closed with the engine
