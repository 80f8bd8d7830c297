"""Read Pascal VOC: one XML file per image, and lists of splits.

Format: http://host.robots.ox.ac.uk/pascal/VOC/.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from catalog import limits
from catalog.errors import CatalogError
from catalog.importers.annotations import (
    AnnotatedObject,
    Box,
    Pictures,
    checked_classes,
    joined,
    proper,
    sample_of,
    shown,
    split_in,
    without_box,
)
from catalog.importers.draft import Draft
from catalog.importers.groups import add_group_option
from catalog.importers.masks import without_masks
from catalog.importers.names import listed, nfc
from catalog.importers.source import Source, left_out, open_source, passed_over, read_text_bytes
from catalog.importers.words import Mender, split_names, split_notes
from catalog.importers.xml_tree import BrokenXml, parse_xml
from catalog.manifest import SPLITS
from catalog.pictures import FORMATS, is_picture_name
from catalog.private import masked
from catalog.spelling import escaped

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_Annotated = tuple[str, list[AnnotatedObject], str | None]  # picture, what is in it, split
_IMAGES = "JPEGImages"
_ANNOTATIONS, _LISTS, _MAIN = "annotations", "imagesets", "main"  # of any capitals
_LINES = re.compile(r"[\t\r\n\v\f\x1c-\x1f\x85\u2028\u2029]+")
_ABOVE = re.compile(r"^(?:\./|.*/)?(?:jpegimages|images|annotations)/|^\./", re.IGNORECASE)
_OF_CLASS = re.compile(r"\s+[+-]?[01]$")  # in lists of one class: whether it is present, after each name


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this importer alone."""
    parser.add_argument(
        "src", type=Path, metavar="SRC", help="folder or zip with Annotations, JPEGImages and ImageSets/Main"
    )
    add_group_option(parser, with_columns=False)


def from_options(options: argparse.Namespace) -> Draft:
    """Read the draft that the command line asks for."""
    return read_voc(options.src)


def read_voc(source: Path) -> Draft:
    """Read annotations in XML; no image is opened yet.

    An image has every class that an object in it has; the main one is that of the largest total box area. Corners
    count from 1 and belong to the box, as in the format's own files: `x` is xmin - 1, and `w` is xmax - xmin + 1. Lists
    in ImageSets that are called train.txt, Validation.txt, test.txt and the like (see words.split_names) are kept as
    splits, those in Main rather than others; what is in trainval.txt alone is training. Without any list, folders such
    as train/ and valid/ are the splits, where every image is in one. XML outside folders called Annotations counts
    where there is no such folder, so that images may lie next to their XML.

    Args:
        source: the folder, or a zip of it; may hold several years, each with folders of its own.
    Returns:
        Samples by key, the path below the source; classes in alphabetical order. The notes name what was not used.
    Raises:
        CatalogError: no annotation, an image in two lists or that could be several files, or fewer than two classes.
    """
    files = open_source(source, "the one with Annotations and JPEGImages in it")
    every = sorted(name for name in files.files if name.lower().endswith(".xml"))
    inside = [name for name in every if _ANNOTATIONS in _folded(name)[:-1]]
    if not every:
        raise CatalogError(f"{source} holds no .xml file; name the folder with Annotations and JPEGImages in it.")
    pictures, notes, lists = Pictures(files), _Notes(), _Lists(files)
    annotated: list[_Annotated] = []
    for name in inside or every:
        one = _parsed(files, name, notes)
        if one is None:
            continue
        split = lists.split_of(name)
        if lists and split is None:
            notes.unlisted.append(name)
        elif not one.objects:
            notes.bare.append(name)
        elif picture := pictures.take(one.names, _bases(name), None if lists else split):
            notes.count_boxes(name, one.objects)
            annotated.append((picture, one.objects, split))
    if notes.broken and not annotated and not pictures.missing:
        raise CatalogError(f"{source} has no annotation that can be read: {notes.why_broken}; export it anew.")
    if not lists:
        annotated = _in_folders(annotated, notes)
    classes = checked_classes(sorted({item.label for _, objects, _ in annotated for item in objects}), source, pictures)
    samples = sorted(
        (sample_of(files, name, objects, classes, split) for name, objects, split in annotated), key=lambda one: one.key
    )
    without = notes.without_xml(files, every)
    notes_text = (
        *notes.sentences(),
        *left_out(without, "image without an XML was", "images without an XML were"),
        *pictures.notes(),
        *notes.label_of.notes(),
        *joined(classes),
        *lists.notes(),
        *passed_over(files),
    )
    return without_masks(Draft(samples, classes, f"VOC {files.title}", notes_text))


