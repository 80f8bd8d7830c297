"""Skip folders that systems and tools leave among images: thumbnails, caches, deleted files."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from PIL import Image

from catalog.importers.names import shown
from catalog.importers.source import left_out
from catalog.importers.words import n_around, split_of
from catalog.new_sample import Pixels

Content = Callable[[str], Path | Pixels | Callable[[], Pixels]]

_SIGNS = "@#$_~"  # folders that begin with a dot are skipped wherever files are listed
# Names that tools give their folders. After a sign, such a folder is never a class; without a sign it is skipped
# where it holds smaller copies of images outside it.
_TOOLS = re.compile(
    r"^(?:thumb(?:s|nails?)?|previews?|cached?|caches|te?mp|trash|recycled?|bin|deleted|backups?|bak|archives?|old|"
    r"snapshots?|unused|unsorted|excluded?|rejected|skip|ignored?|misc|orig|originals?|raw|exports?|logs?|output)$",
    re.IGNORECASE,
)
_MOST = 100  # names of such folders; if there are more, they are folders of patients
_LOOKED_AT = 5  # pictures of a folder whose sizes are compared
_SMALLER = 0.8  # largest area of a thumbnail divided by that of its image


@dataclass(frozen=True)
class Sifted:
    """Images outside system folders; `notes` say which folders were skipped or in doubt."""

    kept: list[str]
    notes: tuple[str, ...]


def begins_with_sign(name: str) -> bool:
    """Check whether a folder's name begins with a sign, as system folders often do."""
    return name.startswith(tuple(_SIGNS))


def sift(names: Sequence[str], content: Content) -> Sifted:
    """Skip the images in folders of a system or a tool.

    A folder that begins with a sign (@ # $ _ ~) is one, unless nothing lies next to it: then it is a part of its class,
    or all classes have such names. At the level of the classes, `_normal` counts as a class, unless it has a name that
    tools use or holds smaller copies of other images; a note says so. Folders such as `thumbs` are skipped only where
    they hold smaller copies.

    Args:
        names: of images, as paths below their source.
        content: returns the image of a name.
    """
    passed: dict[str, list[str]] = {}
    classes: dict[str, int] = {}
    remaining = list(names)
    for folder in _suspects(names):
        inside = [name for name in remaining if name.startswith(f"{folder}/")]
        above = folder.rpartition("/")[0]
        beside = [name for name in remaining if _is_beside(name, above) and not name.startswith(f"{folder}/")]
        if not inside or not beside:
            continue
        own = folder.rpartition("/")[2]
        if _is_passed(own, inside, beside, content, may_be_class=_may_hold_classes(above, beside)):
            passed.setdefault(own, []).extend(inside)
            gone = set(inside)
            remaining = [name for name in remaining if name not in gone]
        elif own[0] in _SIGNS:
            classes[own] = classes.get(own, 0) + len(inside)
    return Sifted(remaining, (*_notes(passed), *_doubts(classes)))


def _suspects(names: Sequence[str]) -> list[str]:
    """List the folders that may be a system's, the outer ones first."""
    folders: set[str] = set()
    for parent in {PurePosixPath(name).parent for name in names}:
        for depth, part in enumerate(parent.parts, start=1):
            if part[0] in _SIGNS or _TOOLS.match(part):
                folders.add("/".join(parent.parts[:depth]))
    if len({folder.rpartition("/")[2] for folder in folders}) > _MOST:
        return []
    return sorted(folders, key=lambda folder: (folder.count("/"), folder))


def _is_beside(name: str, above: str) -> bool:
    """Check whether an image lies below a folder, and in no folder with a sign there."""
    if above and not name.startswith(f"{above}/"):
        return False
    folders = name[len(above) + 1 if above else 0 :].split("/")[:-1]
    return not any(part[0] in _SIGNS for part in folders if part)


def _may_hold_classes(above: str, beside: Sequence[str]) -> bool:
    """Check whether a folder may contain class folders.

    It may when it is the top or a split, and the images next to it lie one level lower.
    """
    parts = above.split("/") if above else []
    is_high = all(split_of(part) for part in parts[n_around(beside) :])
    return is_high and any(name.count("/") > len(parts) for name in beside)


def _is_passed(own: str, inside: Sequence[str], beside: Sequence[str], content: Content, *, may_be_class: bool) -> bool:
    """Check whether a folder is a system's, by its name and by what it holds."""
    has_sign, bare = own[0] in _SIGNS, own.lstrip(_SIGNS)
    if not has_sign:
        return _are_copies(inside, beside, content)
    if not may_be_class or own[0] != "_" or not bare or _TOOLS.match(bare):
        return True
    return _are_copies(inside, beside, content)


def _are_copies(inside: Sequence[str], beside: Sequence[str], content: Content) -> bool:
    """Check whether images are smaller copies of those next to them, by names and sizes."""
    by_stem: dict[str, str] = {}
    for name in beside:
        by_stem.setdefault(PurePosixPath(name).stem.casefold(), name)
    pairs = [(name, by_stem.get(_stem(name, by_stem), "")) for name in inside]
    paired = [pair for pair in pairs if pair[1]]
    if 2 * len(paired) < len(inside):
        return False
    sizes = [(_area(content(one)), _area(content(other))) for one, other in paired[:: len(paired) // _LOOKED_AT + 1]]
    return bool(sizes) and all(0 < one <= _SMALLER * other for one, other in sizes)


def _stem(name: str, by_stem: dict[str, str]) -> str:
    """Return the stem of the image that a copy is of.

    That is its own, without an ending such as '_thumb', or that of its folder.
    """
    path = PurePosixPath(name)
    stem = path.stem.casefold()
    shorter = re.sub(
        r"[ _.\-]?(?:thumb(?:nail)?|preview|small)s?$|^(?:thumb(?:nail)?|preview|small)s?[ _.\-]", "", stem
    )
    options = (stem, shorter, PurePosixPath(stem).stem, PurePosixPath(path.parent.name).stem.casefold())
    return next((one for one in options if one in by_stem), stem)


def _area(content: Path | Pixels | Callable[[], Pixels]) -> int:
    """Return the number of pixels of an image, by its header; 0 where that cannot be read."""
    try:
        loaded = content() if callable(content) else content
        if not isinstance(loaded, Path | bytes):
            return int(loaded.shape[0] * loaded.shape[1])
        with Image.open(loaded if isinstance(loaded, Path) else io.BytesIO(loaded)) as opened:
            return opened.width * opened.height
    except Exception:  # a broken header makes decoders raise almost anything
        return 0


def _notes(passed: dict[str, list[str]]) -> Iterator[str]:
    for own, names in passed.items():
        what = f"in a folder of a system or a tool ('{shown(own)}')"
        for note in left_out(names, f"image {what} was", f"images {what} were"):
            yield f"{note}; rename the folder if they belong to the dataset."


def _doubts(classes: dict[str, int]) -> Iterator[str]:
    for own, count in classes.items():
        yield (
            f"Folder '{shown(own)}' begins with a sign, as those of tools do, but holds {count:,} images of its own "
            "and counts as a class; remove it if it is none."
        )
