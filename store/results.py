"""Write what runs produce.

Each function replaces rows of the same key, so it can safely be repeated.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa

from store import environment as made_by
from store import rows, spool
from store.clock import utc_now
from store.engine.connection import write
from store.engine.errors import StoreBusy, StoreError
from store.forks import Fork, copy_stages

SIMULATED = ("difficulty", "subgroup", "label_probability", "against_marks")  # columns known of simulated images only


def register_dataset(
    dataset_id: str,
    name: str,
    version: int,
    classes: Sequence[str],
    content_hash: str,
    folder: str,
    samples: pd.DataFrame,
) -> None:
    """Register a dataset version and its samples.

    The columns of `SIMULATED` are NULL where `samples` lacks them.

    Raises StoreError when the id is already registered with other content.
    """
    columns = ["sample_id", "path", "patient", "split", "label", "labels", "ambiguity", "marks", "boxes"]
    known_of_all = samples[columns].assign(position=range(len(samples)), **{
        column: samples[column].astype(object) if column in samples else None for column in SIMULATED
    })  # fmt: skip
    frame = pa.Table.from_pandas(known_of_all, preserve_index=False)
    _refuse_twice(frame["sample_id"], f"the dataset {dataset_id}")
    with write() as connection:
        known = connection.execute(
            "SELECT content_hash, imported FROM datasets WHERE dataset_id = ?", [dataset_id]
        ).fetchone()
        if known is not None:
            if known[0] != content_hash:
                raise StoreError(f"{dataset_id} in the store has other content; import the images under a new name.")
            connection.execute("UPDATE datasets SET folder = ? WHERE dataset_id = ?", [folder, dataset_id])
            if not known[1]:
                return
            for table in ("datasets", "samples"):  # taken in with a study, without boxes: the dataset itself is whole
                connection.execute(f"DELETE FROM {table} WHERE dataset_id = ?", [dataset_id])
        connection.execute(
            "INSERT INTO datasets VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)",
            [dataset_id, name, version, list(classes), len(samples), content_hash, folder, utc_now()],
        )
        connection.register("incoming", frame)
        connection.execute(
            "INSERT INTO samples BY NAME SELECT ? AS dataset_id, sample_id, position, path, patient, split, label, "
            f"labels, ambiguity, marks, boxes, {', '.join(SIMULATED)} FROM incoming",
            [dataset_id],
        )


def create_run(
    run_id: str,
    *,
    recipe_name: str,
    recipe: Mapping[str, Any],
    objective: str,
    model: str,
    dataset_id: str,
    classes: Sequence[str],
    seed: int,
    control: bool,
    rounds: int,
    device: str,
    environment: Mapping[str, Any] | None = None,
    no_maps: str | None = None,
    fork: Fork | None = None,
    forked_columns: Mapping[str, Any] | None = None,
) -> None:
    """Record that a run has started; a resumed run is `running` again and keeps its start.

    Args:
        environment: versions and device of this start; a run resumed in another one keeps both. None: not known.
        no_maps: why the run makes no class activation maps; None: it makes them.
        fork: the stage of another run that this one starts from; everything before it is copied in the same
            transaction. `forked_columns` as for `forks.copy_stages`.
    Raises:
        StoreError: the stage to start from is not there.
    """
    with write() as connection:
        known = connection.execute("SELECT environment FROM runs WHERE run_id = ?", [run_id]).fetchone()
        if known is not None:
            connection.execute(
                "UPDATE runs SET status = 'running', error = NULL, finished_at = NULL, device = ?, environment = ?, "
                "no_maps = ? WHERE run_id = ?",
                [device, made_by.joined(known[0], environment), no_maps, run_id],
            )
            return
        columns = {
            "run_id": run_id, "recipe_name": recipe_name, "recipe": json.dumps(recipe), "objective": objective,
            "model": model, "dataset_id": dataset_id, "classes": list(classes), "seed": seed, "control": control,
            "rounds": rounds, "device": device, "status": "running", "created_at": utc_now(),
            "environment": None if environment is None else json.dumps([environment]),
            "no_maps": no_maps,
        }  # fmt: skip
        if fork is not None:
            columns |= {"forked_from": fork.run_id, "forked_round": fork.round, "forked_stage": fork.stage}
        connection.execute(
            f"INSERT INTO runs ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", list(columns.values())
        )
        if fork is not None:
            copy_stages(connection, run_id, fork, forked_columns)


def finish_run(run_id: str, status: str, error: str | None = None) -> None:
    """Record how a run ended: done, failed, stopped or lost."""
    with write() as connection:
        connection.execute(
            "UPDATE runs SET status = ?, error = ?, finished_at = ? WHERE run_id = ?",
            [status, error, utc_now(), run_id],
        )


def record_epoch(run_id: str, round: int, stage: str, timeout: float = 30.0, **columns: Any) -> bool:
    """Write one point of the learning curve; columns as in `rows.EPOCH_COLUMNS`.

    Returns:
        False when the store was busy and the epoch was spooled to disk, to be applied later.
    """
    _refuse_unknown(columns, rows.EPOCH_COLUMNS)
    parts = {"epochs": pa.Table.from_pylist([columns])}
    return _write_or_spool(run_id, round, stage, parts, timeout)


def record_stage(
    run_id: str,
    round: int,
    stage: str,
    *,
    columns: Mapping[str, Any],
    metrics: pd.DataFrame,
    predictions: pa.Table,
    mined: pd.DataFrame | None,
    suspects: pd.DataFrame | None = None,
    ledger: pd.DataFrame | None = None,
    rounds: pd.DataFrame | None = None,
    dynamics: pd.DataFrame | None = None,
    timeout: float = 30.0,
) -> bool:
    """Write a finished stage, all or nothing.

    That is its row, metrics and predictions, what was mined for the next round, and the outcomes of this round.

    Args:
        columns: the stage's own, as in `rows.STAGE_COLUMNS`.
        metrics: split, class_name (None = overall), metric, value (NaN = undefined), n.
        predictions: sample_id, split, targets, probs, loss, correct.
        mined, suspects: samples that the next round trains on, and samples excluded from it; columns as in
            `rows.NEXT_ROUND_COLUMNS`.
        ledger, rounds: at the end of a round, one row per mined sample, and one row for the round; as in
            `rows.ROUND_COLUMNS`.
        dynamics: one row per training sample, as in `rows.DYNAMICS_COLUMNS`; None = not known.
    Returns:
        False when the store was busy and the stage was spooled to disk, to be applied later.
    """
    _refuse_unknown(columns, rows.STAGE_COLUMNS)
    _refuse_twice(predictions["sample_id"], f"the predictions of {run_id}, round {round}, {stage}")
    parts = {
        "stages": pa.Table.from_pylist([dict(columns)]),
        "metrics": pa.Table.from_pandas(metrics[["split", "class_name", "metric", "value", "n"]], preserve_index=False),
        "predictions": predictions,
    }
    given = {"mined": mined, "suspects": suspects, "ledger": ledger, "rounds": rounds}
    for table, names in {**rows.NEXT_ROUND_COLUMNS, **rows.ROUND_COLUMNS}.items():
        frame = given[table]
        if frame is not None:
            parts[table] = pa.Table.from_pandas(frame[list(names)], preserve_index=False)
    if dynamics is not None:
        parts["dynamics"] = pa.Table.from_pandas(dynamics[list(rows.DYNAMICS_COLUMNS)], preserve_index=False)
        _refuse_twice(parts["dynamics"]["sample_id"], f"the dynamics of {run_id}, round {round}, {stage}")
    return _write_or_spool(run_id, round, stage, parts, timeout)


def record_cams(run_id: str, round: int, stage: str, cams: pd.DataFrame, timeout: float = 30.0) -> bool:
    """Record the files of a stage's maps: sample_id, class_name, method, layer, path.

    Returns:
        False when the store was busy and the rows were spooled to disk, to be applied later.
    """
    columns = ["sample_id", "class_name", "method", "layer", "path"]
    parts = {"cams": pa.Table.from_pandas(cams[columns], preserve_index=False)}
    return _write_or_spool(run_id, round, stage, parts, timeout)


def record_map_scores(run_id: str, round: int, stage: str, method: str, layer: str, scores: pd.DataFrame) -> None:
    """Write the scores of a stage's maps by one method.

    Args:
        scores: score, maps, class_name (None = all), value, n (samples); where known, low, high (95 % interval) and
            n_groups (patients), and of a baseline gain, gain_low, gain_high (the run's own maps minus it) and n_telling
            (patients on whom the two differ).
    """
    shares = ["value", "low", "high", "gain", "gain_low", "gain_high"]
    counts = {"n_groups": "Int64", "n_telling": "Int64"}
    columns = ["score", "maps", "class_name", "n", *counts, *shares]
    incoming = scores.reindex(columns=columns).astype({name: "float64" for name in shares} | counts)
    with write() as connection:
        key = [run_id, round, stage, method]
        connection.execute("DELETE FROM map_scores WHERE run_id = ? AND round = ? AND stage = ? AND method = ?", key)
        connection.register("incoming", pa.Table.from_pandas(incoming, preserve_index=False))  # NaN becomes NULL
        connection.execute(
            "INSERT INTO map_scores BY NAME SELECT *, ? AS run_id, ? AS round, ? AS stage, ? AS method, ? AS layer, "
            "? AS created_at FROM incoming",
            [*key, layer, utc_now()],
        )


def _write_or_spool(run_id: str, round: int, stage: str, parts: Mapping[str, pa.Table], timeout: float) -> bool:
    """Write parts of a stage and then the spool; if the store is busy, spool the parts.

    Returns False when they were spooled.
    """
    kind = rows.kind_of(parts)
    try:
        with write(timeout) as connection:
            rows.insert(connection, run_id, round, stage, parts)
    except StoreBusy:
        spool.put(run_id, round, stage, parts)
        return False
    if kind == "stages":
        spool.drop(run_id, round, stage)  # an older version of the stage just written
    spool.apply_waiting()
    return True


def _refuse_twice(sample_ids: pa.ChunkedArray, where: str) -> None:
    """Raise StoreError when a sample occurs twice: it would count twice in every score."""
    counts = sample_ids.value_counts().to_pylist()
    twice = next((str(entry["values"]) for entry in counts if entry["counts"] > 1), None)
    if twice is not None:
        raise StoreError(f"The sample {twice} is twice in {where}; give each sample one row.")


def _refuse_unknown(columns: Mapping[str, Any], known: Sequence[str]) -> None:
    unknown = sorted(set(columns) - set(known))
    if unknown:
        raise ValueError(f"unknown column {unknown[0]!r}; known are {', '.join(known)}")
