"""Define the rows of a stage, an epoch and its maps, and insert them on a given connection.

Every insert replaces rows of the same key inside the caller's transaction, so it can safely be repeated. Both the
writers (`store.results`) and the spool (`store.spool`) insert through this module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import duckdb
import pyarrow as pa

from store.clock import utc_now

Parts = Mapping[str, pa.Table]
"""Arrow tables by the name of the store's table that they go into."""

STAGE_COLUMNS = (
    "position", "epochs", "best_epoch", "steps", "samples_seen", "samples_used", "seconds", "cpu_seconds",
    "images_per_s", "thresholds", "n_mined", "started_at", "finished_at", "inherited", "inherited_steps",
    "inherited_samples", "inherited_seconds", "inherited_cpu_seconds",
)  # fmt: skip
EPOCH_COLUMNS = (
    "position", "epoch", "global_epoch", "lr", "train_loss", "val_loss", "val_accuracy", "val_macro_f1", "share_used",
    "images_per_s", "seconds", "samples_seen", "samples_used", "warning",
)  # fmt: skip
DYNAMICS_COLUMNS = ("sample_id", "drawn", "learned_epoch", "forgotten", "aum", "prob_true")

# Tables that a stage may fill besides its own rows: for the next round (stored under `round + 1`), and for the round
# that it ends.
NEXT_ROUND_COLUMNS = {
    "mined": ("sample_id", "true_class", "rival_class", "margin", "loss", "reason"),
    "suspects": ("sample_id", "given_class", "suggested_class", "aum", "self_confidence"),
}
ROUND_COLUMNS = {
    "ledger": (
        "sample_id", "reason", "true_class", "rival_class", "served", "used", "margin_before", "margin_after",
        "outcome_hard", "outcome",
    ),
    "rounds": (
        "n_mined", "n_next", "n_fixed", "n_still_wrong", "n_newly_wrong", "n_still_right", "n_fixed_then_wrong",
        "n_newly_wrong_unmined", "noise_share", "val_before", "val_after", "go_on", "why", "advice",
    ),
}  # fmt: skip


def insert_epoch(connection: duckdb.DuckDBPyConnection, run_id: str, round: int, stage: str, parts: Parts) -> None:
    """Replace one epoch inside the caller's transaction."""
    (columns,) = parts["epochs"].to_pylist()
    names = list(columns)
    connection.execute(
        "DELETE FROM epochs WHERE run_id = ? AND round = ? AND stage = ? AND epoch = ?",
        [run_id, round, stage, columns["epoch"]],
    )
    connection.execute(
        f"INSERT INTO epochs (run_id, round, stage, {', '.join(names)}) "
        f"VALUES (?, ?, ?, {', '.join('?' * len(names))})",
        [run_id, round, stage, *columns.values()],
    )


def insert_stage(connection: duckdb.DuckDBPyConnection, run_id: str, round: int, stage: str, parts: Parts) -> None:
    """Replace one stage inside the caller's transaction."""
    key = [run_id, round, stage]
    for table in ("stages", "metrics", "predictions", "dynamics"):
        connection.execute(f"DELETE FROM {table} WHERE run_id = ? AND round = ? AND stage = ?", key)
    for table in set(parts) & {*NEXT_ROUND_COLUMNS, *ROUND_COLUMNS}:
        of_round = round + (table in NEXT_ROUND_COLUMNS)
        connection.execute(f"DELETE FROM {table} WHERE run_id = ? AND round = ?", [run_id, of_round])
    for table, rows in parts.items():
        names = ", ".join(rows.column_names)
        connection.register("incoming", rows)
        if table in NEXT_ROUND_COLUMNS or table in ROUND_COLUMNS:
            connection.execute(
                f"INSERT INTO {table} (run_id, round, {names}) SELECT ?, ?, {names} FROM incoming",
                [run_id, round + (table in NEXT_ROUND_COLUMNS)],
            )
        elif table == "metrics":
            connection.execute(
                "INSERT INTO metrics SELECT ?, ?, ?, split, class_name, metric, "
                "CASE WHEN isnan(value) THEN NULL ELSE value END, n FROM incoming",
                key,
            )
        else:
            connection.execute(
                f"INSERT INTO {table} (run_id, round, stage, {names}) SELECT ?, ?, ?, {names} FROM incoming", key
            )
        connection.unregister("incoming")


def insert_cams(connection: duckdb.DuckDBPyConnection, run_id: str, round: int, stage: str, parts: Parts) -> None:
    """Replace maps of the same samples, classes and method inside the caller's transaction."""
    connection.register("incoming", parts["cams"])
    connection.execute(
        "DELETE FROM cams USING incoming i WHERE cams.run_id = ? AND cams.round = ? AND cams.stage = ? AND "
        "cams.sample_id = i.sample_id AND cams.class_name = i.class_name AND cams.method = i.method",
        [run_id, round, stage],
    )
    connection.execute(
        "INSERT INTO cams SELECT ?, ?, ?, sample_id, class_name, method, layer, path, ? FROM incoming",
        [run_id, round, stage, utc_now()],
    )
    connection.unregister("incoming")


INSERT: dict[str, Callable[[duckdb.DuckDBPyConnection, str, int, str, Parts], None]] = {
    "stages": insert_stage,
    "epochs": insert_epoch,
    "cams": insert_cams,
}
"""The insert function for each kind of parts, by the table that marks the kind."""


def kind_of(parts: Mapping[str, object]) -> str:
    """Return the key of INSERT that some parts match; raises KeyError when they match none."""
    for kind in INSERT:
        if kind in parts:
            return kind
    raise KeyError(f"no rows of {', '.join(INSERT)} among {', '.join(sorted(parts)) or 'nothing'}")


def insert(connection: duckdb.DuckDBPyConnection, run_id: str, round: int, stage: str, parts: Parts) -> None:
    """Replace the rows of a stage, an epoch or maps inside the caller's transaction."""
    INSERT[kind_of(parts)](connection, run_id, round, stage, parts)
