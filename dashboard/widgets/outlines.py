"""Read a sample's picture at its own shape, and its outlines: boxes, burned-in marks."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from catalog.burned_in_marks import find_marks
from catalog.pictures import decode_file

LONGEST = 1024  # pixels that are sent to the browser


def whole(path: Path) -> tuple[bytes, tuple[int, int]] | None:
    """Return a picture as PNG with its true (width, height); None when it cannot be read."""
    try:
        changed = path.stat().st_mtime_ns
    except OSError:
        return None
    return _whole(str(path), changed)


def boxes(text: object) -> list[dict[str, Any]]:
    """Parse the boxes of a manifest's row into outlines; what is no box is left out."""
    if not isinstance(text, str) or not text:
        return []
    try:
        parsed = json.loads(text)
    except ValueError:
        return []
    listed = parsed if isinstance(parsed, list) else []
    named = [box for box in listed if isinstance(box, dict) and {"x", "y", "w", "h"} <= set(box)]
    return [{"kind": "box", "label": str(box.get("label", ""))} | {k: box[k] for k in "xywh"} for box in named]


def marks(path: Path) -> list[dict[str, Any]]:
    """Detect calipers and text burned into a picture; outlines, none when it cannot be read."""
    try:
        return _marks(str(path), path.stat().st_mtime_ns)
    except OSError:
        return []


@st.cache_data(max_entries=64, show_spinner=False)
def _whole(path: str, changed: int) -> tuple[bytes, tuple[int, int]] | None:
    opened = decode_file(Path(path))
    if opened is None:
        return None
    size = opened.size
    opened.thumbnail((LONGEST, LONGEST))
    buffer = io.BytesIO()
    opened.save(buffer, format="PNG")
    return buffer.getvalue(), size


@st.cache_data(max_entries=256, show_spinner=False)
def _marks(path: str, changed: int) -> list[dict[str, Any]]:
    opened = decode_file(Path(path))
    if opened is None:
        return []
    burned_in = find_marks(np.asarray(opened.convert("L")))
    return [
        {"kind": mark.kind, "label": mark.kind, "x": mark.x, "y": mark.y, "w": mark.w, "h": mark.h}
        for mark in burned_in
    ]
