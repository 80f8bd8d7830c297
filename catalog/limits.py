"""Limit what an import or a preview may take: counts, memory and time."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from functools import lru_cache

from catalog.errors import CatalogError

VARIABLE = "ODAP_LIMITS"  # for example "memory=8GiB,rows=5000000"

_UNITS = {"k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}


@dataclass(frozen=True)
class Limits:
    """Bounds of one import or one preview.

    Attributes:
        memory: bytes that an import may hold.
        time: seconds that an import may take.
        preview_memory: bytes that a preview on the page may hold.
        preview_time: seconds that it may take.
        rows: of one table; objects or annotations of one annotation file.
        columns: of one table.
        samples: of one dataset.
        frames: of one DICOM file.
        pixels: of one picture.
    """

    memory: int = 4 * 2**30
    time: int = 12 * 3600
    preview_memory: int = 600 * 2**20
    preview_time: int = 25
    rows: int = 1_000_000
    columns: int = 5_000
    samples: int = 300_000
    frames: int = 10_000
    pixels: int = 50_000_000


NAMES = tuple(field.name for field in fields(Limits))


def current() -> Limits:
    """Return the limits that apply: the defaults, overridden by ODAP_LIMITS.

    Raises:
        CatalogError: `parsed` cannot read ODAP_LIMITS.
    """
    return parsed(os.environ.get(VARIABLE, ""))


@lru_cache(maxsize=16)
def parsed(text: str) -> Limits:
    """Parse comma-separated `name=number` pairs over the defaults; bytes may be 8GiB or 512m.

    Raises:
        CatalogError: no such limit, or no whole number above 0.
    """
    limits = Limits()
    for pair in filter(None, (part.strip() for part in text.split(","))):
        name, _, value = (part.strip() for part in pair.partition("="))
        if name not in NAMES:
            raise CatalogError(f"There is no limit '{name}' ({VARIABLE}, --limit); there are {', '.join(NAMES)}.")
        limits = replace(limits, **{name: _number(name, value)})
    return limits


@contextmanager
def changed(pairs: Sequence[str]) -> Iterator[None]:
    """Override limits by `name=number` pairs, for this process and its children."""
    before = os.environ.get(VARIABLE)
    text = ",".join(filter(None, (before, *pairs)))
    parsed(text)
    os.environ[VARIABLE] = text
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before


def check(name: str, number: int, what: str) -> None:
    """Raise an error when something has more of what a limit counts than allowed.

    Args:
        name: of a limit that counts, such as "rows".
        number: how many there are.
        what: the thing that has them, for the message.
    Raises:
        CatalogError: more than the limit; it names the limit and how to raise it.
    """
    most = getattr(current(), name)
    if number > most:
        raise CatalogError(
            f"{what} has {number:,} {name}, more than the limit of {most:,}; split it, or {raising(name)}."
        )


def raising(name: str) -> str:
    """Return how to raise a limit, as the end of a sentence."""
    option = "" if name.startswith("preview") else f", or --limit {name}=NUMBER on the command line"
    return f"raise the limit ({VARIABLE}={name}=NUMBER in the environment{option})"


def in_words(n_bytes: int) -> str:
    """Format a number of bytes as MiB or GiB."""
    return f"{n_bytes / 2**30:g} GiB" if n_bytes % 2**30 == 0 else f"{n_bytes / 2**20:,.0f} MiB"


def _number(name: str, value: str) -> int:
    digits = value.lower().removesuffix("b").removesuffix("i")
    unit = _UNITS.get(digits[-1:], 1) if name.endswith("memory") else 1
    digits = digits[:-1] if unit > 1 else digits
    if not (digits.isascii() and digits.isdecimal() and 0 < len(digits) < 16 and int(digits) > 0):
        raise CatalogError(f"The limit {name} must be a whole number above 0, not '{value}' ({VARIABLE}, --limit).")
    return int(digits) * unit
