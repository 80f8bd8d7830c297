"""Decode image files: which formats are accepted, and the pixels that a model gets."""

from __future__ import annotations

import io
import warnings
from functools import cache
from pathlib import Path, PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageFile

from catalog import limits
from catalog.depth import eight_bits
from catalog.tiff import sample_kind

# The formats that a file may hold, by its ending. Some cameras and scanners write MPO under .jpg.
FORMATS: dict[str, tuple[str, ...]] = {
    ".png": ("PNG",),
    ".jpg": ("JPEG", "MPO"),
    ".jpeg": ("JPEG", "MPO"),
    ".jfif": ("JPEG", "MPO"),
    ".tif": ("TIFF",),
    ".tiff": ("TIFF",),
    ".bmp": ("BMP",),
    ".webp": ("WEBP",),
    ".gif": ("GIF",),
    ".pgm": ("PPM",),
    ".ppm": ("PPM",),
    ".pnm": ("PPM",),
}
KINDS = "PNG, JPEG, TIFF, BMP, WebP, GIF or PGM"  # for sentences
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # fmt: skip
MAX_BYTES = 256 * 2**20

# TIFF sample kinds that can be read. For any other, the error names the kind, as nothing else may be wrong.
_READABLE = {
    *(f"{bits}-bit whole number" for bits in (1, 2, 4, 8, 12, 16, 32)),
    *(f"{bits}-bit signed whole number" for bits in (8, 16, 32)),
    "32-bit float",
}
_NO_ROOM = "needs more memory to open than the limit leaves; make it smaller"

_DEPTHS_BELOW = 14  # bits per colour: the usual depth below 16
_BITS, _PHOTOMETRIC, _SAMPLE_FORMAT = 258, 262, 339  # tags of TIFF
_WHITE_IS_ZERO, _SIGNED = 0, 2  # values of the latter two
# Pillow's names of big-endian pixels, and of those in the order of this machine.
_SWAPPED = {"I;16BS": "I;16NS", "I;32B": "I;32N", "I;32BS": "I;32NS", "F;32BF": "F;32NF"}

# `_opened` checks the size against our own limit before a pixel is decoded.
Image.MAX_IMAGE_PIXELS = None
warnings.filterwarnings("ignore", "Corrupt EXIF data", UserWarning)  # corrupt EXIF is ignored

# Pillow opens MPO as JPEG first, and recognizes it only then.
_OPENABLE = sorted({name for names in FORMATS.values() for name in names} - {"MPO"})


class BadPicture(ValueError):
    """An image file that cannot be used; the message says why, without the file's name."""


def is_picture_name(name: str) -> bool:
    """Check whether a file's ending is that of an image format that can be imported."""
    return PurePath(name).suffix.lower() in FORMATS


def decode(data: bytes, name: str) -> Image.Image:
    """Decode a file's bytes to 8-bit grey (mode L) or RGB.

    Of deeper values the upper eight bits in use are kept, see `catalog.depth.eight_bits`. TIFF files that say so have 0
    as white. The image is rotated by its EXIF orientation.

    Args:
        data: the file's bytes.
        name: its name; the ending must match the format.
    Raises:
        BadPicture: empty, too large, cut off, broken, of another format than its name says, or of many frames.
    """
    if not data:
        raise BadPicture("is empty (0 bytes); copy it again")
    if data[:2] in (b"II", b"MM"):
        _extend_tiff()
    with _opened(data, name) as opened:
        is_deep_colour = not opened.mode.startswith("I") and any(";16" in str(tile.args) for tile in opened.tile)
        try:
            _order_bytes(opened)
            opened.load()
            picture = _deep_colours(opened, data) if is_deep_colour else _eight_bit(opened)
            return _upright(opened, picture)
        except BadPicture:
            raise
        except MemoryError:
            raise BadPicture(_NO_ROOM) from None
        except Exception as error:  # as above: a broken body
            raise BadPicture(f"is cut off or broken ({str(error).rstrip('.') or type(error).__name__})") from None


