"""What every importer hands over: samples that can be looked at before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.builder import NewSample


@dataclass(frozen=True)
class Draft:
    """A dataset as its source has it.

    Attributes:
        samples: with their pictures still in the source.
        classes: in the order of probabilities and matrices.
        source: where they come from, for people.
        notes: what was left out and why, one sentence each.
    """

    samples: Sequence[NewSample]
    classes: tuple[str, ...]
    source: str
    notes: tuple[str, ...] = ()
