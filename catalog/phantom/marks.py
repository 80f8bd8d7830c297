"""What the machine and the sonographer burn into the picture: calipers, annotation text, depth ticks, a grey bar."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Box = dict[str, Any]
Line = tuple[tuple[float, float], tuple[float, float]]


@lru_cache(maxsize=8)
def _font(height: int) -> Any:
    return ImageFont.load_default(height)


def furniture(pixels: NDArray[np.uint8], overlay: str, rng: np.random.Generator) -> NDArray[np.uint8]:
    """The machine's own frame: depth ticks at the right, or a grey bar at the left; no class is written there."""
    size = pixels.shape[0]
    drawn = pixels.copy()
    if overlay == "ticks":
        gap = max(4, round(size / float(rng.uniform(8, 16))))
        for number, row in enumerate(range(gap // 2, size - 2, gap)):
            long = size // 40 if number % 5 else size // 24
            drawn[row, size - 1 - long : size - 1] = 150
    elif overlay == "bar":
        top, bottom = size // 10, size // 2
        drawn[top:bottom, 2 : 2 + max(2, size // 40)] = np.linspace(235, 15, bottom - top).astype(np.uint8)[:, None]
    return drawn


def calipers(
    pixels: NDArray[np.uint8], lines: list[Line], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], list[Box]]:
    """Crosses at both ends of each line (pixel positions) with dots between; ends outside the picture are left out.

    Returns the marked picture and a box for each cross that was drawn.
    """
    size = pixels.shape[0]
    drawn = pixels.copy()
    arm = max(2, round(size * rng.uniform(0.018, 0.03)))
    grey, tilted, dotted = int(rng.integers(205, 256)), rng.random() < 0.3, rng.random() < 0.75
    boxes: list[Box] = []
    for start, end in lines:
        ends = [(round(x), round(y)) for x, y in (start, end)]
        if not all(arm < x < size - 1 - arm and arm < y < size - 1 - arm for x, y in ends):
            continue
        if dotted:
            steps = max(2, int(math.dist(*ends) / (size * 0.032)))
            for share in np.linspace(0, 1, steps + 1)[1:-1]:
                x, y = (round(a + (b - a) * share) for a, b in zip(*ends, strict=True))
                drawn[y, x] = grey
        for x, y in ends:
            _cross(drawn, x, y, arm, grey, tilted)
            boxes.append({"label": "caliper", "x": x - arm, "y": y - arm, "w": 2 * arm + 1, "h": 2 * arm + 1})
    return drawn, boxes


def _cross(drawn: NDArray[np.uint8], x: int, y: int, arm: int, grey: int, tilted: bool) -> None:
    reach = np.arange(-arm, arm + 1)
    if tilted:
        drawn[y + reach, x + reach] = grey
        drawn[y + reach, x - reach] = grey
    else:
        drawn[y, x + reach] = grey
        drawn[y + reach, x] = grey


def text(
    pixels: NDArray[np.uint8], lines: list[str], corner: str, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], list[Box]]:
    """Annotation lines in one corner ("nw", "ne", "sw", "se"). Returns the marked picture and a box for each line."""
    size = pixels.shape[0]
    height = max(7, round(size * rng.uniform(0.066, 0.082)))
    font, grey = _font(height), int(rng.integers(150, 245))
    picture = Image.fromarray(pixels)
    draw = ImageDraw.Draw(picture)
    boxes: list[Box] = []
    row = 2 if corner[0] == "n" else size - 3 - len(lines) * (height + 1)
    for line in lines:
        width = math.ceil(draw.textlength(line, font=font))
        column = 2 if corner[1] == "w" else max(0, size - 8 - width)
        draw.text((column, row), line, font=font, fill=grey)
        left, top, right, bottom = (round(edge) for edge in draw.textbbox((column, row), line, font=font))
        left, top, right, bottom = max(0, left), max(0, top), min(size, right), min(size, bottom)
        boxes.append({"label": "text", "x": left, "y": top, "w": right - left, "h": bottom - top})
        row += height + 1
    return np.asarray(picture), boxes
