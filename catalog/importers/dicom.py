"""Read DICOM files in class folders, single or multi-frame: pixels only, no identities."""

from __future__ import annotations

import argparse
import io
import re
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from catalog import limits
from catalog.errors import CatalogError
from catalog.importers.csv_table import read_csv
from catalog.importers.draft import Draft
from catalog.importers.folder import by_class_folder
from catalog.importers.names import DICOM_ENDINGS, listed, nfc, shown
from catalog.importers.source import Source, left_out, open_source, passed_over
from catalog.importers.system_folders import sift
from catalog.new_sample import NewSample
from catalog.pictures import FORMATS, BadPicture
from catalog.private import Sentence
from catalog.spelling import escaped

if TYPE_CHECKING:
    from pydicom import Dataset

_LEAST_FRAGMENT = 8  # bytes of a compressed frame: the header of its item
_MAGIC = slice(128, 132)  # where a DICOM file says DICM
_META = 4096  # first bytes of a file, in which it names its transfer syntax
_DEFLATED = b"1.2.840.10008.1.2.1.99"
# Values of PatientID that anonymising tools write for every patient: in lower case, without blanks, '^' and '_'.
_NOBODY = {"", "0", "anon", "anonymous", "anonymized", "anonymised", "unknown", "none"}
_PICTURE_GROUPS = {0x0028, 0x7FE0}  # tags about the pixels, and the pixels


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this importer alone."""
    parser.add_argument(
        "src", type=Path, metavar="SRC", help="folder or zip whose subfolders are the classes (or splits)"
    )
    parser.add_argument(
        "--labels", type=Path, metavar="TABLE", help="a table as of `import csv` has the classes; folders say nothing"
    )


def from_options(options: argparse.Namespace) -> Draft:
    """Read the draft that the command line asks for."""
    return read_dicom(options.src, options.labels)


def read_dicom(source: Path, labels: Path | None = None) -> Draft:
    """Read the headers of DICOM files; no frame is decoded yet.

    Classes come from the folders, or from a table. Every frame is a sample; dicom_frames converts its pixels. Only
    pixels are kept, as PNG: neither tags nor file names come into the dataset. The patient is PatientID, which is
    hashed before anything is written. Without it, or with a placeholder such as ANONYMOUS, each study is a patient of
    its own. Text that is burned into the pixels stays there; a note says so.

    Args:
        source: the folder, or a zip of it.
        labels: a table as `read_csv` reads, with one row per file; its patients, boxes and devices are not used.
    Returns:
        Samples by number of their file in alphabetical order, then of their frame: `ac/000012_001.png`. The notes
        name the tags that were dropped. A broken file gives one sample, which cannot be decoded.
    Raises:
        CatalogError: no such folder, no DICOM file in it, fewer than two classes, or an empty class.
    """
    files = open_source(source, "the one that holds the DICOM files")
    report = _Report()
    opened = _Opener(files)
    heads = {name: head for name in sorted(files.files) if (head := _read_head(opened, name, report))}
    if not heads:
        text = f"{files.path} holds no DICOM file with a picture; name a folder or zip of some"
        reasons = "; ".join(report.left_out())
        raise CatalogError(Sentence(f"{text} ({reasons})." if reasons else f"{text}.", f"{text}."))
    located = _by_folder(files, list(heads)) if labels is None else _by_table(labels, source, heads)
    limits.check("samples", sum(heads[name].n_frames for name in located.places), escaped(f"{files.path}"))
    samples = [
        NewSample(
            key=f"{place.label}/{number:06d}_{index + 1:03d}.png",
            label=place.label,
            labels=place.labels,
            content=_content(opened, name, heads[name], index),
            patient=heads[name].patient,
            split=place.split,
        )
        for number, (name, place) in enumerate(sorted(located.places.items()), start=1)
        for index in range(heads[name].n_frames)
    ]
    notes = (
        *report.notes(),
        *located.notes,
        *passed_over(files),
    )
    n_files = len(located.places)
    title = f"DICOM: {len(samples):,} frames of {n_files:,} files"
    return Draft(samples, located.classes, title, notes, numbered=True)


@dataclass(frozen=True)
class _Place:
    """The labels and the split of a file, from its folders or a table."""

    label: str
    labels: tuple[str, ...]
    split: str | None


@dataclass(frozen=True)
class _Places:
    classes: tuple[str, ...]
    places: dict[str, _Place]
    notes: tuple[str, ...]


def _by_folder(files: Source, names: Sequence[str]) -> _Places:
    sifted = sift(names, files.content)
    by_class = by_class_folder(files, sifted.kept, names)
    outside = left_out(
        by_class.outside, "DICOM file outside a class folder was", "DICOM files outside class folders were"
    )
    places = {name: _Place(place.label, (), place.split) for name, place in by_class.places.items()}
    return _Places(by_class.classes, places, (*outside, *sifted.notes, *by_class.notes))


def _by_table(table: Path, source: Path, names: Collection[str]) -> _Places:
    rows = read_csv(table, source, endings=(*DICOM_ENDINGS, *FORMATS))
    places = {row.key: _Place(row.label, row.labels, row.split) for row in rows.samples if row.key in names}
    useless = [row.key for row in rows.samples if row.key not in names]
    unnamed = [name for name in names if name not in places]
    notes = (
        *left_out(useless, "row that names no readable DICOM was", "rows that name no readable DICOM were"),
        *left_out(unnamed, "DICOM file in no row was", "DICOM files in no row were"),
    )
    return _Places(rows.classes, places, (*rows.notes, *notes))


@dataclass(frozen=True)
class _Head:
    """The header of a file; `problem` is one clause where the file cannot be used."""

    patient: str | None
    n_frames: int = 1
    problem: str | None = None


class _Report:
    """What was left out of files, and which files, collected over all of them."""

    def __init__(self) -> None:
        self.n_files = 0
        self.tags: Counter[str] = Counter()  # name of a tag -> number of files that have it
        self.no_dicom: list[str] = []
        self.no_picture: list[str] = []
        self.unreadable: list[str] = []
        self.burned_in: list[str] = []
        self.no_patient: list[str] = []
        self.placeholders: set[str] = set()
        self.n_silent = 0  # files that do not say whether there is burned-in text

    def count(self, name: str, dataset: Dataset) -> None:
        """Count one file that is imported."""
        self.n_files += 1
        self.tags.update({_tag_name(tag) for tag in (*_tags(dataset.file_meta), *_tags(dataset))})
        burned = str(dataset.get("BurnedInAnnotation") or "").strip().upper()
        if burned == "YES":
            self.burned_in.append(name)
        self.n_silent += burned not in {"YES", "NO"}
        if not _patient_id(dataset):
            self.no_patient.append(name)
            self.placeholders.update({" ".join(_text(dataset, "PatientID").split())} - {""})

    def left_out(self) -> Iterator[str]:
        """Describe which files were left out, one sentence for each reason."""
        yield from left_out(self.no_dicom, "file that is no DICOM was", "files that are no DICOM were")
        yield from left_out(
            self.no_picture, "DICOM file without a readable picture was", "DICOM files without a readable picture were"
        )
        yield from left_out(self.unreadable, "file that cannot be read was", "files that cannot be read were")

    def notes(self) -> Iterator[str]:
        """Yield all notes, one sentence each."""
        yield from self.left_out()
        yield "Only pixels are kept, and PatientID as a hash."
        dropped = ", ".join(f"{name} {count:,}" for name, count in sorted(self.tags.items()))
        yield f"Tags dropped, with the number of files that had them: {dropped or 'none'}"
        if self.no_patient:
            instead = f" or with a placeholder for it ({listed(self.placeholders)})" if self.placeholders else ""
            text = f"Without PatientID{instead}, so that each study counts as a patient: "
            yield Sentence(text + _named(self.no_patient), f"{text}{_count(self.no_patient)}.")
        if self.burned_in:
            text = "Warning: text is burned into the pixels (BurnedInAnnotation YES), and may name the patient: "
            yield Sentence(text + _named(self.burned_in), f"{text}{_count(self.burned_in)}.")
        if self.n_silent:
            files = "1 file does" if self.n_silent == 1 else f"{self.n_silent:,} files do"
            yield f"{files} not say whether text is burned into the pixels; look before you share them."


class _Opener:
    """Opens files of a source.

    The last file of a zip is kept in memory, because its frames are read one after the other.
    """

    def __init__(self, files: Source) -> None:
        self._files, self._lock = files, threading.Lock()
        self._name, self._held = "", b""

    def __call__(self, name: str) -> BinaryIO:
        content = self._files.content(name)
        if isinstance(content, Path):
            return content.open("rb")
        with self._lock:
            if self._name != name:
                self._held = content()
                self._name = name
            return io.BytesIO(self._held)


def _read_head(opened: _Opener, name: str, report: _Report) -> _Head | None:
    """Read a file's header; None for no DICOM or no image, which is reported."""
    from catalog.importers.dicom_frames import reason  # pydicom: only when there is DICOM to read

    try:
        with opened(name) as stream:
            start = stream.read(_META)
            if not _may_be_dicom(start):
                report.no_dicom.append(name)
                return None
            if _DEFLATED in start:
                return _Head(None, problem="is a deflated DICOM file; export it in another transfer syntax")
            n_bytes = stream.seek(0, io.SEEK_END)
            stream.seek(0)
            dataset = _parsed(stream)
    except (OSError, BadPicture):
        report.unreadable.append(name)
        return None
    except MemoryError:
        raise
    except Exception as error:  # pydicom raises almost anything
        if start[_MAGIC] != b"DICM":
            report.no_dicom.append(name)
            return None
        return _Head(None, problem=f"is a broken DICOM file ({reason(error)})")
    if start[_MAGIC] != b"DICM" and not _is_sound(dataset):
        report.no_dicom.append(name)
        return None
    if "Rows" not in dataset or "Columns" not in dataset:
        report.no_picture.append(name)
        return None
    report.count(name, dataset)
    return _checked(dataset, name, n_bytes)


