"""Measure how far reviewers agree beyond chance."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.metrics import cohen_kappa_score

from analysis.validation import same_length


def cohen_kappa(first: ArrayLike, second: ArrayLike) -> float:
    """Compute Cohen's kappa of two reviewers on the same samples.

    Args:
        first, second: (N,) verdicts, any values that compare equal where they agree. A sample that one of the two gave
            none (None, NaN) says nothing of agreement and is left out.
    Returns:
        In [-1, 1]: 1 = always, 0 = as often as by chance. NaN over no samples, or where both gave one and the same
        verdict to everything: chance alone would agree then.
    Raises:
        ValueError: lengths differ.
    Source: Cohen 1960; computed by scikit-learn.
    """
    ratings = [np.asarray(verdicts, dtype=object) for verdicts in (first, second)]
    n = same_length(first=ratings[0], second=ratings[1])
    codes, _ = pd.factorize(np.concatenate(ratings))
    codes = codes.reshape(2, n)
    codes = codes[:, (codes >= 0).all(axis=0)]  # -1: missing
    if not codes.shape[1]:
        return np.nan
    return np.nan if (codes == codes[0, 0]).all() else float(cohen_kappa_score(*codes))


def fleiss_kappa(counts: ArrayLike) -> float:
    """Compute Fleiss' kappa of several reviewers, who may differ from sample to sample.

    Args:
        counts: (N, K) int: how many reviewers gave sample i the verdict k. Samples with fewer than two verdicts say
            nothing of agreement and are left out; the number of verdicts may differ between the others.
    Returns:
        At most 1: 1 = always, 0 = as often as by chance. NaN over no samples, or where only one verdict was ever given.
    Raises:
        ValueError: not (N, K), or a negative count.
    Source: Fleiss 1971; with differing numbers of verdicts, each sample's own share of agreeing pairs.
    """
    table = np.asarray(counts, dtype=np.float64)
    if table.ndim != 2 or (table.size and not table.min() >= 0):
        raise ValueError(f"counts has shape {table.shape}; give (N, K) counts of 0 or more.")
    table = table[table.sum(axis=1) >= 2]
    if not len(table):
        return np.nan
    raters = table.sum(axis=1)
    agreeing = ((table * (table - 1)).sum(axis=1) / (raters * (raters - 1))).mean()
    by_chance = float(((table.sum(axis=0) / table.sum()) ** 2).sum())
    return np.nan if np.isclose(by_chance, 1) else float((agreeing - by_chance) / (1 - by_chance))
