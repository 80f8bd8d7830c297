"""Encode and check the answer of a preview's confined process, as JSON.

A file that the process read may have taken it over, so nothing in an answer is executed or decoded. Images come as
plain pixels, so that hostile bytes reach no decoder, and every part has a type and bounds.
"""

from __future__ import annotations

from typing import Annotated, Literal

from PIL import Image
from pydantic import Base64Bytes, BaseModel, ConfigDict, Field, ValidationError

from catalog.importers.draft import N_PICTURES, SIDE, Preview, PreviewPicture
from catalog.new_sample import NewSample
from catalog.spelling import escaped

MOST_BYTES = 64 * 2**20  # of an answer

_Text = Annotated[str, Field(max_length=2**20)]
_Count = Annotated[int, Field(ge=0)]
_Side = Annotated[int, Field(ge=1, le=SIDE)]
_SPLITS: tuple[Literal["train", "val", "test"], ...] = ("train", "val", "test")
_CHANNELS = {"L": 1, "RGB": 3}


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _Pixels(_Part):
    mode: Literal["L", "RGB"]
    width: _Side
    height: _Side
    data: Base64Bytes

    def image(self) -> Image.Image | None:
        """Return the image; None if the number of bytes does not match its size."""
        if len(self.data) != self.width * self.height * _CHANNELS[self.mode]:
            return None
        return Image.frombytes(self.mode, (self.width, self.height), self.data)


class _Picture(_Part):
    key: _Text
    label: _Text
    labels: tuple[_Text, ...]
    pixels: _Pixels | None
    problem: _Text | None


class _Preview(_Part):
    n_samples: _Count
    by_class: dict[_Text, _Count]
    by_split: dict[Literal["train", "val", "test"], _Count]
    n_patients: _Count | None
    n_several: _Count
    n_groups: _Count | None
    grouped_by: _Text | None
    notes: tuple[_Text, ...]
    pictures: Annotated[tuple[_Picture, ...], Field(max_length=N_PICTURES)]


class Answer(_Part):
    """Either a preview with the title of its source, or one sentence on why there is none."""

    title: _Text = ""
    preview: _Preview | None = None
    refusal: _Text | None = None


def refused(sentence: str) -> Answer:
    """Return the answer for a source that cannot be read."""
    return Answer(refusal=escaped(sentence))


def answer(title: str, preview: Preview) -> Answer:
    """Return the answer with a preview; its images no longer refer to the source's files."""
    return Answer(
        title=escaped(title),
        preview=_Preview(
            n_samples=preview.n_samples,
            by_class={escaped(name): count for name, count in preview.by_class.items()},
            by_split={
                split: preview.by_split[split] for split in ("train", "val", "test") if split in preview.by_split
            },
            n_patients=preview.n_patients,
            n_several=preview.n_several,
            n_groups=preview.n_groups,
            grouped_by=None if preview.grouped_by is None else escaped(preview.grouped_by),
            notes=tuple(map(escaped, preview.notes)),
            pictures=tuple(map(_picture, preview.pictures)),
        ),
    )


def written(answered: Answer) -> bytes:
    """Encode an answer as JSON."""
    return answered.model_dump_json().encode()


def read(data: bytes) -> tuple[str, Preview] | str:
    """Decode and check what a process answered; nothing in it is trusted.

    Returns:
        The source's title and its preview, or the sentence that says why there is none.
    Raises:
        ValueError: it is not a valid answer.
    """
    if len(data) > MOST_BYTES:
        raise ValueError("too long")
    try:
        answered = Answer.model_validate_json(data)
    except ValidationError as error:
        raise ValueError("no answer of a preview") from error
    if answered.refusal is not None:
        return answered.refusal
    if answered.preview is None:
        raise ValueError("neither a preview nor a reason")
    preview = answered.preview
    return answered.title, Preview(
        n_samples=preview.n_samples,
        by_class=preview.by_class,
        by_split={str(split): count for split, count in preview.by_split.items()},
        n_patients=preview.n_patients,
        n_several=preview.n_several,
        notes=preview.notes,
        pictures=tuple(map(_preview_picture, preview.pictures)),
        n_groups=preview.n_groups,
        grouped_by=preview.grouped_by,
    )


def _picture(picture: PreviewPicture) -> _Picture:
    image, pixels = picture.image, None
    if image is not None:
        image = image if image.mode in _CHANNELS else image.convert("RGB")
        mode: Literal["L", "RGB"] = "L" if image.mode == "L" else "RGB"
        pixels = _Pixels.model_construct(mode=mode, width=image.width, height=image.height, data=image.tobytes())
    return _Picture.model_construct(
        key=escaped(picture.sample.key),
        label=escaped(picture.sample.label),
        labels=tuple(map(escaped, picture.sample.labels)),
        pixels=pixels,
        problem=None if picture.problem is None else escaped(picture.problem),
    )


def _preview_picture(picture: _Picture) -> PreviewPicture:
    sample = NewSample(picture.key, picture.label, b"", labels=picture.labels)
    image = None if picture.pixels is None else picture.pixels.image()
    if picture.pixels is not None and image is None:
        raise ValueError("a picture of more or fewer bytes than pixels")
    return PreviewPicture(sample, image, picture.problem)
