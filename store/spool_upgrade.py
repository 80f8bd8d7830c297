"""Convert rows spooled under an older schema to the newest schema."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

_RENAMED = {
    "mined": {"predicted_class": "rival_class"},
    "ledger": {"predicted_class": "rival_class"},
    "rounds": {"n_regressed": "n_newly_wrong", "n_held": "n_still_right", "n_lost": "n_newly_wrong_unmined"},
}
# For each fate of schema 7: the outcome of the round, and of its hard stage where the fate implies it.
_OF_FATE: dict[str, tuple[str, str | None]] = {
    "fixed": ("fixed", None),
    "forgotten": ("still_wrong", "fixed"),
    "still wrong": ("still_wrong", "still_wrong"),
    "regressed": ("newly_wrong", None),
    "held": ("still_right", None),
}


def upgraded(parts: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """Return a spooled stage's tables with the newest schema's columns.

    Tables that have these columns already are not changed.

    Schema 7 and older: a mined sample's rival was called `predicted_class`, its outcomes `fate`, and `n_still_wrong`
    did not count what the hard stage had fixed (`n_forgotten`). The outcome of the hard stage is null where the fate
    does not imply it.
    """
    return {table: _upgraded(table, rows) for table, rows in parts.items()}


def _upgraded(table: str, rows: pa.Table) -> pa.Table:
    renamed = _RENAMED.get(table, {})
    rows = rows.rename_columns([renamed.get(name, name) for name in rows.column_names])
    if table == "ledger" and "fate" in rows.column_names:
        known = [_OF_FATE.get(fate, (None, None)) for fate in rows["fate"].to_pylist()]
        rows = rows.drop_columns("fate")
        rows = rows.append_column("outcome", pa.array([outcome for outcome, _ in known], pa.string()))
        rows = rows.append_column("outcome_hard", pa.array([hard for _, hard in known], pa.string()))
    if table == "rounds" and "n_forgotten" in rows.column_names:
        column = rows.column_names.index("n_still_wrong")
        both = pc.add(rows["n_still_wrong"], rows["n_forgotten"])
        rows = rows.set_column(column, "n_still_wrong", both)
        names = [{"n_forgotten": "n_fixed_then_wrong"}.get(name, name) for name in rows.column_names]
        rows = rows.rename_columns(names)
    return rows
