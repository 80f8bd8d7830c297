"""What annotation formats have in common: things in a picture, with boxes or without, become its classes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import PurePosixPath

from catalog.builder import NewSample
from catalog.errors import CatalogError
from catalog.importers.names import below, nfc
from catalog.importers.source import Finder, Source, left_out
from catalog.importers.words import SPLIT_WORDS, split_of
from catalog.private import Sentence

Box = tuple[float, float, float, float]  # left, top, width, height in pixels, from 0


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing in a picture; `box` is None where there is none, or it encloses nothing."""

    label: str
    box: Box | None


def proper(x: float, y: float, width: float, height: float) -> Box | None:
    """The box, or None when it encloses nothing or has no finite place."""
    return (x, y, width, height) if width > 0 and height > 0 and isfinite(x + y + width + height) else None


def main_label(things: Sequence[Thing], order: Sequence[str]) -> str:
    """The label whose boxes sum up to the largest area; of equals the first in the order of classes."""
    area = dict.fromkeys((thing.label for thing in things), 0.0)
    for thing in things:
        area[thing.label] += thing.box[2] * thing.box[3] if thing.box else 0.0
    return max(area, key=lambda label: (area[label], -order.index(label)))


def sample_of(files: Source, name: str, things: Sequence[Thing], order: Sequence[str], split: str | None) -> NewSample:
    """The sample that a picture with at least one thing in it makes."""
    boxes = [
        {"label": thing.label, **dict(zip("xywh", thing.box, strict=True))} for thing in things if thing.box
    ]  # fmt: skip
    return NewSample(
        key=name,
        label=main_label(things, order),
        labels=tuple({thing.label for thing in things}),
        content=files.content(name),
        split=split,
        boxes=boxes or None,
    )


class Pictures:
    """Finds the pictures that annotations name, each for one of them only.

    Attributes:
        missing: names of which there is no picture.
        again: pictures that were named before.
    """

    def __init__(self, files: Source) -> None:
        self._find = Finder(files.files, files.top)
        self._taken: set[str] = set()
        self.missing: list[str] = []
        self.again: list[str] = []

    def take(self, names: Iterable[str], bases: Sequence[str]) -> str | None:
        """The first of the names that there is a picture of, or None, which is noted.

        Raises:
            CatalogError: several pictures could be meant.
        """
        tried = list(names)
        for name in tried:
            found = (place := below(name)) and self._find(place, bases)
            if found and found in self._taken:
                self.again.append(found)
                return None
            if found:
                self._taken.add(found)
                return found
        self.missing.append(shown(tried[0]))
        return None

    def notes(self) -> Iterator[str]:
        """What could not be used, one sentence each."""
        yield from left_out(self.missing, "missing image with annotations was", "missing images with annotations were")
        yield from left_out(self.again, "second annotation of an image was", "second annotations of images were")


def split_in(name: str) -> str | None:
    """The split that a file's name, else one of its folders from the inner to the outer, has among its words."""
    for part in reversed(PurePosixPath(name).parts):
        for word in re.split(r"[\W\d_]+", part.casefold()):
            if word in SPLIT_WORDS:
                return split_of(word)
    return None


def shown(name: str) -> str:
    """A name from a file, on one line and of bounded length, for a sentence."""
    plain = " ".join(nfc(name).encode("utf-8", "replace").decode().split())
    return "".join(letter if letter.isprintable() else "?" for letter in plain[:120])


def without_box(names: Sequence[str]) -> Iterator[str]:
    """A note of things whose class is kept alone, or none; `names` says for each of them where it is."""
    if names:
        which = list(dict.fromkeys(names))
        count = "1 annotation has" if len(names) == 1 else f"{len(names):,} annotations have"
        more = ", ..." if len(which) > 3 else ""
        text = f"{count} no box of one thing, and only the class is kept"
        yield Sentence(f"{text}: {', '.join(which[:3])}{more}", f"{text}.")


def checked_classes(found: Sequence[str], what: str) -> tuple[str, ...]:
    """The classes, when there are two or more.

    Raises:
        CatalogError: naming `what` they were looked for in.
    """
    if len(found) < 2:
        there = f"only images of '{found[0]}'" if found else "no annotated image that is there"
        raise CatalogError(f"{what} has {there}; annotate images of at least two classes, or name their folder.")
    return tuple(found)