def _may_be_dicom(start: bytes) -> bool:
    """Check whether a file has the DICM mark, or may begin with a DICOM element without it."""
    if start[_MAGIC] == b"DICM":
        return True
    first = start[:4]
    groups = (first[:2], first[1::-1])  # little-endian, big-endian
    return len(start) > _MAGIC.stop and any(group in (b"\x02\x00", b"\x08\x00") for group in groups)


def _is_sound(dataset: Dataset) -> bool:
    """Check whether elements read without the DICM mark are an image: any bytes look like one."""
    return all(keyword in dataset for keyword in ("Rows", "Columns", "BitsAllocated", "PhotometricInterpretation"))


def _parsed(stream: BinaryIO) -> Dataset:
    from catalog.importers.dicom_frames import parsed

    dataset = parsed(stream)
    for keyword in ("Rows", "Columns", "NumberOfFrames", "PatientID", "StudyInstanceUID", "BurnedInAnnotation"):
        dataset.get(keyword)  # values are parsed on first access: do it here, where the caller handles broken ones
    return dataset


def _checked(dataset: Dataset, name: str, n_bytes: int) -> _Head:
    try:
        n_frames, pixels = int(dataset.get("NumberOfFrames") or 1), int(dataset.Rows) * int(dataset.Columns)
    except (TypeError, ValueError):
        return _Head(None, problem="is a broken DICOM file (its size is no number)")
    bounds = limits.current()
    if not 1 <= n_frames <= bounds.frames:
        what = f"says that it has {n_frames:,} frames; 1 to {bounds.frames:,} can be read"
        return _Head(None, problem=f"{what}; export fewer, or {limits.raising('frames')}")
    if not 1 <= pixels <= bounds.pixels:
        what = f"has {dataset.Columns} x {dataset.Rows} pixels; 1 to {bounds.pixels:,} can be read"
        return _Head(None, problem=f"{what}; make it smaller, or {limits.raising('pixels')}")
    if (least := _least_bytes(dataset, n_frames, pixels)) > n_bytes:
        return _Head(
            None, problem=f"is cut off: its frames need {least:,} bytes, and it has {n_bytes:,}; copy it again"
        )
    who = _patient_id(dataset) or _text(dataset, "StudyInstanceUID") or escaped(name)
    return _Head(who, n_frames)


