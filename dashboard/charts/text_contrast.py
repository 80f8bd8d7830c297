"""Choose black or white text for a background colour so that it can be read.

Source: WCAG 2.2, relative luminance and contrast ratio. On every colour black or white has a contrast of
4.5 or more (AA).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from plotly.colors import hex_to_rgb, unlabel_rgb

BLACK, WHITE = "#000000", "#ffffff"


def text_colours(values: ArrayLike, colorscale: Any, low: float, high: float) -> list[str | None]:
    """Choose the text colour of the number in each cell of a heat map.

    Args:
        values: (N,) float; NaN = a blank cell.  colorscale: pairs of place in [0, 1] and colour, as a figure holds it.
        low, high: the values at the ends of the scale.
    Returns:
        (N,) colours; None for a blank cell, which keeps the page's text colour.
    """
    numbers = np.asarray(values, dtype=np.float64)
    places = np.clip((np.nan_to_num(numbers) - low) / max(high - low, 1e-12), 0, 1)
    chosen = np.where(luminance(colours(places, colorscale)) > _TURN, BLACK, WHITE)
    return [None if blank else str(colour) for blank, colour in zip(np.isnan(numbers), chosen, strict=True)]


def colours(places: ArrayLike, colorscale: Any) -> NDArray[np.float64]:
    """Interpolate a colour scale at places in [0, 1] as plotly does.

    Returns:
        (N, 3) RGB in [0, 255].
    """
    stops = [float(place) for place, _ in colorscale]
    stop_colours = np.array([_rgb(colour) for _, colour in colorscale], dtype=np.float64)
    return np.stack([np.interp(np.asarray(places), stops, channel) for channel in stop_colours.T], axis=1)


def luminance(rgb: ArrayLike) -> NDArray[np.float64]:
    """Return the relative luminance (N,) in [0, 1] of colours (N, 3), RGB in [0, 255]."""
    share = np.asarray(rgb, dtype=np.float64) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]), np.float64)


def contrast(a: ArrayLike, b: ArrayLike) -> NDArray[np.float64]:
    """Return the contrast ratio (N,) in [1, 21] of two luminances (N,)."""
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    return (np.maximum(first, second) + 0.05) / (np.minimum(first, second) + 0.05)


_TURN = float(np.sqrt(1.05 * 0.05) - 0.05)  # the luminance on which black and white have the same contrast


def _rgb(colour: str) -> tuple[float, ...]:
    return tuple(hex_to_rgb(colour) if colour.startswith("#") else unlabel_rgb(colour))
