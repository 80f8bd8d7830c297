"""Opening results.duckdb for the length of a block: whose turn it is, DuckDB's own lock, and a file that is made first.

DuckDB lets one process write a file, or many read it; who opens it when is agreed on in
`store/engine/readers_writer_lock.py`, between
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
from store.engine.readers_writer_lock import held, only, turn
from store.engine.schema import migrate

# From this version on DuckDB's log names the file that it belongs to, and is never played into another one.
STORAGE = "v1.4.0"


@contextmanager
def opened(path: Path, deadline: float, *, write: bool, confined: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the store; a missing one is made first, and what was begun and not committed is rolled back.

    Args:
        deadline: of the monotonic clock, in seconds.
        write: nobody else has it meanwhile; what was committed is brought into the file at the end of the block.
        confined: it can reach no file but the store.

    Raises:
        StoreBusy: it was not to be had before the deadline.
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
    """Whether the file has not room for all that is in it: DuckDB notices that only where it reads what is missing.

    Where there is a log nobody can tell, as DuckDB counts the blocks that what is in it will take.
    """
    if files.log_of(path).exists():
        return False
    blocks = "SELECT block_size * used_blocks FROM pragma_database_size() WHERE database_name = current_database()"
    (used,) = connection.execute(blocks).fetchall()[0]
    return path.stat().st_size < checkpoint_journal.HEADERS + int(used)


@contextmanager
def _entered(path: Path, write: bool, confined: bool) -> Iterator[tuple[duckdb.DuckDBPyConnection, FileIO | None]]:
    """The connection, and of one that writes also the file.

    Raises:
        StoreBusy: another program holds the file, or a thread of this one that must be alone.
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
            # To be closed after the connection: DuckDB's lock is given up as any file on the store's is closed.
            file = hold.enter_context(path.open("rb", buffering=0)) if write else None
            connection = hold.enter_context(
                _confined(path) if confined else duckdb_instance.connected(path, write=write)
            )
        except (duckdb.Error, OSError) as error:
            if _is_another(path, before):
                raise held(None) from None
            if not _is_conflict(error):
                raise StoreError(error_messages.while_opening(path, error)) from None
            holder = re.search(r"PID (\d+)", str(error))
            raise held(holder and holder[1]) from None
        if _is_another(path, before):
            raise held(None)
        yield connection, file


def _confined(path: Path) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    return duckdb.connect(str(path), read_only=True, config={"enable_external_access": False})


def _is_another(path: Path, before: int | None) -> bool:
    """Whether the file was replaced, or a checkpoint of it interrupted, while this process stood still."""
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
            checkpoint_journal.put_back(path, file)
    except PermissionError as error:  # whoever may write here is at it, perhaps
        raise StoreBusy(error_messages.while_opening(path, error)) from None


def _locked(path: Path) -> FileIO:
    """The file with the lock that DuckDB takes on it."""
    file = path.open("r+b", buffering=0)
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise held(None) from None
    if os.fstat(file.fileno()).st_ino != files.inode(path):  # it was replaced before it was locked
        file.close()
        raise held(None)
    return file


def _make(path: Path) -> None:
    """Make a store aside and put it in place whole: a file that is only begun would be taken for a broken one."""
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
    for left in (files.log_of(path), checkpoint_journal.kept_of(path)):  # of a file that was moved away
        files.set_aside(left)
    try:
        os.link(aside, path)  # not `atomic_write`, which would replace the store of a program that was first
    except FileExistsError:
        pass  # another program was first
    except OSError:
        if not path.exists():  # a file system without links
            aside.replace(path)
