"""Resample patients: images of one patient are alike, so whole patients are drawn.

A resample is one row of integer weights over the groups; a metric under all resamples at once is then a product of
the weights with per-group counts (or a weighted sort, for the areas).

Source: Davison and Hinkley 1997, section 3.8 (resampling of clusters); percentile interval, section 5.3.1.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.metrics import ratio

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
FEWEST_PATIENTS = 6  # a two-sided sign test on five that all moved one way gives p = 0.06: fewer cannot show anything
CELLS_AT_ONCE = 4_000_000  # of the resamples x samples grid: about 100 MB of temporaries


def group_index(groups: ArrayLike) -> tuple[Counts, int]:
    """Assign a number to each group, in sorted order.

    An interval then does not depend on the order of the samples.

    Args:
        groups: (N,) names, numbers or any values that compare equal inside a group.
    Returns:
        (N,) int64 in [0, G), and G.
    Raises:
        ValueError: a group is missing.
    """
    codes, names = pd.factorize(np.asarray(groups), sort=True)
    if (codes < 0).any():
        row = int(np.argmax(codes < 0))
        raise ValueError(f"Row {row} has no group; give every sample its patient (or a name of its own).")
    return codes.astype(np.int64), len(names)


@lru_cache(maxsize=4)
def group_weights(n_groups: int, n_bootstrap: int, seed: int) -> Counts:
    """Draw how often each group counts in each resample.

    Row 0 is the data itself: every group once.

    Returns:
        (1 + n_bootstrap, n_groups) int64, not to be written to; every row sums to n_groups. The same seed gives the
        same rows, which are kept: both sides of a comparison and its totals ask for them.
    Raises:
        ValueError: n_bootstrap is negative.
    """
    if n_bootstrap < 0:
        raise ValueError(f"n_bootstrap is {n_bootstrap}; 0 or more resamples are allowed.")
    once = np.ones((1, n_groups), np.int64)
    if n_groups == 0:
        return np.ones((1 + n_bootstrap, 0), np.int64)
    drawn = np.random.default_rng(seed).multinomial(n_groups, np.full(n_groups, 1 / n_groups), size=n_bootstrap)
    weights = np.vstack([once, drawn])
    weights.flags.writeable = False
    return weights


def group_sums(values: ArrayLike, index: Counts, n_groups: int) -> Floats:
    """Sum the rows of each group: (N, ...) -> (n_groups, ...) float."""
    rows = np.asarray(values, dtype=np.float64)
    sums = np.zeros((n_groups, *rows.shape[1:]))
    np.add.at(sums, index, rows)
    return sums


def weighted_areas(true: NDArray[np.bool_], scores: Floats, index: Counts, weights: Counts) -> tuple[Floats, Floats]:
    """Compute average precision and AUROC of one class under every resample.

    Ties count as in scikit-learn.

    N samples, G groups, R resamples.
    Args:
        true: (N,) bool.  scores: (N,) float, higher = more likely.  index: (N,) group of each sample.
        weights: (R, G) how often each group counts.
    Returns:
        average precision (R,), AUROC (R,); in [0, 1], NaN where a resample has no positive (no negative) sample.
    """
    n, resamples = len(true), len(weights)
    areas = np.full((2, resamples), np.nan)
    if n == 0:
        return areas[0], areas[1]
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    starts = np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1]]))
    of_group = weights.T.astype(
        np.int16 if weights.max() < 2**15 else np.int32
    )  # one row per group: the sums below then run along contiguous memory
    rows = max(1, CELLS_AT_ONCE // n)
    for first in range(0, resamples, rows):
        chosen = slice(first, first + rows)
        areas[:, chosen] = _areas(true[order], starts, of_group[:, chosen][index[order]])
    return areas[0], areas[1]


def percentile_interval(resampled: ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Compute the middle `confidence` of each column.

    Args:
        resampled: (R, K) float; NaN = undefined in that resample, and left out.
        confidence: in (0, 1).
    Returns:
        low (K,), high (K,); NaN where fewer than half of the resamples are defined, or there are none.
    """
    values = np.asarray(resampled, dtype=np.float64)
    low, high = np.full(values.shape[1], np.nan), np.full(values.shape[1], np.nan)
    usable = 2 * (~np.isnan(values)).sum(axis=0) >= max(1, len(values))
    if len(values) and usable.any():
        tail = (1 - confidence) / 2
        low[usable], high[usable] = np.nanquantile(values[:, usable], [tail, 1 - tail], axis=0)
    return low, high


def _areas(true: NDArray[np.bool_], starts: Counts, drawn: NDArray[Any]) -> Floats:
    """Compute both areas, (2, R), from samples sorted by falling score.

    `starts` are the first rows of each distinct score; drawn is (N, R).

    Both areas are sums over the positive samples, so that running sums are needed at their scores only.
    """
    ends = np.append(starts[1:], len(true))
    held = np.add.reduceat(true, starts, dtype=np.int64) > 0  # distinct scores that some positive sample has
    cuts = np.union1d(np.concatenate([starts[held], ends[held]]), [0, len(true)])
    # one sum per stretch: numpy's reduceat and cumsum along this axis take many times as long
    stretches = [drawn[a:b].sum(axis=0, dtype=np.int32) for a, b in pairwise(cuts)]
    seen = np.cumsum([np.zeros_like(stretches[0]), *stretches], axis=0, dtype=np.int32)
    above, here = seen[np.searchsorted(cuts, starts[held])], seen[np.searchsorted(cuts, ends[held])]
    first = np.searchsorted(np.flatnonzero(true), starts[held])
    hits = np.add.reduceat(drawn[true], first, axis=0, dtype=np.int32) if held.any() else drawn[:0]
    hits_here = hits.cumsum(axis=0, dtype=np.int32)
    n_true = hits.sum(axis=0).astype(np.float64)
    n_false = seen[-1] - n_true
    precision = np.divide(hits_here, here, out=np.zeros(here.shape), where=here > 0)
    false_here = here - hits_here
    tied = false_here - (above - (hits_here - hits))
    lost = np.einsum("kr,kr->r", hits, false_here - 0.5 * tied)
    return np.stack(
        [ratio(np.einsum("kr,kr->r", hits, precision), n_true), ratio(n_true * n_false - lost, n_true * n_false)]
    )
