"""Read COCO instances: JSON files of boxes, and folders of images.

Format: https://cocodataset.org/#format-data.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

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
    split_word,
    without_box,
)
from catalog.importers.draft import Draft
from catalog.importers.groups import add_group_option
from catalog.importers.masks import without_masks
from catalog.importers.source import Source, left_out, open_beside, passed_over, read_text_bytes
from catalog.importers.words import Mender, split_names, split_notes
from catalog.manifest import SPLITS
from catalog.new_sample import NewSample
from catalog.origin import Origin

Id = int | str
_VIDEO = "video_id"
_KEPT_TOGETHER = (
    f"No patient is known, so '{_VIDEO}' keeps images together in splits; choose --group none to draw them one by one."
)
# No control characters: a class name is used in tables, folder names and sentences.
Name = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$")
]


@dataclass(frozen=True)
class _Flaw:
    """A list entry that is left out, and what is wrong with it."""

    place: str  # in the entry
    message: str


def _or_flaw(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    """Validate a list entry, or return what is wrong with it, so that others can be read."""
    try:
        return handler(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        return _Flaw(".".join(f"{part}" for part in first["loc"]), first["msg"])


def _four(value: Any) -> Box | None:
    """Convert a box to four finite numbers; None for anything else."""
    if not isinstance(value, list | tuple) or len(value) != 4:
        return None
    try:
        x, y, width, height = map(float, value)
    except (TypeError, ValueError, OverflowError):
        return None
    return (x, y, width, height) if isfinite(x + y + width + height) else None


class _Image(BaseModel):
    id: Id
    file_name: str
    video_id: Any = None


class _Category(BaseModel):
    id: Id
    name: Name


Entry = TypeVar("Entry", _Image, _Category)
Part = TypeVar("Part", bound=BaseModel)


class _Annotation(BaseModel):
    image_id: Id
    category_id: Id
    bbox: Annotated[Box | None, BeforeValidator(_four)] = None
    iscrowd: Any = 0


class _Instances(BaseModel):
    images: list[Annotated[_Image, WrapValidator(_or_flaw)]]
    annotations: list[Annotated[_Annotation, WrapValidator(_or_flaw)]]
    categories: list[Annotated[_Category, WrapValidator(_or_flaw)]]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this importer alone."""
    parser.add_argument("src", type=Path, metavar="SRC", help="instances JSON, or a folder or zip with such in it")
    parser.add_argument("--images", type=Path, metavar="DIR", help="folder or zip of the images (default: with SRC)")
    add_group_option(parser, with_columns=False)


def from_options(options: argparse.Namespace) -> Draft:
    """Read the draft that the command line asks for."""
    return read_coco(options.src, options.images, options.group)


