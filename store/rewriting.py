"""The next results.duckdb: made aside from this one, and put in its place when it is whole (`store/files.py`).

Folding in is what DuckDB calls a checkpoint, done to a copy: the file is copied while others read and write, as only
its log grows meanwhile; then, while nobody has the store, the log is copied, played into the copy, and done with.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from store import durable, files, refusals
from store.errors import StoreBusy, StoreError
from store.locks import only
from store.opening import STORAGE, is_cut_off, kept, opened
from store.schema import migrate

# A log is folded in from this size on: whoever opens the store plays it, 0.3 ms a small commit of 460 bytes. A large
# file, which takes longer to copy, may have a thousandth of its size, up to the last.
_LONG = 128 << 10, 1 << 20
_AGAIN = 60.0  # seconds until the next try when it could not be done: the disk is full, another program has the store
_CLEARING = 2.0  # seconds that it waits for its turn to remove what was left: that may be large
_not_before = 0.0


def fold_when_due() -> None:
    """Fold the log in when it has become long and that can be done now; otherwise the next one who writes tries."""
    path = files.results_path()
    with suppress(FileNotFoundError):
        size = files.log_of(path).stat().st_size
        least, most = _LONG
        if size >= least and size >= min(path.stat().st_size >> 10, most) and time.monotonic() >= _not_before:
            fold_if_possible()


def fold_if_possible() -> None:
    """Fold the log in, so that all is in the one file, unless that cannot be done now."""
    global _not_before
    try:
        fold(timeout=2.0)
    except (StoreError, duckdb.Error, OSError):
        _not_before = time.monotonic() + _AGAIN


def fold(timeout: float = 10.0) -> bool:
    """Bring what is in the log into the file; returns whether nothing is left in it.

    Args:
        timeout: how long it waits for its turn when the file has been copied, in seconds.

    Raises:
        StoreBusy: another process has the store, or is at this already.
        StoreError: the file is cut off.
        OSError, duckdb.Error: the copy cannot be made; the store is as it was.
    """
    path = files.results_path()
    with _draft(path, deadline=0.0) as draft:
        if not files.log_of(path).exists():
            return True
        before = files.state(path)
        files.copy(path, draft)
        durable.sync(draft)  # most of it is on the disk before anybody has to wait
        with duckdb.connect(str(draft), read_only=True) as connection:
            if is_cut_off(connection, draft):
                raise StoreError(refusals.unsound(path))
        with kept(path, time.monotonic() + timeout):
            if files.state(path) != before or not draft.exists():
                return False  # another program wrote into the file itself, or one that knows of no locks was faster
            files.copy_logs(path, draft)
            with duckdb.connect(str(draft)) as connection:
                connection.execute("CHECKPOINT")
            files.replace(path, draft)
    return True


def rewrite(timeout: float) -> None:
    """Write all rows into a new file at the newest schema, without the room that deleted rows left.

    Raises:
        StoreBusy, StoreError: the store cannot be had, or not be opened.
        OSError, duckdb.Error: it cannot be written; the store is as it was.
    """
    path, deadline = files.results_path(), time.monotonic() + timeout
    with _draft(path, deadline) as draft, opened(path, deadline, write=True) as source:
        copy_rows(source, draft)
        with duckdb.connect(str(draft)) as connection:
            migrate(connection)
        files.replace(path, draft)


def copy_rows(source: duckdb.DuckDBPyConnection, target: Path) -> None:
    """Copy all tables as they are at one moment into a new file."""
    name = str((source.execute("SELECT current_database()").fetchone() or ("",))[0]).replace('"', '""')
    source.execute(f"ATTACH {quoted(target)} AS \"copy of {name}\" (READ_WRITE, STORAGE_VERSION '{STORAGE}')")
    try:
        source.execute(f'COPY FROM DATABASE "{name}" TO "copy of {name}"')
    finally:
        source.execute(f'DETACH "copy of {name}"')


def quoted(path: Path) -> str:
    """A path as SQL has it."""
    return "'" + str(path).replace("'", "''") + "'"


@contextmanager
def _draft(path: Path, deadline: float) -> Iterator[Path]:
    """Where the next file is made, by one process at a time; what others left is removed while nobody has the store."""
    draft = files.draft_of(path)
    with only(path, deadline):
        if files.is_replaced(path) or files.drafts(path):  # of a process that was killed
            with suppress(StoreBusy), kept(path, time.monotonic() + _CLEARING):
                for left in files.drafts(path):
                    left.unlink(missing_ok=True)
        try:
            yield draft
        finally:
            files.remove(draft)
