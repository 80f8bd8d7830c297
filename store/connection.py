"""Opening results.duckdb: nobody holds it. `read()` and `write()` open, work and close.

DuckDB lets one process write a file, or many read it; who opens it when is agreed on in `store/locks.py`, between
processes and threads alike.
"""

from __future__ import annotations

import os
import re
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from weakref import WeakSet

import duckdb

from store import acting
from store.errors import StoreBusy, StoreError
from store.locks import held, turn
from store.schema import migrate, newest, version

ROOT = Path(__file__).resolve().parent.parent


def results_path() -> Path:
    """The store's file: `ODAP_RESULTS`, else results.duckdb beside the program."""
    return _resolved(os.environ.get("ODAP_RESULTS") or str(ROOT / "results.duckdb"))


def runs_root() -> Path:
    """Folder of checkpoints, logs and maps: `ODAP_RUNS`, else runs/ beside the program."""
    return _resolved(os.environ.get("ODAP_RUNS") or str(ROOT / "runs"))


@lru_cache(maxsize=64)
def _resolved(name: str) -> Path:
    """Resolved once: a page asks forty times, and each part of a path costs a call of the system."""
    return Path(name).resolve()


_reading = threading.local()
_commits, _counting = 0, threading.Lock()
_ready: set[tuple[str, int]] = set()
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
    if _file() not in _ready and not _is_current(deadline):
        with write(timeout):
            pass
    with _opened(deadline, write=False) as connection:
        _reading.connection = connection
        try:
            yield connection
        except duckdb.Error as error:
            raise StoreError(_refusal("refused to be read", error)) from error
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
    if acting.job() is not None:
        with suppress(StoreBusy), read(timeout=1.0) as connection:
            acting.confirm(connection)


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
    with _opened(time.monotonic() + timeout, write=True) as connection:
        try:
            if _file() not in _ready:
                _migrate(connection)
            connection.begin()
            acting.confirm(connection)
            yield connection
            connection.commit()
            _written()
        except duckdb.Error as error:
            raise StoreError(_refusal("refused a write", error)) from error


def written() -> int:
    """How many transactions this process has committed: what is kept of the store is old once this has changed."""
    return _commits


def _written() -> None:
    global _commits
    with _counting:
        _commits += 1


@contextmanager
def alone(timeout: float) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that may write, outside of any transaction, while nobody else has the store open.

    Raises:
        StoreBusy, StoreError: as `write()`.
    """
    with read(timeout):
        pass  # the file is there, and at the newest schema
    with _opened(time.monotonic() + timeout, write=True) as connection:
        try:
            yield connection
        except duckdb.Error as error:
            raise StoreError(_refusal("refused that", error)) from error


@contextmanager
def confined(timeout: float) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection that can reach no file but the store; other threads of this process wait meanwhile.

    Raises:
        StoreBusy, StoreError: as `read()`.
    """
    with read(timeout):
        pass  # the file is there, and at the newest schema
    with _opened(time.monotonic() + timeout, write=False, enable_external_access=False) as connection:
        try:
            yield connection
        except duckdb.Error as error:
            raise StoreError(_refusal("refused that", error)) from error


def mark() -> str:
    """Changes whenever the store may have changed; costs two `stat` calls and opens nothing.

    Take it before reading: what is written later changes it again.
    """
    path = results_path()
    parts = [str(path)]
    for file in (path, _log_of(path)):
        try:
            status = file.stat()
        except OSError:
            continue
        parts.append(f"{status.st_mtime_ns}.{status.st_size}.{status.st_ino}")
    return "|".join(parts)


def _file() -> tuple[str, int]:
    """Names this very file, so that one deleted and made anew is migrated again."""
    path = results_path()
    try:
        return str(path), path.stat().st_ino
    except OSError:
        return str(path), -1


def _is_current(deadline: float) -> bool:
    """Whether the file is there and needs no migration: then it can be read even where it cannot be written."""
    if not results_path().exists():
        return False
    with _opened(deadline, write=False) as connection:
        file = _file()
        try:
            found = version(connection)
        except duckdb.Error as error:
            raise StoreError(_why(results_path(), error)) from None
    _refuse_newer(found)
    if found == newest():
        _ready.add(file)
    return found == newest()


def _migrate(connection: duckdb.DuckDBPyConnection) -> None:
    _refuse_newer(migrate(connection))
    _ready.add(_file())


