"""Score class activation maps against boxes.

N maps of H x W points, each >= 0, against regions of the same shape, True where the object is. Higher is better. A map
that is 0 everywhere, or a region without a point, has no score: NaN.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def pointing_game(maps: ArrayLike, regions: ArrayLike) -> Floats:
    """Score 1 where the highest point of a map lies inside its region, else 0.

    Of equally high points the first counts.

    Args:
        maps: (N, H, W) float >= 0.
        regions: (N, H, W) bool.
    Returns:
        (N,) float, NaN where undefined.
    Raises:
        ValueError: shapes disagree, or a map has a negative or undefined point.
    Source: Zhang et al. 2018 (excitation backprop), section 4.1, without its tolerance of 15 pixels.
    """
    values, inside = _checked(maps, regions)
    hits = inside[np.arange(len(values)), values.argmax(axis=1)].astype(np.float64)
    return np.where(_defined(values, inside), hits, np.nan)


def energy_inside(maps: ArrayLike, regions: ArrayLike) -> Floats:
    """Compute the share of a map's sum that lies inside its region, in [0, 1].

    Args:
        maps: (N, H, W) float >= 0.
        regions: (N, H, W) bool.
    Returns:
        (N,) float, NaN where undefined.
    Raises:
        ValueError: shapes disagree, or a map has a negative or undefined point.
    Source: Wang et al. 2020 (Score-CAM), energy-based pointing game.
    """
    values, inside = _checked(maps, regions)
    total = values.sum(axis=1)
    inner = np.where(inside, values, 0).sum(axis=1)
    return np.where(_defined(values, inside), inner / np.where(total > 0, total, 1), np.nan)


def region(boxes: Sequence[Mapping[str, Any]], width: int, height: int, size: int) -> NDArray[np.bool_]:
    """Rasterise boxes on a square into which the image is fitted: (size, size) bool.

    The borders on both sides are equally wide.

    Args:
        boxes: x, y, w, h in pixels of the image.
        width, height: of the image, in pixels.
    """
    scale = size / max(width, height)
    top, left = (size - round(height * scale)) // 2, (size - round(width * scale)) // 2
    inside = np.zeros((size, size), np.bool_)
    for box in boxes:
        x, y = left + box["x"] * scale, top + box["y"] * scale
        down = slice(max(0, int(y)), max(0, int(np.ceil(y + box["h"] * scale))))
        right = slice(max(0, int(x)), max(0, int(np.ceil(x + box["w"] * scale))))
        inside[down, right] = True
    return inside


def centred_gaussian(height: int, width: int, spread: float = 0.25) -> Floats:
    """Build a map that guesses the middle of the image: (H, W) float in (0, 1].

    Medical images mostly show the object there, so this is a baseline to beat.

    Args:
        spread: standard deviation as a share of each side.
    """
    rows = (np.arange(height) + 0.5) / height - 0.5
    columns = (np.arange(width) + 0.5) / width - 0.5
    return np.exp(-(rows[:, None] ** 2 + columns[None] ** 2) / (2 * spread**2))


def _checked(maps: ArrayLike, regions: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
    values, inside = np.asarray(maps, dtype=np.float64), np.asarray(regions, dtype=np.bool_)
    if values.ndim != 3 or values.shape != inside.shape:
        raise ValueError(f"maps have shape {values.shape} and regions {inside.shape}; both must be the same (N, H, W).")
    if not (values >= 0).all():
        raise ValueError("a map has a negative or undefined point; give maps >= 0.")
    points = values.shape[1] * values.shape[2]
    return values.reshape(len(values), points), inside.reshape(len(inside), points)


def _defined(values: Floats, inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.logical_and((values > 0).any(axis=1), inside.any(axis=1))
