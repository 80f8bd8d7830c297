"""The manifest: one row a sample, as Parquet, with a hash of the whole."""

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
    ]
)


def sample_id(sha256: str, key: str) -> str:
    """16 hex digits that name a sample for good: the same bytes under the same key."""
    return hashlib.sha256(f"{sha256}:{key}".encode()).hexdigest()[:16]


def content_hash(samples: pd.DataFrame) -> str:
    """SHA-256 over what a training depends on: key, bytes, patient, split and labels of every sample.

    Boxes, masks and clean labels say more of a sample and train nothing: they are left out.

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
    """Rows, one a sample, as Parquet."""
    pq.write_table(pa.Table.from_pylist(list(rows), schema=SCHEMA), path)


def read(path: Path) -> pd.DataFrame:
    """The manifest, its columns in the order of SCHEMA; `labels` and `marks` are lists of str.

    What an older dataset does not know, of the columns that may be null, is null.

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
