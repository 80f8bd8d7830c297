"""Delete a run, or the checkpoints that it does not need.

A run's rows and files are deleted together, or neither.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import pandas as pd

from store import spool
from store.engine.connection import read, runs_root, write
from store.engine.errors import StoreError
from store.forks import waiting_forks
from system.job_states import OPEN, sql_list

# The files of a finished stage: its weights, and what a run that starts from it needs besides.
CHECKPOINT_ENDS = (".safetensors", ".dynamics.safetensors")

_GONE = ".deleted-"
_OPEN = f"SELECT job_id, state FROM jobs WHERE run_id = ? AND state IN {sql_list(OPEN)}"
_BEST = """
    SELECT s.position, s.stage FROM stages s LEFT JOIN metrics m
    ON m.run_id = s.run_id AND m.round = s.round AND m.stage = s.stage
    AND m.split = 'val' AND m.metric = 'macro_f1' AND m.class_name IS NULL
    WHERE s.run_id = ? ORDER BY m.value DESC NULLS LAST, s.position DESC LIMIT 1
"""
_LAST = "SELECT position, stage FROM stages WHERE run_id = ? ORDER BY position DESC LIMIT 1"


def delete_run(run_id: str) -> int:
    """Delete a run, its rows and its folder; return the size of its files in bytes.

    Verdicts of reviewers are kept, since they belong to the dataset. The folder is renamed before the rows are deleted.
    If the deletion then fails, or the process is killed, `tidy` decides by the rows.

    Raises:
        StoreError: there is no such run, it has not ended, or its folder cannot be moved; one sentence.
    """
    tidy()
    folder, aside = runs_root() / run_id, runs_root() / f"{_GONE}{uuid.uuid4().hex[:8]}-{run_id}"
    try:
        with write() as connection:
            if not connection.execute("FROM runs WHERE run_id = ?", [run_id]).fetchone():
                raise StoreError(f"There is no run '{run_id}'; see python -m jobs list.")
            busy = connection.execute(_OPEN, [run_id]).fetchone()
            if busy is not None:
                raise StoreError(f"The run {run_id} is {busy[1]}; stop it first with: python -m jobs stop {run_id}")
            waiting = next(iter(waiting_forks(connection, run_id)), None)
            if waiting is not None:
                raise StoreError(
                    f"The run {waiting} is to start from {run_id}; wait, or stop it with: python -m jobs stop {waiting}"
                )
            if folder.is_dir():
                with _permitted(folder):
                    folder.rename(aside)
            connection.execute(
                "UPDATE jobs SET after = NULL WHERE after IN (SELECT job_id FROM jobs WHERE run_id = ?)", [run_id]
            )
            for table in _tables(connection):
                connection.execute(f"DELETE FROM {table} WHERE run_id = ?", [run_id])
    except BaseException:  # a Ctrl-C during the commit is raised after it: only the rows tell whether they were deleted
        if aside.is_dir():
            with suppress(StoreError):  # the next call of `tidy` does it
                tidy()
        raise
    size = _size(aside)
    shutil.rmtree(aside, ignore_errors=True)
    return size


def _tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """List every table with a column run_id, except the verdicts of reviewers."""
    tables = connection.execute(
        "SELECT table_name FROM duckdb_columns() WHERE column_name = 'run_id' AND table_name <> 'verdicts' ORDER BY ALL"
    ).fetchall()
    return [str(row[0]) for row in tables]


def tidy() -> None:
    """Complete or undo deletions that were killed.

    A renamed folder whose run still exists is moved back; any other is removed.
    """
    for aside in runs_root().glob(f"{_GONE}*"):
        run_id = aside.name.removeprefix(_GONE).partition("-")[2]
        with write() as connection:  # no other process deletes meanwhile
            known = connection.execute("FROM runs WHERE run_id = ?", [run_id]).fetchone()
            if known and aside.is_dir() and not (runs_root() / run_id).exists():
                aside.rename(runs_root() / run_id)
                continue
        shutil.rmtree(aside, ignore_errors=True)


def keep_best(run_id: str) -> int:
    """Delete a finished run's checkpoints except those of its best and its last stage.

    Returns the bytes freed. The best stage has the highest macro F1 on the validation split; of equals the later one.
    All rows are kept, and so are the checkpoints of stages that queued runs are to start from. A checkpoint that other
    runs share stays theirs, and frees nothing.

    Raises:
        StoreError: the run does not exist, is not done, or has an active job (such as drawing maps); one sentence.
    """
    spool.apply()
    with read() as connection:
        row = connection.execute("SELECT status FROM runs WHERE run_id = ?", [run_id]).fetchone()
        best = connection.execute(_BEST, [run_id]).fetchone()
        last = connection.execute(_LAST, [run_id]).fetchone()
        busy = connection.execute(_OPEN, [run_id]).fetchone()
        forks = waiting_forks(connection, run_id).values()
        stages = connection.execute("SELECT round, stage, position FROM stages WHERE run_id = ?", [run_id]).fetchall()
    if row is None or best is None or last is None:
        raise StoreError(f"There is no finished stage of a run '{run_id}'; see python -m jobs list.")
    if row[0] != "done":
        raise StoreError(f"The run {run_id} is {row[0]}, not done; its checkpoints are needed to go on with it.")
    if busy is not None:
        raise StoreError(
            f"The checkpoints of {run_id} are in use; wait, or stop it with: python -m jobs stop {busy[0]}"
        )
    folder = runs_root() / run_id / "checkpoints"
    awaited = {(fork.round, fork.stage) for fork in forks}
    needed = [best, last, *((position, stage) for round_, stage, position in stages if (round_, stage) in awaited)]
    kept = {f"{position:02d}-{stage}{end}" for position, stage in needed for end in CHECKPOINT_ENDS}
    freed = 0
    for path in folder.glob("*.safetensors"):
        if path.name not in kept:
            with _permitted(path):
                status = path.stat()
                freed += status.st_size if status.st_nlink == 1 else 0
                path.unlink()
    return freed


@contextmanager
def _permitted(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"{path} cannot be removed ({error.strerror}) and is left there; check the permissions of its folder."
        ) from None


def rows_of(run_id: str) -> dict[str, int]:
    """Count the rows that `delete_run` would delete, by table; tables without any are omitted."""
    with read() as connection:
        counted = {
            table: int(
                (connection.execute(f"SELECT count(*) FROM {table} WHERE run_id = ?", [run_id]).fetchone() or (0,))[0]
            )
            for table in _tables(connection)
        }
    return {table: n for table, n in counted.items() if n}


def disk_use() -> pd.DataFrame:
    """Return the disk use of each run, largest first.

    Columns: run_id, status (NaN: a folder without a run), bytes.
    """
    with read() as connection:
        runs = connection.execute("SELECT run_id, status FROM runs").df()
    folders = [path for path in runs_root().glob("*") if path.is_dir() and not path.name.startswith(".")]
    names = pd.Series([p.name for p in folders], dtype=runs["run_id"].dtype)
    sizes = pd.DataFrame({"run_id": names, "bytes": [_size(p) for p in folders]})
    use = runs.merge(sizes[sizes["run_id"] != "jobs"], on="run_id", how="outer")
    use["bytes"] = use["bytes"].fillna(0).astype("int64")
    return use.sort_values(["bytes", "run_id"], ascending=[False, True], ignore_index=True)


def _size(folder: Path) -> int:
    """Return the bytes of all files in a folder; a file that vanishes meanwhile counts as 0."""
    size = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                size += (Path(parent) / name).stat().st_size
    return size
