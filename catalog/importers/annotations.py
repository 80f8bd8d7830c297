"""Turn annotated objects, with or without boxes, into samples: the part all formats share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from math import isfinite
from pathlib import PurePosixPath
from urllib.parse import parse_qs, unquote, urlsplit

from catalog.errors import CatalogError
from catalog.importers.names import below, has_control, nfc
from catalog.importers.source import Finder, Source, left_out, nearest
from catalog.importers.words import SPLIT_WORDS, check_alike, joined_notes, split_of
from catalog.new_sample import NewSample
from catalog.pictures import is_picture_name
from catalog.private import Sentence

Box = tuple[float, float, float, float]  # left, top, width, height in pixels, from 0

_UPLOADED = re.compile(r"^[0-9a-f]{8}-")  # Label Studio's prefix of an uploaded file's name


@dataclass(frozen=True, slots=True)
class AnnotatedObject:
    """An annotated object; `box` is None where there is none, or it is empty."""

    label: str
    box: Box | None


def proper(x: float, y: float, width: float, height: float) -> Box | None:
    """Return the box, or None when it is empty or not finite."""
    return (x, y, width, height) if width > 0 and height > 0 and isfinite(x + y + width + height) else None


def main_label(objects: Sequence[AnnotatedObject], order: Sequence[str]) -> str:
    """Return the label whose boxes have the largest total area; of equals the first in order."""
    area = dict.fromkeys((item.label for item in objects), 0.0)
    for item in objects:
        area[item.label] += item.box[2] * item.box[3] if item.box else 0.0
    return max(area, key=lambda label: (area[label], -order.index(label)))


def sample_of(
    files: Source, name: str, objects: Sequence[AnnotatedObject], order: Sequence[str], split: str | None
) -> NewSample:
    """Build the sample of an image that has at least one annotated object."""
    boxes = [
        {"label": item.label, **dict(zip("xywh", item.box, strict=True))} for item in objects if item.box
    ]  # fmt: skip
    return NewSample(
        key=name,
        label=main_label(objects, order),
        labels=tuple({item.label for item in objects}),
        content=files.content(name),
        split=split,
        boxes=boxes or None,
    )


class Pictures:
    """Finds the images that annotations name; each image is used once.

    Attributes:
        missing: names without an image.
        unprintable: names that are no plain text, under which no image is stored.
        repeated: images that were named before.
        guessed: names that matched an image by the end of their path alone, each with that image.
    """

    def __init__(self, files: Source) -> None:
        self._files = files
        self._find = Finder(files.files, files.top)
        self._taken: set[str] = set()
        self.missing: list[str] = []
        self.unprintable: list[str] = []
        self.repeated: list[str] = []
        self.guessed: list[tuple[str, str]] = []

    def any_exists(self, names: Iterable[str], bases: Sequence[str]) -> bool:
        """Check whether an image of any of the names exists exactly as written."""
        for name in names:
            try:
                if (place := below(name)) and self._find(place, bases):
                    return True
            except CatalogError:  # it could be several
                return True
        return False

    def folders(self, split: str | None) -> list[str]:
        """List the folders of images whose names say a split, the shortest first; none without one."""
        return sorted(
            (name for name, folder_split in self._splits.items() if split and folder_split == split),
            key=lambda name: (len(name), name),
        )

    def guess(self, name: str, bases: Sequence[str], split: str | None = None) -> str | None:
        """Take an image by the longest end of a name (a server's path, a URL) that matches.

        See `take`.
        """
        fits = partial(self._is_of, split=split)
        for end in _ends(name):
            if (place := below(end)) and (picture := self._find(place, bases, fits)):
                self.guessed.append((shown(name), picture))
                return self.take(picture)
        self._miss(name)
        return None

    @cached_property
    def _splits(self) -> dict[str, str | None]:
        """Return the split of each folder with images, by its name; None for other folders."""
        folders = {str(PurePosixPath(name).parent) for name in self._files.files if is_picture_name(name)}
        return {folder: split_in(folder) for folder in folders}

    def _is_of(self, picture: str, split: str | None) -> bool:
        """Check whether a file may belong to a split.

        It may not when it is in the folder of another split, and this split has a folder.
        """
        other = self._splits.get(str(PurePosixPath(picture).parent))
        return split is None or other in {None, split} or split not in self._splits.values()

    def none_found(self, source: object) -> CatalogError:
        """Return the error that no annotated image exists.

        It names the first one looked for, and what exists instead.
        """
        if self.unprintable and not self.missing:
            what = f"the name of '{self.unprintable[0]}' is no plain text"
            return CatalogError(f"{source} has no annotated image that can be kept: {what}; rename the images.")
        if not self.missing:
            remedy = "annotate images of at least two classes, or name their folder"
            return CatalogError(f"{source} has no annotated image that is there; {remedy}.")
        first = self.missing[0]
        pictures = (name for name in self._files.files if is_picture_name(name))
        if near := nearest(first.replace("\\", "/"), self._files.files):
            instead = f"the nearest is '{shown(near)}'"
        elif other := next(pictures, None):
            instead = f"there are such as '{shown(other)}'"
        else:
            instead = "there is no image at all"
        return CatalogError(
            f"{source} has no annotated image that is there: '{first}' is looked for, but in {self._files.title} "
            f"{instead}; correct the names, or name the folder of the images."
        )

    def take(self, names: str | Sequence[str], bases: Sequence[str] = ("",), split: str | None = None) -> str | None:
        """Return the first of the names that is an image, or None, which is noted.

        Args:
            names: that the image may have.
            bases: folders that they may start from.
            split: of the annotation; an image in the folder of another split is another image.
        Raises:
            CatalogError: several images could be meant.
        """
        tried = [names] if isinstance(names, str) else names
        for name in tried:
            picture = (place := below(name)) and self._find(place, bases, partial(self._is_of, split=split))
            if picture and picture in self._taken:
                self.repeated.append(picture)
                return None
            if picture:
                self._taken.add(picture)
                return picture
        self._miss(tried[0])
        return None

    def _miss(self, name: str) -> None:
        (self.unprintable if has_control(name) else self.missing).append(shown(name))

    def notes(self) -> Iterator[str]:
        """Describe what could not be used, one sentence each."""
        yield from left_out(
            self.unprintable,
            "annotated image whose name is no plain text was",
            "annotated images whose names are no plain text were",
        )
        yield from left_out(self.missing, "missing image with annotations was", "missing images with annotations were")
        yield from left_out(self.repeated, "second annotation of an image was", "second annotations of images were")
        if self.guessed:
            images = "1 image was" if len(self.guessed) == 1 else f"{len(self.guessed):,} images were"
            text = f"{images} found by the end of a path that leads elsewhere"
            yield Sentence(f"{text}: '{self.guessed[0][0]}' is {self.guessed[0][1]}", f"{text}.")


def split_word(name: str) -> str | None:
    """Return the word for a split in a file's name, else in its innermost folder that has one."""
    for part in reversed(PurePosixPath(name).parts):
        for word in re.split(r"[\W\d_]+", nfc(part).casefold()):
            if word in SPLIT_WORDS:
                return word
    return None


def split_in(name: str) -> str | None:
    """Return the split that a file's name says, else that of its innermost folder that says one."""
    word = split_word(name)
    return None if word is None else split_of(word)


def _ends(name: str) -> Iterator[str]:
    """Yield the possible relative paths of a name from elsewhere, the longest first."""
    text = nfc(name)
    with suppress(ValueError):  # a broken URL
        if "://" in text or "?" in text:
            url = urlsplit(text)
            text = parse_qs(url.query).get("d", [unquote(url.path)])[-1]  # '/data/local-files/?d=scans/1.png'
    for path in dict.fromkeys((text, unquote(text))):
        parts = [part for part in path.replace("\\", "/").split("/") if part not in {"", ".", ".."}]
        yield from ("/".join(parts[start:]) for start in range(len(parts)))
        if parts and _UPLOADED.match(parts[-1]):
            yield _UPLOADED.sub("", parts[-1])


def shown(name: str) -> str:
    """Format a name from a file for a sentence: one line, limited length."""
    plain = " ".join(nfc(name).encode("utf-8", "replace").decode().split())
    return "".join(letter if letter.isprintable() else "?" for letter in plain[:120])


def without_box(names: Sequence[str]) -> Iterator[str]:
    """Describe objects that keep only their class; `names` are their images or files."""
    if names:
        which = list(dict.fromkeys(names))
        count = "1 annotation has" if len(names) == 1 else f"{len(names):,} annotations have"
        more = ", ..." if len(which) > 3 else ""
        text = f"{count} no box of one thing, and only the class is kept"
        yield Sentence(f"{text}: {', '.join(which[:3])}{more}", f"{text}.")


def checked_classes(classes: Sequence[str], source: object, pictures: Pictures) -> tuple[str, ...]:
    """Return the classes if there are two or more, and no two look the same.

    Raises:
        CatalogError: naming the source they were looked for in.
    """
    if not classes:
        raise pictures.none_found(source)
    if len(classes) < 2:
        remedy = "annotate images of at least two classes, or name their folder"
        raise CatalogError(f"{source} has only images of '{classes[0]}'; {remedy}.")
    check_alike(
        classes, "Classes", str(source), "write the class in one way in all annotations, or in two that differ more"
    )
    return tuple(classes)


def joined(classes: Sequence[str]) -> Iterator[str]:
    """Note the classes whose names join several of the other classes."""
    yield from joined_notes(classes, "where an image shows several, annotate it once for each")
