"""Class folders: `SRC/benign/1.png`, or with splits above: `SRC/train/benign/1.png`; in a folder or a zip."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog.builder import NewSample
from catalog.errors import CatalogError
from catalog.importers.draft import Draft
from catalog.importers.names import SPLIT_FOLDERS, is_plain, listed, shown
from catalog.importers.source import PatientOf, Source, left_out, open_source
from catalog.pictures import is_picture_name


def add_options(parser: argparse.ArgumentParser) -> None:
    """Options of this importer alone."""
    parser.add_argument(
        "src", type=Path, metavar="SRC", help="folder or zip whose subfolders are the classes (or splits)"
    )
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
        source: the folder, or a zip of it.
        patient_regex: searched in each file's name; its first group, or all of it, is the patient.
    Returns:
        Samples by key; classes in alphabetical order.
    Raises:
        CatalogError: no such folder, fewer than two classes, an empty class, or a name without a patient.
    """
    files = open_source(source, "the one whose subfolders are the classes")
    patient_of = PatientOf(patient_regex)
    pictures = [name for name in files.files if is_picture_name(name)]
    if odd := [name for name in pictures if not is_plain(name)]:
        raise CatalogError(f"{shown(odd[0])} of {source} is no plain name; rename it with letters, digits and blanks.")
    found = by_class_folder(files, pictures)
    samples = [
        NewSample(
            key=name,
            label=place.label,
            content=files.content(name),
            patient=patient_of(name.rsplit("/", 1)[-1]),
            split=place.split,
        )
        for name, place in found.places.items()
    ]
    others = [name for name in files.files if not is_picture_name(name)]
    notes = (
        *left_out(others, "file that is no image was", "files that are no images were"),
        *left_out(found.outside, "image outside a class folder was", "images outside class folders were"),
        *left_out(files.links, "link that leads elsewhere was", "links that lead elsewhere were"),
    )
    return Draft(sorted(samples, key=lambda sample: sample.key), found.classes, files.title, notes)


@dataclass(frozen=True)
class Place:
    """What the folders above a file say of it."""

    label: str
    split: str | None


@dataclass(frozen=True)
class ByClass:
    """Files sorted by their class folders; `outside` are in none."""

    classes: tuple[str, ...]
    places: dict[str, Place]
    outside: list[str]


def by_class_folder(source: Source, files: Sequence[str]) -> ByClass:
    """Sort files by the first folder of their path, or by the second where the first are splits.

    Args:
        source: for its folders, and for the sentences.
        files: names of those that count.
    Raises:
        CatalogError: fewer than two classes, an empty class, or splits beside other folders.
    """
    split = [tuple(name.split("/")) for name in files]
    depth = 1 if _has_splits(source, split) else 0
    inside = [parts for parts in split if len(parts) > depth + 1]
    places = {
        "/".join(parts): Place(parts[depth], SPLIT_FOLDERS[parts[0].casefold()] if depth else None) for parts in inside
    }
    outside = ["/".join(parts) for parts in split if len(parts) <= depth + 1]
    return ByClass(_classes(source, {place.label for place in places.values()}, depth), places, outside)


def _has_splits(source: Source, files: Sequence[tuple[str, ...]]) -> bool:
    """Whether the first level of folders is splits rather than classes."""
    tops = {parts[0] for parts in files if len(parts) > 1}
    splits = {name for name in tops if name.casefold() in SPLIT_FOLDERS}
    deep = {parts[0] for parts in files if len(parts) > 2}
    if splits and splits == tops:
        if not deep:
            raise CatalogError(
                f"{source.path} has {listed(splits)} but no class folders in them; sort the images by class."
            )
        return True
    if splits & deep:
        others = listed(tops - splits)
        raise CatalogError(
            f"{source.path} mixes split folders ({listed(splits)}) with others ({others}); move the others out."
        )
    return False


def _classes(source: Source, classes: set[str], depth: int) -> tuple[str, ...]:
    folders = [name.split("/") for name in source.folders]
    named = {parts[depth] for parts in folders if len(parts) == depth + 1}
    if classes and (empty := named - classes):
        raise CatalogError(
            f"Class folder '{min(empty)}' of {source.path} holds no image; add some or remove the folder."
        )
    if len(classes) < 2:
        there = f"only one class folder with images ('{min(classes)}')" if classes else "no class folder with images"
        raise CatalogError(
            f"{source.path} has {there}; name the folder whose subfolders are the classes, at least two."
        )
    return tuple(sorted(classes))
