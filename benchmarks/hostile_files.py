"""Make hostile files: small to send, large to read."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

MIB = 2**20


@dataclass(frozen=True)
class Hostile:
    """A kind of hostile file: its name, importer, maker, and a pattern to type."""

    name: str
    importer: str
    make: Callable[[Path], list[Path]]
    pattern: str = ""


def png(width: int, height: int, channels: int = 1) -> bytes:
    """Return a black PNG of any size."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0 if channels == 1 else 2, 0, 0, 0)
    packer, line = zlib.compressobj(9), b"\0" * (1 + width * channels)
    body = b"".join(packer.compress(line) for _ in range(height)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def packed(place: Path, entries: Iterable[tuple[str, Iterable[bytes] | bytes]]) -> list[Path]:
    """Write a zip of entries, each piece by piece."""
    path = place / "hostile.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, pieces in entries:
            if isinstance(pieces, bytes):
                archive.writestr(name, pieces)
                continue
            with archive.open(name, "w", force_zip64=True) as stream:
                for piece in pieces:
                    stream.write(piece)
    return [path]


def repeated(head: bytes, part: bytes, n_bytes: int, tail: bytes = b"") -> Iterable[bytes]:
    """Yield a head, a part repeated up to a size, and a tail."""
    block = part * max(1, MIB // len(part))
    yield head
    for _ in range(n_bytes // len(block)):
        yield block
    yield tail.lstrip(b",")


def in_classes(data: bytes, number: int, ending: str) -> Iterable[tuple[str, bytes]]:
    """Yield one file many times, in two class folders."""
    return ((f"{'ab'[n % 2]}/{n}.{ending}", data) for n in range(number))


def gif(frames: int) -> bytes:
    """Return a GIF with many frames of one pixel."""
    frame = b"\x2c\0\0\0\0\1\0\1\0\0\2\2\x44\1\0"
    return b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff" + frame * frames + b";"


def tiff(frames: int) -> bytes:
    """Return a TIFF with many pages of one pixel."""
    page, out = 2 + 8 * 12 + 4, io.BytesIO()
    out.write(b"II*\0" + struct.pack("<I", 12) + b"\7\0\0\0")
    for number in range(frames):
        tags = ((256, 1), (257, 1), (258, 8), (259, 1), (262, 1), (273, 8), (278, 1), (279, 1))
        out.write(
            struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
        )
        out.write(struct.pack("<I", 12 + page * (number + 1) if number + 1 < frames else 0))
    return out.getvalue()


def apng(frames: int) -> bytes:
    """Return an animated PNG."""
    stream = io.BytesIO()
    pictures = [Image.fromarray(np.full((4, 4), n % 256, np.uint8)) for n in range(frames)]
    pictures[0].save(stream, "PNG", save_all=True, append_images=pictures[1:])
    return stream.getvalue()


def dicom(frames: int, side: int) -> bytes:
    """Return a DICOM file that claims many large frames and has almost no pixels."""
    from pydicom import Dataset
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, UltrasoundMultiFrameImageStorage, generate_uid

    dataset, dataset.file_meta = Dataset(), FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = UltrasoundMultiFrameImageStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = generate_uid()
    dataset.Rows = dataset.Columns = side
    dataset.NumberOfFrames, dataset.SamplesPerPixel, dataset.PhotometricInterpretation = frames, 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 8, 8, 7, 0
    dataset.PixelData = b"\0" * 64
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def one(name: str, pieces: Callable[[], Iterable[bytes] | bytes]) -> Callable[[Path], list[Path]]:
    """Return a maker of a zip with one file."""
    return lambda place: packed(place, [(name, pieces())])


_COCO = b'{"images":[{"id":1,"file_name":"a.png"}],"categories":[{"id":1,"name":"x"}],"annotations":['
_BOX = b'{"image_id":1,"category_id":1,"bbox":[1,1,1,1]},'
_TINY = png(8, 8)

KINDS = (
    Hostile(
        "pattern `^(a\\|aa)+$` on names of 40 a's",
        "folder",
        lambda place: packed(place, [(f"{c}/{'a' * 40}{n}.png", _TINY) for c in "xy" for n in range(100)]),
        "^(a|aa)+$",
    ),
    Hostile("CSV of 8 million rows", "csv", one("t.csv", lambda: repeated(b"path,label\n", b"a.png,b\n", 64 * MIB))),
    Hostile("CSV of a million columns", "csv", one("t.csv", lambda: repeated(b"path,label", b",c", 2 * MIB, b"\n"))),
    Hostile(
        "CSV of 1,000,000 cells in each of 60 rows",
        "csv",
        one("t.csv", lambda: repeated(b"a,b\n", b"," * (MIB - 1) + b"\n", 60 * MIB)),
    ),
    Hostile(
        "CSV with a quote that never ends", "csv", one("t.csv", lambda: repeated(b'path,label\n"', b"a", 64 * MIB))
    ),
    Hostile("CSV of 600 MiB of zeros", "csv", one("t.csv", lambda: repeated(b"", b"\0", 600 * MIB))),
    Hostile(
        "COCO of 3 million annotations",
        "coco",
        one("a.json", lambda: repeated(_COCO, _BOX, 140 * MIB, b'{"image_id":1,"category_id":1}]}')),
    ),
    Hostile(
        "COCO of 40 million empty lists", "coco", one("a.json", lambda: repeated(_COCO, b"[],", 120 * MIB, b"[]]}"))
    ),
    Hostile("COCO nested 60 million deep", "coco", one("a.json", lambda: repeated(b"", b"[", 60 * MIB))),
    Hostile(
        "VOC of 6 million objects",
        "voc",
        one("Annotations/a.xml", lambda: repeated(b"<annotation>", b"<object/>", 60 * MIB, b"</annotation>")),
    ),
    Hostile(
        "VOC of 15 million other elements",
        "voc",
        one("Annotations/a.xml", lambda: repeated(b"<annotation>", b"<o/>", 60 * MIB, b"</annotation>")),
    ),
    Hostile(
        "VOC nested 5 million deep",
        "voc",
        one("Annotations/a.xml", lambda: repeated(b"<annotation>", b"<o>", 16 * MIB)),
    ),
    Hostile(
        "VOC with a million laughs",
        "voc",
        one(
            "Annotations/a.xml",
            lambda: (
                b'<!DOCTYPE a [<!ENTITY a "ha">'
                + b"".join(b'<!ENTITY %c "%s">' % (c, b"&%c;" % (c - 1) * 10) for c in range(98, 110))
                + b"]><annotation>&m;</annotation>"
            ),
        ),
    ),
    Hostile("PNG of 300 Mpx", "folder", lambda place: packed(place, in_classes(png(17_300, 17_300), 4, "png"))),
    Hostile("16 PNGs of 100 Mpx", "folder", lambda place: packed(place, in_classes(png(10_000, 10_000), 16, "png"))),
    Hostile(
        "16 RGB PNGs of 49 Mpx, within the limit",
        "folder",
        lambda place: packed(place, in_classes(png(7000, 7000, 3), 16, "png")),
    ),
    Hostile("GIF of a million frames", "folder", lambda place: packed(place, in_classes(gif(1_000_000), 4, "gif"))),
    Hostile("TIFF of 100,000 pages", "folder", lambda place: packed(place, in_classes(tiff(100_000), 4, "tif"))),
    Hostile("APNG of 2,000 frames", "folder", lambda place: packed(place, in_classes(apng(2000), 4, "png"))),
    Hostile(
        "40 DICOM that claim 10,000 frames",
        "dicom",
        lambda place: packed(place, in_classes(dicom(10_000, 512), 40, "dcm")),
    ),
    Hostile(
        "DICOM that claims 65,535 x 65,535 pixels",
        "dicom",
        lambda place: packed(place, in_classes(dicom(1, 65_535), 4, "dcm")),
    ),
    Hostile(
        "zip of 12 pictures that unpack to 500 MiB each",
        "folder",
        lambda place: packed(place, ((f"{'ab'[n % 2]}/{n}.png", repeated(_TINY, b"\0", 500 * MIB)) for n in range(12))),
    ),
    Hostile("zip of 250,000 entries", "folder", lambda place: packed(place, in_classes(b"", 250_000, "png"))),
    Hostile(
        "zip of paths 30,000 folders deep",
        "folder",
        lambda place: packed(place, [(f"{'a/' * 30_000}{n}.png", _TINY) for n in range(50)]),
    ),
    Hostile(
        "zip of a zip",
        "folder",
        lambda place: packed(place, [("a/b.zip", packed(place, in_classes(_TINY, 4, "png"))[0].read_bytes())]),
    ),
    Hostile("zip of names with `..`", "folder", lambda place: packed(place, [("a/../../x.png", _TINY)])),
)
