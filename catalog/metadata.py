"""Find and remove metadata in image files (EXIF, XMP, comments) without changing pixels.

Files are split into parts and joined without the metadata; an image is encoded again only when that fails.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from PIL import ExifTags, Image, ImageChops

from catalog.pictures import BadPicture, decode
from catalog.tiff import tiff_parts

OTHER = "data that shows nothing"  # other bytes in the file, or after the image's end

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT", b"bKGD",
             b"pHYs", b"hIST"}  # fmt: skip
_PNG_KINDS = {b"eXIf": "EXIF", b"tEXt": "text", b"zTXt": "text", b"iTXt": "text", b"tIME": "time"}
_WEBP_KEPT = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ICCP"}
_SCAN_END = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")
# EXIF with the orientation alone: the one part that stays, because the decoder rotates the image by it.
_TURNED = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0%c\0\0\0\0\0\0\0"
_TURNS = {_TURNED % turn for turn in range(2, 9)}
_BROKEN = (ValueError, IndexError, struct.error)


@dataclass
class _Parts:
    """A file split into parts: the kept ones in order, and the kinds of the dropped ones."""

    kept: list[bytes] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)

    def sort(self, part: bytes, kind: str | None) -> None:
        """Keep a part whose kind is None; drop any other and record its kind."""
        if kind is None:
            self.kept.append(part)
        else:
            self.dropped.append(kind)

    def end(self, rest: bytes) -> None:
        """Drop the bytes after the end of the image."""
        if rest.strip(b"\0"):
            self.dropped.append(OTHER)


def metadata_in(data: bytes) -> tuple[str, ...]:
    """List the kinds of metadata in an image file, each once: EXIF, XMP, IPTC, text, ..."""
    try:
        return tuple(dict.fromkeys(_taken_apart(data, None).dropped))
    except _BROKEN:
        return (OTHER,)


def without_metadata(data: bytes, name: str, picture: Image.Image) -> tuple[bytes, bool]:
    """Return an image file without metadata; its own bytes if it has none.

    Args:
        data: the file.
        name: its name.
        picture: the decoded image, from `decode`.
    Returns:
        The file, and whether it was stored as PNG because its parts could not be joined again. Either way `decode`
        returns the same pixels as before.
    """
    try:
        parts = _taken_apart(data, _orientation)
        if not parts.dropped:
            return data, False
        clean = b"".join(parts.kept)
        if _same(decode(clean, name), picture):
            return clean, False
    except (*_BROKEN, BadPicture):
        pass
    stream = io.BytesIO()
    picture.save(stream, format="PNG")
    return stream.getvalue(), True


def _same(one: Image.Image, other: Image.Image) -> bool:
    return one.mode == other.mode and one.size == other.size and ImageChops.difference(one, other).getbbox() is None


def _taken_apart(data: bytes, turn_of: Callable[[bytes], int] | None) -> _Parts:
    """Split a file into parts by its format.

    Args:
        data: the file.
        turn_of: returns the EXIF orientation to keep; called only when metadata is dropped.
    Raises:
        ValueError, IndexError, struct.error: the file does not follow its format.
    """
    if data.startswith(b"\xff\xd8"):
        parts, place, wrapped = _jpeg(data), 1, _jpeg_exif
    elif data.startswith(_PNG):
        parts, place, wrapped = _png(data), 2, _png_exif
    elif data.startswith(b"RIFF"):
        return _webp(data, turn_of)
    elif data.startswith((b"GIF87a", b"GIF89a")):
        return _gif(data)
    elif data.startswith((b"II", b"MM")):
        return _Parts(*tiff_parts(data))
    elif data.startswith(b"BM"):
        return _bmp(data)
    else:
        raise ValueError("of no known format")
    if turn_of is not None and parts.dropped and (turn := turn_of(data)) > 1:
        parts.kept.insert(place, wrapped(_TURNED % turn))
    return parts


def _orientation(data: bytes) -> int:
    """Return the EXIF orientation, 1 to 8, as the decoder reads it."""
    try:
        with Image.open(io.BytesIO(data)) as opened:
            turn = opened.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # a broken EXIF block makes Pillow raise almost anything; the image is not rotated then
        return 1
    return turn if turn in range(2, 9) else 1


def _jpeg(data: bytes) -> _Parts:
    """Split a JPEG file at its markers (ITU-T T.81, annex B)."""
    parts, place = _Parts([data[:2]]), 2
    while place < len(data):
        if data[place] != 0xFF:
            raise ValueError("no marker")
        while data[place + 1] == 0xFF:  # markers may be padded
            place += 1
        marker = data[place + 1]
        if marker == 0xD9:
            parts.kept.append(b"\xff\xd9")
            parts.end(data[place + 2 :])
            return parts
        end = place + 2 + struct.unpack_from(">H", data, place + 2)[0]
        if end > len(data):
            raise ValueError("cut off")
        segment, place = data[place:end], end
        if marker == 0xE0 and segment[4:9] == b"JFIF\0" and len(segment) > 18:
            segment = b"\xff\xe0\x00\x10" + segment[4:16] + b"\0\0"  # without the thumbnail
            parts.dropped.append("thumbnail")
        parts.sort(segment, _jpeg_kind(marker, segment[4:]))
        if marker == 0xDA:
            scan_end = _SCAN_END.search(data, place)
            end = scan_end.start() if scan_end else len(data)
            parts.kept.append(data[place:end])
            place = end
    return parts


def _jpeg_kind(marker: int, body: bytes) -> str | None:
    """Return the kind of metadata in a segment; None if needed, or about colours."""
    if marker == 0xE1:
        if body[:6] == b"Exif\0\0":
            return None if body[6:] in _TURNS else "EXIF"
        return "XMP" if body.startswith(b"http") else OTHER
    if marker == 0xFE:
        return "comment"
    if marker == 0xED:
        return "IPTC"
    needed = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
    is_other = 0xE0 <= marker <= 0xEF or 0xF0 <= marker <= 0xFD
    return OTHER if is_other and not (marker in needed and body.startswith(needed[marker])) else None


def _jpeg_exif(block: bytes) -> bytes:
    return b"\xff\xe1" + struct.pack(">H", len(block) + 8) + b"Exif\0\0" + block


def _png(data: bytes) -> _Parts:
    """Split a PNG file into chunks (ISO/IEC 15948, 5.3)."""
    parts, place = _Parts([data[:8]]), 8
    while place < len(data):
        (size,), kind = struct.unpack_from(">I", data, place), data[place + 4 : place + 8]
        end = place + 12 + size
        if end > len(data):
            raise ValueError("cut off")
        is_turn = kind == b"eXIf" and data[place + 8 : end - 4] in _TURNS
        parts.sort(data[place:end], None if kind in _PNG_KEPT or is_turn else _PNG_KINDS.get(kind, OTHER))
        place = end
        if kind == b"IEND":
            parts.end(data[place:])
            return parts
    raise ValueError("no end")


def _png_exif(block: bytes) -> bytes:
    return struct.pack(">I", len(block)) + b"eXIf" + block + struct.pack(">I", zlib.crc32(b"eXIf" + block))


def _webp(data: bytes, turn_of: Callable[[bytes], int] | None) -> _Parts:
    """Split a WebP file into chunks (RFC 9649, 2.3); the first chunk's flags list the others."""
    if data[8:12] != b"WEBP":
        raise ValueError("no WebP")
    end = 8 + struct.unpack_from("<I", data, 4)[0]
    parts = _Parts()
    for kind, chunk in _riff(data[12:end]):
        if kind in (b"ANIM", b"ANMF"):
            raise ValueError("a film")
        is_turn = kind == b"EXIF" and chunk[8:] in _TURNS
        kinds = {b"EXIF": "EXIF", b"XMP ": "XMP"}
        parts.sort(chunk, None if kind in _WEBP_KEPT or is_turn else kinds.get(kind, OTHER))
    parts.end(data[end:])
    if parts.dropped:
        turn = turn_of(data) if turn_of is not None else 1
        if turn > 1:
            parts.kept.append(b"EXIF" + struct.pack("<I", len(_TURNED % turn)) + _TURNED % turn)
        if parts.kept[0][:4] == b"VP8X":
            flags = parts.kept[0][8] & ~0x0C | (0x08 if turn > 1 else 0)
            parts.kept[0] = parts.kept[0][:8] + bytes([flags]) + parts.kept[0][9:]
    body = b"WEBP" + b"".join(parts.kept)
    return _Parts([b"RIFF" + struct.pack("<I", len(body)) + body], parts.dropped)


