"""Open results.duckdb for the length of a block, and create a missing file first.

DuckDB lets one process write a file, or many read it. `store/engine/readers_writer_lock.py` orders access between
processes and threads alike.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from io import FileIO
from pathlib import Path

import duckdb

from store.engine import checkpoint_journal, duckdb_instance, error_messages, files
from store.engine.errors import StoreBusy, StoreError
from store.engine.readers_writer_lock import only, store_busy, turn
from store.engine.schema import migrate

# From this version on DuckDB's log names the file that it belongs to, and is never replayed into another file.
STORAGE = "v1.4.0"


@contextmanager
def opened(path: Path, deadline: float, *, write: bool, confined: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a connection to the store; create a missing store first.

    A transaction that was not committed is rolled back at the end of the block.

    Args:
        deadline: of the monotonic clock, in seconds.
        write: no other thread or process has the store open meanwhile; at the end of the block, committed changes are
            moved from the log into the file.
        confined: the connection can access no file but the store.

    Raises:
        StoreBusy: the store was not available before the deadline.
        StoreError: the file cannot be used; the sentence says why and what to do.
    """
    inside = ExitStack()
    enter = partial(_entered, path, write, confined)
    with (
        turn(path, lambda: inside.enter_context(enter()), write=write, deadline=deadline) as (connection, file),
        inside,
    ):
        yield connection
        if file is not None:
            checkpoint_journal.checkpoint(path, file, connection)


def is_cut_off(connection: duckdb.DuckDBPyConnection, path: Path) -> bool:
    """Return whether the file is shorter than the blocks that DuckDB counts in it.

    DuckDB itself notices a truncated file only when it reads a missing block. While there is a log the result is False,
    since DuckDB then also counts the blocks that the log's changes will take.
    """
    if files.log_of(path).exists():
        return False
    blocks = "SELECT block_size * used_blocks FROM pragma_database_size() WHERE database_name = current_database()"
    (used,) = connection.execute(blocks).fetchall()[0]
    return path.stat().st_size < checkpoint_journal.HEADERS + int(used)


@contextmanager
def _entered(path: Path, write: bool, confined: bool) -> Iterator[tuple[duckdb.DuckDBPyConnection, FileIO | None]]:
    """Open the connection, and for writing also a handle on the file.

    Raises:
        StoreBusy: another program holds the file, or another thread does and one of the two must be alone.
        StoreError: the file cannot be used.
    """
    if "?" in str(path):
        raise StoreError(f"DuckDB keeps no log for a file with a '?' in its path; rename {path}.")
    with duckdb_instance.admitted(path, alone=write or confined), ExitStack() as hold:
        before = files.inode(path)
        try:
            _mend(path)
            if not path.exists():
                _make(path)
            before = files.inode(path)
            # To be closed after the connection: closing any handle on the file releases DuckDB's lock.
            file = hold.enter_context(path.open("rb", buffering=0)) if write else None
            connection = hold.enter_context(
                _confined(path) if confined else duckdb_instance.connected(path, write=write)
            )
        except (duckdb.Error, OSError) as error:
            if _is_another(path, before):
                raise store_busy(None) from None
            if not _is_conflict(error):
                raise StoreError(error_messages.while_opening(path, error)) from None
            holder = re.search(r"PID (\d+)", str(error))
            raise store_busy(holder and holder[1]) from None
        if _is_another(path, before):
            raise store_busy(None)
        yield connection, file


def _confined(path: Path) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    return duckdb.connect(str(path), read_only=True, config={"enable_external_access": False})


def _is_another(path: Path, before: int | None) -> bool:
    """Return whether the file was replaced or a checkpoint interrupted since `before`."""
    return checkpoint_journal.is_torn(path) or files.inode(path) != before


def _is_conflict(error: BaseException) -> bool:
    words = str(error).lower()
    return any(sign in words for sign in ("could not set lock", "conflicting lock", "unique file handle conflict"))


def _mend(path: Path) -> None:
    """Undo a checkpoint whose process was killed in the middle of it."""
    if not checkpoint_journal.is_torn(path) or not path.exists():
        return
    try:
        with _locked(path) as file:
            checkpoint_journal.restore(path, file)
    except PermissionError as error:  # a process with permission to write may be undoing it now
        raise StoreBusy(error_messages.while_opening(path, error)) from None


def _locked(path: Path) -> FileIO:
    """Open the file and take the lock on it that DuckDB itself uses."""
    file = path.open("r+b", buffering=0)
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise store_busy(None) from None
    if os.fstat(file.fileno()).st_ino != files.inode(path):  # it was replaced before it was locked
        file.close()
        raise store_busy(None)
    return file


def _make(path: Path) -> None:
    """Create a store under another name, then move it into place.

    A half-written file in place would be mistaken for a corrupt one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = files.draft_of(path)
    try:
        with duckdb.connect(str(aside), config={"storage_compatibility_version": STORAGE}) as connection:
            migrate(connection)
        with only(path, deadline=0.0):
            if not path.exists():
                _put(aside, path)
    finally:
        files.remove(aside)


def _put(aside: Path, path: Path) -> None:
    for left in (files.log_of(path), checkpoint_journal.journal_of(path)):  # they belong to a store that was moved away
        files.set_aside(left)
    try:
        os.link(aside, path)  # not `atomic_write`, which would replace the store of a program that was first
    except FileExistsError:
        pass  # another process created it first
    except OSError:
        if not path.exists():  # the file system has no hard links
            aside.replace(path)