@dataclass(frozen=True)
class _Annotation:
    names: list[str]  # that the image may have
    objects: list[AnnotatedObject]


class _Notes:
    """What could not be used, collected over all files."""

    def __init__(self) -> None:
        self.label_of = Mender()
        self.broken: list[str] = []
        self.why_broken = ""  # the first of them
        self.other: list[str] = []
        self.bare: list[str] = []
        self.unlisted: list[str] = []
        self.boxless: list[str] = []
        self.homeless: list[str] = []

    def count_boxes(self, name: str, objects: list[AnnotatedObject]) -> None:
        """Note objects without a box."""
        self.boxless += [name for item in objects if item.box is None]

    def without_xml(self, files: Source, every: list[str]) -> list[str]:
        """List the images that have no XML of their name."""
        stems = {PurePosixPath(name).stem for name in every}
        return [name for name in files.files if is_picture_name(name) and PurePosixPath(name).stem not in stems]

    def sentences(self) -> Iterator[str]:
        """Yield the notes, one sentence each."""
        yield from left_out(self.broken, "broken annotation was", "broken annotations were")
        yield from left_out(self.other, "XML that is no annotation was", "XML files that are no annotations were")
        yield from left_out(self.bare, "annotation without an object was", "annotations without an object were")
        yield from left_out(self.unlisted, "image in no list of a split was", "images in no list of a split were")
        yield from without_box(self.boxless)
        if self.homeless:
            images = "1 image is" if len(self.homeless) == 1 else f"{len(self.homeless):,} images are"
            yield masked(
                f"{images} in no folder of a split ({listed(self.homeless, 3)}), so splits are drawn anew for all; "
                "move every image into train, valid or test to keep those.",
                listed(self.homeless, 3),
            )


class _Lists:
    """The splits of images: by the lists of an ImageSets folder, or without any by folders."""

    def __init__(self, files: Source) -> None:
        every = [name for name in files.files if name.lower().endswith(".txt") and _LISTS in _folded(name)[:-1]]
        lists = [name for name in every if PurePosixPath(name).parent.name.casefold() == _MAIN] or every
        self._called = split_names(PurePosixPath(name).stem for name in lists)
        self._unused = sorted(name for name in lists if PurePosixPath(name).stem not in self._called)
        self._split: dict[tuple[str, str], str] = {}  # (folder, name without ending): split
        listed_in: dict[tuple[str, str], str] = {}
        unions: list[tuple[str, str]] = []
        used = [name for name in lists if name not in self._unused]
        for name in sorted(used, key=lambda name: (SPLITS.index(self._called[PurePosixPath(name).stem]), name)):
            split, title = self._called[PurePosixPath(name).stem], PurePosixPath(name).name
            for place in _listed(files, name):
                if is_union(title):
                    unions.append(place)
                elif self._split.setdefault(place, split) != split:
                    other_list = listed_in[place]
                    raise CatalogError(
                        f"'{shown(place[1])}' is in {other_list} and in {title}; keep it in one of them."
                    )
                listed_in.setdefault(place, title)
        existing = {(root, split) for (root, _), split in self._split.items()}
        for root, stem in unions:  # of training and validation: without train.txt, the rest is training
            is_val = (root, "train") in existing and (root, "val") not in existing
            self._split.setdefault((root, stem), "val" if is_val else "train")

    def __bool__(self) -> bool:
        return bool(self._split)

    def split_of(self, annotation: str) -> str | None:
        """Return the split of an XML's image: by a list, or by its folder where there are no lists."""
        if not self:
            return split_in(str(PurePosixPath(annotation).parent))
        root, inside = _root(annotation)
        return self._split.get((root, inside)) or self._split.get((root, PurePosixPath(inside).name))

    def notes(self) -> Iterator[str]:
        """Note lists whose names may mean another split, and lists that name none."""
        yield from split_notes(self._called)
        ends = [name for name in self._unused if not split_names([PurePosixPath(name).stem.rsplit("_", 1)[-1]])]
        yield from left_out(ends, "list that names no split was", "lists that name no split were")


