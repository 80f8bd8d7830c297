"""Define a finding of a check, and format its message."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning", "info"]

LEVELS: tuple[Level, ...] = ("error", "warning", "info")

_NAMED = 4  # images named in one message


@dataclass(frozen=True)
class Finding:
    """A finding about a dataset.

    Attributes:
        level: "error": results would be wrong or impossible; "warning": look at it; "info": good to know.
        code: the same word for the same kind of finding.
        message: one or two sentences for people.
        samples: sample_ids it is about, for duplicates those that are alike; empty when it is about the whole dataset.
    """

    level: Level
    code: str
    message: str
    samples: tuple[str, ...] = ()


def named(names: Sequence[str]) -> str:
    """Format the first few names in quotes, and how many more there are."""
    quoted = [f"'{name}'" for name in names[:_NAMED]]
    more = len(names) - len(quoted)
    return ", ".join(quoted) + f" and {more:,} more" if more else listed(quoted)


def listed(names: Iterable[str]) -> str:
    """Join names as "a, b and c"."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else str(last)


def pictures(number: int, one: str, many: str) -> str:
    """Format a number of images with a verb: '1 picture shows', '1,200 pictures show'."""
    return f"1 picture {one}" if number == 1 else f"{number:,} pictures {many}"
