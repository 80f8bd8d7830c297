"""Copy all rows into a new file, and replace results.duckdb by it when it is complete."""

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
    """Rewrite the store at the newest schema, without the space that deleted rows left.

    Nobody reads or writes meanwhile. If the process is killed, the file is either the old one or the new one.

    Raises:
        StoreBusy, StoreError: the store is held by another process, or cannot be opened.
        OSError, duckdb.Error: it cannot be written; the store is as it was.
    """
    path, deadline = files.results_path(), time.monotonic() + timeout
    with opened(path, deadline, write=True):
        pass  # moves what a killed process left in the log into the file
    draft = files.draft_of(path)
    try:
        with opened(path, deadline, write=True) as source:
            for left in files.drafts(path):  # left by killed processes: nobody else makes a draft now
                left.unlink(missing_ok=True)
            if files.log_of(path).exists():  # the disk was too full to move the log into the file
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            copy_rows(source, draft)
            with duckdb.connect(str(draft)) as connection:
                migrate(connection)
            files.replace(path, draft)
    finally:
        files.remove(draft)


def copy_rows(source: duckdb.DuckDBPyConnection, target: Path) -> None:
    """Copy all tables, as of one moment, into a new file."""
    name = str((source.execute("SELECT current_database()").fetchone() or ("",))[0]).replace('"', '""')
    source.execute(f"ATTACH {files.quoted(target)} AS \"copy of {name}\" (READ_WRITE, STORAGE_VERSION '{STORAGE}')")
    try:
        source.execute(f'COPY FROM DATABASE "{name}" TO "copy of {name}"')
        source.execute(f'CHECKPOINT "copy of {name}"')  # DuckDB does not checkpoint by itself here
    finally:
        source.execute(f'DETACH "copy of {name}"')
