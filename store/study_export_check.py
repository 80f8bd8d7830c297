"""Refuse an export of a study that is not whole, before anything of it reaches the store."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from system.names import NAME, RUN_ID

# Columns that answers and pages count on, by table; none of their values is missing.
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "datasets": ("dataset_id", "name", "version", "classes", "content_hash"),
    "samples": ("dataset_id", "sample_id", "position", "split", "patient"),
    "stages": ("run_id", "round", "stage", "position"),
    "epochs": ("run_id", "round", "stage", "epoch"),
    "rounds": ("run_id", "round"),
    "metrics": ("run_id", "round", "stage", "split", "metric"),
    "predictions": ("run_id", "round", "stage", "probs", "targets", "correct"),
    "runs": ("run_id", "dataset_id", "classes", "objective", "model", "recipe", "seed", "status"),
    "study_runs": ("study_id", "dataset", "arm", "seed", "run_id"),
    "studies": ("study_id", "name", "file"),
}
_TEXTS = ("dataset_id", "sample_id", "patient", "split", "run_id", "stage", "study_id")
_WHOLE = ("position", "round", "epoch", "seed", "version")
_ONCE: Final[Mapping[str, tuple[str, ...]]] = {
    "datasets": ("dataset_id",),
    "samples": ("dataset_id", "sample_id"),
    "stages": ("run_id", "round", "stage"),
    "predictions": ("run_id", "round", "stage"),
    "runs": ("run_id",),
    "studies": ("study_id",),
}


def fault(tables: Mapping[str, pa.Table]) -> str | None:
    """Return what keeps the tables of an export from being taken in, in a clause.

    None where they are sound.

    A run's id names folders: one that is no name could lead out of them.
    """
    for name, columns in _NEEDED.items():
        found = next((one for column in columns if (one := _column_fault(name, tables[name], column))), None)
        if found is not None:
            return found
    for name, keys in _ONCE.items():
        if tables[name].group_by(list(keys)).aggregate([]).num_rows < len(tables[name]):
            return f"{name} holds a row twice"
    for name, pattern in (("runs", RUN_ID), ("datasets", rf"{NAME}@\d+")):
        values = tables[name]["run_id" if name == "runs" else "dataset_id"].to_pylist()
        if wrong := [value for value in values if not re.fullmatch(pattern, value)]:
            return f"{name} has {wrong[0][:80]!r}, which is no name"
    for row in tables["runs"].select(["run_id", "recipe"]).to_pylist():
        if not _is_mapping(row["recipe"]):  # one recipe that is no JSON keeps every run of the store from being read
            return f"the recipe of {row['run_id']} is no mapping"
    return _link_fault(tables) or _seed_fault(tables) or _prediction_fault(tables) or _value_fault(tables)


def _column_fault(name: str, table: pa.Table, column: str) -> str | None:
    if column not in table.column_names:
        return f"{name} has no column {column}"
    kind, values = table.schema.field(column).type, table[column]
    wrong = (column in _TEXTS and not pa.types.is_string(kind)) or (column in _WHOLE and not pa.types.is_integer(kind))
    if values.null_count:
        return f"{name}.{column} is empty in some row"
    if len(table) and wrong:
        return f"{name}.{column} is of another kind"
    return None


def _is_mapping(text: object) -> bool:
    try:
        return isinstance(json.loads(str(text)), dict)
    except ValueError:
        return False


def _link_fault(tables: Mapping[str, pa.Table]) -> str | None:
    """Return which run has no dataset, and which cell of a study no run.

    Rows of a run that is not in `runs` are no fault: a kill between two files of an export leaves them.
    """
    known = set(tables["datasets"]["dataset_id"].to_pylist())
    lost = [one for one in tables["runs"]["dataset_id"].to_pylist() if one not in known]
    if lost:
        return f"runs has a run on dataset {lost[0][:80]!r}, which is not in datasets"
    runs = set(tables["runs"]["run_id"].to_pylist())
    for number, run_id in enumerate(tables["study_runs"]["run_id"].to_pylist(), start=1):
        if run_id not in runs:
            return f"study_runs.parquet, column run_id, row {number}: run {run_id[:80]!r} is not in runs.parquet"
    return None


def _seed_fault(tables: Mapping[str, pa.Table]) -> str | None:
    """Return which seed is none: they begin at 0."""
    for name in ("runs", "study_runs"):
        for row in tables[name].select(["run_id", "seed"]).to_pylist():
            if row["seed"] < 0:
                return f"{name}.parquet, column seed, run {row['run_id']}: {row['seed']} is below 0"
    return None


def _prediction_fault(tables: Mapping[str, pa.Table]) -> str | None:
    """Return which stage has not one probability for each test sample and class."""
    runs = {row["run_id"]: row for row in tables["runs"].select(["run_id", "dataset_id", "classes"]).to_pylist()}
    tests = tables["samples"].filter(pc.equal(tables["samples"]["split"], "test")) if len(tables["samples"]) else None
    counts = (
        {}
        if tests is None
        else {row["values"]: row["counts"] for row in tests["dataset_id"].value_counts().to_pylist()}
    )
    for row in tables["predictions"].to_pylist():
        run = runs.get(row["run_id"])
        if run is None:
            continue
        n = counts.get(run["dataset_id"], 0)
        size = n * len(run["classes"])
        if not (len(row["probs"]) == len(row["targets"]) == size and len(row["correct"]) == n):
            return f"predictions of {row['run_id']} are not those of its test samples and classes"
    return None


def _value_fault(tables: Mapping[str, pa.Table]) -> str | None:
    """Return which stage has a probability that is none, or a target that is neither 0 nor 1."""
    table = tables["predictions"]
    for column, allowed in (("probs", "from 0 to 1"), ("targets", "0 or 1")):
        values = pc.list_flatten(table[column])
        # A comparison with NaN is false, one with an empty value is empty: neither passes.
        within = pc.and_(pc.greater_equal(values, 0), pc.less_equal(values, 1))
        whole = pc.equal(values, pc.floor(values)) if column == "targets" else within
        if len(values) == 0 or pc.all(pc.and_(within, whole), skip_nulls=False).as_py():
            continue
        for row in table.select(["run_id", "round", "stage", column]).to_pylist():
            for value in row[column]:
                if value is None or not 0 <= value <= 1 or (column == "targets" and value not in (0, 1)):
                    where = f"run {row['run_id']}, stage {row['stage']} of round {row['round']}"
                    return f"predictions.parquet, column {column}, {where}: {value} is not {allowed}"
    return None
