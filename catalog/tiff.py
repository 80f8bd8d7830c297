"""Rewrite TIFF 6.0 files without tags that hold metadata; strips and tiles stay as they are."""

from __future__ import annotations

import struct
from dataclasses import dataclass

# Tags that the image needs: its size, its compression, its colours and its orientation.
_NEEDED = {
    254, 256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 280, 281, 282, 283, 284, 292, 293, 296, 301, 317, 318,
    319, 320, 321, 322, 323, 324, 325, 332, 334, 336, 338, 339, 340, 341, 342, 347, 529, 530, 531, 532, 34675,
}  # fmt: skip
_PLACES = {273: 279, 324: 325}  # tags with the offsets of strips and tiles -> tags with their lengths
_KINDS = {700: "XMP", 33723: "IPTC", 34377: "IPTC", 34665: "EXIF", 34853: "EXIF"}
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_BITS, _FORMAT = 258, 339
_FORMATS = {1: "whole number", 2: "signed whole number", 3: "float", 5: "complex number", 6: "complex number"}
_WHOLE = {1: "B", 3: "H", 4: "I", 16: "Q"}


@dataclass(frozen=True)
class _Tag:
    number: int
    kind: int
    count: int
    value: bytes


def tiff_parts(data: bytes) -> tuple[list[bytes], list[str]]:
    """Rewrite a file without metadata tags, and list the kinds of those; same bytes if none.

    Raises:
        ValueError, struct.error: it does not follow TIFF or BigTIFF, or its images are in an old form.
    """
    order = {b"II": "<", b"MM": ">"}[bytes(data[:2])]
    tags, following = _tags(data, order)
    dropped = [_KINDS.get(tag.number, "text") for tag in tags if tag.number not in _NEEDED]
    dropped += ["thumbnail"] if following else []
    if not dropped:
        return [data], []
    kept_tags = [tag for tag in tags if tag.number in _NEEDED]
    blocks: dict[int, list[bytes]] = {}
    for tag in kept_tags:
        if tag.number in _PLACES:
            lengths = next((other for other in kept_tags if other.number == _PLACES[tag.number]), None)
            if lengths is None:
                raise ValueError("no lengths")
            spans = zip(_whole(tag, order), _whole(lengths, order), strict=True)
            blocks[tag.number] = [data[place : place + length] for place, length in spans]
    if not blocks:
        raise ValueError("no picture")
    return [_written(kept_tags, blocks, order)], dropped


def sample_kind(data: bytes) -> str | None:
    """Name the type of a TIFF's values, such as '64-bit float'; None if absent or broken."""
    if data[:2] not in (b"II", b"MM"):
        return None
    order = {b"II": "<", b"MM": ">"}[bytes(data[:2])]
    try:
        tags, _ = _tags(data, order)
        value_of = {tag.number: _whole(tag, order)[0] for tag in tags if tag.number in {_BITS, _FORMAT} and tag.count}
    except (ValueError, struct.error, MemoryError, OverflowError):
        return None
    return f"{value_of[_BITS]}-bit {_FORMATS.get(value_of.get(_FORMAT, 1), 'value')}" if _BITS in value_of else None


def _tags(data: bytes, order: str) -> tuple[list[_Tag], int]:
    """Read the tags of the first directory, and the offset of the next one, 0 for none."""
    is_big = struct.unpack_from(f"{order}H", data, 2)[0] == 43
    place = int(struct.unpack_from(f"{order}{'Q' if is_big else 'I'}", data, 8 if is_big else 4)[0])
    count_form, entry_form = (f"{order}Q", f"{order}HHQ") if is_big else (f"{order}H", f"{order}HHI")
    room, word = (8, f"{order}Q") if is_big else (4, f"{order}I")
    (n_tags,) = struct.unpack_from(count_form, data, place)
    place += struct.calcsize(count_form)
    tags = []
    for _ in range(n_tags):
        number, kind, count = struct.unpack_from(entry_form, data, place)
        start, length = place + struct.calcsize(entry_form), _SIZES.get(kind, 1) * count
        if length > room:
            (start,) = struct.unpack_from(word, data, start)
        if start + length > len(data):
            raise ValueError("cut off")
        tags.append(_Tag(number, kind, count, data[start : start + length]))
        place += struct.calcsize(entry_form) + room
    return tags, int(struct.unpack_from(word, data, place)[0])


def _whole(tag: _Tag, order: str) -> tuple[int, ...]:
    if tag.kind not in _WHOLE:
        raise ValueError("no whole numbers")
    return struct.unpack(f"{order}{tag.count}{_WHOLE[tag.kind]}", tag.value)


def _written(tags: list[_Tag], blocks: dict[int, list[bytes]], order: str) -> bytes:
    """Write a classic TIFF: header, directory, values that do not fit into it, image blocks."""
    tags = sorted((_Tag(t.number, *_narrow(t, order)) for t in tags), key=lambda tag: tag.number)
    values_at = 8 + 2 + 12 * len(tags) + 4
    room = sum(-(-len(tag.value) // 2) * 2 for tag in tags if len(tag.value) > 4)
    place, picture = values_at + room, []
    places: dict[int, list[int]] = {}
    for number, pieces in blocks.items():
        places[number] = []
        for piece in pieces:
            places[number].append(place)
            picture.append(piece + b"\0" * (len(piece) & 1))
            place += len(picture[-1])
    entries, values = [], b""
    for tag in tags:
        value = tag.value
        if tag.number in places:
            value = struct.pack(f"{order}{tag.count}I", *places[tag.number])
        if len(value) > 4:
            entry = struct.pack(f"{order}I", values_at + len(values))
            values += value + b"\0" * (len(value) & 1)
        else:
            entry = value.ljust(4, b"\0")
        entries.append(struct.pack(f"{order}HHI", tag.number, tag.kind, tag.count) + entry)
    header = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, 8)
    directory = struct.pack(f"{order}H", len(tags)) + b"".join(entries) + bytes(4)
    return header + directory + values + b"".join(picture)


def _narrow(tag: _Tag, order: str) -> tuple[int, int, bytes]:
    """Return kind, count and value for a classic TIFF: 64-bit numbers and offsets in 32 bits."""
    if tag.kind == 16 or tag.number in _PLACES:
        return 4, tag.count, struct.pack(f"{order}{tag.count}I", *_whole(tag, order))
    return tag.kind, tag.count, tag.value
