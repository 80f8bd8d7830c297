"""One frame of a DICOM file as a viewer shows it, in eight bits a channel."""

from __future__ import annotations

import warnings
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, config
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi_lut
from pydicom.pixels.utils import pixel_array

from catalog.pictures import BadPicture

# What scanners write in other tags than those of the picture is nobody's concern here.
config.settings.reading_validation_mode = config.IGNORE
warnings.filterwarnings("ignore", module=r"pydicom\b")

_SHARED, _PER_FRAME = 0x52009229, 0x52009230  # functional groups of enhanced multi-frame files

_MEANT = {  # of what pydicom says in words of its own
    "by all available plugins": "its compressed pixels are broken",
    "cannot reshape array": "its pixels are cut off",
}


def frame(stream: BinaryIO, index: int) -> NDArray[np.uint8]:
    """Decode one frame and bring it to what is meant to be seen.

    Grey goes through the modality LUT or rescale, then the first VOI LUT or window; without those the whole range of
    the stored bits counts. MONOCHROME1 is inverted last, so that more is brighter. YBR and palettes become RGB.
    Overlay planes, which hold writing and drawings, are left away.

    Args:
        stream: the file; only what the frame needs is read of it.
        index: from 0.
    Returns:
        (H, W) grey or (H, W, 3) RGB.
    Raises:
        BadPicture: it cannot be decoded.
    """
    head = Dataset()
    try:
        stored = pixel_array(stream, ds_out=head, specific_tags=[_SHARED, _PER_FRAME], index=index)
        _bring_up(head, index)
        if stored.ndim == 3:
            return _eight_bits(stored, int(head.BitsStored))
        if head.PhotometricInterpretation == "PALETTE COLOR":
            return _palette(stored, head)
        return _grey(stored, head)
    except BadPicture:
        raise
    except Exception as error:  # pydicom and its decoders raise almost anything
        raise BadPicture(f"cannot be decoded ({reason(error)})") from None


def reason(error: Exception) -> str:
    """What an error of pydicom says, on one line and of bounded length."""
    for part, meant in _MEANT.items():
        if part in str(error):
            return meant
    said = " ".join(str(error).split("Traceback (most recent")[0].split()).rstrip(".") or type(error).__name__
    return said if len(said) <= 200 else f"{said[:200]}..."


def _bring_up(head: Dataset, index: int) -> None:
    """Put window and rescale of the frame where classic files have them, and pydicom looks for them."""
    for groups, place in ((_SHARED, 0), (_PER_FRAME, index)):
        items: Any = head[groups].value if groups in head else []
        if place < len(items):
            for macro in ("PixelValueTransformationSequence", "FrameVOILUTSequence"):
                for item in items[place].get(macro) or []:
                    head.update(item)


def _grey(stored: NDArray[Any], head: Dataset) -> NDArray[np.uint8]:
    bits, signed = int(head.BitsStored), bool(head.PixelRepresentation)
    if bits > 16:
        raise BadPicture("has more than 16 bits a pixel; export it with 8 or 16")
    least = -(2 ** (bits - 1)) if signed else 0
    ends = np.array([least, least + 2**bits - 1], np.int32)
    values = apply_modality_lut(stored.astype(np.int32), head)
    if head.get("ModalityLUTSequence"):
        first, last = 0.0, 2.0 ** head.ModalityLUTSequence[0].LUTDescriptor[2] - 1
    else:
        first, last = (float(end) for end in apply_modality_lut(ends, head))
    if head.get("VOILUTSequence"):
        first, last = 0.0, 2.0 ** _widen(head.VOILUTSequence[0]) - 1
        values = np.rint(values).astype(np.int32)
    shown = apply_voi_lut(values, head)
    if shown is values:  # no window: a negative slope darkens, while in a window pydicom counts from its first end
        first, last = min(first, last), max(first, last)
    scaled: NDArray[np.uint8] = (
        np.rint((shown.astype(np.float64) - first) / (last - first) * 255).clip(0, 255).astype(np.uint8)
    )
    return np.invert(scaled) if head.PhotometricInterpretation == "MONOCHROME1" else scaled


def _widen(table: Dataset) -> int:
    """Declare a VOI LUT as 16 bits wide, and give its true depth: pydicom indexes it in as many bits as it is wide."""
    entries, start, depth = table.LUTDescriptor
    table.LUTDescriptor = [entries, start, 16]
    return int(depth)


def _palette(stored: NDArray[Any], head: Dataset) -> NDArray[np.uint8]:
    entries, start, depth = head.RedPaletteColorLookupTableDescriptor
    index = stored.astype(np.int32).clip(start, start + (entries or 2**16) - 1)
    colours = apply_color_lut(index, head)[..., :3]
    if colours.dtype == np.uint8 and int(index.max()) - start > 255:  # pydicom indexes it in eight bits
        raise BadPicture("has a palette of more than 256 entries of 8 bits; export it as RGB")
    return _eight_bits(colours, int(depth))


def _eight_bits(colours: NDArray[Any], bits: int) -> NDArray[np.uint8]:
    """Of colours with so many bits the upper eight."""
    return (colours >> bits - 8 if bits > 8 else colours).astype(np.uint8)
