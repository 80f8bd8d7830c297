"""Back up, compact and export the store, and answer questions in SQL."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import pandas as pd

from store import spool
from store.engine import connection, error_messages
from store.engine.errors import StoreError
from store.engine.files import quoted, results_path
from store.engine.rewrite import copy_rows, rewrite
from system import atomic_files

_READS = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)


def backup(file: Path, timeout: float = 30.0) -> int:
    """Copy the store, as of one moment, into a new file; return the copy's size in bytes.

    Writers wait meanwhile, readers do not. The copy appears whole or not at all, and is on the disk when this returns.

    Raises:
        StoreError: the file is there already, or cannot be written; one sentence.
    """
    _refuse_taken(file, "file")
    spool.apply(timeout)
    with _aside(file) as aside:
        with connection.read(timeout) as source, _room_for(file):
            copy_rows(source, aside)
        atomic_files.put_in_place(aside, file)
    return file.stat().st_size


def compact(timeout: float = 30.0) -> tuple[int, int]:
    """Rewrite the store without deleted rows; return its size before and after, in bytes.

    Nobody reads or writes meanwhile. If the process is killed, the file is either the old one or the new one.

    Raises:
        StoreBusy, StoreError: the store is held by another process, or cannot be written; one sentence.
    """
    spool.apply(timeout)
    path = results_path()
    with connection.read(timeout):
        pass  # now the file exists and has the newest schema
    before = path.stat().st_size
    try:
        rewrite(timeout)
    except (duckdb.Error, OSError) as error:
        raise StoreError(error_messages.while_open(path, "refused that", error)) from error
    return before, path.stat().st_size


def export(folder: Path, timeout: float = 30.0) -> dict[str, int]:
    """Write each table, as of one moment, as Parquet into a new folder; return its row count.

    Raises:
        StoreError: the folder is there already, or cannot be written; one sentence.
    """
    _refuse_taken(folder, "folder")
    spool.apply(timeout)
    rows: dict[str, int] = {}
    with _aside(folder) as aside, connection.read(timeout) as source:
        aside.mkdir(parents=True)
        for (table,) in source.execute("SELECT table_name FROM duckdb_tables() ORDER BY ALL").fetchall():
            with _room_for(folder):
                written = source.execute(f'COPY "{table}" TO {quoted(aside / f"{table}.parquet")} (FORMAT parquet)')
                rows[str(table)] = int((written.fetchone() or (0,))[0])
        aside.replace(folder)  # a whole folder: `atomic_write` is for files
    return rows


def ask(sql: str, timeout: float = 10.0) -> pd.DataFrame:
    """Run one SQL query; it can change nothing and read no other file.

    Raises:
        StoreError: it is not exactly one query, or it fails; one sentence.
    """
    only_reads = StoreError('Only reading is allowed here; ask one question, like "SELECT * FROM runs".')
    with connection.confined(timeout) as source:
        try:
            statements = source.extract_statements(sql)
        except duckdb.Error as error:
            raise StoreError(f"The question is not SQL: {error_messages.first_line(error)}.") from None
        if len(statements) != 1 or statements[0].type not in _READS:
            raise only_reads
        try:
            return source.execute(statements[0]).df()
        except duckdb.Error as error:
            if isinstance(error, duckdb.PermissionException) or "read-only mode" in str(error):
                raise only_reads from None
            raise StoreError(f"The question cannot be answered: {error_messages.first_line(error)}.") from None


def _refuse_taken(target: Path, kind: str) -> None:
    try:
        target.lstat()
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(f"{target} cannot be written ({error.strerror}); choose another place.") from None
    raise StoreError(f"{target} is there already; name a {kind} that is not, or move it away.")


@contextmanager
def _room_for(target: Path) -> Iterator[None]:
    """Raise StoreError naming the target when a disk is full: the block only reads the store."""
    try:
        yield
    except duckdb.Error as error:
        if not error_messages.is_full(error):
            raise
        raise StoreError(
            f"{target} cannot be written (no room on its disk); choose another place or free some disk."
        ) from None


@contextmanager
def _aside(target: Path) -> Iterator[Path]:
    """Yield a temporary path next to the target; remove what is left there on an error."""
    aside = target.with_name(f"{target.name}.aside-{uuid.uuid4().hex}")
    try:
        if not target.parent.is_dir():
            raise StoreError(f"There is no folder {target.parent}; make it first.")
        yield aside
    except OSError as error:
        why = error.strerror or error
        raise StoreError(f"{target} cannot be written ({why}); choose another place or free some disk.") from None
    finally:
        for left in (aside, Path(f"{aside}.wal")):
            with suppress(OSError):  # the name is too long, so no such file exists
                if left.is_dir():
                    shutil.rmtree(left, ignore_errors=True)
                else:
                    left.unlink(missing_ok=True)
