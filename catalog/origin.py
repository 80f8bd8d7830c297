"""What an import knew of a dataset's pictures beyond its table, kept beside it for the check."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FILE = "origin.json"

FRAMES = "frames"  # `grouped_by` where names that run on (`vid_001.png`) are the groups


@dataclass(frozen=True)
class Origin:
    """How the pictures of a source hang together.

    Attributes:
        grouped_by: what keeps pictures together in splits where patients are unknown: a column, or FRAMES.
        masks: by class, how many masks of its images were left out; empty where there were none.
        named: the columns of `NewSample.columns` that are called as groups are; others only look like groups.
    """

    grouped_by: str | None = None
    masks: Mapping[str, int] = field(default_factory=dict)
    named: tuple[str, ...] = ()


@dataclass(frozen=True)
class Column:
    """A column that groups pictures: `codes`, the number of the group by sample_id, of groups of two or more."""

    name: str
    is_named: bool
    codes: Mapping[str, int]


@dataclass(frozen=True)
class Known:
    """What is kept of an Origin, its columns with the samples that are in the dataset."""

    masks: Mapping[str, int] = field(default_factory=dict)
    columns: tuple[Column, ...] = ()


def write(origin: Origin, rows: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """Keep an origin beside a manifest; nothing is written where it says nothing.

    Values of columns are replaced by numbers, as they may name a person or an examination.

    Args:
        origin: of the whole source.
        rows: of the manifest, each with `sample_id` and `columns`, its values by column.
        folder: of the dataset.
    """
    names = sorted({name for row in rows for name in row["columns"]})
    columns = [
        {"name": name, "named": name in origin.named, "codes": codes} for name in names if (codes := _codes(rows, name))
    ]
    if columns or origin.masks:
        text = json.dumps({"masks": dict(origin.masks), "columns": columns}, ensure_ascii=False)
        (folder / FILE).write_text(text + "\n", encoding="utf-8")


def read(folder: Path) -> Known:
    """What is kept beside a manifest; nothing where the file is missing or of another form."""
    try:
        kept = json.loads((folder / FILE).read_text(encoding="utf-8"))
        columns = tuple(Column(one["name"], bool(one["named"]), dict(one["codes"])) for one in kept["columns"])
        return Known(dict(kept["masks"]), columns)
    except (OSError, ValueError, KeyError, TypeError):
        return Known()


def _codes(rows: Sequence[Mapping[str, Any]], name: str) -> dict[str, int]:
    members: dict[str, list[str]] = {}
    for row in rows:
        if value := row["columns"].get(name):
            members.setdefault(value, []).append(row["sample_id"])
    groups = sorted(ids for ids in members.values() if len(ids) > 1)
    return {sample_id: number for number, ids in enumerate(groups, start=1) for sample_id in ids}
