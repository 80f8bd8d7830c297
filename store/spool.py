"""Spool stages, epochs and maps as Parquet while the store is busy, and apply them later.

A spooled stage is a folder that appears complete (it is renamed into place) and is removed once its rows are committed.
Applying replaces the stage's rows, so if a process is killed between the two, applying again gives the same rows.
A stage that cannot be read, or whose run is gone, is moved to a folder next to the spool together with the reason. So
it blocks nothing, and nothing is lost.
"""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from store import rows
from store.engine import fencing, schema
from store.engine.connection import is_reading, runs_root, write
from store.engine.errors import StoreError
from store.spool_upgrade import upgraded
from system import atomic_files

_REASON = "reason.txt"
# Prefix of the folder name of each kind of parts; `drop` finds the stages by it.
_PREFIX = {"stages": "", "epochs": "epoch-", "cams": "cams-"}
# DuckDB's errors for rows that do not fit; a full disk or a corrupt store is not the spooled stage's fault.
_UNFIT = (duckdb.DataError, duckdb.ProgrammingError, duckdb.IntegrityError)


@dataclass(frozen=True)
class SetAside:
    """A spooled stage that could not be read: its folder now, and the reason in one sentence."""

    folder: Path
    reason: str


class _Unreadable(Exception):
    pass


def put(run_id: str, round_: int, stage: str, parts: Mapping[str, pa.Table]) -> Path:
    """Spool a stage, or one epoch or the maps of it, to disk; return its folder."""
    spool = runs_root() / run_id / "spool"
    aside = spool / f".{uuid.uuid4().hex}"
    aside.mkdir(parents=True)
    for table, incoming in parts.items():
        pq.write_table(incoming, aside / f"{table}.parquet")
    key = {
        "run_id": run_id, "round": round_, "stage": stage, "parts": sorted(parts), "job": fencing.job(),
        "schema": schema.newest(),
    }  # fmt: skip
    (aside / "stage.json").write_text(json.dumps(key), encoding="utf-8")
    for path in (*aside.iterdir(), aside):
        atomic_files.sync(path)
    place = spool / f"{_PREFIX[rows.kind_of(parts)]}{round_:03d}-{stage}-{uuid.uuid4().hex[:8]}"
    aside.replace(place)
    for folder in (spool, spool.parent, spool.parent.parent):  # its parent folders may be new too
        atomic_files.sync(folder)
    return place


def waiting() -> list[Path]:
    """List the folders of spooled stages, oldest first."""
    folders = [path for path in runs_root().glob("*/spool/*") if path.is_dir() and not path.name.startswith(".")]
    return sorted(folders, key=_age)


def drop(run_id: str, round_: int, stage: str) -> None:
    """Remove spooled parts of a stage that has been written directly since."""
    for folder in (runs_root() / run_id / "spool").glob(f"{round_:03d}-{stage}-*"):
        _remove(folder)


def apply(timeout: float = 30.0) -> int:
    """Write all spooled stages into the store; return how many were applied.

    Raises:
        StoreBusy, StoreError: the store cannot be written to; the stages stay in the spool.
    """
    return sum(_apply(folder, timeout) for folder in waiting())


def apply_waiting(timeout: float = 0.5) -> int:
    """Apply the spool if the store can be written now; return how many stages were applied.

    For housekeeping: the worker's tick, the trainer's start and end, the app's upkeep, and every writer after its own
    write. When the store is busy or refuses, everything stays in the spool, and `store check` says why. Inside a
    `read()` nothing is done, since a thread that reads must not wait for its turn to write.
    """
    if is_reading() or not waiting():
        return 0
    with suppress(StoreError):
        return apply(timeout)
    return 0


def set_aside() -> list[SetAside]:
    """List the spooled stages that could not be read."""
    reasons = sorted(runs_root().glob(f"*/spool-set-aside/*/{_REASON}"))
    return [SetAside(path.parent, path.read_text(encoding="utf-8", errors="replace").strip()) for path in reasons]


def _apply(folder: Path, timeout: float) -> bool:
    try:
        with write(timeout) as connection:
            if not folder.is_dir():
                return False  # another process applied it while this one waited for the lock
            key, parts = _load(folder)
            if not connection.execute("FROM runs WHERE run_id = ?", [key["run_id"]]).fetchone():
                raise _Unreadable(f"the store has no run {key['run_id']}: it was deleted, or is of another store")
            try:
                if not _is_succeeded(connection, key, parts):
                    rows.insert(connection, key["run_id"], key["round"], key["stage"], parts)
            except _UNFIT as error:
                raise _Unreadable(str(error)) from error
    except _Unreadable as error:
        _set_aside(folder, str(error).strip().splitlines()[0])
        return False
    _remove(folder)
    return True


def _load(folder: Path) -> tuple[dict[str, Any], dict[str, pa.Table]]:
    try:
        key = json.loads((folder / "stage.json").read_text(encoding="utf-8"))
        named = key.get("parts") or [path.stem for path in folder.glob("*.parquet")]
        parts = {table: pq.read_table(folder / f"{table}.parquet") for table in named}
        whole = {"stages", "metrics", "predictions"} <= set(parts) or set(parts) in ({"epochs"}, {"cams"})
        known = {name: key[name] for name in ("run_id", "round", "stage")} | {"job": key.get("job")}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, pa.ArrowException) as error:
        raise _Unreadable(f"{type(error).__name__}: {error}") from error
    if not whole:
        raise _Unreadable("a part of the stage is missing")
    if key.get("schema", 0) > schema.newest():
        raise _Unreadable(
            f"it was kept by a newer Odap (schema {key['schema']}, this one knows {schema.newest()}); update Odap and "
            "move the folder back into the run's folder spool"
        )
    return known, upgraded(parts)


def _is_succeeded(connection: duckdb.DuckDBPyConnection, key: Mapping[str, Any], parts: Mapping[str, pa.Table]) -> bool:
    """Return whether a later job has written the same parts since the spooling job ended.

    The later job's rows are then kept.
    """
    if key["job"] is None or not fencing.has_ended(connection, key["job"]):
        return False
    table = rows.kind_of(parts)
    more, epoch = (" AND epoch = ?", [parts["epochs"]["epoch"][0].as_py()]) if table == "epochs" else ("", [])
    later_row = connection.execute(
        f"SELECT 1 FROM {table} WHERE run_id = ? AND round = ? AND stage = ?{more}",
        [key["run_id"], key["round"], key["stage"], *epoch],
    ).fetchone()
    return later_row is not None


def _set_aside(folder: Path, reason: str) -> None:
    place = folder.parent.parent / "spool-set-aside" / folder.name
    place.parent.mkdir(exist_ok=True)
    try:
        folder.replace(place)
    except FileNotFoundError:
        return  # another process applied it, or set it aside, while it was read here
    (place / _REASON).write_text(f"{reason.rstrip('.')}.\n", encoding="utf-8")


def _remove(folder: Path) -> None:
    """Remove a spooled folder; rename it first, so that no process sees half of it."""
    gone = folder.with_name(f".{uuid.uuid4().hex}")
    try:
        folder.replace(gone)
    except FileNotFoundError:
        return  # another process removed it
    shutil.rmtree(gone, ignore_errors=True)


def _age(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except FileNotFoundError:
        return 0.0
