"""Estimate what each knob of a grid does to a gain, with the other knobs held."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

COLUMNS: Final = ("knob", "start", "end", "effect", "effect_low", "effect_high", "n_cells")
_LEVEL: Final = 0.95
_FEWEST_SPARE: Final = 3  # cells beyond the number of effects, below which an interval says nothing


def knob_effects(values: Sequence[Mapping[str, Hashable]], gains: NDArray[np.float64]) -> pd.DataFrame:
    """Estimate the change of the gain from each knob's first value to each other one.

    A linear model of main effects, fitted to the cells by least squares. What it leaves over, interactions of knobs
    and chance alike, is the error. The 95% intervals hold together over all effects (Bonferroni). Cells may share
    chance (one seed of training, one generator of images): what all cells share cancels out of every effect.

    Args:
        values: the knobs of each of K cells, each with the same names; a knob's values in the order of the file.
        gains: (K,) the gain of each cell; cells without one (NaN) are left out.

    Returns:
        One row per effect: knob, start and end (values), effect, effect_low, effect_high (NaN: too few cells), n_cells.
        No row where the cells cannot tell the knobs apart.
    """
    levels = {knob: list(dict.fromkeys(cell[knob] for cell in values)) for knob in (values[0] if values else {})}
    effects = [(knob, start_end[0], end) for knob, start_end in levels.items() for end in start_end[1:]]
    answered = np.flatnonzero(~np.isnan(gains)).tolist()
    design = np.array(
        [[1.0, *(float(values[cell][knob] == end) for knob, _, end in effects)] for cell in answered]
    ).reshape(len(answered), len(effects) + 1)
    if not effects or np.linalg.matrix_rank(design) < design.shape[1]:
        return pd.DataFrame(columns=list(COLUMNS))
    estimates = np.linalg.lstsq(design, gains[answered], rcond=None)[0]
    spare = len(answered) - design.shape[1]
    half = np.full(len(effects), np.nan)
    if spare >= _FEWEST_SPARE:
        variance = float(np.sum((gains[answered] - design @ estimates) ** 2)) / spare
        errors = np.sqrt(variance * np.diag(np.linalg.inv(design.T @ design)))[1:]
        half = errors * stats.t.ppf(1 - (1 - _LEVEL) / (2 * len(effects)), spare)
    change = estimates[1:]
    knobs, starts, ends = zip(*effects, strict=True)
    return pd.DataFrame({
        "knob": knobs, "start": pd.Series(starts, dtype=object), "end": pd.Series(ends, dtype=object),
        "effect": change, "effect_low": change - half, "effect_high": change + half, "n_cells": len(answered),
    })  # fmt: skip
