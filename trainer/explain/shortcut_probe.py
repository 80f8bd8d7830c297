"""Test whether predictions depend on marks that are burned into the picture.

Marks are painted out of the pictures that have them, and painted into those that have none. The anatomy is the same
before and after, so a class of anatomy must not flip.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

import catalog
from catalog.burned_in_marks import find_marks
from catalog.pictures import decode, letterbox

CHANGES = OUT, IN = ("painted out", "painted in")
Pixels = NDArray[np.uint8]

MARK_BITS = 1 | 2  # of a mask: caliper and text
RADIUS = 3  # of inpainting, in pixels
_BRIGHT = 235


def paint_out(picture: Pixels, marks: NDArray[np.bool_]) -> Pixels:
    """Return the picture with marks, and a margin of one pixel, filled from their surroundings.

    Args:
        picture: (H, W) or (H, W, 3) uint8.
        marks: (H, W) bool.
    Source: Telea 2004, through OpenCV.
    """
    grown = cv2.dilate(marks.astype(np.uint8), np.ones((3, 3), np.uint8))
    return np.asarray(cv2.inpaint(picture, grown, RADIUS, cv2.INPAINT_TELEA), np.uint8)


def paint_in(picture: Pixels, rng: np.random.Generator) -> Pixels:
    """Return the picture with two caliper crosses across its middle and text in a corner.

    Args:
        picture: (H, W) or (H, W, 3) uint8.
    """
    painted = picture.copy()
    height, width = picture.shape[:2]
    side = min(height, width)
    colour = (_BRIGHT,) * 3
    angle, reach = rng.uniform(0, np.pi), side * rng.uniform(0.15, 0.3)
    for sign in (-1, 1):
        position = (int(width / 2 + sign * reach * np.cos(angle)), int(height / 2 + sign * reach * np.sin(angle)))
        cv2.drawMarker(painted, position, colour, cv2.MARKER_CROSS, max(7, side // 24), 1)
    words = rng.choice(["AC", "BPD", "FL", "AFI", "CRL"]) + f" {rng.uniform(10, 99):.1f} mm"
    position = (int(width * rng.uniform(0.05, 0.4)), int(height * rng.uniform(0.82, 0.95)))
    cv2.putText(painted, words, position, cv2.FONT_HERSHEY_SIMPLEX, side / 500, colour, 1, cv2.LINE_AA)
    return painted


def marks_of(dataset: catalog.Dataset, sample: Any, picture: Pixels) -> NDArray[np.bool_]:
    """Return the burned-in marks, (H, W) bool: those of the sample's mask, else detected."""
    if isinstance(sample.mask, str):
        mask = np.asarray(_open_picture(dataset, sample.mask))
        return (mask & MARK_BITS) > 0
    grey = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    is_mark = np.zeros(grey.shape, np.bool_)
    for mark in find_marks(np.ascontiguousarray(grey)):
        is_mark[max(0, mark.y) : mark.y + mark.h, max(0, mark.x) : mark.x + mark.w] = True
    return is_mark


@dataclass(frozen=True)
class Pairs:
    """Pictures before and after their marks were changed, as the network takes them.

    change: (N,) str, of CHANGES.
    before, after: (N, channels, size, size) uint8.
    marks: (N, size, size) bool, the burned-in marks before; all False for a picture without marks.
    """

    change: NDArray[np.object_]
    before: Pixels
    after: Pixels
    marks: NDArray[np.bool_]


def pairs(dataset: catalog.Dataset, samples: pd.DataFrame, size: int, seed: int) -> Pairs:
    """Read pictures, and make copies with marks painted out, or painted in if there are none.

    Args:
        samples: rows of the manifest, one or more.
        size: side of the pictures that the network takes.
    """
    change: list[str] = []
    before: list[Pixels] = []
    after: list[Pixels] = []
    burned = np.zeros((len(samples), size, size), np.bool_)
    for number, sample in enumerate(samples.itertuples()):
        picture = np.asarray(_open_picture(dataset, str(sample.path)))
        marks = marks_of(dataset, sample, picture)
        if marks.any():
            changed, kind = paint_out(picture, marks), OUT
            burned[number] = _square(marks.astype(np.uint8) * 255, size, 1)[0] > 0
        else:
            changed, kind = paint_in(picture, np.random.default_rng([seed, number])), IN
        change.append(kind)
        before.append(_square(picture, size, dataset.channels))
        after.append(_square(changed, size, dataset.channels))
    return Pairs(np.array(change, object), np.stack(before), np.stack(after), burned)


def flips(pictures: Pairs, decisions: Callable[[Pixels], NDArray[np.bool_]]) -> NDArray[np.bool_]:
    """Return (N,) whether the predicted classes differ after the change.

    Args:
        decisions: returns (N, C) bool for (N, channels, size, size) pixels.
    """
    changed: NDArray[np.bool_] = (decisions(pictures.before) != decisions(pictures.after)).any(axis=1)
    return changed


def _open_picture(dataset: catalog.Dataset, path: str) -> Any:
    return decode((dataset.folder / path).read_bytes(), path)


def _square(pixels: Pixels, size: int, channels: int) -> Pixels:
    return letterbox(Image.fromarray(pixels), size, channels)
