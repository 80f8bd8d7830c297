"""Stages that could not be written because the lock was not to be had: kept as Parquet, applied later.

A spooled stage is a folder that appears whole (it is renamed into place). Applying replaces the stage's rows, so that
applying twice, or by two processes, leaves the same rows; the folder goes once the rows are committed.
"""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from store.connection import runs_root, write


def put(run_id: str, round_: int, stage: str, parts: Mapping[str, pa.Table]) -> Path:
    """Keep a stage on disk; returns its folder."""
    spool = runs_root() / run_id / "spool"
    aside = spool / f".{uuid.uuid4().hex}"
    aside.mkdir(parents=True)
    for table, rows in parts.items():
        pq.write_table(rows, aside / f"{table}.parquet")
    (aside / "stage.json").write_text(json.dumps({"run_id": run_id, "round": round_, "stage": stage}))
    place = spool / f"{round_:03d}-{stage}-{uuid.uuid4().hex[:8]}"
    aside.replace(place)
    return place


def waiting() -> list[Path]:
    """Folders of spooled stages, oldest first."""
    found = [path.parent for path in runs_root().glob("*/spool/*/stage.json") if not path.parent.name.startswith(".")]
    return sorted(found, key=lambda path: path.stat().st_mtime)


def apply(timeout: float = 30.0) -> int:
    """Write what waits into the store; returns how many stages were applied."""
    from store.results import insert_stage

    applied = 0
    for folder in waiting():
        key = json.loads((folder / "stage.json").read_text())
        parts = {path.stem: pq.read_table(path) for path in sorted(folder.glob("*.parquet"))}
        with write(timeout) as connection:
            insert_stage(connection, key["run_id"], key["round"], key["stage"], parts)
        shutil.rmtree(folder, ignore_errors=True)
        applied += 1
    return applied
