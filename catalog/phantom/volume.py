"""Render the volume view: a lit surface of face or body on black, without speckle."""

from __future__ import annotations

import math

import numpy as np
import scipy.ndimage
from numpy.typing import NDArray

from catalog.phantom.probe import Floats

_LEVEL = 0.12  # height from which a surface is rendered
_TONE = np.array([-0.25, 0.25, 0.9], np.float32)  # red early, blue late: shadows are brown and lights are cream


def render(size: int, rng: np.random.Generator, sepia: float = 0.0) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Render a shaded surface; return it and where the fetus is visible, (size, size).

    Args:
        sepia: 0 for grey, (size, size); above it RGB, (size, size, 3), up to a full sepia tone at 1.
    """
    axis = (np.arange(size, dtype=np.float32) + 0.5) / size * 2 - 1
    turn, zoom = rng.uniform(-0.7, 0.7), rng.uniform(0.85, 1.2)
    c, s = math.cos(turn) / zoom, math.sin(turn) / zoom
    x, y = np.meshgrid(axis - np.float32(rng.uniform(-0.15, 0.15)), axis - np.float32(rng.uniform(-0.12, 0.12)))
    u, v = (c * x + s * y).astype(np.float32), (c * y - s * x).astype(np.float32)
    height = _face(u, v, rng) if rng.random() < 0.65 else _body(u, v, rng)
    fetus = height > _LEVEL
    height = np.maximum(height, _surroundings(size, u, v, rng))
    bumps = scipy.ndimage.gaussian_filter(rng.standard_normal((size, size), np.float32), size / 40)
    fine = scipy.ndimage.gaussian_filter(rng.standard_normal((size, size), np.float32), size / 110)
    height += np.float32(0.11) * bumps + np.float32(0.016) * fine
    slope_y, slope_x = np.gradient(height, np.float32(2 / size))
    light = rng.uniform(-0.8, 0.8), rng.uniform(-0.9, -0.3), 0.9
    length = math.sqrt(sum(part * part for part in light))
    lit = (-slope_x * light[0] - slope_y * light[1] + light[2]) / (length * np.sqrt(1 + slope_x**2 + slope_y**2))
    hollow = height - scipy.ndimage.gaussian_filter(height, size / 16)
    visibility = 1 / (1 + np.exp(-(height - _LEVEL) * 28))
    grey = (0.14 + 0.62 * np.clip(lit, 0, 1) + 0.9 * np.clip(hollow, -0.22, 0.12)) * visibility
    grey *= np.where(fetus, np.float32(1), np.float32(0.55))  # deeper surfaces are darker
    haze = scipy.ndimage.gaussian_filter(rng.standard_normal((size, size), np.float32), size / 14) * (size / 14)
    grey += 0.05 * np.clip(haze, 0, 2) * (1 - visibility)
    grey = np.clip(grey * rng.uniform(0.9, 1.2), 0, 0.95)
    if sepia:
        toned = grey[..., None] ** (1 + np.float32(sepia) * _TONE)
        return np.asarray(toned * 255, np.uint8), fetus
    return np.asarray(grey * 255, np.uint8), fetus


def _surroundings(size: int, u: Floats, v: Floats, rng: np.random.Generator) -> Floats:
    """Paint uterine wall, placenta and cord that were not cut away.

    They are lumps that rise towards the borders.
    """
    lumps = sum(
        scipy.ndimage.gaussian_filter(rng.standard_normal((size, size), np.float32), size / part)
        * np.float32(size / part)
        for part in (9, 20)
    )
    side = rng.uniform(0, 2 * math.pi)
    away = np.hypot(u, v) - 1.05 + rng.uniform(0.2, 0.5) * (math.cos(side) * u + math.sin(side) * v)
    return np.asarray(np.clip(0.9 * away + 0.2 * lumps, 0, 0.5), np.float32)


def _dome(u: Floats, v: Floats, centre: tuple[float, float], a: float, b: float, top: float) -> Floats:
    inside = 1 - ((u - np.float32(centre[0])) / np.float32(a)) ** 2 - ((v - np.float32(centre[1])) / np.float32(b)) ** 2
    return np.asarray(np.float32(top) * np.sqrt(np.clip(inside, 0, None)), np.float32)


def _bump(u: Floats, v: Floats, centre: tuple[float, float], a: float, b: float, top: float) -> Floats:
    away = ((u - np.float32(centre[0])) / np.float32(a)) ** 2 + ((v - np.float32(centre[1])) / np.float32(b)) ** 2
    return np.asarray(np.float32(top) * np.exp(-away), np.float32)


def _arm(u: Floats, v: Floats, start: tuple[float, float], end: tuple[float, float], radius: float) -> Floats:
    du, dv = end[0] - start[0], end[1] - start[1]
    share = np.clip(((u - start[0]) * du + (v - start[1]) * dv) / (du * du + dv * dv), 0, 1)
    away = (u - start[0] - share * du) ** 2 + (v - start[1] - share * dv) ** 2
    lifted = np.sqrt(np.clip(1 - away / (radius * radius), 0, None))
    return np.asarray(lifted * (radius + 0.45) * (away < radius * radius), np.float32)


def _face(u: Floats, v: Floats, rng: np.random.Generator) -> Floats:
    height = _dome(u, v, (0, -0.02), rng.uniform(0.56, 0.66), rng.uniform(0.68, 0.78), 0.62)
    wide = rng.uniform(0.2, 0.25)
    for side in (-wide, wide):
        height += _bump(u, v, (side, -0.08), 0.15, 0.09, -0.09) + _bump(u, v, (side, -0.06), 0.10, 0.055, 0.07)
        height += _bump(u, v, (side, -0.03), 0.10, 0.014, -0.03)  # closed lids
        height += _bump(u, v, (side * 1.25, 0.2), 0.2, 0.19, 0.12) + _bump(u, v, (side, -0.23), 0.18, 0.07, 0.03)
        height += _bump(u, v, (side * 0.32, 0.15), 0.05, 0.04, 0.07)
    height += _bump(u, v, (0, 0.03), 0.07, 0.13, 0.05) + _bump(u, v, (0, 0.12), 0.09, 0.06, 0.12)
    height += _bump(u, v, (0, 0.3), 0.13, 0.04, 0.07) + _bump(u, v, (0, 0.345), 0.12, 0.014, -0.06)
    height += _bump(u, v, (0, 0.39), 0.10, 0.035, 0.06) + _bump(u, v, (0, 0.54), 0.14, 0.09, 0.08)
    if rng.random() < 0.6:
        side = float(rng.choice([-1.0, 1.0]))
        hand = (side * rng.uniform(0.3, 0.5), rng.uniform(0.3, 0.6))
        height = np.maximum(height, _arm(u, v, (side * 0.9, 0.95), hand, 0.14))
        for finger in range(4):
            tip = (hand[0] - side * 0.16, hand[1] - 0.2 + 0.07 * finger)
            height = np.maximum(height, _arm(u, v, hand, tip, 0.045))
    return np.asarray(height, np.float32)


def _body(u: Floats, v: Floats, rng: np.random.Generator) -> Floats:
    height = _dome(u, v, (-0.42, -0.15), 0.34, 0.31, 0.5)
    height = np.maximum(height, _dome(u, v, (0.22, 0.08), 0.5, 0.32, 0.45))
    height += _bump(u, v, (-0.62, 0.02), 0.06, 0.06, 0.1)
    for _ in range(int(rng.integers(2, 5))):
        start = (rng.uniform(-0.1, 0.6), rng.uniform(0.0, 0.25))
        knee = (start[0] + rng.uniform(-0.25, 0.1), start[1] + rng.uniform(0.2, 0.4))
        foot = (knee[0] + rng.uniform(-0.3, 0.3), knee[1] + rng.uniform(-0.2, 0.15))
        height = np.maximum(height, _arm(u, v, start, knee, 0.1))
        height = np.maximum(height, _arm(u, v, knee, foot, 0.08))
    return np.asarray(scipy.ndimage.gaussian_filter(height, 1.2), np.float32)
