"""Store what an import knows of images beyond the manifest, for the check."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FILE = "origin.json"

FRAMES = "frames"  # `grouped_by` where numbered names (`vid_001.png`) form the groups


@dataclass(frozen=True)
class Origin:
    """How the images of a source are grouped, and what was left out of it.

    Attributes:
        grouped_by: how images are grouped in splits where patients are unknown: a column, or FRAMES.
        masks: by class, how many masks of its images were left out; empty where there were none.
        named: the columns of `NewSample.columns` whose names say that they group; the values of others only look like
            it.
    """

    grouped_by: str | None = None
    masks: Mapping[str, int] = field(default_factory=dict)
    named: tuple[str, ...] = ()


@dataclass(frozen=True)
class Column:
    """A column that groups images.

    Attributes:
        name: as in the source.
        is_named: whether its name says that it groups.
        codes: number of the group by sample_id, for groups of two or more.
    """

    name: str
    is_named: bool
    codes: Mapping[str, int]


@dataclass(frozen=True)
class StoredOrigin:
    """The stored part of an Origin: masks left out, and columns with codes by sample."""

    masks: Mapping[str, int] = field(default_factory=dict)
    columns: tuple[Column, ...] = ()


def write(origin: Origin, rows: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """Write an origin next to the manifest; write nothing where it is empty.

    Column values are replaced by numbers, because they may name a person or an examination.

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


def read(folder: Path) -> StoredOrigin:
    """Read the origin next to a manifest; empty where the file is missing or of another form."""
    try:
        content = json.loads((folder / FILE).read_text(encoding="utf-8"))
        columns = tuple(Column(one["name"], bool(one["named"]), dict(one["codes"])) for one in content["columns"])
        return StoredOrigin(dict(content["masks"]), columns)
    except (OSError, ValueError, KeyError, TypeError):
        return StoredOrigin()


def _codes(rows: Sequence[Mapping[str, Any]], name: str) -> dict[str, int]:
    members: dict[str, list[str]] = {}
    for row in rows:
        if value := row["columns"].get(name):
            members.setdefault(value, []).append(row["sample_id"])
    groups = sorted(ids for ids in members.values() if len(ids) > 1)
    return {sample_id: number for number, ids in enumerate(groups, start=1) for sample_id in ids}
