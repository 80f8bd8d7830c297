"""Take in the finished runs of an exported study.

They have no checkpoints, and predictions of the test split alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from store.engine.connection import write
from store.engine.errors import StoreError
from store.study_export import read_export
from store.study_export_check import fault

_LEAST = 1e-7  # a probability below this counts as this much in a loss


@dataclass(frozen=True)
class Imported:
    """How many runs were taken in, and how many of the export were there already."""

    n_runs: int
    n_known: int


def import_study(folder: Path) -> Imported:
    """Take in the runs of an export that the store does not have; all of them, or none.

    Raises:
        StoreError: the folder holds no export, that of a newer version, or runs on other pictures than those that the
            store knows by the same dataset id; one sentence.
    """
    tables = read_export(folder)
    _refuse_unsound(folder, tables)
    with write() as connection:
        _refuse_other_content(connection, tables["datasets"])
        known = {str(row[0]) for row in connection.execute("SELECT run_id FROM runs").fetchall()}
        here = {str(row[0]) for row in connection.execute("SELECT dataset_id FROM datasets").fetchall()}
        fresh = [run_id for run_id in tables["runs"]["run_id"].to_pylist() if run_id not in known]
        new = [one for one in tables["datasets"]["dataset_id"].to_pylist() if one not in here]
        for name in ("datasets", "samples"):
            _insert(connection, name, _where(tables[name], "dataset_id", new))
        for name in ("runs", "stages", "epochs", "rounds", "metrics"):
            _insert(connection, name, _where(tables[name], "run_id", fresh))
        _insert(connection, "predictions", _rows_of_samples(tables, fresh))
        connection.execute("UPDATE runs SET imported = true WHERE run_id IN (SELECT unnest(?::VARCHAR[]))", [fresh])
        connection.execute(
            "UPDATE datasets SET imported = true WHERE dataset_id IN (SELECT unnest(?::VARCHAR[]))", [new]
        )
        _link(connection, tables)
    return Imported(len(fresh), len(tables["runs"]) - len(fresh))


def _refuse_unsound(folder: Path, tables: Mapping[str, pa.Table]) -> None:
    try:
        found = fault(tables)
    except (pa.ArrowException, KeyError, TypeError, ValueError) as error:
        found = (str(error).splitlines() or ["unreadable"])[0]
    if found is not None:
        raise StoreError(f"The export in {folder} is damaged ({found}); export the study again where it was trained.")


def _refuse_other_content(connection: duckdb.DuckDBPyConnection, datasets: pa.Table) -> None:
    known = dict(connection.execute("SELECT dataset_id, content_hash FROM datasets").fetchall())
    for row in datasets.to_pylist():
        name, content = row["dataset_id"], row["content_hash"]
        if known.get(name, content) != content:
            raise StoreError(
                f"{name} in the store has other pictures than in the export; take the export into a store of its own "
                "(ODAP_RESULTS)."
            )


def _insert(connection: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    if not len(rows):
        return
    connection.register("incoming", rows)
    connection.execute(f"INSERT INTO {name} BY NAME FROM incoming")
    connection.unregister("incoming")


def _where(table: pa.Table, column: str, values: list[str]) -> pa.Table:
    return table.filter(pc.is_in(table[column], value_set=pa.array(values, pa.string())))


def _link(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, pa.Table]) -> None:
    """Add the studies and the runs of their cells; a cell that has a run here keeps it."""
    known = {str(row[0]) for row in connection.execute("SELECT study_id FROM studies").fetchall()}
    studies = tables["studies"].to_pylist()
    _insert(connection, "studies", _where(tables["studies"], "study_id", [
        str(study["study_id"]) for study in studies if study["study_id"] not in known
    ]))  # fmt: skip
    connection.register("incoming", tables["study_runs"])
    connection.execute(
        "INSERT INTO study_runs BY NAME FROM incoming ANTI JOIN study_runs USING (study_id, dataset, arm, seed)"
    )
    connection.unregister("incoming")


def _rows_of_samples(tables: Mapping[str, pa.Table], run_ids: list[str]) -> pa.Table:
    """Return a row for each sample from the stages of an export, as in table `predictions`.

    A loss is not exported; it is that of the kept probabilities.
    """
    dataset_of = dict(zip(tables["runs"]["run_id"].to_pylist(), tables["runs"]["dataset_id"].to_pylist(), strict=True))
    softmax = dict(zip(tables["runs"]["run_id"].to_pylist(), tables["runs"]["objective"].to_pylist(), strict=True))
    test = tables["samples"].filter(pc.equal(tables["samples"]["split"], "test")).sort_by("position")
    ids = {one: _where(test, "dataset_id", [one])["sample_id"] for one in set(dataset_of.values())}
    parts = [
        _rows_of_stage(row, ids[dataset_of[row["run_id"]]], softmax[row["run_id"]] == "softmax")
        for row in _where(tables["predictions"], "run_id", run_ids).to_pylist()
    ]
    return pa.concat_tables(parts) if parts else pa.table({"run_id": pa.array([], pa.string())})


def _rows_of_stage(row: Mapping[str, Any], sample_ids: pa.ChunkedArray, softmax: bool) -> pa.Table:
    n = len(sample_ids)
    probs = np.array(row["probs"], np.float32).reshape(n, -1)
    targets = np.array(row["targets"], np.float32).reshape(n, -1)
    return pa.table(
        {
            "run_id": pa.array([row["run_id"]] * n, pa.string()),
            "round": pa.array([row["round"]] * n, pa.int32()),
            "stage": pa.array([row["stage"]] * n, pa.string()),
            "sample_id": sample_ids,
            "split": pa.array(["test"] * n, pa.string()),
            "targets": _lists(targets),
            "probs": _lists(probs),
            "loss": pa.array(_losses(probs, targets, softmax)),
            "correct": pa.array(row["correct"], pa.bool_()),
        }
    )


def _losses(probs: NDArray[np.float32], targets: NDArray[np.float32], softmax: bool) -> NDArray[np.float32]:
    """Return (N,) cross-entropies.

    They are of the label for softmax, and the mean over binary ones for sigmoid.
    """
    kept = probs.astype(np.float64).clip(_LEAST, 1 - _LEAST)
    if softmax:
        return np.asarray(-(targets * np.log(kept)).sum(axis=1), np.float32)
    return np.asarray(-(targets * np.log(kept) + (1 - targets) * np.log(1 - kept)).mean(axis=1), np.float32)


def _lists(values: NDArray[np.float32]) -> pa.Array:
    flat = pa.array(values.ravel())
    return pa.FixedSizeListArray.from_arrays(flat, values.shape[1]).cast(pa.list_(pa.float32()))
