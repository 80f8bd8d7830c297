"""Picture files: what may come in, and as which pixels it goes to a model."""

from __future__ import annotations

import io
import warnings
from pathlib import Path, PurePath

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

# By ending, the formats a file may truly hold. MPO is what some cameras and probes write under .jpg.
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
}
KINDS = "PNG, JPEG, TIFF, BMP, WebP or GIF"  # for sentences
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # fmt: skip
MAX_PIXELS = 100_000_000
MAX_BYTES = 256 * 2**20

_DEPTHS = (8, 10, 12, 14, 16)  # bits a pixel that scanners use

# Pictures beyond what Pillow thinks safe are measured here; it need not warn of them on the console as well.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
warnings.filterwarnings("ignore", "Corrupt EXIF data", UserWarning)  # it is passed over

# MPO is opened as JPEG, and says only then what it is.
_OPENABLE = sorted({name for names in FORMATS.values() for name in names} - {"MPO"})


class BadPicture(ValueError):
    """A file that is no sound picture; the message says why, without the file's name."""


def is_picture_name(name: str) -> bool:
    """Whether a file's ending says that it is a picture that can be imported."""
    return PurePath(name).suffix.lower() in FORMATS


def decode(data: bytes, name: str) -> Image.Image:
    """The picture in a file's bytes, as 8-bit grey (mode L) or RGB.

    Of 16-bit grey the upper eight bits in use are kept: those of the smallest depth of 8, 10, 12, 14 and 16 bits that
    holds the brightest pixel, as scanners store 10 to 14 bits in 16. Of 16-bit colours the upper eight of 16. A picture
    that says how a camera was held (EXIF) is turned as it is meant to be seen.

    Args:
        data: the file's bytes.
        name: its name; the ending must tell the truth.
    Raises:
        BadPicture: empty, too large, cut off, broken, of another format than its name says, of many frames, or with
            16-bit colours of which only the lower bits are used.
    """
    if not data:
        raise BadPicture("is empty (0 bytes); copy it again")
    try:
        opened = Image.open(io.BytesIO(data), formats=_OPENABLE)
    except Image.DecompressionBombError:
        raise BadPicture(f"has more than {MAX_PIXELS:,} pixels; make it smaller") from None
    except Exception:  # a broken header makes decoders raise almost anything
        raise BadPicture(f"is no {_kinds(name)} picture, nor any other that can be read; export it again") from None
    with opened:
        if opened.format not in FORMATS.get(PurePath(name).suffix.lower(), ()):
            ending = next((end for end, kinds in FORMATS.items() if opened.format in kinds), "")
            raise BadPicture(
                f"is not what its name says: it holds {opened.format}, not {_kinds(name)}; let its name end in {ending}"
            )
        if opened.width * opened.height > MAX_PIXELS:
            raise BadPicture(f"has {opened.width} x {opened.height} pixels, more than {MAX_PIXELS:,}; make it smaller")
        if getattr(opened, "n_frames", 1) > 1 and opened.format != "MPO":
            raise BadPicture("holds several frames; export the frames as single pictures")
        is_deep_colour = any(";16" in str(tile.args) for tile in opened.tile) and not opened.mode.startswith("I")
        try:
            opened.load()
            if is_deep_colour:
                _check_upper_half(opened)
            return _upright(opened)
        except BadPicture:
            raise
        except Exception as error:  # as above: a broken body
            raise BadPicture(f"is cut off or broken ({str(error).rstrip('.') or type(error).__name__})") from None


def seen(path: Path) -> Image.Image | None:
    """The picture of a file as a model gets it (mode L or RGB); None when it is missing or cannot be read."""
    try:
        return decode(path.read_bytes(), path.name)
    except (OSError, BadPicture):
        return None


def is_grey(picture: Image.Image) -> bool:
    """Whether a picture of mode L or RGB has no colour: all channels equal."""
    if picture.mode == "L":
        return True
    pixels = np.asarray(picture)
    return bool((pixels[..., 0] == pixels[..., 1]).all() and (pixels[..., 1] == pixels[..., 2]).all())


def letterbox(picture: Image.Image, size: int, channels: int) -> NDArray[np.uint8]:
    """A picture fitted into a square and padded with zeros, centred, its proportions kept.

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
    """PNG of (H, W) grey uint8 or uint16, or (H, W, 3) RGB uint8 pixels."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, format="PNG")
    return stream.getvalue()


def _upright(opened: Image.Image) -> Image.Image:
    """The picture in 8 bits, turned as its EXIF says; one that cannot be read says nothing."""
    try:
        turn = _TURNS.get(opened.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # a broken EXIF block makes Pillow raise almost anything
        turn = None
    picture = _eight_bit(opened)
    return picture if turn is None else picture.transpose(turn)


def _eight_bit(picture: Image.Image) -> Image.Image:
    if picture.mode in {"L", "RGB"}:
        return picture.copy()
    if picture.mode.startswith("I"):
        pixels = np.asarray(picture)
        if pixels.min() < 0 or pixels.max() > 65535:
            raise BadPicture("has more than 16 bits a pixel; export it with 8 or 16")
        depth = next(bits for bits in _DEPTHS if int(pixels.max()) < 2**bits)
        return Image.fromarray((pixels.astype(np.uint16) >> depth - 8).astype(np.uint8))
    if picture.mode == "F":
        raise BadPicture("has floating-point pixels; export it with 8 or 16 bits")
    return picture.convert("L" if picture.mode in {"1", "LA", "La"} else "RGB")


def _check_upper_half(picture: Image.Image) -> None:
    """Pillow keeps the upper eight of 16 bits a colour; of fewer bits in use that leaves next to nothing."""
    if np.asarray(picture.convert("RGB")).max() < 2 ** (_DEPTHS[-2] - 8):
        raise BadPicture(f"has 16-bit colours of which {_DEPTHS[-2]} bits or fewer are used; export it with 8")


def _kinds(name: str) -> str:
    return FORMATS.get(PurePath(name).suffix.lower(), (PurePath(name).suffix or "image",))[0]
