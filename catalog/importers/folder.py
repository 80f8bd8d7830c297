"""Read class folders, such as `SRC/benign/1.png` or `SRC/train/benign/1.png`, or a zip."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from catalog.errors import CatalogError
from catalog.importers.draft import Draft
from catalog.importers.groups import add_group_option
from catalog.importers.masks import Masks, find_masks
from catalog.importers.names import DICOM_ENDINGS, is_plain, listed, shown
from catalog.importers.patterns import Pattern
from catalog.importers.source import PatientOf, Source, left_out, open_source, passed_over
from catalog.importers.system_folders import begins_with_sign, sift
from catalog.importers.words import Mender, check_alike, joined_notes, mended, split_names, split_notes, split_of
from catalog.new_sample import NewSample
from catalog.origin import Origin
from catalog.pictures import KINDS, is_picture_name
from catalog.private import masked

_FIRST_FOLDER = "^([^/]+)/"  # a --patient-regex that takes the folder below the class
_ARCHIVES = {".zip", ".rar", ".7z", ".tar", ".gz", ".tgz"}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this importer alone."""
    parser.add_argument(
        "src", type=Path, metavar="SRC", help="folder or zip whose subfolders are the classes (or splits)"
    )
    parser.add_argument(
        "--patient-regex",
        metavar="REGEX",
        help="takes the patient from each file name, else from its folders below the class: the first group, or all "
        "that matches; for example '^(P[0-9]+)_'",
    )
    add_group_option(parser, with_columns=False)


def from_options(options: argparse.Namespace) -> Draft:
    """Read the draft that the command line asks for."""
    return read_folder(options.src, options.patient_regex)


def read_folder(source: Path, patient_regex: str | None = None) -> Draft:
    """List the images of class folders; some that may be masks are opened.

    Folders below a class folder belong to the class; folders around all of them are skipped. Files that are no images,
    masks (see importers.masks), and links that lead out of the source, are left out with a note. Split folders may be
    called train, Validation, dev, test_set and the like.

    Args:
        source: the folder, or a zip of it.
        patient_regex: searched in each file's name, then in its path below the class folder; its first group, or all of
            it, is the patient.
    Returns:
        Samples by key; classes in alphabetical order.
    Raises:
        CatalogError: no such folder, fewer than two classes, an empty class, or a name without a patient.
    """
    files = open_source(source, "the one whose subfolders are the classes")
    patient_of = PatientOf(patient_regex)
    pictures = [name for name in files.files if is_picture_name(name)]
    pictures, odd = _plain(files, pictures)
    if not pictures:
        raise _no_picture(files)
    sifted = sift(pictures, files.content)
    masks = find_masks(sifted.kept, files.content)
    by_class = by_class_folder(files, [name for name in sifted.kept if name not in masks.image_of], pictures)
    samples = [
        NewSample(
            key=name[len(by_class.top) :],
            label=place.label,
            content=files.content(name),
            patient=patient_of(name.rsplit("/", 1)[-1], by_class.inside(name)),
            split=place.split,
        )
        for name, place in by_class.places.items()
    ]
    others = [name for name in files.files if not is_picture_name(name)]
    notes = (
        *left_out(others, "file that is no image was", "files that are no images were"),
        *sifted.notes,
        *masks.notes,
        *left_out(odd, "image whose name is no plain text was", "images whose names are no plain text were"),
        *left_out(by_class.outside, "image outside a class folder was", "images outside class folders were"),
        *passed_over(files),
        *by_class.notes,
        *_folders_inside(by_class, patient_of.pattern),
    )
    origin = Origin(masks=_count_masks(masks, by_class))
    return Draft(sorted(samples, key=lambda sample: sample.key), by_class.classes, files.title, notes, origin=origin)


def _count_masks(masks: Masks, by_class: ByClass) -> dict[str, int]:
    """Count masks by the class of their image; empty where there are none."""
    count = Counter(by_class.places[image].label for image in masks.image_of.values() if image in by_class.places)
    return {label: count[label] for label in by_class.classes} if count else {}


