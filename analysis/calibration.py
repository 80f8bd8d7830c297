"""Does a model know when it is right? Reliability in bins, and the expected calibration error."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.checks import multi_hot, same_length, scores
from analysis.metrics import ratio

N_BINS = 10


def bin_of(probs: ArrayLike, n_bins: int = N_BINS) -> NDArray[np.int64]:
    """The bin of every probability, as `reliability` counts them: the shape of `probs`, each in [0, n_bins).

    Args:
        probs: float in [0, 1].  n_bins: at least 1.
    """
    at: NDArray[np.int64] = np.searchsorted(np.linspace(0, 1, n_bins + 1)[1:-1], np.asarray(probs, dtype=np.float64))
    return at


def reliability(outcomes: ArrayLike, probs: ArrayLike, n_bins: int = N_BINS) -> pd.DataFrame:
    """Bins of equal width over the probability, each with what was said and what came true.

    Args:
        outcomes: (N,) bool: was it so?  probs: (N,) float in [0, 1]: how sure was the model of it?
        n_bins: at least 1; bin k is (k / n_bins, (k + 1) / n_bins], the first one with 0.
    Returns:
        low, high, n, confidence (mean probability), frequency (share that came true), low_95, high_95 (Wilson's
        interval of the frequency); one row a bin, NaN where a bin is empty.
    Raises:
        ValueError: lengths differ, n_bins below 1, or values are not what is said above.
    Source: Guo et al. 2017, section 2; bins as in scikit-learn's calibration_curve; Wilson 1927.
    """
    if n_bins < 1:
        raise ValueError(f"n_bins is {n_bins}; at least 1 is needed.")
    right = multi_hot("outcomes", np.asarray(outcomes)[:, None])[:, 0]
    sure = np.clip(scores("probs", np.asarray(probs)[:, None])[:, 0], 0, 1)
    same_length(outcomes=right, probs=sure)
    edges = np.linspace(0, 1, n_bins + 1)
    at = bin_of(sure, n_bins)
    n = np.bincount(at, minlength=n_bins)
    came_true = np.bincount(at, weights=right, minlength=n_bins)
    frequency = ratio(came_true, n)
    z2 = 1.959963984540054**2
    middle, half = (
        ratio(came_true + z2 / 2, n + z2),
        np.sqrt(z2 * (frequency * (1 - frequency) * n + z2 / 4)) / (n + z2),
    )
    return pd.DataFrame(
        {
            "low": edges[:-1],
            "high": edges[1:],
            "n": n,
            "confidence": ratio(np.bincount(at, weights=sure, minlength=n_bins), n),
            "frequency": frequency,
            "low_95": np.where(n > 0, middle - half, np.nan),
            "high_95": np.where(n > 0, middle + half, np.nan),
        }
    )


def expected_calibration_error(bins: pd.DataFrame) -> float:
    """Mean distance between confidence and frequency over the samples; lower = better, NaN over none.

    Args:
        bins: of `reliability`.
    Returns:
        In [0, 1].
    Source: Naeini et al. 2015; Guo et al. 2017, equation 3.
    """
    filled = bins[bins["n"] > 0]
    gap = (filled["confidence"] - filled["frequency"]).abs()
    return float(ratio((gap * filled["n"]).sum(), filled["n"].sum()))
