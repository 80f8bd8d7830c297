"""Whether a map points at what it should: scores of class activation maps against boxes, and a map to beat.

N maps of H x W points, each >= 0, against regions of the same shape, True where the thing is. Higher is better. A map
that is 0 everywhere, or a region without a point, has no score: NaN.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def pointing_game(maps: ArrayLike, regions: ArrayLike) -> Floats:
    """1 where the highest point of a map (the first of equals) lies inside its region, else 0.

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
    """Share of a map's sum that lies inside its region, in [0, 1].

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
    whole = values.sum(axis=1)
    part = np.where(inside, values, 0).sum(axis=1)
    return np.where(_defined(values, inside), part / np.where(whole > 0, whole, 1), np.nan)


def region(boxes: Sequence[Mapping[str, Any]], width: int, height: int, size: int) -> NDArray[np.bool_]:
    """(size, size) bool: inside one of the boxes, when the picture is fitted into a square with borders as wide.

    Args:
        boxes: x, y, w, h in pixels of the picture.
        width, height: of the picture.
    """
    scale = size / max(width, height)
    top, left = (size - round(height * scale)) // 2, (size - round(width * scale)) // 2
    found = np.zeros((size, size), np.bool_)
    for box in boxes:
        x, y = left + box["x"] * scale, top + box["y"] * scale
        down = slice(max(0, int(y)), max(0, int(np.ceil(y + box["h"] * scale))))
        right = slice(max(0, int(x)), max(0, int(np.ceil(x + box["w"] * scale))))
        found[down, right] = True
    return found


def centred_gaussian(height: int, width: int, spread: float = 0.25) -> Floats:
    """(H, W) float in (0, 1]: the guess that the thing is in the middle, as it mostly is in medical pictures.

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
