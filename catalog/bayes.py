"""Compute the error that no classifier can go below.

The labels' probabilities must be known.
"""

from __future__ import annotations

import pandas as pd


def bayes_error(samples: pd.DataFrame) -> float | None:
    """Return the expected error of the best possible classifier, 0 to 0.5.

    None where it is not known.

    It is the mean of 1 - max(p, 1 - p) over the probabilities p of the labels, as an undecidable image lies between two
    classes. The best classifier sees the mixture itself, so no real one need reach it. Label noise is not counted:
    it is on training labels only.

    Args:
        samples: a manifest, or rows of it.
    """
    chances = samples["label_probability"]
    if not len(chances) or chances.isna().any():
        return None
    chances = chances.astype(float)
    return float(1 - chances.where(chances >= 0.5, 1 - chances).mean())
