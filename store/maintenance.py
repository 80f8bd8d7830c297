"""Looking after the file: a consistent copy, a compact one, Parquet of every table, and questions in SQL."""

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
    """Copy the store into a new file as it is at one moment; returns the copy's size in bytes.

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
    """Write the store anew without the room that deleted rows left; returns its size before and after, in bytes.

    Nobody reads or writes meanwhile. Killed at any moment, the file is the old one or the new one.

    Raises:
        StoreBusy, StoreError: the store is held by another process, or cannot be written; one sentence.
    """
    spool.apply(timeout)
    path = results_path()
    with connection.read(timeout):
        pass  # the file is there, and at the newest schema
    before = path.stat().st_size
    try:
        rewrite(timeout)
    except (duckdb.Error, OSError) as error:
        raise StoreError(error_messages.while_open(path, "refused that", error)) from error
    return before, path.stat().st_size


def export(folder: Path, timeout: float = 30.0) -> dict[str, int]:
    """Write each table as Parquet into a new folder, all as they are at one moment; returns the rows of each.

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
    """Answer one question in SQL; nothing can be changed, and no other file be read.

    Raises:
        StoreError: it is not one question, or not one that can be answered; one sentence.
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
    """A disk that is full is the target's: the store is only read."""
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
    """A place beside the target to write in; what is left there on an error is removed."""
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
            with suppress(OSError):  # a name that is too long is no file's
                if left.is_dir():
                    shutil.rmtree(left, ignore_errors=True)
                else:
                    left.unlink(missing_ok=True)