def read_coco(source: Path, images: Path | None = None, group: str | None = None) -> Draft:
    """Read instances files; no image is opened yet.

    An image has every class that an annotation of it names; the main one is that of the largest total box area. Boxes
    are kept, except those of crowds, empty ones, and those that are not four numbers. `instances_train.json`, or a JSON
    in a folder `train`, makes its images the training split, and so on, where every JSON names a split; the word may be
    any that words.split_names knows. Of several JSONs those count whose name begins with "instances", if any does.
    Where no name in a JSON is that of an image, as in exports with the paths of a server, the ends of the names are
    looked for. Images of one `video_id` are a group, which splits keep together; masks of other images are left out.

    Args:
        source: a JSON, or a folder or zip that holds one or more, next to images or above them.
        images: where the images are, if elsewhere.
        group: NONE or FRAMES keeps `video_id` from being the group.
    Returns:
        Samples by key, the path below the source; classes in the order of the categories. The notes name what was
        not used: entries of another form, unknown or repeated ids, missing images, images without annotation,
            categories
        without images.
    Raises:
        CatalogError: no JSON, one that is no instances file, an image that could be several files, fewer than two
            classes with images, or two that look the same.
    """
    files, tables = open_beside(source, images, (".json",), "the instances JSON, or a folder or zip that holds it")
    instances = [name for name in tables if PurePosixPath(name).name.casefold().startswith("instances")] or tables
    words = {name: split_word(name) or "" for name in instances}
    keep_splits = "" not in words.values()
    called = split_names(words.values())
    pictures, notes = Pictures(files), _Notes()
    read = [_Read(name, _parsed(files, name), called.get(words[name]), notes) for name in sorted(instances)]
    order = list(dict.fromkeys(label for one in read for label in one.categories.values()))
    annotated: list[tuple[str, Sequence[AnnotatedObject], str | None]] = []
    video_of: dict[str, str] = {}
    for one in read:
        split = one.split if keep_splits else None
        for name, number, objects in one.annotated(pictures):
            annotated.append((name, objects, split))
            if video := one.video_of.get(number):
                video_of[name] = video
    used = {item.label for _, objects, _ in annotated for item in objects}
    notes.unused += [label for label in order if label not in used]
    classes = checked_classes([label for label in order if label in used], source, pictures)
    samples = [sample_of(files, name, objects, order, split) for name, objects, split in annotated]
    has_videos = len(set(video_of.values())) >= len(SPLITS)
    if has_videos:
        samples = [_of_video(sample, video_of.get(sample.key), is_group=group is None) for sample in samples]
    others = [name for name in tables if name not in instances]
    notes_text = (
        *left_out(others, "JSON that is no instances file was", "JSON files that are no instances files were"),
        *pictures.notes(),
        *notes.sentences(),
        *notes.label_of.notes(),
        *joined(classes),
        *(split_notes(called) if keep_splits else ()),
        *((_KEPT_TOGETHER,) if has_videos and group is None else ()),
        *passed_over(files),
    )
    titles = ", ".join(PurePosixPath(one.name).name for one in read)
    samples.sort(key=lambda sample: sample.key)
    origin = Origin(_VIDEO if has_videos and group is None else None, named=(_VIDEO,) if has_videos else ())
    return without_masks(Draft(samples, classes, f"COCO {titles} with {files.title}", notes_text, origin=origin))


def _of_video(sample: NewSample, video: str | None, *, is_group: bool) -> NewSample:
    """Return the sample with the video that it is a frame of."""
    return replace(sample, group=video if is_group else None, columns={_VIDEO: video} if video else {})


class _Notes:
    """What could not be used, collected over all files."""

    def __init__(self) -> None:
        self.label_of = Mender()
        self.flawed: list[str] = []
        self.doubled: list[str] = []
        self.unknown_category: list[str] = []
        self.unknown_image: list[str] = []
        self.boxless: list[str] = []
        self.bare: list[str] = []
        self.unused: list[str] = []

    def sentences(self) -> Iterator[str]:
        yield from left_out(self.bare, "image without annotation was", "images without annotation were")
        yield from left_out(self.flawed, "entry of another form was", "entries of another form were")
        yield from left_out(self.doubled, "entry with an id used before was", "entries with ids used before were")
        yield from left_out(
            self.unknown_category, "annotation of an unknown category was", "annotations of unknown categories were"
        )
        yield from left_out(self.unknown_image, "annotation of no image was", "annotations of no images were")
        yield from left_out(self.unused, "category without images was", "categories without images were")
        yield from without_box(self.boxless)


