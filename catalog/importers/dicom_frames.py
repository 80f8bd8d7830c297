"""Decode one frame of a DICOM file as a viewer shows it, in eight bits per channel."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, config, dcmread
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi_lut
from pydicom.pixels.utils import pixel_array
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless

from catalog.depth import eight_bits
from catalog.pictures import BadPicture

# Invalid values in tags that are not about the image do not matter here.
config.settings.reading_validation_mode = config.IGNORE
warnings.filterwarnings("ignore", module=r"pydicom\b")

_SHARED, _PER_FRAME = 0x52009229, 0x52009230  # functional groups of enhanced multi-frame files

_MEANT = {  # part of a pydicom message -> what it means
    "by all available plugins": "its compressed pixels are broken",
    "cannot reshape array": "its pixels are cut off",
}


def frame(stream: BinaryIO, index: int) -> NDArray[np.uint8]:
    """Decode one frame and apply the transformations a viewer applies.

    Grey goes through the modality LUT or rescale, then the first VOI LUT or window that shows more than two grey
    levels; without those, the bits in use count (`catalog.depth`), padding left out. MONOCHROME1 is inverted last, so
    that higher is brighter; padding is black. YBR and palettes become RGB. Overlay planes, which hold writing and
    drawings, are ignored.

    Args:
        stream: the file, with or without the DICM mark; with it, only what the frame needs is read.
        index: from 0.
    Returns:
        (H, W) grey or (H, W, 3) RGB.
    Raises:
        BadPicture: it cannot be decoded.
    """
    try:
        stored, head = _decoded(stream, index)
        _bring_up(head, index)
        if stored.ndim == 3:
            return eight_bits(stored, declared=head.get("BitsStored"))
        if head.PhotometricInterpretation == "PALETTE COLOR":
            return _palette(stored, head)
        return _grey(stored, head)
    except BadPicture:
        raise
    except Exception as error:  # pydicom and its decoders raise almost anything
        raise BadPicture(f"cannot be decoded ({reason(error)})") from None


def parsed(stream: BinaryIO, *, pixels: bool = False) -> Dataset:
    """Read a DICOM file's elements, with or without the preamble that has the DICM mark.

    Old scanners and planning systems write no preamble and no transfer syntax; it is then one of the uncompressed
    three.

    Args:
        stream: at its start.
        pixels: read them too.
    Raises:
        Exception: of almost any kind, where the file is broken.
    """
    dataset = dcmread(stream, stop_before_pixels=not pixels, force=True)
    if "TransferSyntaxUID" not in dataset.file_meta:
        is_implicit, is_little = dataset.original_encoding
        explicit = ExplicitVRLittleEndian if is_little else ExplicitVRBigEndian
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if is_implicit else explicit
    return dataset


def _decoded(stream: BinaryIO, index: int) -> tuple[NDArray[Any], Dataset]:
    """Decode the stored values of a frame, and the elements that describe them."""
    head, tags = Dataset(), [_SHARED, _PER_FRAME]
    try:
        stored = pixel_array(stream, ds_out=head, specific_tags=tags, index=index, correct_unused_bits=False)
    except AttributeError:  # no transfer syntax is named
        stream.seek(0)
        head = parsed(stream, pixels=True)
        stored = pixel_array(head, index=index, correct_unused_bits=False)
    return (_used_bits(stored, head) if stored.dtype.kind in "iu" else stored), head


def _used_bits(stored: NDArray[Any], head: Dataset) -> NDArray[Any]:
    """Extract the bits that the header declares: others may hold overlays or anything.

    Decoders of compressed pixels put the values low, whatever HighBit is; only RLE keeps the bits as they were.
    """
    bits, width = int(head.BitsStored), 8 * stored.dtype.itemsize
    if not 0 < bits < width:
        return stored
    syntax = UID(head.file_meta.TransferSyntaxUID)
    high = int(head.get("HighBit", bits - 1)) if not syntax.is_compressed or syntax == RLELossless else bits - 1
    high = high if bits - 1 <= high < width else bits - 1
    return (stored << (width - 1 - high)) >> (width - bits)


def reason(error: Exception) -> str:
    """Return the message of a pydicom error, on one line and of limited length."""
    for part, meant in _MEANT.items():
        if part in str(error):
            return meant
    message = " ".join(str(error).split("Traceback (most recent")[0].split()).rstrip(".") or type(error).__name__
    return message if len(message) <= 200 else f"{message[:200]}..."


def _bring_up(head: Dataset, index: int) -> None:
    """Copy the frame's window and rescale to the top level, where pydicom looks for them."""
    for groups, place in ((_SHARED, 0), (_PER_FRAME, index)):
        items: Any = head[groups].value if groups in head else []
        if place < len(items):
            for macro in ("PixelValueTransformationSequence", "FrameVOILUTSequence"):
                for item in items[place].get(macro) or []:
                    head.update(item)


