"""Lay class activation maps over a picture, and score them by boxes.

An overlay shows one map, or the difference of two; boxes are drawn on top.
"""

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
    """Lay a class activation map over a picture; None when either cannot be read.

    Args:
        picture: the sample's picture; it is fitted into a square as the model saw it.
        map_: 8-bit grey PNG, 0..255 = 0..1.
        strength: 0 (picture only) to 1 (map only, where the map is 1).
        boxes: drawn on top.
    Returns:
        PNG.
    """
    return _of_files(_overlay, picture, [map_], round(strength, 2), tuple(boxes))


def contrast(picture: Path, true: Path, predicted: Path, strength: float, boxes: Sequence[Box] = ()) -> bytes | None:
    """Lay the map of the true class minus that of the predicted class over a picture, as PNG.

    Vermilion is where the true class has more, blue where the other has. Nothing is drawn where both are equal; the
    colour is strongest where they differ by a half or more. None when a file cannot be read.
    """
    return _of_files(_contrast, picture, [true, predicted], round(strength, 2), tuple(boxes))


def scores(picture: Path, map_: Path, boxes: Sequence[Box]) -> tuple[bool, float] | None:
    """Return whether a map's highest point lies in a box, and the share of its sum that does.

    None when a file cannot be read, there is no box, or the map is empty.
    """
    return _of_files(_scores, picture, [map_], tuple(boxes))


def is_empty(map_: Path) -> bool:
    """Return whether a map is zero everywhere; False when it cannot be read.

    A map that has one value everywhere is stored as zero too.
    """
    return bool(_of_files(_is_empty, map_, [map_]))


def _of_files(make: Callable[..., _Made | None], picture: Path, maps: list[Path], *rest: Any) -> _Made | None:
    """Call a cached function with files and their times of change; None if one is missing."""
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
    return _blend(below, heat, _INFERNO[np.round(255 * heat).astype(np.uint8)], strength, boxes)


@st.cache_data(max_entries=512, show_spinner=False)
def _contrast(
    picture: str, maps: tuple[str, str], changed: tuple[int, ...], strength: float, boxes: tuple[Box, ...]
) -> bytes | None:
    below, true, predicted = decode_file(Path(picture)), _heat(maps[0]), _heat(maps[1])
    if below is None or true is None or predicted is None:
        return None
    excess = contrast_of(true, predicted)
    colours = np.where(excess[..., None] > 0, _MORE, _LESS)
    return _blend(below, np.minimum(2 * np.abs(excess), 1), colours, strength, boxes)


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


def overlay_opened(picture: Image.Image, heat: Heat, strength: float) -> bytes:
    """Lay a map (H, W) in [0, 1] over a picture that is open already; PNG."""
    enlarged = _enlarged(heat)
    return _blend(picture, enlarged, _INFERNO[np.round(255 * enlarged).astype(np.uint8)], strength, ())


def _heat(path: str) -> Heat | None:
    """Read a map from its file: (SIDE, SIDE) in [0, 1]."""
    grey = decode_file(Path(path))
    return None if grey is None else _enlarged(np.asarray(grey.convert("L"), np.float32) / 255)


def _enlarged(heat: Heat) -> Heat:
    resized = Image.fromarray(heat.astype(np.float32)).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    return np.asarray(np.clip(np.asarray(resized), 0, 1), np.float32)


def _blend(picture: Image.Image, weight: Heat, colours: Any, strength: float, boxes: tuple[Box, ...]) -> bytes:
    """Blend colours (SIDE, SIDE, 3) into a picture by their weights, and draw boxes on top.

    Weights are (SIDE, SIDE) in [0, 1].
    """
    below = np.asarray(fit(picture, SIDE).convert("RGB"), dtype=np.float32)
    share = strength * weight[..., None]
    mixed = Image.fromarray(((1 - share) * below + share * colours).round().astype(np.uint8))
    draw, scale = ImageDraw.Draw(mixed), SIDE / max(picture.size)
    left, top = ((SIDE - round(length * scale)) // 2 for length in picture.size)
    for x, y, w, h in boxes:
        corners = (left + x * scale, top + y * scale, left + (x + w) * scale, top + (y + h) * scale)
        draw.rectangle(corners, outline="black", width=4)  # visible on bright and on dark
        draw.rectangle(corners, outline=theme.GREEN, width=2)
    buffer = io.BytesIO()
    mixed.save(buffer, format="PNG")
    return buffer.getvalue()


def _lut() -> np.ndarray:
    """Return the colours of Inferno as (256, 3) float32.

    It is perceptually uniform, and colour-blind readers can read it.
    """
    anchors = np.array([hex_to_rgb(colour) for colour in sequential.Inferno], dtype=np.float32)
    positions, steps = np.linspace(0, 1, len(anchors)), np.linspace(0, 1, 256)
    channels = [np.interp(steps, positions, anchors[:, channel]) for channel in range(3)]
    return np.stack(channels, axis=1).astype(np.float32)


_INFERNO = _lut()
_MORE, _LESS = (np.array(hex_to_rgb(colour), dtype=np.float32) for colour in (theme.VERMILION, theme.BLUE))
