"""Class activation maps laid over a picture: one map, or the difference of two; with boxes, and scored by them."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from plotly.colors import hex_to_rgb, sequential

from analysis.localisation import energy_inside, pointing_game, region
from analysis.mean_maps import contrast as contrast_of
from catalog.pictures import decode_file
from dashboard.charts import theme
from dashboard.widgets.thumbnails import fit

SIDE = 256
Box = tuple[float, float, float, float]  # x, y, w, h in pixels of the picture
Heat = NDArray[np.floating[Any]]
_Made = TypeVar("_Made")


def overlay(picture: Path, map_: Path, strength: float, boxes: Sequence[Box] = ()) -> bytes | None:
    """The picture with a class activation map over it as PNG; None when either cannot be read.

    Args:
        picture: the sample's picture; it is fitted into a square as the model saw it.
        map_: 8-bit grey PNG, 0..255 = 0..1.
        strength: 0 (picture only) to 1 (map only, where the map is 1).
    """
    return _of_files(_overlay, picture, [map_], round(strength, 2), tuple(boxes))


def contrast(picture: Path, true: Path, said: Path, strength: float, boxes: Sequence[Box] = ()) -> bytes | None:
    """The picture with the map of the true class minus that of the class that was said, as PNG; None as above.

    Vermilion is where the true class has more, blue where the other has; nothing is drawn where both are equal, and all
    colour that there is where they differ by a half or more.
    """
    return _of_files(_contrast, picture, [true, said], round(strength, 2), tuple(boxes))


def scores(picture: Path, map_: Path, boxes: Sequence[Box]) -> tuple[bool, float] | None:
    """Whether the highest point of a map lies inside a box, and which share of its sum does.

    None when a file cannot be read, there is no box, or the map is empty.
    """
    return _of_files(_scores, picture, [map_], tuple(boxes))


def is_empty(map_: Path) -> bool:
    """Whether a map is zero everywhere, as one that is the same everywhere is too; False when it cannot be read."""
    return bool(_of_files(_is_empty, map_, [map_]))


def _of_files(make: Callable[..., _Made | None], picture: Path, maps: list[Path], *rest: Any) -> _Made | None:
    """What is made of files as they are now; None when one of them is missing."""
    try:
        changed = tuple(path.stat().st_mtime_ns for path in (picture, *maps))
    except OSError:
        return None
    return make(str(picture), tuple(str(path) for path in maps), changed, *rest)


@st.cache_data(max_entries=1024, show_spinner=False)
def _overlay(
    picture: str, maps: tuple[str], changed: tuple[int, ...], strength: float, boxes: tuple[Box, ...]
) -> bytes | None:
    below, heat = decode_file(Path(picture)), _heat(maps[0])
    if below is None or heat is None:
        return None
    return _laid(below, heat, _INFERNO[np.round(255 * heat).astype(np.uint8)], strength, boxes)


@st.cache_data(max_entries=512, show_spinner=False)
def _contrast(
    picture: str, maps: tuple[str, str], changed: tuple[int, ...], strength: float, boxes: tuple[Box, ...]
) -> bytes | None:
    below, true, said = decode_file(Path(picture)), _heat(maps[0]), _heat(maps[1])
    if below is None or true is None or said is None:
        return None
    more = contrast_of(true, said)
    return _laid(below, np.minimum(2 * np.abs(more), 1), np.where(more[..., None] > 0, _MORE, _LESS), strength, boxes)


@st.cache_data(max_entries=2048, show_spinner=False)
def _scores(
    picture: str, maps: tuple[str], changed: tuple[int, ...], boxes: tuple[Box, ...]
) -> tuple[bool, float] | None:
    below, grey = decode_file(Path(picture)), decode_file(Path(maps[0]))
    if below is None or grey is None or grey.width != grey.height:
        return None
    heat = np.asarray(grey.convert("L"), np.float64)[None]
    inside = region([dict(zip("xywh", box, strict=True)) for box in boxes], *below.size, size=grey.width)[None]
    hit, energy = float(pointing_game(heat, inside)[0]), float(energy_inside(heat, inside)[0])
    return None if math.isnan(hit) else (bool(hit), energy)


@st.cache_data(max_entries=2048, show_spinner=False)
def _is_empty(picture: str, maps: tuple[str], changed: tuple[int, ...]) -> bool:
    grey = decode_file(Path(maps[0]))
    return grey is not None and not np.asarray(grey.convert("L")).any()


def laid(picture: Image.Image, heat: Heat, strength: float) -> bytes:
    """A picture that is open with a map (H, W) in [0, 1] over it, as PNG."""
    enlarged = _enlarged(heat)
    return _laid(picture, enlarged, _INFERNO[np.round(255 * enlarged).astype(np.uint8)], strength, ())


def _heat(path: str) -> Heat | None:
    """A map of a file, (SIDE, SIDE) in [0, 1]."""
    grey = decode_file(Path(path))
    return None if grey is None else _enlarged(np.asarray(grey.convert("L"), np.float32) / 255)


def _enlarged(heat: Heat) -> Heat:
    resized = Image.fromarray(heat.astype(np.float32)).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    return np.asarray(np.clip(np.asarray(resized), 0, 1), np.float32)


def _laid(picture: Image.Image, weight: Heat, colours: Any, strength: float, boxes: tuple[Box, ...]) -> bytes:
    """Colours (SIDE, SIDE, 3) over a picture, each as strong as its weight (SIDE, SIDE) in [0, 1]; boxes on top."""
    below = np.asarray(fit(picture, SIDE).convert("RGB"), dtype=np.float32)
    share = strength * weight[..., None]
    mixed = Image.fromarray(((1 - share) * below + share * colours).round().astype(np.uint8))
    draw, scale = ImageDraw.Draw(mixed), SIDE / max(picture.size)
    left, top = ((SIDE - round(length * scale)) // 2 for length in picture.size)
    for x, y, w, h in boxes:
        corners = (left + x * scale, top + y * scale, left + (x + w) * scale, top + (y + h) * scale)
        draw.rectangle(corners, outline="black", width=4)  # seen on bright and on dark
        draw.rectangle(corners, outline=theme.GREEN, width=2)
    buffer = io.BytesIO()
    mixed.save(buffer, format="PNG")
    return buffer.getvalue()


def _lut() -> np.ndarray:
    """Inferno, a perceptually uniform map that colour-blind readers see as well, as (256, 3) float32."""
    anchors = np.array([hex_to_rgb(colour) for colour in sequential.Inferno], dtype=np.float32)
    at, steps = np.linspace(0, 1, len(anchors)), np.linspace(0, 1, 256)
    return np.stack([np.interp(steps, at, anchors[:, channel]) for channel in range(3)], axis=1).astype(np.float32)


_INFERNO = _lut()
_MORE, _LESS = (np.array(hex_to_rgb(colour), dtype=np.float32) for colour in (theme.VERMILION, theme.BLUE))
