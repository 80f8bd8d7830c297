"""Small pictures as bytes: thumbnails of samples, and class activation maps laid over them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image
from plotly.colors import hex_to_rgb, sequential

from catalog.pictures import seen

SIDE = 224


def thumbnail(path: Path, side: int = SIDE) -> bytes | None:
    """The picture in a square of `side` pixels as PNG; None when it is missing or cannot be read."""
    try:
        changed = path.stat().st_mtime_ns
    except OSError:
        return None
    return _thumbnail(str(path), changed, side)


def overlay(picture: Path, map_: Path, strength: float, side: int = 256) -> bytes | None:
    """The picture with a class activation map over it as PNG; None when either cannot be read.

    Args:
        picture: the sample's picture; it is fitted into a square as the model saw it.
        map_: 8-bit grey PNG, 0..255 = 0..1.
        strength: 0 (picture only) to 1 (map only, where the map is 1).
    """
    try:
        changed = picture.stat().st_mtime_ns, map_.stat().st_mtime_ns
    except OSError:
        return None
    return _overlay(str(picture), str(map_), changed, round(strength, 2), side)


@st.cache_data(max_entries=4000, show_spinner=False)
def _thumbnail(path: str, changed: int, side: int) -> bytes | None:
    opened = _square(Path(path), side)
    return None if opened is None else _png(opened)


@st.cache_data(max_entries=512, show_spinner=False)
def _overlay(picture: str, map_: str, changed: tuple[int, int], strength: float, side: int) -> bytes | None:
    below = _square(Path(picture), side)
    grey = seen(Path(map_))
    if below is None or grey is None:
        return None
    heat = np.asarray(grey.convert("L").resize((side, side), Image.Resampling.BILINEAR))
    base = np.asarray(below.convert("RGB"), dtype=np.float32)
    weight = strength * (heat[..., None].astype(np.float32) / 255)
    mixed = (1 - weight) * base + weight * _INFERNO[heat]
    return _png(Image.fromarray(mixed.round().astype(np.uint8)))


def fitted(picture: Image.Image, side: int = SIDE) -> bytes:
    """A picture that is open already, in a square of `side` pixels as PNG."""
    return _png(_fit(picture, side))


def _square(path: Path, side: int) -> Image.Image | None:
    opened = seen(path)
    return None if opened is None else _fit(opened, side)


def _fit(opened: Image.Image, side: int) -> Image.Image:
    """Fitted into a square and padded with black, as `catalog.Dataset.images` does it for the model."""
    opened = opened if opened.mode in {"L", "RGB"} else opened.convert("RGB")
    scale = side / max(opened.size)
    size = (max(1, round(opened.width * scale)), max(1, round(opened.height * scale)))
    fitted = opened.resize(size, Image.Resampling.BICUBIC)
    canvas = Image.new(opened.mode, (side, side))
    canvas.paste(fitted, ((side - size[0]) // 2, (side - size[1]) // 2))
    return canvas


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    return buffer.getvalue()


def _lut() -> np.ndarray:
    """Inferno, a perceptually uniform map that colour-blind readers see as well, as (256, 3) float32."""
    anchors = np.array([hex_to_rgb(colour) for colour in sequential.Inferno], dtype=np.float32)
    at, steps = np.linspace(0, 1, len(anchors)), np.linspace(0, 1, 256)
    return np.stack([np.interp(steps, at, anchors[:, channel]) for channel in range(3)], axis=1).astype(np.float32)


_INFERNO = _lut()
