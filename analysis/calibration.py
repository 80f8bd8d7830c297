"""Measure calibration: reliability in bins, and the expected calibration error."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.bootstrap import FEWEST_PATIENTS, group_index, group_sums, group_weights
from analysis.metrics import ratio
from analysis.validation import multi_hot, same_length, scores

Floats = NDArray[np.float64]
N_BINS = 10
SIMULATED = 200  # perfectly calibrated models that are drawn


def bin_index(probs: ArrayLike, n_bins: int = N_BINS) -> NDArray[np.int64]:
    """Find the bin of every probability, as `reliability` counts them.

    Returns the shape of `probs`, each in [0, n_bins).

    Args:
        probs: float in [0, 1].  n_bins: at least 1.
    """
    index: NDArray[np.int64] = np.searchsorted(np.linspace(0, 1, n_bins + 1)[1:-1], np.asarray(probs, dtype=np.float64))
    return index


def reliability(outcomes: ArrayLike, probs: ArrayLike, n_bins: int = N_BINS) -> pd.DataFrame:
    """Compare mean probability and observed frequency in bins of equal width.

    Args:
        outcomes: (N,) bool, what was true.  probs: (N,) float in [0, 1], its predicted probability.
        n_bins: at least 1; bin k is (k / n_bins, (k + 1) / n_bins], the first one with 0.
    Returns:
        low, high, n, confidence (mean probability), frequency (share that came true), low_95, high_95 (Wilson's
        interval of the frequency); one row per bin, NaN where a bin is empty.
    Raises:
        ValueError: lengths differ, n_bins below 1, or values are not as described above.
    Source: Guo et al. 2017, section 2; bins as in scikit-learn's calibration_curve; Wilson 1927.
    """
    if n_bins < 1:
        raise ValueError(f"n_bins is {n_bins}; at least 1 is needed.")
    right = multi_hot("outcomes", np.asarray(outcomes)[:, None])[:, 0]
    confidence = np.clip(scores("probs", np.asarray(probs)[:, None])[:, 0], 0, 1)
    same_length(outcomes=right, probs=confidence)
    edges = np.linspace(0, 1, n_bins + 1)
    bins = bin_index(confidence, n_bins)
    n = np.bincount(bins, minlength=n_bins)
    came_true = np.bincount(bins, weights=right, minlength=n_bins)
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
            "confidence": ratio(np.bincount(bins, weights=confidence, minlength=n_bins), n),
            "frequency": frequency,
            "low_95": np.where(n > 0, middle - half, np.nan),
            "high_95": np.where(n > 0, middle + half, np.nan),
        }
    )


def calibration_errors(
    outcomes: Sequence[ArrayLike],
    probs: Sequence[ArrayLike],
    groups: ArrayLike,
    n_bootstrap: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Compare the expected calibration errors of runs on the same samples.

    The intervals hold the chance that lies in the patients.

    N samples, K probabilities per sample (1 of the most probable class, or one per class).
    Args:
        outcomes, probs: for each run (N, K): what was true, and its predicted probability in [0, 1].
        groups: (N,) patient of each sample.
    Returns:
        value (the error), low, high (95 %, within [0, 1]), perfect (the mean error of a perfectly calibrated model
        that gives the same probabilities: never 0, as bins are few and samples finite), n (probabilities); one row per
        run. With two runs or more also difference, difference_low, difference_high: minus the first run;
        the two ends are NaN with fewer than FEWEST_PATIENTS patients.
    Raises:
        ValueError: shapes disagree, or values are not as described above.
    Source: the error: Naeini et al. 2015; Guo et al. 2017, equation 3. Its interval is own: normal, with the standard
        error of a bootstrap over patients, since the percentiles of such an error lie too high.
    """
    index, n_groups = group_index(groups)
    weights = group_weights(n_groups, n_bootstrap, seed).astype(np.float64)
    rows, drawn = [], []
    rng = np.random.default_rng(seed)
    for outcome, prob in zip(outcomes, probs, strict=True):
        right, confidence = multi_hot("outcomes", outcome), np.clip(scores("probs", prob), 0, 1)
        n = same_length(outcomes=right, probs=confidence, groups=index) * confidence.shape[1]
        bins = bin_index(confidence)
        gaps_of_patients = _gaps(right, confidence, bins, index, n_groups)
        sizes = np.bincount(index, minlength=n_groups) * confidence.shape[1]
        errors = ratio(np.abs(weights @ gaps_of_patients).sum(axis=1), weights @ sizes)
        drawn.append(errors)
        error = float(np.nanstd(errors[1:], ddof=1)) if n_groups > 1 and n_bootstrap > 1 else np.nan
        ends = np.clip([errors[0] - 1.959964 * error, errors[0] + 1.959964 * error], 0, 1)
        rows.append((errors[0], *ends, _perfect(confidence, bins, rng), n))
    frame = pd.DataFrame(rows, columns=["value", "low", "high", "perfect", "n"])
    gaps = [errors - drawn[0] for errors in drawn]
    enough = n_groups >= FEWEST_PATIENTS and n_bootstrap > 1
    spread = [np.nanstd(gap[1:], ddof=1) if enough else np.nan for gap in gaps]
    difference = np.array([gap[0] for gap in gaps])
    margin = 1.959964 * np.array(spread)
    return frame.assign(difference=difference, difference_low=difference - margin, difference_high=difference + margin)


def _gaps(
    right: NDArray[np.bool_], confidence: Floats, bins: NDArray[np.int64], index: NDArray[np.int64], n_groups: int
) -> Floats:
    """Sum confidence minus outcome of each patient in each bin: (n_groups, N_BINS)."""
    gap = confidence - right
    spread = np.stack([np.where(bins == number, gap, 0.0).sum(axis=1) for number in range(N_BINS)], axis=1)
    return group_sums(spread, index, n_groups)


def _perfect(confidence: Floats, bins: NDArray[np.int64], rng: np.random.Generator) -> float:
    """Simulate the mean error of models whose probabilities come true exactly."""
    values, bin_of_value = confidence.ravel(), bins.ravel()
    if not len(values):
        return np.nan
    errors = [
        np.abs(np.bincount(bin_of_value, weights=values - (rng.random(len(values)) < values), minlength=N_BINS)).sum()
        for _ in range(SIMULATED)
    ]
    return float(np.mean(errors) / len(values))
