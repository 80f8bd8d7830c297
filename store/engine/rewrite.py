"""All rows in a new file, made aside and put in the place of results.duckdb when it is whole."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import duckdb

from store.engine import files
from store.engine.opening import STORAGE, opened
from store.engine.schema import migrate


def rewrite(timeout: float) -> None:
    """Write the store anew at the newest schema, without the room that deleted rows left.

    Nobody reads or writes meanwhile. Killed at any moment, the file is the old one or the new one.

    Raises:
        StoreBusy, StoreError: the store cannot be had, or not be opened.
        OSError, duckdb.Error: it cannot be written; the store is as it was.
    """
    path, deadline = files.results_path(), time.monotonic() + timeout
    with opened(path, deadline, write=True):
        pass  # what a process that was killed left in the log is brought into the file
    draft = files.draft_of(path)
    try:
        with opened(path, deadline, write=True) as source:
            for left in files.drafts(path):  # of processes that were killed: nobody else makes one now
                left.unlink(missing_ok=True)
            if files.log_of(path).exists():  # there was no room to bring it into the file
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            copy_rows(source, draft)
            with duckdb.connect(str(draft)) as connection:
                migrate(connection)
            files.replace(path, draft)
    finally:
        files.remove(draft)


def copy_rows(source: duckdb.DuckDBPyConnection, target: Path) -> None:
    """Copy all tables as they are at one moment into a new file."""
    name = str((source.execute("SELECT current_database()").fetchone() or ("",))[0]).replace('"', '""')
    source.execute(f"ATTACH {files.quoted(target)} AS \"copy of {name}\" (READ_WRITE, STORAGE_VERSION '{STORAGE}')")
    try:
        source.execute(f'COPY FROM DATABASE "{name}" TO "copy of {name}"')
        source.execute(f'CHECKPOINT "copy of {name}"')  # of which DuckDB here makes none by itself
    finally:
        source.execute(f'DETACH "copy of {name}"')