def _opened(data: bytes, name: str) -> ImageFile.ImageFile:
    """Read the header of an image and check that it may be decoded.

    Raises:
        BadPicture: another format than the name says, unreadable, too large, or several frames.
    """
    try:
        opened = Image.open(io.BytesIO(data), formats=_OPENABLE)
    except MemoryError:
        raise BadPicture(_NO_ROOM) from None
    except Exception:  # a broken header makes decoders raise almost anything
        if (kind := sample_kind(data)) is not None and kind not in _READABLE:
            remedy = "save it with 32-bit floats, or with whole numbers of 8 or 16 bits"
            raise BadPicture(f"is a TIFF of {kind}s, which cannot be read; {remedy}") from None
        raise BadPicture(f"is no {_kinds(name)} picture, nor any other that can be read; export it again") from None
    if opened.format not in FORMATS.get(PurePath(name).suffix.lower(), ()):
        ending = next((end for end, kinds in FORMATS.items() if opened.format in kinds), "")
        raise BadPicture(
            f"is not what its name says: it holds {opened.format}, not {_kinds(name)}; let its name end in {ending}"
        )
    if opened.width * opened.height > limits.current().pixels:
        most = f"the limit of {limits.current().pixels:,}"
        raise BadPicture(
            f"has {opened.width} x {opened.height} pixels, more than {most}; make it smaller, or "
            f"{limits.raising('pixels')}"
        )
    if getattr(opened, "is_animated", False) and opened.format != "MPO":  # counting frames would read all of them
        raise BadPicture("holds several frames; export the frames as single pictures")
    return opened


def n_pixels(data: bytes) -> int:
    """Return the number of pixels in an image's header; 0 where it cannot be read."""
    try:
        with Image.open(io.BytesIO(data), formats=_OPENABLE) as opened:
            return opened.width * opened.height
    except Exception:  # as in decode, which says what is wrong
        return 0


def decode_file(path: Path) -> Image.Image | None:
    """Decode an image file as a model gets it (mode L or RGB); None if missing or unreadable."""
    try:
        return decode(path.read_bytes(), path.name)
    except (OSError, BadPicture):
        return None


def is_grey(picture: Image.Image) -> bool:
    """Check whether an image of mode L or RGB has no colour: all channels are equal."""
    if picture.mode == "L":
        return True
    pixels = np.asarray(picture)
    return bool((pixels[..., 0] == pixels[..., 1]).all() and (pixels[..., 1] == pixels[..., 2]).all())


def letterbox(picture: Image.Image, size: int, channels: int) -> NDArray[np.uint8]:
    """Fit an image into a square, centred and padded with zeros, with its aspect ratio kept.

    Returns:
        (channels, size, size) uint8, grey for one channel, RGB for three.
    """
    mode = "L" if channels == 1 else "RGB"
    picture = picture if picture.mode == mode else picture.convert(mode)
    scale = size / max(picture.size)
    width, height = (max(1, round(side * scale)) for side in picture.size)
    if picture.size != (width, height):
        picture = picture.resize((width, height), Image.Resampling.BICUBIC)
    square = np.zeros((size, size, channels), dtype=np.uint8)
    top, left = (size - height) // 2, (size - width) // 2
    square[top : top + height, left : left + width] = np.asarray(picture).reshape(height, width, channels)
    return np.ascontiguousarray(square.transpose(2, 0, 1))


