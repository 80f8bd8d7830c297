"""Class folders: `SRC/benign/1.png`, or with splits above: `SRC/train/benign/1.png`."""

from __future__ import annotations

import argparse
import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from catalog.builder import NewSample
from catalog.errors import CatalogError, explained
from catalog.importers.draft import Draft
from catalog.pictures import is_picture_name

SPLIT_FOLDERS = {
    "train": "train", "training": "train",
    "val": "val", "valid": "val", "validation": "val",
    "test": "test", "testing": "test",
}  # fmt: skip

_SYSTEM_FILES = {"__macosx", "thumbs.db", "desktop.ini"}
_NAMED = 3  # files named in one note


@dataclass
class _Found:
    """What lies in a source: pictures and folders below it as parts of their paths, and what is no picture."""

    pictures: list[tuple[str, ...]] = field(default_factory=list)
    folders: list[tuple[str, ...]] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Options of this importer alone."""
    parser.add_argument("src", type=Path, metavar="SRC", help="folder whose subfolders are the classes (or splits)")
    parser.add_argument(
        "--patient-regex",
        metavar="REGEX",
        help="takes the patient from each file name: its first group, or all that matches; for example '^(P[0-9]+)_'",
    )


def from_options(options: argparse.Namespace) -> Draft:
    """The draft that the command line asks for."""
    return read_folder(options.src, options.patient_regex)


def read_folder(source: Path, patient_regex: str | None = None) -> Draft:
    """List the images of class folders; no picture is opened yet.

    Folders below a class folder belong to the class. Files that are no images, and links that lead out of the source,
    are left out with a note. Split folders may be called train, training, val, valid, validation, test or testing.

    Args:
        source: the folder.
        patient_regex: searched in each file's name; its first group, or all of it, is the patient.
    Returns:
        Samples by key; classes in alphabetical order.
    Raises:
        CatalogError: no such folder, fewer than two classes, an empty class, or a name without a patient.
    """
    if not source.is_dir():
        raise CatalogError(f"There is no folder {source}; name the one whose subfolders are the classes.")
    source = source.resolve()
    with explained(source):
        found = _walk(source)
    patient_of = _PatientOf(patient_regex)
    depth = 1 if _has_splits(source, found) else 0
    inside = [parts for parts in found.pictures if len(parts) > depth + 1]
    classes = _classes(source, found, inside, depth)
    samples = [
        NewSample(
            key=_nfc("/".join(parts)),
            label=_nfc(parts[depth]),
            content=source.joinpath(*parts),
            patient=patient_of(parts[-1]),
            split=SPLIT_FOLDERS[parts[0].casefold()] if depth else None,
        )
        for parts in inside
    ]
    outside = ["/".join(parts) for parts in found.pictures if len(parts) <= depth + 1]
    notes = (
        *_note(found.others, "file that is no image was", "files that are no images were"),
        *_note(outside, "image outside a class folder was", "images outside class folders were"),
        *_note(found.links, "link that leads elsewhere was", "links that lead elsewhere were"),
    )
    return Draft(sorted(samples, key=lambda sample: sample.key), classes, f"folder {source}", notes)


class _PatientOf:
    """The patient of a file name, by a regular expression; None without one."""

    def __init__(self, regex: str | None) -> None:
        try:
            self.pattern = None if regex is None else re.compile(regex)
        except re.error as error:
            raise CatalogError(f"--patient-regex '{regex}' is no regular expression: {error}.") from None

    def __call__(self, name: str) -> str | None:
        if self.pattern is None:
            return None
        match = self.pattern.search(_nfc(name))
        patient = match and (match.group(1) if self.pattern.groups else match.group())
        if not patient:
            raise CatalogError(f"--patient-regex '{self.pattern.pattern}' finds no patient in '{name}'.")
        return patient


def _walk(source: Path) -> _Found:
    """All that lies below a source, by name; hidden files and those of operating systems are passed over."""

    def refuse(error: OSError) -> None:
        raise error

    found = _Found()
    for here, folders, files in os.walk(source, onerror=refuse):
        place = Path(here)
        parts = place.relative_to(source).parts
        linked = [name for name in folders if (place / name).is_symlink()]
        found.links += ["/".join((*parts, name)) for name in sorted(linked)]
        folders[:] = sorted(name for name in folders if name not in linked and not _is_system(name))
        found.folders += [(*parts, name) for name in folders]
        for name in sorted(files):
            file = place / name
            if _is_system(name):
                continue
            if file.is_symlink() and not file.resolve().is_relative_to(source):
                found.links.append("/".join((*parts, name)))
            elif is_picture_name(name) and file.is_file():
                found.pictures.append((*parts, name))
            else:
                found.others.append("/".join((*parts, name)))
    return found


def _has_splits(source: Path, found: _Found) -> bool:
    """Whether the first level of folders is splits rather than classes."""
    tops = {parts[0] for parts in found.pictures if len(parts) > 1}
    splits = {name for name in tops if name.casefold() in SPLIT_FOLDERS}
    deep = {parts[0] for parts in found.pictures if len(parts) > 2}
    if splits and splits == tops:
        if not deep:
            raise CatalogError(
                f"{source} has {_listed(splits)} but no class folders in them; sort the images by class."
            )
        return True
    if splits & deep:
        others = _listed(tops - splits)
        raise CatalogError(
            f"{source} mixes split folders ({_listed(splits)}) with others ({others}); move the others out."
        )
    return False


def _classes(source: Path, found: _Found, inside: Sequence[tuple[str, ...]], depth: int) -> tuple[str, ...]:
    classes = {_nfc(parts[depth]) for parts in inside}
    named = {_nfc(parts[depth]) for parts in found.folders if len(parts) == depth + 1}
    if classes and (empty := named - classes):
        raise CatalogError(f"Class folder '{min(empty)}' of {source} holds no image; add some or remove the folder.")
    if len(classes) < 2:
        there = f"only one class folder with images ('{min(classes)}')" if classes else "no class folder with images"
        raise CatalogError(f"{source} has {there}; name the folder whose subfolders are the classes, at least two.")
    return tuple(sorted(classes))


def _note(names: Sequence[str], one: str, many: str) -> Iterator[str]:
    if names:
        shown = ", ".join(names[:_NAMED]) + (", ..." if len(names) > _NAMED else "")
        yield f"{len(names):,} {one if len(names) == 1 else many} left out: {shown}"


def _is_system(name: str) -> bool:
    return name.startswith(".") or name.casefold() in _SYSTEM_FILES


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)
