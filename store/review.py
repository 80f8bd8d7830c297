"""Record reviewers' verdicts on samples in an append-only log.

Two people who save at the same time lose nothing. A reviewer's last entry on a sample is the one that counts; an undo
is an entry too.
"""

from __future__ import annotations

import unicodedata
import uuid

import duckdb
import pandas as pd

from store.clock import utc_now
from store.engine.connection import read, write
from store.engine.errors import StoreError
from system import permission

VERDICTS = ("model_error", "label_error", "ambiguous", "unusable")
WITHDRAWN = "withdrawn"
LONGEST_NAME, LONGEST_NOTE = 60, 2000

_LAST = (
    "SELECT * FROM verdicts WHERE dataset_id = ? "
    "QUALIFY row_number() OVER (PARTITION BY sample_id, reviewer ORDER BY created_at DESC, rowid DESC) = 1"
)


def add_verdict(
    dataset_id: str,
    sample_id: str,
    reviewer: str,
    verdict: str,
    *,
    right_label: str | None = None,
    note: str = "",
    run_id: str | None = None,
) -> str:
    """Record a reviewer's verdict on a sample; return the verdict's id.

    Args:
        verdict: one of VERDICTS.
        right_label: a class of the dataset, other than the sample's label; with `label_error`, and only then.
        run_id: the run that was reviewed.
    Raises:
        StoreError: one sentence naming the value that cannot be recorded.
    """
    permission.ask("verdict", sample_id)
    name, words = reviewer_name(reviewer), note.strip()
    if verdict not in VERDICTS:
        raise StoreError(f"'{verdict}' is no verdict; choose one of {', '.join(VERDICTS)}.")
    if len(words) > LONGEST_NOTE:
        raise StoreError(f"The note has {len(words)} letters; shorten it to {LONGEST_NOTE}.")
    if (verdict == "label_error") != bool(right_label):
        raise StoreError("A label error needs the right label, and no other verdict has one; choose both anew.")
    with write() as connection:
        _check_sample(connection, dataset_id, sample_id, right_label)
        return _append(connection, [dataset_id, sample_id, run_id, name, verdict, right_label or None, words])


def undo_verdict(dataset_id: str, sample_id: str, reviewer: str) -> None:
    """Undo a reviewer's last verdict on a sample; the one before it, if any, counts again.

    Raises:
        StoreError: the reviewer has no current verdict on the sample.
    """
    permission.ask("undo_verdict", sample_id)
    name = reviewer_name(reviewer)
    with write() as connection:
        rows = connection.execute(
            "SELECT run_id, verdict, right_label, note FROM verdicts WHERE dataset_id = ? AND sample_id = ? "
            "AND reviewer = ? ORDER BY created_at DESC, rowid DESC LIMIT 2",
            [dataset_id, sample_id, name],
        ).fetchall()
        if not rows or rows[0][1] == WITHDRAWN:
            raise StoreError(f"{name} has said nothing of sample {sample_id} that could be taken back.")
        run_id, verdict, right_label, note = rows[1] if len(rows) > 1 else (rows[0][0], WITHDRAWN, None, "")
        _append(connection, [dataset_id, sample_id, run_id, name, verdict, right_label, note])


def verdicts(dataset_id: str) -> pd.DataFrame:
    """Return the current verdicts: the last one of every reviewer on every sample.

    Columns: verdict_id, sample_id, run_id, reviewer, verdict, right_label (None but for label_error), note, created_at,
    label (the sample's). In the order they were given.
    """
    with read() as connection:
        frame = connection.execute(
            "SELECT v.verdict_id, v.sample_id, v.run_id, v.reviewer, v.verdict, v.right_label, v.note, v.created_at, "
            f"s.label FROM ({_LAST}) v JOIN samples s USING (dataset_id, sample_id) WHERE v.verdict <> ? "
            "ORDER BY v.created_at, v.verdict_id",
            [dataset_id, WITHDRAWN],
        ).df()
    return frame.assign(right_label=frame["right_label"].astype(object).where(frame["right_label"].notna(), None))


def reviewer_name(name: str) -> str:
    """Normalize a reviewer's name to one spelling on one line.

    Raises:
        StoreError: it is empty or too long.
    """
    kept = " ".join(unicodedata.normalize("NFC", name).split())
    if not kept:
        raise StoreError("A verdict needs the name of its reviewer; write yours.")
    if len(kept) > LONGEST_NAME:
        raise StoreError(f"The reviewer's name has {len(kept)} letters; shorten it to {LONGEST_NAME}.")
    return kept


def _check_sample(
    connection: duckdb.DuckDBPyConnection, dataset_id: str, sample_id: str, right_label: str | None
) -> None:
    row = connection.execute(
        "SELECT s.label, d.classes FROM samples s JOIN datasets d USING (dataset_id) "
        "WHERE dataset_id = ? AND sample_id = ?",
        [dataset_id, sample_id],
    ).fetchone()
    if row is None:
        raise StoreError(f"Dataset {dataset_id} has no sample {sample_id}; take the id from the dashboard.")
    if right_label and right_label not in row[1]:
        raise StoreError(f"'{right_label}' is no class of {dataset_id}; its classes are {', '.join(row[1])}.")
    if right_label and right_label == row[0]:
        raise StoreError(f"The sample is labelled '{right_label}' already; a label error has another right label.")


def _append(connection: duckdb.DuckDBPyConnection, values: list[str | None]) -> str:
    verdict_id = uuid.uuid4().hex
    connection.execute(
        "INSERT INTO verdicts (verdict_id, dataset_id, sample_id, run_id, reviewer, verdict, right_label, note, "
        "created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [verdict_id, *values, utc_now()],
    )
    return verdict_id
