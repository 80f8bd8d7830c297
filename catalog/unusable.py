"""Refuse a dataset whose unusable images leave it, or one of its classes, empty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from catalog.errors import CatalogError
from catalog.pictures import KINDS
from catalog.private import Sentence


def check_rows(
    rows: Sequence[Mapping[str, Any]], order: Mapping[str, int], bad: Mapping[int, tuple[list[str], Sentence]]
) -> None:
    """Refuse a dataset without images, or with an empty class; name the first image left out."""
    if not rows:
        why = [why for _, (_, why) in sorted(bad.items())]
        raise CatalogError(_because(f"There is no readable image; save them as {KINDS}.", why))
    if empty := set(order) - {label for row in rows for label in row["labels"]}:
        why = [why for _, (labels, why) in sorted(bad.items()) if min(empty) in labels]
        text = f"Class '{min(empty)}' has no readable image; add some or leave the class out."
        raise CatalogError(_because(text, why))


def _because(text: str, reasons: Sequence[Sentence]) -> Sentence:
    """Append the first of the reasons to a sentence, if there are any."""
    if not reasons:
        return Sentence(text, text)
    text = f"{text} {len(reasons):,} cannot be used, the first for this reason: "
    return Sentence(f"{text}{reasons[0]}", f"{text}{reasons[0].stored}")
