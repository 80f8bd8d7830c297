"""Find marks burned into an image: caliper crosses and annotation text.

Both are drawn in one grey level, brighter than the background, with sharp edges and strokes of one or two pixels. The
finder relies on that alone; it knows no fonts and reads no text. Limits: crosses must be upright or at 45 degrees;
other calipers (arrows, dots, outlines) and dark marks on a bright background are not found; a line of text needs two
letters, and a single digit next to a cross is not text; the maker's name counts as text. Measured on simulated and real
images in benchmarks/checks.md: it misses some marks, and rarely reports one that is absent.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from catalog.near_duplicates import linked

Grey = NDArray[np.uint8]
MarkKind = Literal["caliper", "text"]

_LONGEST = 512  # larger images are shrunk to this side, so that strokes have the width that the thresholds expect


@dataclass(frozen=True)
class Mark:
    """A mark: its kind, "caliper" (a cross) or "text" (a line), and its box in image pixels."""

    kind: MarkKind
    x: int
    y: int
    w: int
    h: int


@dataclass(frozen=True)
class _Cross:
    """Thresholds that a cross must meet, for one arm length.

    Attributes:
        arm: length of an arm in pixels.
        bright: lowest grey level of its darkest pixel.
        above: least difference between that pixel and the mean of the background between the arms.
        uneven: largest difference between its brightest and its darkest pixel.
    """

    arm: int
    bright: int
    above: int
    uneven: int


# A line that was never resampled has exactly one grey level, so little contrast is enough. A resampled or compressed
# line must be longer and have more contrast.
_CROSSES = (_Cross(2, 150, 20, 6), _Cross(3, 160, 60, 60))

_STROKE = 5  # pixels: the top-hat transform keeps what is thinner, as strokes are
_STANDS_OUT = 55  # grey levels of a stroke above its background
_LIT = 90  # of 255: a stroke is at least as bright
_TALLEST = 0.09  # of the image's height: letters are no taller


def find_marks(pixels: Grey) -> list[Mark]:
    """Find caliper crosses, then lines of text, each from the top down.

    Args:
        pixels: (H, W) uint8.
    """
    import cv2  # a quarter of a second; the dashboard never needs it

    height, width = pixels.shape
    scale = min(1.0, _LONGEST / max(height, width))
    if scale < 1:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    marks = [*_crosses(cv2, pixels), *_lines(_glyphs(cv2, pixels))]
    return [Mark(m.kind, *(round(edge / scale) for edge in (m.x, m.y, m.w, m.h))) for m in marks]


def _crosses(cv2: Any, pixels: Grey) -> Iterator[Mark]:
    """Find positions where a cross template meets the thresholds of `_CROSSES`.

    The darkest pixel of the strokes must be bright, and brighter than the mean of the background between them.
    """
    best = np.zeros(pixels.shape, dtype=np.float32)
    arms = np.zeros(pixels.shape, dtype=np.int64)
    for kind in _CROSSES:
        for tilted in (False, True):
            strokes, ground = _template(kind.arm, tilted)
            darkest = cv2.erode(pixels, strokes, borderType=cv2.BORDER_CONSTANT, borderValue=0)
            uneven = cv2.subtract(cv2.dilate(pixels, strokes), darkest)
            above = darkest - cv2.filter2D(pixels, cv2.CV_32F, ground)
            hit = (darkest >= kind.bright) & (uneven <= kind.uneven) & (above >= kind.above) & (above > best)
            best[hit], arms[hit] = above[hit], kind.arm
    peak = (best > 0) & (best == cv2.dilate(best, np.ones((5, 5), dtype=np.uint8)))
    _, _, boxes, centres = cv2.connectedComponentsWithStats(peak.astype(np.uint8))
    for (x, y), _ in zip(centres[1:].round().astype(int), boxes[1:], strict=True):
        arm = int(arms[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2].max())
        yield Mark("caliper", int(x) - arm, int(y) - arm, 2 * arm + 1, 2 * arm + 1)


@lru_cache(maxsize=8)
def _template(arm: int, tilted: bool) -> tuple[Grey, NDArray[np.float32]]:
    """Return the strokes of a cross (0/1) and the weights of its background.

    The background is every pixel of the box that is two steps or more from each stroke.
    """
    reach = np.arange(-arm, arm + 1)
    down, right = np.meshgrid(reach, reach, indexing="ij")
    away = np.minimum(abs(down - right), abs(down + right)) if tilted else np.minimum(abs(down), abs(right))
    ground = (away >= 2).astype(np.float32)
    return (away == 0).astype(np.uint8), ground / ground.sum()


@dataclass(frozen=True)
class _Glyphs:
    """Blobs that may be letters: left, top, width, height and brightest grey, each (N,) float."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    w: NDArray[np.float64]
    h: NDArray[np.float64]
    peak: NDArray[np.float64]


def _glyphs(cv2: Any, pixels: Grey) -> _Glyphs:
    square = cv2.getStructuringElement(cv2.MORPH_RECT, (_STROKE, _STROKE))
    strokes = cv2.morphologyEx(pixels, cv2.MORPH_TOPHAT, square) >= _STANDS_OUT
    n, number, boxes, _ = cv2.connectedComponentsWithStats((strokes & (pixels >= _LIT)).astype(np.uint8))
    peak = np.zeros(n)
    np.maximum.at(peak, number.ravel(), pixels.ravel())
    x, y, w, h, area = boxes.astype(np.float64).T
    tallest = max(12.0, _TALLEST * pixels.shape[0])
    is_letter = (h >= 4) & (h <= tallest) & (w <= 12 * h) & (area >= 4)
    is_letter[0] = False
    return _Glyphs(x[is_letter], y[is_letter], w[is_letter], h[is_letter], peak[is_letter])


def _lines(glyphs: _Glyphs) -> Iterator[Mark]:
    """Group glyphs of similar height on one base line, spaced as letters are, into text lines.

    A line of only two glyphs must also have one grey level.
    """
    if not len(glyphs.x):
        return
    right, low, middle = glyphs.x + glyphs.w, glyphs.y + glyphs.h, glyphs.y + glyphs.h / 2
    small, tall = np.minimum.outer(glyphs.h, glyphs.h), np.maximum.outer(glyphs.h, glyphs.h)
    gap = np.maximum(np.subtract.outer(glyphs.x, right), np.subtract.outer(glyphs.x, right).T)
    beside = (np.abs(np.subtract.outer(middle, middle)) <= 0.35 * small) & (tall <= 1.6 * small) & (gap <= small)
    line = linked(len(glyphs.x), np.argwhere(beside))
    for number in np.unique(line):
        member = line == number
        n, height = int(member.sum()), float(np.median(glyphs.h[member]))
        left, top = int(glyphs.x[member].min()), int(glyphs.y[member].min())
        width, depth = int(right[member].max()) - left, int(low[member].max()) - top
        pitch = width / (n * height)
        of_one_grey = height >= 5 and float(glyphs.peak[member].std()) <= 4 and pitch <= 1.2
        if (n >= 3 and pitch <= 1.6) or (n == 2 and of_one_grey):
            yield Mark("text", left, top, width, math.ceil(depth))
