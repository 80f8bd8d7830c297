"""Opening results.duckdb for the length of a block: whose turn it is, DuckDB's own lock, and a file that is made first.

DuckDB lets one process write a file, or many read it; who opens it when is agreed on in `store/locks.py`, between
processes and threads alike.
"""

from __future__ import annotations

import fcntl
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, nullcontext
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import TypeVar
from weakref import WeakSet

import duckdb

from store import files, refusals, undo
from store.errors import StoreBusy, StoreError
from store.locks import held, only, turn
from store.schema import migrate

T = TypeVar("T")

# From this version on DuckDB's log names the file that it belongs to, and is never played into another one.
STORAGE = "v1.4.0"
_NO_CHECKPOINTS = {"wal_autocheckpoint": "1TB"}

# Threads that have a file open, by file, for as long as they live that have it. DuckDB's lock is the process's: a
# thread that closes the file gives it up for all, and another process may then write beside one that writes here. Where
# `store/locks.py` keeps its files nothing is ever refused by this; they may be deleted, or not be made.
_threads: dict[Path, WeakSet[_Thread]] = {}
_counting_threads = threading.Lock()


@dataclass(frozen=True, eq=False)
class _Thread:
    """A thread's hold on a file; forgotten with the frame that made it, however that is left."""

    write: bool


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
    with (
        _turn(path, lambda: _connected(path, write, confined), write, deadline) as (connection, file),
        file or nullcontext(),
        closing(connection),
    ):
        yield connection
        if file is not None:
            undo.checkpoint(path, file, connection)


def is_cut_off(connection: duckdb.DuckDBPyConnection, path: Path) -> bool:
    """Whether the file has not room for all that is in it: DuckDB notices that only where it reads what is missing.

    Where there is a log nobody can tell, as DuckDB counts the blocks that what is in it will take.
    """
    if files.log_of(path).exists():
        return False
    blocks = "SELECT block_size * used_blocks FROM pragma_database_size() WHERE database_name = current_database()"
    (used,) = connection.execute(blocks).fetchall()[0]
    return path.stat().st_size < undo.HEADERS + int(used)


@contextmanager
def _turn(path: Path, enter: Callable[[], T], write: bool, deadline: float) -> Iterator[T]:
    thread = _Thread(write)
    with turn(path, lambda: _entered(path, thread, enter), write=write, deadline=deadline) as it:
        try:
            yield it
        finally:
            _leave(path, thread)


def _entered(path: Path, thread: _Thread, enter: Callable[[], T]) -> T:
    """Raises StoreBusy where another program holds the file, or a thread of this one writes or has other settings."""
    with _counting_threads:
        inside = _threads.setdefault(path, WeakSet())
        if any(thread.write or other.write for other in inside):
            raise held(str(os.getpid()))
        inside.add(thread)
    try:
        return enter()
    except BaseException:
        _leave(path, thread)
        raise


def _leave(path: Path, thread: _Thread) -> None:
    with _counting_threads:
        _threads[path].discard(thread)


def _connected(path: Path, write: bool, confined: bool) -> tuple[duckdb.DuckDBPyConnection, FileIO | None]:
    """The connection, and of one that writes also the file, to be closed after it."""
    if "?" in str(path):
        raise StoreError(f"DuckDB keeps no log for a file with a '?' in its path; rename {path}.")
    settings: dict[str, str | bool | int | float | list[str]] = {"enable_external_access": not confined}
    before = files.inode(path)
    with ExitStack() as stack:
        try:
            _mend(path)
            if not path.exists():
                _make(path)
            before = files.inode(path)
            file = stack.enter_context(path.open("rb", buffering=0)) if write else None
            connection = duckdb.connect(
                str(path), read_only=not write, config=settings | (_NO_CHECKPOINTS if write else {})
            )
        except (duckdb.Error, OSError) as error:
            if _is_another(path, before):
                raise held(None) from None
            if not _is_conflict(error):
                raise StoreError(refusals.while_opening(path, error)) from None
            holder = re.search(r"PID (\d+)", str(error))
            raise held(holder and holder[1]) from None
        stack.callback(connection.close)
        if write:
            connection.execute("PRAGMA disable_checkpoint_on_shutdown")
        if _is_another(path, before):
            raise held(None)
        stack.pop_all()
    return connection, file


def _is_another(path: Path, before: int | None) -> bool:
    """Whether the file was replaced, or a checkpoint of it interrupted, while this process stood still."""
    return undo.is_torn(path) or files.inode(path) != before


def _is_conflict(error: BaseException) -> bool:
    words = str(error).lower()
    return "could not set lock" in words or "conflicting lock" in words or "different configuration" in words


def _mend(path: Path) -> None:
    """Undo a checkpoint whose process was killed in the middle of it."""
    if not undo.is_torn(path) or not path.exists():
        return
    try:
        with _locked(path) as file:
            undo.put_back(path, file)
    except PermissionError as error:  # whoever may write here is at it, perhaps
        raise StoreBusy(refusals.while_opening(path, error)) from None


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
    for left in (files.log_of(path), undo.kept_of(path)):  # of a file that was moved away
        files.set_aside(left)
    try:
        os.link(aside, path)
    except FileExistsError:
        pass  # another program was first
    except OSError:
        if not path.exists():  # a file system without links
            aside.replace(path)
