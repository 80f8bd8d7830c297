"""Make small square pictures of samples, as PNG bytes."""

from __future__ import annotations

import io
from pathlib import Path

import streamlit as st
from PIL import Image

from catalog.pictures import decode_file

SIDE = 224


def thumbnail(path: Path, side: int = SIDE) -> bytes | None:
    """Fit a picture into a square of `side` pixels, as PNG; None when it cannot be read."""
    try:
        changed = path.stat().st_mtime_ns
    except OSError:
        return None
    return _thumbnail(str(path), changed, side)


@st.cache_data(max_entries=4000, show_spinner=False)
def _thumbnail(path: str, changed: int, side: int) -> bytes | None:
    opened = _square(Path(path), side)
    return None if opened is None else _png(opened)


def fitted(picture: Image.Image, side: int = SIDE) -> bytes:
    """Fit a picture that is open already into a square of `side` pixels, as PNG."""
    return _png(fit(picture, side))


def _square(path: Path, side: int) -> Image.Image | None:
    opened = decode_file(path)
    return None if opened is None else fit(opened, side)


def fit(opened: Image.Image, side: int) -> Image.Image:
    """Fit a picture into a square and pad it with black, as `catalog.Dataset.images` does."""
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