def is_union(title: str) -> bool:
    """Check whether a list joins training and validation: trainval.txt, train_val.txt."""
    letters = re.sub(r"[\W\d_]+", "", PurePosixPath(title).stem.casefold())
    return "trainval" in letters


def _listed(files: Source, name: str) -> Iterator[tuple[str, str]]:
    """Yield the entries of a list: its folder, and an image's name without its ending."""
    depth = _folded(name).index(_LISTS)
    root = "/".join(name.split("/")[:depth]) or "."
    for line in read_text_bytes(files, name).decode("utf-8-sig", "replace").splitlines():
        text = _OF_CLASS.sub("", nfc(line).strip()).strip('"').replace("\\", "/")
        if text:
            text = str(PurePosixPath(text).with_suffix("")) if is_picture_name(text) else text
            yield root, _ABOVE.sub("", text)


def _folded(name: str) -> list[str]:
    return name.casefold().split("/")


def _in_folders(annotated: list[_Annotated], notes: _Notes) -> list[_Annotated]:
    """Use the folders' splits if every image is in one and some are training; else none."""
    splits = {split for _, _, split in annotated}
    if None not in splits and "train" in splits:
        return annotated
    if "train" in splits:
        notes.homeless += [shown(name) for name, _, split in annotated if split is None]
    return [(name, objects, None) for name, objects, _ in annotated]


def _root(annotation: str) -> tuple[str, str]:
    """Return the folder above Annotations, and the rest of the path without its ending.

    An XML outside such a folder has its own folder as the first.
    """
    parts, folded = annotation.split("/"), _folded(annotation)
    depth = folded.index(_ANNOTATIONS) if _ANNOTATIONS in folded[:-1] else len(parts) - 1
    inside = "/".join(parts[depth + (depth < len(parts) - 1) :])
    return "/".join(parts[:depth]) or ".", str(PurePosixPath(inside).with_suffix(""))


def _bases(annotation: str) -> list[str]:
    root, inside = _root(annotation)
    root, below = root.removeprefix("."), str(PurePosixPath(inside).parent).removeprefix(".")
    folders = (f"{root}/{_IMAGES}", f"{root}/images")
    return [
        *(f"{folder}/{below}".rstrip("/") for folder in folders),
        *folders,
        str(PurePosixPath(annotation).parent),
        root,
    ]


def _parsed(files: Source, name: str, notes: _Notes) -> _Annotation | None:
    data = read_text_bytes(files, name)
    limits.check("rows", data.count(b"<object"), escaped(name))
    try:
        root = parse_xml(data)
    except BrokenXml as error:
        notes.broken.append(name)
        notes.why_broken = notes.why_broken or f"{shown(name)} {error}"
        return None
    if root.tag != "annotation":
        notes.other.append(name)
        return None
    stem = PurePosixPath(name).stem
    named = nfc((root.findtext("filename") or "").strip())
    names = [*([named] if named else []), *(f"{stem}{ending}" for ending in FORMATS)]
    objects = [
        AnnotatedObject(label, _box(item.find("bndbox")))
        for item in root.iterfind("object")
        if (label := notes.label_of(_LINES.sub(" ", item.findtext("name") or "").strip(" ")))
    ]
    return _Annotation(names, objects)


def _box(corners: Element | None) -> Box | None:
    if corners is None:
        return None
    try:
        left, top, right, bottom = (float(corners.findtext(tag) or "nan") for tag in ("xmin", "ymin", "xmax", "ymax"))
    except ValueError:
        return None
    return proper(left - 1, top - 1, right - left + 1, bottom - top + 1) if right > left and bottom > top else None
