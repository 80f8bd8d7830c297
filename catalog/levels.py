"""Judge whether an image looks like a mask: a few flat colours."""

from __future__ import annotations

from typing import Literal

import numpy as np
from PIL import Image

Appearance = Literal["mask", "blank", "image"]

_SIDE = 512  # pixels: larger images are sampled down to it, without mixing their colours
_FEW = 3  # colours of a lossless mask
_CODED = 64  # colours of a lossless colour-coded mask, where its areas are flat
_FLAT = 0.9  # share of pixels equal to their right neighbour in such a mask
# Of lossy masks. JPEG from quality 30 on gives masks >= 0.94 and >= 0.59; 562 ultrasound images <= 0.74 and <= 0.61.
_TOLERANCE = 12  # grey levels around a peak, for the noise of compression
_PEAKS = 3
_COVERED = 0.92  # share of pixels within the tolerance of a peak
_OTHERS = 0.55  # the same among those that are not of the highest peak
_APART = 60  # grey levels between the two highest peaks


def looks_like(picture: Image.Image) -> Appearance:
    """Classify an image as "mask", "blank" or "image" by its colours alone.

    "mask": at most three colours, or at most 64 in flat areas, or two or three grey levels with the noise of lossy
    compression. "blank": one colour all over, like the mask of a normal finding. "image": anything else. A line drawing
    or a binary digit also looks like a mask, so callers need other evidence as well.

    Args:
        picture: mode L or RGB.
    """
    scale = max(picture.size) / _SIDE
    if scale > 1:
        size = (max(1, round(picture.width / scale)), max(1, round(picture.height / scale)))
        picture = picture.resize(size, Image.Resampling.NEAREST)
    colours = picture.getcolors(_CODED)
    if colours is not None and len(colours) <= _FEW:
        return "blank" if len(colours) == 1 else "mask"
    pixels = np.asarray(picture).reshape(picture.height, picture.width, -1)
    if colours is not None and (pixels[:, 1:] == pixels[:, :-1]).all(axis=2).mean() >= _FLAT:
        return "mask"
    return "mask" if _is_lossy(pixels.max(axis=2)) else "image"


def _is_lossy(grey: np.ndarray) -> bool:
    """Check whether the histogram has up to three narrow peaks, two of them far apart."""
    counts = np.bincount(grey.ravel(), minlength=256)
    peaks, covered = [], []
    for _ in range(_PEAKS):
        peak = int(counts.argmax())
        near = slice(max(0, peak - _TOLERANCE), peak + _TOLERANCE + 1)
        peaks.append(peak)
        covered.append(int(counts[near].sum()))
        counts[near] = 0
    n, others = grey.size, grey.size - covered[0]
    if abs(peaks[0] - peaks[1]) < _APART or not others:
        return False
    return sum(covered) >= _COVERED * n and sum(covered[1:]) >= _OTHERS * others