def encode_png(pixels: NDArray[np.uint8 | np.uint16]) -> bytes:
    """Encode (H, W) grey uint8 or uint16, or (H, W, 3) RGB uint8 pixels as PNG."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, format="PNG")
    return stream.getvalue()


def _upright(opened: Image.Image, picture: Image.Image) -> Image.Image:
    """Rotate an image by the EXIF orientation of its file; ignore unreadable EXIF."""
    try:
        turn = _TURNS.get(opened.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # a broken EXIF block makes Pillow raise almost anything
        turn = None
    return picture if turn is None else picture.transpose(turn)


def _eight_bit(picture: Image.Image) -> Image.Image:
    """Convert an image to mode L or RGB; deeper or signed values by `catalog.depth`."""
    tags = getattr(picture, "tag_v2", {})  # of TIFF: Pillow leaves some of them to its callers
    is_signed = _first(tags.get(_SAMPLE_FORMAT)) == _SIGNED
    if picture.mode == "RGB" or (picture.mode == "L" and not is_signed):
        return picture.copy()
    if picture.mode in {"L", "F"} or picture.mode.startswith("I"):
        grey = eight_bits(_values(picture, is_signed, _first(tags.get(_BITS))))
        is_upside_down = tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO
        return Image.fromarray(np.invert(grey) if is_upside_down else grey)
    if picture.mode in {"La", "LA"}:
        return picture.convert("LA").convert("L")
    return picture.convert("L" if picture.mode == "1" else "RGB")


def _values(picture: Image.Image, is_signed: bool, bits: int | None) -> NDArray[Any]:
    """Return the pixels of a grey image with the type that its file declares."""
    pixels = np.asarray(picture)
    if picture.mode == "L":
        return pixels.view(np.int8)
    if pixels.dtype.kind == "f" and not np.isfinite(pixels).any():
        raise BadPicture("has no finite pixel; export it again")
    if picture.mode == "I" and not is_signed:
        return pixels.view(np.uint32) if bits == 32 else pixels.astype(np.uint16)
    return pixels.astype(np.int16) if is_signed and bits == 16 else pixels


def _first(value: Any) -> Any:
    """Return the first value of a TIFF tag, which has one value per channel."""
    return value[0] if isinstance(value, tuple) else value


def _deep_colours(picture: Image.Image, data: bytes) -> Image.Image:
    """Convert a loaded image of 16-bit colours to 8 bits.

    Pillow keeps the upper eight bits, which is right only where all 16 are in use.
    """
    upper = picture.convert("RGB")
    if picture.mode == "CMYK" or np.asarray(upper).max() >= 2 ** (_DEPTHS_BELOW - 8):
        return upper
    import cv2  # a quarter of a second, for few files

    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.dtype != np.uint16 or pixels.shape[:2] != picture.size[::-1]:
        raise BadPicture(f"has 16-bit colours of which {_DEPTHS_BELOW} bits or fewer are used; export it with 8")
    return Image.fromarray(eight_bits(np.ascontiguousarray(pixels[..., 2::-1])))


def _order_bytes(picture: Image.Image) -> None:
    """Correct the byte order of compressed big-endian TIFF.

    libtiff swaps the bytes while it unpacks, and Pillow would swap them a second time.
    """
    tiles = picture.tile if isinstance(picture, ImageFile.ImageFile) else []
    for place, tile in enumerate(tiles):
        if tile[0] == "libtiff" and isinstance(tile[3], tuple) and tile[3][0] in _SWAPPED:
            tiles[place] = tile._replace(args=(_SWAPPED[tile[3][0]], *tile[3][1:]))


@cache
def _extend_tiff() -> None:
    """Register the signed, white-is-zero and big-endian TIFF modes that Pillow lacks.

    `_eight_bit` reads the tags.
    """
    from PIL.TiffImagePlugin import II, MM, OPEN_INFO

    for order, end in ((II, ""), (MM, "B")):
        for photometric in (_WHITE_IS_ZERO, 1):
            for sample_format, bits, mode, raw in (
                (1, 16, f"I;16{end}", f"I;16{end}"),
                (_SIGNED, 16, "I", f"I;16{end}S"),
                (1, 32, "I", f"I;32{end}" if end else "I;32"),
                (_SIGNED, 32, "I", f"I;32{end}S"),
                (3, 32, "F", f"F;32{end}F"),
                (_SIGNED, 8, "L", "L"),
            ):
                OPEN_INFO.setdefault((order, photometric, (sample_format,), 1, (bits,), ()), (mode, raw))
    OPEN_INFO.setdefault((II, _WHITE_IS_ZERO, (1,), 1, (12,), ()), ("I;16", "I;12"))


def _kinds(name: str) -> str:
    return FORMATS.get(PurePath(name).suffix.lower(), (PurePath(name).suffix or "image",))[0]
