"""Start a run from a finished stage of another.

The stages before it are copied, rows and checkpoints.

The copies make the new run whole: every query reads it like any other, and the other run can be deleted.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from store.engine.connection import read, runs_root
from store.engine.errors import StoreError
from system.atomic_files import atomic_write
from system.job_states import OPEN, sql_list

# What a stage cost where it was trained, by the column that keeps it once the run that inherits it adds to the cost.
INHERITED = {
    "inherited_steps": "steps",
    "inherited_samples": "samples_seen",
    "inherited_seconds": "seconds",
    "inherited_cpu_seconds": "cpu_seconds",
}


@dataclass(frozen=True)
class Fork:
    """The finished stage of another run that a run starts from."""

    run_id: str
    round: int
    stage: str

    @classmethod
    def of(cls, job_args: Mapping[str, Any]) -> Fork | None:
        """Return the fork that the arguments of a job name; None where they name none."""
        found = job_args.get("fork")
        return None if found is None else cls(str(found["run_id"]), int(found["round"]), str(found["stage"]))


def copy_stages(
    connection: duckdb.DuckDBPyConnection, run_id: str, fork: Fork, columns: Mapping[str, Any] | None = None
) -> None:
    """Copy everything up to the forked stage to another run, inside the caller's transaction.

    Copied are stages, metrics, epochs, predictions, dynamics and scores of maps, and of finished rounds what was mined
    and what became of it. What the parent mined at the forked stage is not: the new run mines there by its own recipe.
    Checkpoints are linked, since a written one is never changed, only replaced.

    Args:
        columns: of the forked stage, to replace the parent's: its cost without that of the parent's mining.
    Raises:
        StoreError: the other run has not finished that stage.
    """
    row = connection.execute(
        "SELECT position FROM stages WHERE run_id = ? AND round = ? AND stage = ?",
        [fork.run_id, fork.round, fork.stage],
    ).fetchone()
    if row is None:
        raise StoreError(f"Run {fork.run_id} has no finished stage {fork.stage}; see the names on the page Overview.")
    position = int(row[0])
    own = {"n_mined": None, **(columns or {})}
    connection.execute(
        "INSERT INTO stages BY NAME SELECT * REPLACE (? AS run_id, true AS inherited) FROM stages "
        "WHERE run_id = ? AND position <= ?",
        [run_id, fork.run_id, position],
    )
    connection.execute(
        f"UPDATE stages SET {', '.join(f'{name} = ?' for name in own)} WHERE run_id = ? AND position = ?",
        [*own.values(), run_id, position],
    )
    connection.execute(
        f"UPDATE stages SET {', '.join(f'{kept} = {cost}' for kept, cost in INHERITED.items())} WHERE run_id = ?",
        [run_id],
    )
    connection.execute(
        "INSERT INTO epochs BY NAME SELECT * REPLACE (? AS run_id) FROM epochs WHERE run_id = ? AND position <= ?",
        [run_id, fork.run_id, position],
    )
    for table in ("metrics", "predictions", "dynamics", "map_scores"):
        connection.execute(
            f"INSERT INTO {table} BY NAME SELECT * REPLACE (? AS run_id) FROM {table} WHERE run_id = ? AND "
            "(round, stage) IN (SELECT (round, stage) FROM stages WHERE run_id = ? AND position <= ?)",
            [run_id, fork.run_id, fork.run_id, position],
        )
    for table, last in (
        ("mined", fork.round),
        ("suspects", fork.round),
        ("ledger", fork.round - 1),
        ("rounds", fork.round - 1),
    ):
        connection.execute(
            f"INSERT INTO {table} BY NAME SELECT * REPLACE (? AS run_id) FROM {table} WHERE run_id = ? AND round <= ?",
            [run_id, fork.run_id, last],
        )
    _link_checkpoints(fork.run_id, run_id, position)


def spent() -> pd.DataFrame:
    """Return what each run has trained itself.

    An inherited stage counts with the run that trained it.

    Columns: run_id, steps, samples_seen, seconds, cpu_seconds (NaN: not recorded of some stage).
    """
    sums = ", ".join(
        f"CASE WHEN count(*) = count({cost}) THEN sum({cost} - coalesce({kept}, 0)) END AS {cost}"
        for kept, cost in INHERITED.items()
    )
    with read() as connection:
        return connection.execute(f"SELECT run_id, {sums} FROM stages GROUP BY run_id ORDER BY run_id").df()


def waiting_forks(connection: duckdb.DuckDBPyConnection, run_id: str) -> dict[str, Fork]:
    """Return the forks of a run that have not begun, by the run that each is to be."""
    rows = connection.execute(
        f"SELECT run_id, args FROM jobs WHERE kind = 'train' AND state IN {sql_list(OPEN)} "
        "AND run_id NOT IN (SELECT run_id FROM runs)"
    ).fetchall()
    forks = {str(child): Fork.of(json.loads(args)) for child, args in rows}
    return {child: fork for child, fork in forks.items() if fork is not None and fork.run_id == run_id}


def _link_checkpoints(parent: str, child: str, position: int) -> None:
    folder = runs_root() / child / "checkpoints"
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted((runs_root() / parent / "checkpoints").glob("[0-9][0-9]-*.safetensors")):
        if int(path.name[:2]) <= position:
            _link(path, folder / path.name)


def _link(path: Path, target: Path) -> None:
    """Give a file a second name, or copy it where the file system has no links."""
    target.unlink(missing_ok=True)  # of a process that was killed before it committed
    try:
        os.link(path, target)
    except OSError:
        try:
            with atomic_write(target) as temporary:
                shutil.copyfile(path, temporary)
        except OSError as error:
            raise StoreError(
                f"The checkpoint {target.name} cannot be copied ({error.strerror}); free some disk."
            ) from None
