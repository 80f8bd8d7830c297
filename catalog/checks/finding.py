"""What a check says, and the words it says it in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning", "info"]

LEVELS: tuple[Level, ...] = ("error", "warning", "info")

_NAMED = 4  # pictures named in one message


@dataclass(frozen=True)
class Finding:
    """One thing to know about a dataset.

    Attributes:
        level: "error": results would be wrong or impossible; "warning": look at it; "info": good to know.
        code: the same word for the same kind of finding.
        message: one or two sentences for people.
        samples: sample_ids it is about, for duplicates those that are alike; empty when it is about the whole.
    """

    level: Level
    code: str
    message: str
    samples: tuple[str, ...] = ()


def named(names: Sequence[str]) -> str:
    """The first few names in quotes, and how many more there are."""
    shown = [f"'{name}'" for name in names[:_NAMED]]
    more = len(names) - len(shown)
    return ", ".join(shown) + f" and {more:,} more" if more else listed(shown)


def listed(names: Iterable[str]) -> str:
    """a, b and c."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else str(last)


def pictures(number: int, one: str, many: str) -> str:
    """'1 picture shows' or '1,200 pictures show'."""
    return f"1 picture {one}" if number == 1 else f"{number:,} pictures {many}"