def _least_bytes(dataset: Dataset, n_frames: int, pixels: int) -> int:
    """Compute the least size of a file with as many frames as it declares."""
    from pydicom.uid import UID

    try:
        if UID(str(dataset.file_meta.get("TransferSyntaxUID", ""))).is_compressed:
            return n_frames * _LEAST_FRAGMENT
        bits = int(dataset.BitsAllocated) * pixels * int(dataset.get("SamplesPerPixel") or 1)
    except (AttributeError, TypeError, ValueError):  # decoding will report what is wrong
        return 0
    if "422" in str(dataset.get("PhotometricInterpretation", "")):  # two pixels share their colour
        bits = bits * 2 // 3
    return n_frames * bits // 8


def _content(opened: _Opener, name: str, head: _Head, index: int) -> Callable[[], NDArray[np.uint8]]:
    return partial(_pixels, opened, name, head, index)


def _pixels(opened: _Opener, name: str, head: _Head, index: int) -> NDArray[np.uint8]:
    """Decode one frame; an error names the file, because the key does not."""
    from catalog.importers.dicom_frames import frame

    if head.problem:
        raise BadPicture(Sentence(f"({name}) {head.problem}", head.problem))
    try:
        with opened(name) as stream:
            return frame(stream, index)
    except (BadPicture, OSError) as error:
        problem = error if isinstance(error, BadPicture) else f"cannot be read ({error.strerror or error})"
        reason = Sentence(f"(frame {index + 1} of {name}) {problem}", f"(frame {index + 1} of its file) {problem}")
        raise BadPicture(reason) from None


def _tags(dataset: Dataset) -> list[Any]:
    """List the top-level tags that are not about the image; their values stay unread."""
    return [tag for tag in list(dataset.keys()) if tag >> 16 not in _PICTURE_GROUPS]


def _tag_name(tag: Any) -> str:
    from pydicom.datadict import keyword_for_tag

    if tag >> 16 & 1:
        return "private tags"
    return keyword_for_tag(tag) or f"({tag >> 16:04x},{tag & 0xFFFF:04x})"


def _text(dataset: Dataset, keyword: str) -> str:
    return escaped(nfc(str(dataset.get(keyword) or "").strip()))


def _patient_id(dataset: Dataset) -> str:
    """Return PatientID; "" where it is missing, or a placeholder that many patients share."""
    patient_id = _text(dataset, "PatientID")
    return "" if re.sub(r"[\s^_]", "", patient_id).casefold() in _NOBODY else patient_id


def _named(names: Sequence[str], most: int = 3) -> str:
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(map(shown, names[:most])) + more


def _count(names: Sequence[str]) -> str:
    return f"{len(names):,} file{'' if len(names) == 1 else 's'}"