def _plain(source: Source, pictures: Sequence[str]) -> tuple[list[str], list[str]]:
    """Separate images with plain names from those to leave out.

    Raises:
        CatalogError: a class would have no image left.
    """
    odd = [name for name in pictures if not is_plain(name)]
    if not odd:
        return list(pictures), []
    plain = [name for name in pictures if is_plain(name)]
    top = _wrapper(pictures)
    class_folders = {_class_folder(name, top) for name in plain}
    for name in odd:
        if _class_folder(name, top) not in class_folders:
            raise CatalogError(
                f"{shown(name)} of {source.path} is no plain name; rename it with letters, digits and blanks."
            )
    return plain, odd


def _class_folder(name: str, top: str) -> tuple[str, ...]:
    """Return the folder of an image's class, with its split; empty outside of any class.

    Folders around all images are not part of it.
    """
    folders = name[len(top) :].split("/")[:-1]
    return tuple(folders[: 2 if folders and split_of(folders[0]) else 1])


@dataclass(frozen=True)
class FolderLabels:
    """The label and the split of a file, from the folders above it."""

    label: str
    split: str | None


@dataclass(frozen=True)
class ByClass:
    """Files sorted by their class folders.

    Attributes:
        classes: in alphabetical order.
        places: label and split by file.
        outside: files in no class folder.
        top: the folders around all files.
        depth: folders above the classes, below the top.
        notes: which names of classes and splits were not plain.
    """

    classes: tuple[str, ...]
    places: dict[str, FolderLabels]
    outside: list[str]
    top: str
    depth: int
    notes: tuple[str, ...]

    def inside(self, name: str) -> str:
        """Return the path of a file below its class folder."""
        return name[len(self.top) :].split("/", 1 + self.depth)[-1]


def by_class_folder(source: Source, files: Sequence[str], examined: Sequence[str] = ()) -> ByClass:
    """Sort files by the first folder of their path, or by the second below splits.

    One folder around all of the files that is no split is skipped, and so is one folder in that, or in each split.

    Args:
        source: for its folders, and for the error messages.
        files: names of those that count.
        examined: names of all images, also of those that do not count. A folder that has only such images is not empty.
    Raises:
        CatalogError: fewer than two classes, an empty class, two that look the same, or splits next to other folders.
    """
    top = _wrapper(files)
    split = [tuple(name[len(top) :].split("/")) for name in files]
    has_splits = _has_splits(source, split)
    depth = _depth(split) if has_splits else 0
    inside = [parts for parts in split if len(parts) > depth + 1]
    split_called = split_names(parts[0] for parts in inside) if has_splits else {}
    label_of = Mender()
    places = {
        top + "/".join(parts): FolderLabels(label_of(parts[depth]), split_called[parts[0]] if has_splits else None)
        for parts in inside
    }
    outside = [top + "/".join(parts) for parts in split if len(parts) <= depth + 1]
    folders = [name[len(top) :].split("/") for name in source.folders if name.startswith(top)]
    named = {
        mended(parts[depth]) for parts in folders if len(parts) == depth + 1 and not begins_with_sign(parts[depth])
    }
    named -= {mended(parts[depth]) for name in examined if len(parts := name[len(top) :].split("/")) > depth + 1}
    classes = _classes(source, {place.label for place in places.values()}, named, len(outside))
    joined = joined_notes(classes, "where a picture shows several, import a table (csv) with 'a|b' as its labels")
    notes = (*label_of.notes(), *joined, *split_notes(split_called))
    return ByClass(classes, places, outside, top, depth, notes)


def _depth(files: Sequence[tuple[str, ...]]) -> int:
    """Count the folders above the classes.

    These are the split, and any single folder that all splits have (`train/images/benign`).
    """
    depth = 1
    while True:
        firsts = {parts[depth] for parts in files if len(parts) > depth + 1}
        below = {parts[depth + 1] for parts in files if len(parts) > depth + 2}
        if len(firsts) != 1 or len(below) < 2:
            return depth
        depth += 1


def _wrapper(files: Sequence[str]) -> str:
    """Return 'top/' if all files lie in folders of one folder `top` that is no split, else ''.

    A folder inside that folder is treated in the same way.
    """
    top = ""
    while True:
        inside = [name[len(top) :].split("/") for name in files]
        firsts = {parts[0] for parts in inside}
        if len(firsts) != 1 or min(map(len, inside)) < 3 or firsts & _splits(firsts):
            return top
        top += f"{firsts.pop()}/"


