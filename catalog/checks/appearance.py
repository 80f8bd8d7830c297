"""Find images with unusual content: empty, dark, of another size or mode."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from catalog.checks.finding import Finding, named, pictures
from catalog.near_duplicates import FLAT

DARK = 32.0  # of 255: an image is very dark when 95 % of its pixels are no brighter
RARE = 0.1  # a mode that at most this share of the images have is unusual
_OUTLIER = 3.5  # robust standard deviations
_FACTOR = 2.0  # and at least this many times the median: smaller differences do no harm


def flat(features: pd.DataFrame) -> Iterator[Finding]:
    """Yield findings near_constant and very_dark."""
    empty = features["spread"] < FLAT
    dark = features[(features["bright"] < DARK) & ~empty]
    if empty.any():
        text = f"{pictures(int(empty.sum()), 'shows', 'show')} almost nothing, one grey all over: "
        yield _about("near_constant", text, features[empty])
    if len(dark):
        text = f"{pictures(len(dark), 'is', 'are')} very dark, with 95 % of the pixels below {DARK:.0f} of 255: "
        yield _about("very_dark", text, dark)


def sizes(features: pd.DataFrame) -> Iterator[Finding]:
    """Yield finding unusual_size: area or shape far from the rest, and by a factor of two.

    Source: modified z-score on the logarithm, Iglewicz and Hoaglin 1993, |z| > 3.5.
    """
    sound = features[features["code"].isna()]
    area = np.log(sound["width"] * sound["height"])
    shape = np.log(sound["width"] / sound["height"])
    odd = sound[_outliers(area) | _outliers(shape)]
    if len(odd):
        usual = f"{sound['width'].median():.0f} x {sound['height'].median():.0f}"
        text = f"{pictures(len(odd), 'has', 'have')} an unusual size or shape (the usual is about {usual}): "
        yield _about("unusual_size", text, odd)


def modes(features: pd.DataFrame) -> Iterator[Finding]:
    """Yield findings unusual_mode, and mixed_modes where none of several modes is rare."""
    readable = features[features["mode"].notna()]
    shares = readable["mode"].value_counts(normalize=True)
    if len(shares) < 2:
        return
    rare = shares.index[shares <= RARE]
    for mode in rare:
        odd = readable[readable["mode"] == mode]
        text = f"{pictures(len(odd), 'is', 'are')} {mode} where others are {shares.index[0]}: "
        yield _about("unusual_mode", text, odd)
    if len(shares) - len(rare) > 1:
        text = ", ".join(f"{mode} {share:.0%}" for mode, share in shares.items())
        yield Finding("info", "mixed_modes", f"Pictures are of several modes: {text}.")


def _outliers(values: pd.Series) -> pd.Series:
    away = (values - values.median()).abs()
    return (away > _OUTLIER * 1.4826 * away.median()) & (away > math.log(_FACTOR) * (1 - 1e-9))


def _about(code: str, text: str, rows: pd.DataFrame) -> Finding:
    return Finding("warning", code, f"{text}{named(rows['key'].tolist())}.", tuple(rows["sample_id"]))