def _grey(stored: NDArray[Any], head: Dataset) -> NDArray[np.uint8]:
    padding = _padding(stored, head)
    grey = _windowed(stored, head)
    if grey is None:
        grey = _in_whole_range(stored, head, padding)
    grey = np.invert(grey) if head.PhotometricInterpretation == "MONOCHROME1" else grey
    if padding is not None:
        grey = np.where(padding, np.uint8(0), grey)
    return grey


def _in_whole_range(stored: NDArray[Any], head: Dataset, padding: NDArray[np.bool_] | None) -> NDArray[np.uint8]:
    """Scale stored values by the bits in use.

    A modality table is applied; of a rescale only the direction matters.
    """
    if head.get("ModalityLUTSequence"):
        return eight_bits(np.asarray(apply_modality_lut(stored, head)), ignored=padding)
    scaled = eight_bits(stored, declared=head.get("BitsStored"), ignored=padding)
    return np.invert(scaled) if _slope(head) < 0 else scaled


def _windowed(stored: NDArray[Any], head: Dataset) -> NDArray[np.uint8] | None:
    """Apply the frame's VOI LUT or window; None where it has none of use."""
    values = apply_modality_lut(stored if stored.dtype.kind == "f" else stored.astype(np.int32), head)
    if head.get("VOILUTSequence"):
        depth, table = _widen(head.VOILUTSequence[0])
        looked_up = apply_voi_lut(np.rint(values).astype(np.int32), head, prefer_lut=True)
        return eight_bits(np.asarray(looked_up, np.uint16), declared=depth, reference=table)
    window = _window(head)
    if window is None:
        return None
    center, width, function = window
    distance = (np.asarray(values, np.float64) - center) / width
    share = 1 / (1 + np.exp(-4 * distance)) if function == "SIGMOID" else distance + 0.5
    return np.asarray(np.rint(np.nan_to_num(share).clip(0, 1) * 255), np.uint8)


def _window(head: Dataset) -> tuple[float, float, str] | None:
    """Return centre, width and function of the first window with more than two grey levels.

    Source: DICOM PS3.3 C.11.2.1.2.
    """
    function = str(head.get("VOILUTFunction") or "LINEAR").upper()
    for center, width in zip(_numbers(head, "WindowCenter"), _numbers(head, "WindowWidth"), strict=False):
        if function == "LINEAR":
            center, width = center - 0.5, width - 1
        if width > 0 and np.isfinite([center, width]).all():
            return center, width, function
    return None


def _numbers(head: Dataset, keyword: str) -> list[float]:
    """Return the numbers of an element; none where it is empty or absent."""
    value = head.get(keyword)
    several = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    return [float(one) for one in several if one not in (None, "")]


def _slope(head: Dataset) -> float:
    return next(iter(_numbers(head, "RescaleSlope")), 1.0)


def _padding(stored: NDArray[Any], head: Dataset) -> NDArray[np.bool_] | None:
    """Return where the frame is padding; None where no padding is declared, or all would be."""
    first = head.get("FloatPixelPaddingValue", head.get("PixelPaddingValue"))
    last = head.get("FloatPixelPaddingRangeLimit", head.get("PixelPaddingRangeLimit", first))
    if first is None or last is None:
        return None
    ends = [_as_stored(end, stored) for end in (first, last)]
    padding: NDArray[np.bool_] = (stored >= min(ends)) & (stored <= max(ends))
    return None if padding.all() else padding


def _as_stored(value: Any, stored: NDArray[Any]) -> float:
    """Convert a padding value to the pixels' type.

    Some files write the value of signed pixels as unsigned.
    """
    number = float(value)
    return number - 2**16 if stored.dtype.kind == "i" and number >= 2**15 else number


def _widen(table: Dataset) -> tuple[int, NDArray[np.uint16]]:
    """Declare a VOI LUT as 16 bits wide: pydicom indexes it with as many bits as it declares.

    Returns:
        Its true depth in bits, and its entries.
    """
    entries, start, depth = table.LUTDescriptor
    table.LUTDescriptor = [entries, start, 16]
    data = table.LUTData
    lut = np.frombuffer(data, "<u2") if isinstance(data, bytes) else np.atleast_1d(np.asarray(data))
    return int(depth), lut.astype(np.uint16)


def _palette(stored: NDArray[Any], head: Dataset) -> NDArray[np.uint8]:
    entries, start, depth = head.RedPaletteColorLookupTableDescriptor
    last = start + (entries or 2**16) - 1
    index = stored.astype(np.int32).clip(start, last)
    colours = apply_color_lut(index, head)[..., :3]
    if colours.dtype == np.uint8 and int(index.max()) - start > 255:  # pydicom indexes it in eight bits
        raise BadPicture("has a palette of more than 256 entries of 8 bits; export it as RGB")
    every = apply_color_lut(np.arange(start, last + 1, dtype=np.int32), head)[..., :3]
    return eight_bits(colours, declared=int(depth), reference=every)
