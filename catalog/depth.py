"""Convert values deeper than eight bits to grey levels, by one rule for every format."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

RULE = 2  # raise it when the same file gets other grey levels: cached pixels are then built again

_DEPTHS = (8, 10, 12, 14, 16, 20, 24, 28, 32)  # bits that scanners and programs use
_NARROW = 16  # a band this many times smaller than its range is narrow: unscaled, it would have 16 grey levels


def eight_bits(
    values: NDArray[Any],
    *,
    declared: int | None = None,
    ignored: NDArray[np.bool_] | None = None,
    reference: NDArray[Any] | None = None,
) -> NDArray[np.uint8]:
    """Scale values of any depth to 8 bits by the bits in use; higher is brighter.

    Eight bits or fewer keep their whole range. Deeper integers count from 0 to the smallest depth of 8, 10, 12, 14, 16
    (20, 24, 28, 32) bits that holds the highest value, and below 0 likewise, because files with 10 to 14 bits often
    declare 16. Values in a narrow band far from 0 (an offset was added) count from the lowest one. Floats within 0 to 1
    or -1 to 1 keep that range, others count as integers do; a narrow band of floats gets the power of two that holds
    it.

    Args:
        values: any shape, integers or floats; values that are not finite become black.
        declared: how many bits the file declares for each value; the range is never wider.
        ignored: same shape, True where a value is padding: it does not affect the range.
        reference: the values to take the range from, such as a whole palette; default: `values`.
    Returns:
        uint8 of the same shape.
    """
    if values.dtype == np.uint8 and declared in (None, 8):
        return values
    counted = values if reference is None else reference
    if ignored is not None and not ignored.all():
        counted = counted[~ignored]
    first, width = _range(counted, declared)
    if width < 2**8 and values.dtype.kind != "f":  # fewer than 8 bits also reach from black to white
        return np.asarray(np.rint((values.astype(np.float64) - first) * (255 / (width - 1))).clip(0, 255), np.uint8)
    bits = int(width).bit_length() - 1
    if values.dtype == np.uint16 and first == 0 and width == 2**bits and bits >= 8:
        most = np.uint16(2**bits - 1)  # the same result without floats, several times as fast
        return np.asarray(np.minimum(values, most) >> bits - 8, np.uint8)
    scaled = (values.astype(np.float64) - first) * (256 / width)
    if values.dtype.kind == "f":
        scaled[~np.isfinite(values)] = 0
    return np.asarray(scaled.clip(0, 255), np.uint8)  # cut, not rounded: the upper eight bits


def _range(values: NDArray[Any], declared: int | None) -> tuple[float, float]:
    """Return the value that becomes black, and the width of the range up to white."""
    if values.dtype.kind == "f":
        return _range_of_floats(values[np.isfinite(values)])
    is_signed, bits = values.dtype.kind == "i", min(declared or 64, 8 * values.dtype.itemsize)
    least, most = (-(2.0 ** (bits - 1)), 2.0 ** (bits - 1) - 1) if is_signed else (0.0, 2.0**bits - 1)
    if bits <= 8:
        return least, most - least + 1
    low, high = float(values.min()), float(values.max())
    first = max(least, -_power(-low)) if low < 0 else 0.0
    last = min(most, _power(max(high, 0) + 1) - 1)
    if _NARROW * _power(high - low + 1) <= last - first + 1:
        return low, _power(high - low + 1)
    return first, last - first + 1


def _range_of_floats(values: NDArray[Any]) -> tuple[float, float]:
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    if low >= -1 and high <= 1:
        first, width = (-1.0, 2.0) if low < 0 else (0.0, 1.0)
    else:
        first = -_power(-low) if low < 0 else 0.0
        width = _power(max(high, 0) + 1) - first
    if 0 < _NARROW * (high - low) <= width:
        return low, 2.0 ** math.ceil(math.log2(high - low))
    return first, width


def _power(least: float) -> float:
    """Return the smallest usual power of two that is at least `least`.

    Beyond 32 bits the value itself is returned.
    """
    return next((2.0**bits for bits in _DEPTHS if least <= 2.0**bits), least)