class _Read:
    """An instances file, its ids resolved."""

    def __init__(self, name: str, content: _Instances, split: str | None, notes: _Notes) -> None:
        self.name, self.split, self._notes = name, split, notes
        title = PurePosixPath(name).name
        categories = _unique(_sound(content.categories, "categories", title, notes), "category", notes)
        self.categories = {str(one.id): label for one in categories if (label := notes.label_of(one.name))}
        images = _unique(_sound(content.images, "images", title, notes), "image", notes)
        self._images: dict[str, str] = {}
        self.video_of: dict[str, str] = {}
        for image in images:
            self._images[str(image.id)] = image.file_name
            if isinstance(image.video_id, int | str) and f"{image.video_id}".strip():
                self.video_of[str(image.id)] = str(image.video_id)
        self._objects: dict[str, list[AnnotatedObject]] = {}
        for one in _sound(content.annotations, "annotations", title, notes):
            self._add(one)

    def annotated(self, pictures: Pictures) -> Iterator[tuple[str, str, list[AnnotatedObject]]]:
        """Yield each existing image, its id, and its annotated objects."""
        place = PurePosixPath(self.name)
        folder = place.stem.removeprefix("instances_")  # instances_train2017.json is about train2017/
        bases = [str(place.parent), *(f"{base}/{folder}" for base in (place.parent, place.parent.parent))]
        bases = [*(base.removeprefix(".") for base in bases), *pictures.folders(self.split)]
        wanted = {number: name for number, name in self._images.items() if number in self._objects}
        self._notes.bare += [shown(name) for number, name in self._images.items() if number not in wanted]
        is_as_written = pictures.any_exists(wanted.values(), bases)
        for number, file_name in wanted.items():
            take = pictures.take if is_as_written else pictures.guess
            picture = take(file_name, bases, self.split)
            if picture:
                yield picture, number, self._objects[number]

    def _add(self, one: _Annotation) -> None:
        category, image = str(one.category_id), str(one.image_id)  # 7 and "7" are one id
        if category not in self.categories:
            self._notes.unknown_category.append(shown(category))
        elif image not in self._images:
            self._notes.unknown_image.append(shown(image))
        else:
            box = proper(*one.bbox) if one.bbox and not one.iscrowd else None
            if box is None:
                self._notes.boxless.append(shown(self._images[image]))
            self._objects.setdefault(image, []).append(AnnotatedObject(self.categories[category], box))


def _sound(entries: Sequence[Part], what: str, title: str, notes: _Notes) -> list[Part]:
    """Return the valid entries; note the others.

    Raises:
        CatalogError: there are entries, and none is valid.
    """
    flaws: dict[int, Any] = {place: entry for place, entry in enumerate(entries) if isinstance(entry, _Flaw)}
    if flaws and len(flaws) == len(entries):
        place, flaw = next(iter(flaws.items()))
        inside = f".{flaw.place}" if flaw.place else ""
        raise _no_instances(title, f"{what}.{place}{inside}: {flaw.message}")
    notes.flawed += [f"{what}.{place} of {title}" for place in flaws]
    return [entry for entry in entries if not isinstance(entry, _Flaw)]


def _unique(entries: Iterable[Entry], what: str, notes: _Notes) -> Iterator[Entry]:
    used_ids: set[str] = set()
    for entry in entries:
        if str(entry.id) in used_ids:
            notes.doubled.append(shown(f"{what} {entry.id}"))
        else:
            used_ids.add(str(entry.id))
            yield entry


def _parsed(files: Source, name: str) -> _Instances:
    data = read_text_bytes(files, name)
    title = PurePosixPath(name).name
    try:
        encoding = json.detect_encoding(data)
        read = _validated(data if encoding == "utf-8" else data.decode(encoding))
        limits.check("rows", len(read.annotations), title)
        return read
    except UnicodeDecodeError:
        raise CatalogError(f"{title} is no text in UTF-8, UTF-16 or UTF-32; save it again as UTF-8.") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(shown(f"{part}") for part in first["loc"])
        raise _no_instances(title, f"{place}: {first['msg']}" if place else first["msg"]) from None


def _validated(text: bytes | str) -> _Instances:
    """Parse the content of a file.

    Names that are not UTF-8 are escaped by Python, and then match no image.
    """
    try:
        return _Instances.model_validate_json(text)
    except ValidationError as error:
        if "surrogate" not in error.errors(include_url=False, include_input=False)[0]["msg"]:
            raise
        try:
            return _Instances.model_validate(json.loads(text))
        except (RecursionError, json.JSONDecodeError):
            raise error from None


def _no_instances(title: str, what: str) -> CatalogError:
    return CatalogError(f"{title} is no COCO instances file ({shown(what)}); correct it or export it anew.")
