"""The shortcut probe: what a prediction owes to what is burned into the picture, not to what is in it.

Marks are painted out of the pictures that have them, and painted into those that have none. The anatomy is the same
before and after: a class of anatomy must not flip.
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
    """The picture with the marked pixels, and one around them, filled in from what surrounds them.

    Args:
        picture: (H, W) or (H, W, 3) uint8.
        marks: (H, W) bool.
    Source: Telea 2004, through OpenCV.
    """
    grown = cv2.dilate(marks.astype(np.uint8), np.ones((3, 3), np.uint8))
    return np.asarray(cv2.inpaint(picture, grown, RADIUS, cv2.INPAINT_TELEA), np.uint8)


def paint_in(picture: Pixels, rng: np.random.Generator) -> Pixels:
    """The picture with a pair of caliper crosses across its middle and a line of text in a corner.

    Args:
        picture: (H, W) or (H, W, 3) uint8.
    """
    painted = picture.copy()
    height, width = picture.shape[:2]
    side = min(height, width)
    colour = (_BRIGHT,) * 3
    angle, reach = rng.uniform(0, np.pi), side * rng.uniform(0.15, 0.3)
    for sign in (-1, 1):
        at = (int(width / 2 + sign * reach * np.cos(angle)), int(height / 2 + sign * reach * np.sin(angle)))
        cv2.drawMarker(painted, at, colour, cv2.MARKER_CROSS, max(7, side // 24), 1)
    words = rng.choice(["AC", "BPD", "FL", "AFI", "CRL"]) + f" {rng.uniform(10, 99):.1f} mm"
    at = (int(width * rng.uniform(0.05, 0.4)), int(height * rng.uniform(0.82, 0.95)))
    cv2.putText(painted, words, at, cv2.FONT_HERSHEY_SIMPLEX, side / 500, colour, 1, cv2.LINE_AA)
    return painted


def marks_of(dataset: catalog.Dataset, sample: Any, picture: Pixels) -> NDArray[np.bool_]:
    """(H, W) bool: what is burned in, by the sample's mask where it has one, else as the finder of marks sees it."""
    if isinstance(sample.mask, str):
        mask = np.asarray(_opened(dataset, sample.mask))
        return (mask & MARK_BITS) > 0
    grey = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    found = np.zeros(grey.shape, np.bool_)
    for mark in find_marks(np.ascontiguousarray(grey)):
        found[max(0, mark.y) : mark.y + mark.h, max(0, mark.x) : mark.x + mark.w] = True
    return found


@dataclass(frozen=True)
class Pairs:
    """Pictures before and after their marks were changed, as the network takes them.

    change: (N,) str, of CHANGES.
    before, after: (N, channels, size, size) uint8.
    marks: (N, size, size) bool, what was burned in; nowhere in a picture that had none.
    """

    change: NDArray[np.object_]
    before: Pixels
    after: Pixels
    marks: NDArray[np.bool_]


def pairs(dataset: catalog.Dataset, samples: pd.DataFrame, size: int, seed: int) -> Pairs:
    """The pictures of some samples, and the same with their marks painted out or, where there are none, in.

    Args:
        samples: rows of the manifest, one or more.
        size: side of the pictures that the network takes.
    """
    change: list[str] = []
    before: list[Pixels] = []
    after: list[Pixels] = []
    burned = np.zeros((len(samples), size, size), np.bool_)
    for number, sample in enumerate(samples.itertuples()):
        picture = np.asarray(_opened(dataset, str(sample.path)))
        marks = marks_of(dataset, sample, picture)
        if marks.any():
            changed, what = paint_out(picture, marks), OUT
            burned[number] = _square(marks.astype(np.uint8) * 255, size, 1)[0] > 0
        else:
            changed, what = paint_in(picture, np.random.default_rng([seed, number])), IN
        change.append(what)
        before.append(_square(picture, size, dataset.channels))
        after.append(_square(changed, size, dataset.channels))
    return Pairs(np.array(change, object), np.stack(before), np.stack(after), burned)


def flips(found: Pairs, decisions: Callable[[Pixels], NDArray[np.bool_]]) -> NDArray[np.bool_]:
    """(N,) whether the decided classes are others after the change.

    Args:
        decisions: of (N, channels, size, size) pixels, (N, C) bool.
    """
    changed: NDArray[np.bool_] = (decisions(found.before) != decisions(found.after)).any(axis=1)
    return changed


def _opened(dataset: catalog.Dataset, path: str) -> Any:
    return decode((dataset.folder / path).read_bytes(), path)


def _square(pixels: Pixels, size: int, channels: int) -> Pixels:
    return letterbox(Image.fromarray(pixels), size, channels)