def _splits(folders: set[str]) -> set[str]:
    return set(split_names(folders))


def _has_splits(source: Source, files: Sequence[tuple[str, ...]]) -> bool:
    """Check whether the first level of folders is splits rather than classes."""
    tops = {parts[0] for parts in files if len(parts) > 1}
    splits = _splits(tops)
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
            f"{source.path} mixes split folders ({listed(splits)}) with others ({others}); "
            "move the others out, or call them train, val or test."
        )
    return False


def _classes(source: Source, classes: set[str], named: set[str], n_outside: int) -> tuple[str, ...]:
    """Return the classes in order.

    `named` are all folders at the level of classes; `n_outside` counts files in none.
    """
    if classes and (empty := named - classes):
        raise CatalogError(
            f"Class folder '{min(empty)}' of {source.path} holds no image; add some or remove the folder."
        )
    check_alike(classes, "Class folders", str(source.path), "give them one name, or two that differ more")
    if len(classes) >= 2:
        return tuple(sorted(classes))
    if classes:
        content = f"only one class folder with images ('{min(classes)}')"
    elif n_outside:
        raise CatalogError(
            f"{source.path} has no class folder with images: {n_outside:,} lie in none; "
            "make a folder for each class and sort them, or import them with a table (csv)."
        )
    else:
        content = "no class folder with images"
    raise CatalogError(f"{source.path} has {content}; name the folder whose subfolders are the classes, at least two.")


def _folders_inside(by_class: ByClass, patient: Pattern | None) -> Iterator[str]:
    """Note folders in class folders: they may be patients, or the classes themselves.

    Args:
        by_class: the class folders.
        patient: finds patients in names; None where they are unknown.
    """
    inside: dict[str, set[str]] = {}
    for name, place in by_class.places.items():
        first, _, rest = by_class.inside(name).partition("/")
        inside.setdefault(place.label, set()).add(first if rest else "")
    every = set.union(*inside.values()) - {""}
    named = {name for name in every if patient and patient.find(f"{name}/")}  # these are patients
    common = set.intersection(*inside.values()) - {""} - named
    remedy = f"name those with --patient-regex '{_FIRST_FOLDER}', or one of them may be in several splits"
    if common and len(split_names(common)) == len(common):
        yield masked(
            f"Each class folder ({listed(list(by_class.classes))}) holds folders that are called as splits are "
            f"({listed(common)}); they are not kept as such: put the class folders into them.",
            listed(common),
        )
    elif common:
        patients = "" if patient else f"; if they are patients, {remedy}"
        start = f"Each class folder ({listed(list(by_class.classes))}) holds"
        yield masked(
            f"{start} the folders {listed(common)}, which count as "
            f"parts of it; if those are the classes, sort the images by them{patients}."
            if len(common) > 1
            else f"{start} a folder {listed(common)}, whose images count "
            "as those of the class; if they are none, move that folder out.",
            listed(common),
        )
    elif len(every) > 1 and patient is None:
        patients = f"if they are patients, {remedy}"
        text = f"Class folders hold the folders {listed(every)}, which count as parts of them; {patients}."
        yield masked(text, listed(every))


def _no_picture(source: Source) -> CatalogError:
    """Return the error for a source without images: what it holds instead, and the remedy."""
    endings = Counter(PurePosixPath(name).suffix.lower() for name in source.files)
    packed = [name for name in source.files if PurePosixPath(name).suffix.lower() in _ARCHIVES]
    if not source.files:
        content = "it is empty, or all in it is hidden; name the folder whose subfolders are the classes"
    elif packed:
        content = f"it holds the archive {shown(packed[0])}; unpack that, and name its folder or zip"
    elif set(DICOM_ENDINGS) & set(endings):
        content = "it holds DICOM files; import it as dicom"
    else:
        kinds = listed([ending or "no ending" for ending, _ in endings.most_common(3)])
        content = f"its files have {kinds}; save the images as {KINDS}"
    return CatalogError(f"{source.path} has no class folder with images: {content}.")
