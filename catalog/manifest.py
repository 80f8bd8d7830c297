"""Read and write the manifest: one row per sample, as Parquet, with a content hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

SPLITS = ("train", "val", "test")
IMAGES = "images"
MASKS = "masks"
FILE = "manifest.parquet"

SCHEMA = pa.schema(
    [
        pa.field("sample_id", pa.string(), nullable=False),
        pa.field("key", pa.string(), nullable=False),
        pa.field("path", pa.string(), nullable=False),
        pa.field("patient", pa.string(), nullable=False),
        pa.field("split", pa.string(), nullable=False),
        pa.field("label", pa.string(), nullable=False),
        pa.field("labels", pa.list_(pa.string()), nullable=False),
        pa.field("sha256", pa.string(), nullable=False),
        pa.field("width", pa.int32(), nullable=False),
        pa.field("height", pa.int32(), nullable=False),
        pa.field("ambiguity", pa.float64()),
        pa.field("device", pa.string()),
        pa.field("boxes", pa.string()),
        pa.field("marks", pa.list_(pa.string()), nullable=False),
        pa.field("mask", pa.string()),
        pa.field("clean_label", pa.string()),
        pa.field("difficulty", pa.string()),
        pa.field("subgroup", pa.string()),
        pa.field("label_probability", pa.float64()),
        pa.field("against_marks", pa.bool_()),
    ]
)


def sample_id(sha256: str, key: str) -> str:
    """Return 16 hex digits for a file under a key: the same bytes and key, the same id."""
    return hashlib.sha256(f"{sha256}:{key}".encode()).hexdigest()[:16]


def content_hash(samples: pd.DataFrame) -> str:
    """Return the SHA-256 over all that training depends on.

    These are key, bytes, patient, split and labels of every sample. Boxes, masks, clean labels and the other facts of a
    simulated image are left out, because they do not affect training.

    Args:
        samples: a manifest, in any order.
    """
    columns = ["key", "sha256", "patient", "split", "label"]
    rows = zip(*(samples[column].tolist() for column in columns), map(list, samples["labels"]), strict=True)
    whole = hashlib.sha256()
    for row in sorted(rows):
        whole.update(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    return whole.hexdigest()


def write(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write rows, one per sample, as Parquet."""
    pq.write_table(pa.Table.from_pylist(list(rows), schema=SCHEMA), path)


def read(path: Path) -> pd.DataFrame:
    """Read the manifest, its columns in the order of SCHEMA.

    `labels` and `marks` are lists of str. Nullable columns that an older dataset lacks are filled with null.

    Raises:
        OSError, ValueError: the file is missing, broken or of another form (pyarrow's errors are among them).
    """
    table = pq.read_table(path)
    missing = [field for field in SCHEMA if field.name not in table.schema.names]
    if not all(field.nullable for field in missing) or not set(table.schema.names) <= set(SCHEMA.names):
        raise ValueError("columns differ from those of a manifest")
    for field in missing:
        table = table.append_column(field, pa.nulls(len(table), field.type))
    table = table.select(SCHEMA.names)
    frame = table.to_pandas()
    for column in ("labels", "marks"):
        frame[column] = pd.Series(table[column].to_pylist(), index=frame.index, dtype=object)
    return frame
