"""Pascal VOC: an XML a picture, and lists of splits; http://host.robots.ox.ac.uk/pascal/VOC/."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from defusedxml.ElementTree import fromstring

from catalog.errors import CatalogError
from catalog.importers.annotations import (
    Box,
    Pictures,
    Thing,
    checked_classes,
    proper,
    sample_of,
    shown,
    split_in,
    without_box,
)
from catalog.importers.draft import Draft
from catalog.importers.names import listed, nfc
from catalog.importers.source import Source, left_out, open_source, passed_over, read_text_bytes
from catalog.manifest import SPLITS
from catalog.pictures import FORMATS, is_picture_name

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_Found = tuple[str, list[Thing], str | None]  # picture, what is in it, split
_ANNOTATIONS, _IMAGES, _LISTS = "Annotations", "JPEGImages", "ImageSets/Main"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Options of this importer alone."""
    parser.add_argument(
        "src", type=Path, metavar="SRC", help="folder or zip with Annotations, JPEGImages and ImageSets/Main"
    )


def from_options(options: argparse.Namespace) -> Draft:
    """The draft that the command line asks for."""
    return read_voc(options.src)


def read_voc(source: Path) -> Draft:
    """Read annotations in XML; no picture is opened yet.

    An image has every class that an object in it has; the main one is that of the largest summed box area. Corners
    count from 1 and belong to the box, as in the format's own files: `x` is xmin - 1, and `w` is xmax - xmin + 1. Lists
    called train.txt, val.txt and test.txt in ImageSets/Main are kept as splits; what is in trainval.txt alone is
    training. Without any list, folders such as train/ and valid/ are the splits, where every image is in one. XML
    outside folders called Annotations counts where there is no such folder, so that pictures may lie beside their XML.

    Args:
        source: the folder, or a zip of it; may hold several years, each with folders of its own.
    Returns:
        Samples by key, the path below the source; classes in alphabetical order. The notes name what was not used.
    Raises:
        CatalogError: no annotation, a picture in two lists or that could be several files, or fewer than two classes.
    """
    files = open_source(source, "the one with Annotations and JPEGImages in it")
    every = sorted(name for name in files.files if name.lower().endswith(".xml"))
    inside = [name for name in every if PurePosixPath(name).parent.name == _ANNOTATIONS]
    if not every:
        raise CatalogError(f"{source} holds no .xml file; name the folder with {_ANNOTATIONS} and {_IMAGES} in it.")
    pictures, notes, lists = Pictures(files), _Notes(), _Lists(files)
    found: list[_Found] = []
    for name in inside or every:
        one = _parsed(files, name, notes)
        if one is None:
            continue
        split = lists.split_of(name)
        if lists and split is None:
            notes.unlisted.append(name)
        elif not one.things:
            notes.bare.append(name)
        elif picture := pictures.take(one.names, _bases(name)):
            notes.count_boxes(name, one.things)
            found.append((picture, one.things, split))
    if not lists:
        found = _in_folders(found, notes)
    classes = checked_classes(sorted({thing.label for _, things, _ in found for thing in things}), str(source))
    samples = sorted(
        (sample_of(files, name, things, classes, split) for name, things, split in found), key=lambda one: one.key
    )
    without = notes.without_xml(files, every)
    said = (
        *notes.sentences(),
        *left_out(without, "image without an XML was", "images without an XML were"),
        *pictures.notes(),
        *passed_over(files),
    )
    return Draft(samples, classes, f"VOC {files.title}", said)


@dataclass(frozen=True)
class _Annotation:
    names: list[str]  # that the picture may have
    things: list[Thing]


class _Notes:
    """What could not be used, gathered over all files."""

    def __init__(self) -> None:
        self.broken: list[str] = []
        self.other: list[str] = []
        self.bare: list[str] = []
        self.unlisted: list[str] = []
        self.boxless: list[str] = []
        self.homeless: list[str] = []

    def count_boxes(self, name: str, things: list[Thing]) -> None:
        """Note objects without a box."""
        self.boxless += [name for thing in things if thing.box is None]

    def without_xml(self, files: Source, every: list[str]) -> list[str]:
        """Pictures that have no XML of their name."""
        stems = {PurePosixPath(name).stem for name in every}
        return [name for name in files.files if is_picture_name(name) and PurePosixPath(name).stem not in stems]

    def sentences(self) -> Iterator[str]:
        yield from left_out(self.broken, "broken annotation was", "broken annotations were")
        yield from left_out(self.other, "XML that is no annotation was", "XML files that are no annotations were")
        yield from left_out(self.bare, "annotation without an object was", "annotations without an object were")
        yield from left_out(self.unlisted, "image in no list of a split was", "images in no list of a split were")
        yield from without_box(self.boxless)
        if self.homeless:
            images = "1 image is" if len(self.homeless) == 1 else f"{len(self.homeless):,} images are"
            yield (
                f"{images} in no folder of a split ({listed(self.homeless, 3)}), so splits are drawn anew for all; "
                "move every image into train, valid or test to keep those."
            )