def _refuse_newer(found: int) -> None:
    if found > newest():
        raise StoreError(
            f"{results_path().name} was written by a newer Odap (schema {found}, this one knows {newest()}); "
            "update Odap."
        )


@contextmanager
def _opened(deadline: float, *, write: bool, **settings: bool) -> Iterator[duckdb.DuckDBPyConnection]:
    """The file, open for the length of the block; what was begun and not committed is rolled back."""
    path = results_path()
    thread = _Thread(write)
    with turn(path, lambda: _open(path, thread, settings), write=write, deadline=deadline) as it:
        try:
            yield it
        finally:
            it.close()
            _leave(path, thread)


def _open(path: Path, thread: _Thread, settings: dict[str, bool]) -> duckdb.DuckDBPyConnection:
    """Raises StoreBusy where another program holds the file, or a thread of this one writes or has other settings."""
    with _counting_threads:
        inside = _threads.setdefault(path, WeakSet())
        if any(thread.write or other.write for other in inside):
            raise held(str(os.getpid()))
        inside.add(thread)
    try:
        return _connected(path, read_only=not thread.write, settings=settings)
    except BaseException:
        _leave(path, thread)
        raise


def _leave(path: Path, thread: _Thread) -> None:
    with _counting_threads:
        _threads[path].discard(thread)


def _connected(path: Path, *, read_only: bool, settings: dict[str, bool]) -> duckdb.DuckDBPyConnection:
    try:
        if not path.exists():
            _create(path)
        return duckdb.connect(str(path), read_only=read_only, config=dict(settings))
    except (duckdb.Error, OSError) as error:
        if not _is_conflict(error):
            raise StoreError(_why(path, error)) from None
        holder = re.search(r"PID (\d+)", str(error))
        raise held(holder and holder[1]) from None


def _create(path: Path) -> None:
    """Make a store aside and put it in place whole: a file that is only begun would be taken for a broken one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    try:
        with duckdb.connect(str(aside)) as connection:
            migrate(connection)
        if not path.exists():
            _set_log_aside(path)
        try:
            os.link(aside, path)
        except FileExistsError:
            pass  # another process was first
        except OSError:
            if not path.exists():  # a file system without links
                aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def _set_log_aside(path: Path) -> None:
    """The log of a file that was moved away: DuckDB would play it into the new one, or fail at that each time."""
    log = _log_of(path)
    with suppress(FileNotFoundError):
        log.rename(log.with_name(f"{log.name}.left-{uuid.uuid4().hex[:8]}"))


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")


_UNSOUND = "{} is not a sound DuckDB file; move it away (a new one is made) or restore a backup."
_SIGNS = ("not a valid", "corrupt", "checksum", "enough bytes", "failed to deserialize", "could not read all bytes")
_FULL = ("no space left on device", "file too large", "disk quota exceeded")


def _is_unsound(words: str) -> bool:
    return any(sign in words for sign in _SIGNS)


def _refusal(what: str, error: BaseException) -> str:
    """What to say of an error met while the file was open."""
    if _is_unsound(str(error).lower()):
        return _UNSOUND.format(results_path().name) + _with_its_log(results_path())
    if any(sign in str(error).lower() for sign in _FULL):
        return f"The disk of {results_path().name} is full: nothing of this was written; free some disk, then go on."
    return f"The results store {what}: {first_line(error)}."


def _is_conflict(error: BaseException) -> bool:
    words = str(error).lower()
    return "could not set lock" in words or "conflicting lock" in words or "different configuration" in words


def _why(path: Path, error: BaseException) -> str:
    words = str(error).lower()
    if "permission" in words or "read-only" in words or not os.access(path.parent, os.W_OK):
        return f"{path.name} cannot be opened for writing; check the permissions of its folder."
    if path.exists() and _is_unsound(words):
        return _UNSOUND.format(path.name) + _with_its_log(path)
    return f"{path.name} cannot be opened ({first_line(error)}); move it away or restore a backup." + _with_its_log(
        path
    )


def _with_its_log(path: Path) -> str:
    log = _log_of(path)
    return f" Move {log.name} away with it: it belongs to no other file." if log.exists() else ""


def first_line(error: BaseException) -> str:
    """What an error says first, without its full stop."""
    return str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else type(error).__name__
