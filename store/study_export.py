"""Write the finished runs of a study as a few small Parquet files.

They can be taken in elsewhere.

They hold what answers questions: runs, costs, learning curves, scores, and the predictions of the test split at the
stages that questions ask about. Each is a table of the store, with fewer rows, but for `predictions`: there a row is a
stage, and its lists hold the test samples in the order of `samples`.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from store import spool
from store.engine import schema
from store.engine.connection import read
from store.engine.errors import StoreError
from store.queries import read_predictions
from system.atomic_files import atomic_write
from system.job_states import JobState

TABLES = (
    "datasets",
    "samples",
    "stages",
    "epochs",
    "rounds",
    "metrics",
    "predictions",
    "runs",
    "study_runs",
    "studies",
)
"""In the order in which they are written: a run that is in `runs` is whole."""

_DECIMALS = 3
# Rounded probabilities are few values, and one dictionary of them (bytes) is what keeps files small.
_DICTIONARY = 32 * 2**20
_OF_RUNS = {
    "stages": "SELECT * FROM stages WHERE run_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY run_id, position",
    "epochs": "SELECT * FROM epochs WHERE run_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY run_id, global_epoch",
    "rounds": "SELECT * FROM rounds WHERE run_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY run_id, round",
    "metrics": (
        "SELECT m.* FROM metrics m JOIN stages s USING (run_id, round, stage) "
        "WHERE run_id IN (SELECT unnest(?::VARCHAR[])) AND (split = 'test' OR class_name IS NULL) "
        "ORDER BY run_id, s.position, split, class_name, metric"
    ),
    "runs": "SELECT * FROM runs WHERE run_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY created_at, run_id",
}  # fmt: skip
_OF_DATASETS = {
    "datasets": "SELECT * REPLACE (NULL::VARCHAR AS folder) FROM datasets "
    "WHERE dataset_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY dataset_id",
    # Boxes are long, and no answer needs them.
    "samples": "SELECT * REPLACE (NULL::VARCHAR AS boxes, round(ambiguity, 3) AS ambiguity) FROM samples "
    "WHERE dataset_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY dataset_id, position",
}


@dataclass(frozen=True)
class _Stage:
    run_id: str
    round: int
    stage: str
    thresholds: Sequence[float] | None


@dataclass(frozen=True)
class Exported:
    """What an export holds now: its finished runs, and its size in bytes."""

    n_runs: int
    n_bytes: int


def export_study(study_id: str, folder: Path, rounds: Mapping[str, Sequence[int]]) -> Exported:
    """Write the finished runs of a study into a folder; what it holds of other runs is kept.

    Each file is replaced whole, that of the runs last: a reader, or a kill, in between finds no run without its rows.

    Args:
        rounds: by arm, the rounds after which questions ask for it; the last stage of a run is always among them.
    Raises:
        StoreError: the folder cannot be written, or holds another version's files; one sentence.
    """
    spool.apply_waiting()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        earlier = read_export(folder) if (folder / "studies.parquet").is_file() else {}
        with read() as connection:
            tables = _collect(connection, study_id, rounds)
        tables = {name: _joined(name, tables[name], earlier) for name in TABLES}
        for name in TABLES:
            _write(folder / f"{name}.parquet", tables[name])
        size = sum((folder / f"{name}.parquet").stat().st_size for name in TABLES)
    except (OSError, pa.ArrowException) as error:
        why = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise StoreError(f"The study cannot be written to {folder} ({why}); choose another folder.") from None
    return Exported(len(tables["runs"]), size)


def read_export(folder: Path) -> dict[str, pa.Table]:
    """Read the tables of an export.

    Raises:
        StoreError: the folder holds no export, or that of a newer version; one sentence.
    """
    try:
        tables = {name: pq.read_table(folder / f"{name}.parquet") for name in TABLES}
    except (OSError, pa.ArrowException) as error:
        raise StoreError(
            f"{folder} holds no export of a study ({str(error).splitlines()[0]}); name a folder that "
            "`python -m trainer study FILE --export FOLDER` wrote."
        ) from None
    newest = int((tables["studies"].schema.metadata or {}).get(b"odap_schema", b"0"))
    if newest > schema.newest():
        raise StoreError(
            f"{folder} was written by a newer Odap (schema {newest}, this one knows {schema.newest()}); update Odap."
        )
    return tables


def _collect(
    connection: duckdb.DuckDBPyConnection, study_id: str, rounds: Mapping[str, Sequence[int]]
) -> dict[str, pa.Table]:
    def table(sql: str, *values: object) -> pa.Table:
        return connection.execute(sql, list(values)).to_arrow_table()

    links = table(
        "SELECT l.* FROM study_runs l JOIN runs r USING (run_id) "
        f"WHERE l.study_id = ? AND r.status = '{JobState.DONE}' ORDER BY l.dataset, l.arm, l.seed",
        study_id,
    )
    run_ids = sorted(set(links["run_id"].to_pylist()))
    tables = {name: table(sql, run_ids) for name, sql in _OF_RUNS.items()}
    dataset_ids = sorted(set(tables["runs"]["dataset_id"].to_pylist()))
    tables |= {name: table(sql, dataset_ids) for name, sql in _OF_DATASETS.items()}
    asked: dict[str, set[int]] = {}
    for link in links.select(["arm", "run_id"]).to_pylist():
        asked.setdefault(link["run_id"], set()).update(rounds.get(link["arm"], ()))
    of_scheme = connection.execute(
        "SELECT run_id FROM runs WHERE coalesce(json_extract_string(recipe, '$.label_scheme'), 'base') <> 'base'"
    ).fetchall()
    exact = {str(row[0]) for row in of_scheme}  # their probabilities are added up before they decide
    tables["predictions"] = _predictions(_stages_asked_for(tables["stages"], asked), exact)
    tables["study_runs"] = links
    return tables | {"studies": table("SELECT * FROM studies WHERE study_id = ?", study_id)}


def _stages_asked_for(stages: pa.Table, asked: Mapping[str, set[int]]) -> list[_Stage]:
    """Return the last stage of each run, and the last one up to each round that is asked for."""
    of_run: dict[str, list[_Stage]] = {}
    for row in stages.select(["run_id", "round", "stage", "thresholds"]).to_pylist():
        of_run.setdefault(row["run_id"], []).append(_Stage(**row))
    found: dict[tuple[str, int, str], _Stage] = {}
    for run_id, ended in of_run.items():
        for most in (*sorted(asked.get(run_id, ())), ended[-1].round):
            last = [stage for stage in ended if stage.round <= most][-1:]
            found |= {(run_id, stage.round, stage.stage): stage for stage in last}
    return list(found.values())


def _predictions(stages: Sequence[_Stage], exact: Container[str]) -> pa.Table:
    rows = []
    for one in stages:
        found = read_predictions(one.run_id, splits=["test"], round=one.round, stage=one.stage)
        if len(found.probs):
            probs = found.probs if one.run_id in exact else rounded(found.probs, one.thresholds)
            targets = found.targets.astype(np.uint8)
            rows.append((one.run_id, one.round, one.stage, probs.ravel(), targets.ravel(), found.correct))
    kinds = (pa.string(), pa.int32(), pa.string(), pa.list_(pa.float32()), pa.list_(pa.uint8()), pa.list_(pa.bool_()))
    columns = list(zip(*rows, strict=True)) or [()] * len(kinds)
    arrays = [pa.array(list(column), kind) for column, kind in zip(columns, kinds, strict=True)]
    return pa.table(arrays, names=["run_id", "round", "stage", "probs", "targets", "correct"])


def rounded(probs: NDArray[np.float32], thresholds: Sequence[float] | None) -> NDArray[np.float32]:
    """Round probabilities to three decimals, but not where that would change a decision.

    Args:
        probs: (N, C).
        thresholds: (C,) of a multi-label stage; None where the highest probability decides.
    Returns:
        (N, C). A row in which another class would be the highest, or another one would reach its threshold, is kept
        as it is.
    """
    short = np.round(probs, _DECIMALS).astype(np.float32)
    changed = short.argmax(axis=1) != probs.argmax(axis=1)
    if thresholds is not None:
        limits = np.asarray(thresholds, np.float64)
        changed |= ((short >= limits) != (probs >= limits)).any(axis=1)
    return np.where(changed[:, None], probs, short)


def _joined(name: str, own: pa.Table, earlier: Mapping[str, pa.Table]) -> pa.Table:
    """Return a table with the rows that an earlier export has of other runs.

    Those of other datasets and studies are kept too.
    """
    if name not in earlier:
        return own
    key = {"datasets": "dataset_id", "samples": "dataset_id", "studies": "study_id"}.get(name, "run_id")
    others = earlier[name].filter(pc.invert(pc.is_in(earlier[name][key], value_set=own[key].unique())))
    return pa.concat_tables(
        [own, others.cast(own.schema, safe=False)] if len(others) else [own], promote_options="default"
    )


def _write(path: Path, table: pa.Table) -> None:
    table = table.replace_schema_metadata({"odap_schema": str(schema.newest())})
    with atomic_write(path) as temporary:
        pq.write_table(
            table, temporary, compression="zstd", compression_level=19, dictionary_pagesize_limit=_DICTIONARY
        )