class _Lists:
    """Which split a picture is in: by the lists below ImageSets/Main of its folder, or without any by its folders."""

    def __init__(self, files: Source) -> None:
        self._split: dict[tuple[str, str], str] = {}  # (folder, name without ending): split
        for split in SPLITS:
            for root, stem in _listed_in(files, split):
                before = self._split.setdefault((root, stem), split)
                if before != split:
                    raise CatalogError(
                        f"'{shown(stem)}' is in {before}.txt and in {split}.txt; keep it in one of them."
                    )
        given = {(root, split) for (root, _), split in self._split.items()}
        for root, stem in _listed_in(files, "trainval"):  # the union of both: without train.txt, the rest is training
            is_val = (root, "train") in given and (root, "val") not in given
            self._split.setdefault((root, stem), "val" if is_val else "train")

    def __bool__(self) -> bool:
        return bool(self._split)

    def split_of(self, annotation: str) -> str | None:
        """The split of the picture that an XML is about; None where no list has it, nor, without lists, a folder."""
        if not self:
            return split_in(str(PurePosixPath(annotation).parent))
        return self._split.get((_root(annotation), PurePosixPath(annotation).stem))


def _listed_in(files: Source, split: str) -> Iterator[tuple[str, str]]:
    """What the lists of one name hold: the folder that each is for, and a picture's name without its ending."""
    for name in files.files:
        if f"/{name}".endswith(f"/{_LISTS}/{split}.txt"):
            root = str(PurePosixPath(name).parents[2])
            for line in read_text_bytes(files, name).decode("utf-8-sig", "replace").splitlines():
                if line.strip():
                    yield root, nfc(line.split()[0])


def _in_folders(found: list[_Found], notes: _Notes) -> list[_Found]:
    """The splits of folders, where every picture is in one and some are to train on; else none."""
    splits = {split for _, _, split in found}
    if None not in splits and "train" in splits:
        return found
    if "train" in splits:
        notes.homeless += [shown(name) for name, _, split in found if split is None]
    return [(name, things, None) for name, things, _ in found]


def _root(annotation: str) -> str:
    """The folder above Annotations, or that of an XML which is in no such folder."""
    folder = PurePosixPath(annotation).parent
    return str(folder.parent if folder.name == _ANNOTATIONS else folder)


def _bases(annotation: str) -> list[str]:
    root = _root(annotation).removeprefix(".")
    return [f"{root}/{_IMAGES}", f"{root}/images", str(PurePosixPath(annotation).parent), root]


def _parsed(files: Source, name: str, notes: _Notes) -> _Annotation | None:
    data = read_text_bytes(files, name)
    try:
        root = fromstring(data)
    except (ParseError, ValueError, LookupError):  # broken, forbidden (entities), or of an unknown encoding
        notes.broken.append(name)
        return None
    if root.tag != "annotation":
        notes.other.append(name)
        return None
    stem = PurePosixPath(name).stem
    named = nfc((root.findtext("filename") or "").strip())
    names = [*([named] if named else []), *(f"{stem}{ending}" for ending in FORMATS)]
    things = [
        Thing(nfc(label), _box(thing.find("bndbox")))
        for thing in root.iterfind("object")
        if (label := " ".join((thing.findtext("name") or "").split()))
    ]
    return _Annotation(names, things)


def _box(corners: Element | None) -> Box | None:
    if corners is None:
        return None
    try:
        left, top, right, bottom = (float(corners.findtext(tag) or "nan") for tag in ("xmin", "ymin", "xmax", "ymax"))
    except ValueError:
        return None
    return proper(left - 1, top - 1, right - left + 1, bottom - top + 1) if right > left and bottom > top else None
