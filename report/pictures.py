"""Embed small images in the file as data URIs."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from catalog.pictures import decode_file

SIDE = 144
_HEAT = np.array([230, 159, 0], dtype=np.float32)  # orange of Okabe and Ito: visible on grey with any colour vision
_STRENGTH = 0.65


def thumbnail(picture: Path, map_: Path | None = None) -> str | None:
    """Return the image as the model's square input, with an optional map over it, as a data URI.

    Args:
        map_: 8-bit grey, 0..255 = 0..1.
    Returns:
        None when the picture or the map is missing or cannot be read.
    """
    below = _square(picture)
    if below is None:
        return None
    shown: NDArray[np.floating[Any]] = np.asarray(below.convert("RGB"), dtype=np.float32)
    if map_ is not None:
        grey = decode_file(map_)
        if grey is None:
            return None
        heat = np.asarray(grey.convert("L").resize((SIDE, SIDE)), dtype=np.float32)[..., None] / 255 * _STRENGTH
        shown = (1 - heat) * shown + heat * _HEAT
    buffer = io.BytesIO()
    Image.fromarray(shown.round().astype(np.uint8)).save(buffer, format="JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def _square(path: Path) -> Image.Image | None:
    opened = decode_file(path)
    if opened is None:
        return None
    scale = SIDE / max(opened.size)
    opened = opened.convert("RGB").resize((max(1, round(opened.width * scale)), max(1, round(opened.height * scale))))
    canvas = Image.new("RGB", (SIDE, SIDE))
    canvas.paste(opened, ((SIDE - opened.width) // 2, (SIDE - opened.height) // 2))
    return canvas
