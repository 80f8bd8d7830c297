"""Looking after the file: a consistent copy, a compact one, Parquet of every table, and questions in SQL."""

from __future__ import annotations

import os
import shutil
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import pandas as pd

from store import connection, durable, spool
from store.errors import StoreError

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
        with connection.read(timeout) as source:
            _copy(source, aside)
        _into_place(aside, file)
    return file.stat().st_size


def compact(timeout: float = 30.0) -> tuple[int, int]:
    """Write the store anew without the room that deleted rows left; returns its size before and after, in bytes.

    Nobody reads or writes meanwhile. Killed at any moment, the file is the old one or the new one.

    Raises:
        StoreBusy, StoreError: the store is held by another process, or cannot be written; one sentence.
    """
    spool.apply(timeout)
    path = connection.results_path()
    with _aside(path) as aside, connection.alone(timeout) as source:
        source.execute("CHECKPOINT")  # what is in the log goes into the file, so that no log of the old file is left
        before = path.stat().st_size
        _copy(source, aside)
        _as_before(path, aside)
        _into_place(aside, path)  # while the old one is still held, so that no other program comes between
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
            written = source.execute(f'COPY "{table}" TO {_quoted(aside / f"{table}.parquet")} (FORMAT parquet)')
            rows[str(table)] = int((written.fetchone() or (0,))[0])
        aside.replace(folder)
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
            raise StoreError(f"The question is not SQL: {connection.first_line(error)}.") from None
        if len(statements) != 1 or statements[0].type not in _READS:
            raise only_reads
        try:
            return source.execute(statements[0]).df()
        except (duckdb.PermissionException, duckdb.InvalidInputException):
            raise only_reads from None
        except duckdb.Error as error:
            raise StoreError(f"The question cannot be answered: {connection.first_line(error)}.") from None


def _copy(source: duckdb.DuckDBPyConnection, target: Path) -> None:
    name = (source.execute("SELECT current_database()").fetchone() or ("",))[0]
    source.execute(f"ATTACH {_quoted(target)} AS odap_copy (READ_WRITE)")
    try:
        source.execute(f'COPY FROM DATABASE "{name}" TO odap_copy')
    finally:
        source.execute("DETACH odap_copy")


def _refuse_taken(target: Path, kind: str) -> None:
    try:
        target.lstat()
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(f"{target} cannot be written ({error.strerror}); choose another place.") from None
    raise StoreError(f"{target} is there already; name a {kind} that is not, or move it away.")


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


def _as_before(path: Path, aside: Path) -> None:
    """Who could read and write the file goes on being able to."""
    status = path.stat()
    with suppress(PermissionError):  # only root may give a file away
        os.chown(aside, status.st_uid, status.st_gid)
    aside.chmod(stat.S_IMODE(status.st_mode))


def _into_place(aside: Path, target: Path) -> None:
    """Onto the disk, then under its name."""
    durable.sync(aside)
    aside.replace(target)
    durable.sync(target.parent)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
