"""Draw what is burned into an image: calipers, annotation text, ruler, grey bar, brand."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from catalog.phantom.machines import Frame

Bytes = NDArray[np.uint8]
Box = dict[str, Any]
Line = tuple[tuple[float, float], tuple[float, float]]

_FRAME_GREY = 150


@dataclass(frozen=True, eq=False)
class Layer:
    """Marks before they are burned in.

    Attributes:
        cover: (size, size) uint8, 0 where there is no mark.
        grey: grey level of the marks.
        boxes: one box per mark.
    """

    cover: Bytes
    grey: int
    boxes: list[Box] = field(default_factory=list)

    def burn(self, pixels: Bytes) -> Bytes:
        """Return the image, (size, size) grey or (size, size, 3) RGB, with the marks in it."""
        rows, columns = np.nonzero(self.cover)
        share = self.cover[rows, columns].astype(np.float32) / 255
        share = share.reshape(-1, *(1,) * (pixels.ndim - 2))
        burned = pixels.copy()
        burned[rows, columns] = np.rint(pixels[rows, columns] * (1 - share) + self.grey * share)
        return burned


@lru_cache(maxsize=8)
def _font(height: int) -> Any:
    return ImageFont.load_default(height)


def furniture(size: int, frame: Frame, top: float, centimetre: float) -> Layer:
    """Draw the machine's own overlay; it depends on no class.

    Args:
        top: row of the probe's face in pixels.
        centimetre: in pixels; ticks are one apart, or five where that is too dense.
    """
    cover = np.zeros((size, size), np.uint8)
    if frame.ruler:
        apart = centimetre * (1 if centimetre >= 3 else 5)
        for number, row in enumerate(np.arange(top, size - 1, apart)):
            long = max(1, size // 64) if number % 5 else size // 32
            place = slice(1, 1 + long) if frame.ruler == "left" else slice(size - 1 - long, size - 1)
            cover[round(float(row)), place] = _FRAME_GREY
    if frame.bar:
        first, last, width = size // 8, size // 2, max(2, size // 42)
        left = 2 if frame.bar == "left" else size - 2 - width
        if frame.ruler == frame.bar:
            left += size // 24 if frame.bar == "left" else -(size // 24)
        cover[first:last, left : left + width] = np.linspace(235, 15, last - first).astype(np.uint8)[:, None]
    if frame.brand:
        cover = np.maximum(cover, _brand(size, frame.brand, frame.brand_at))
    return Layer(cover, 255)


@lru_cache(maxsize=16)
def _brand(size: int, brand: str, corner: str) -> Bytes:
    return _written(size, [brand], corner, max(7, size // 18))[0] // 2


def calipers(size: int, lines: list[Line], style: str, rng: np.random.Generator) -> Layer:
    """Draw crosses at both ends of each line (pixel positions), perhaps with dots between.

    `style` is the machine's. Lines with an end outside the image are left out; each cross drawn has a box.
    """
    cover = np.zeros((size, size), np.uint8)
    arm = max(2, round(size * rng.uniform(0.018, 0.03)))
    grey, dotted = int(rng.integers(205, 256)), rng.random() < (0.95 if style == "dots" else 0.5)
    boxes: list[Box] = []
    for start, end in lines:
        ends = [(round(x), round(y)) for x, y in (start, end)]
        if not all(arm < x < size - 1 - arm and arm < y < size - 1 - arm for x, y in ends):
            continue
        if dotted:
            steps = max(2, int(math.dist(*ends) / (size * 0.032)))
            for share in np.linspace(0, 1, steps + 1)[1:-1]:
                x, y = (round(a + (b - a) * share) for a, b in zip(*ends, strict=True))
                cover[y, x] = 255
        for x, y in ends:
            _cross(cover, x, y, arm, style == "times")
            boxes.append({"label": "caliper", "x": x - arm, "y": y - arm, "w": 2 * arm + 1, "h": 2 * arm + 1})
    return Layer(cover, grey, boxes)


def _cross(cover: Bytes, x: int, y: int, arm: int, tilted: bool) -> None:
    reach = np.arange(-arm, arm + 1)
    if tilted:
        cover[y + reach, x + reach] = 255
        cover[y + reach, x - reach] = 255
    else:
        cover[y, x + reach] = 255
        cover[y + reach, x] = 255


def text(size: int, lines: list[str], corner: str, rng: np.random.Generator) -> Layer:
    """Draw annotation lines in one corner ("nw", "ne", "sw", "se"), with a box for each line."""
    height, grey = max(7, round(size * rng.uniform(0.066, 0.082))), int(rng.integers(165, 250))
    cover, boxes = _written(size, lines, corner, height)
    return Layer(cover, grey, boxes)


def _written(size: int, lines: list[str], corner: str, height: int) -> tuple[Bytes, list[Box]]:
    font = _font(height)
    picture = Image.new("L", (size, size))
    draw = ImageDraw.Draw(picture)
    boxes: list[Box] = []
    row = 2 if corner[0] == "n" else size - 3 - len(lines) * (height + 1)
    for line in lines:
        width = math.ceil(draw.textlength(line, font=font))
        column = 2 if corner[1] == "w" else max(0, size - 8 - width)
        draw.text((column, row), line, font=font, fill=255)
        left, top, right, bottom = (round(edge) for edge in draw.textbbox((column, row), line, font=font))
        left, top, right, bottom = max(0, left), max(0, top), min(size, right), min(size, bottom)
        boxes.append({"label": "text", "x": left, "y": top, "w": right - left, "h": bottom - top})
        row += height + 1
    cover = np.array(picture)
    cover[cover < 24] = 0  # too faint to be seen: not part of a mark
    return cover, boxes