def _riff(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield each chunk with its name, padded to an even length."""
    place = 0
    while place < len(body):
        (size,) = struct.unpack_from("<I", body, place + 4)
        end = place + 8 + size
        if end > len(body):
            raise ValueError("cut off")
        yield body[place : place + 4], body[place:end] + b"\0" * (size & 1)
        place = end + (size & 1)


def _gif(data: bytes) -> _Parts:
    """Split a GIF file into blocks (GIF89a, appendix A).

    Graphic control blocks stay, because they name the transparent colour.
    """
    place = 13 + _palette(data[10])
    parts = _Parts([data[:place]])
    while data[place] != 0x3B:
        start, kind = place, None
        if data[place] == 0x2C:
            place += 10 + _palette(data[place + 9]) + 1
        elif data[place] == 0x21:
            kind = {0xF9: None, 0xFE: "comment"}.get(data[place + 1], OTHER)
            place += 2
        else:
            raise ValueError("no block")
        while data[place]:
            place += 1 + data[place]
        place += 1
        parts.sort(data[start:place], kind)
    parts.kept.append(b"\x3b")
    parts.end(data[place + 1 :])
    return parts


def _palette(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _bmp(data: bytes) -> _Parts:
    """Split a BMP file: it has no metadata but bytes after its end.

    Some writers store 0 as the file's end.
    """
    (end,) = struct.unpack_from("<I", data, 2)
    if not 54 < end < len(data):
        return _Parts([data])
    parts = _Parts([data[:end]])
    parts.end(data[end:])
    return parts
