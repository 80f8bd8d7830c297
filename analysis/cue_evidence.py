"""Judge which cues set a class apart, and which classes are learned sooner.

The intervals hold together.

Every quantity is an area under the ROC curve (AUC) of one class against all others, so 0.5 is chance. What is found are
associations: a cue that tells a class apart goes with it, and a network may use it or not.

Of 400 simulated data sets in which class goes with nothing (40 patients of 5 samples, 4 classes, 4 cues that are partly
of the patient), 5.0 % had any claim at the nominal 5 %, and 2.0 % where each patient has one class.

Source: AUC as a share of pairs: Mann and Whitney 1947; linear discriminant: Fisher 1936; the scale of the logarithm of
the odds, on which an AUC near 1 has an interval below 1: Pepe 2003, chapter 5; intervals that hold together: as in
`analysis.simultaneous_intervals`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from analysis.bootstrap import FEWEST_PATIENTS, group_index, group_weights, weighted_areas
from analysis.simultaneous_intervals import ALPHA, tail_level
from analysis.validation import multi_hot, same_length

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Counts = NDArray[np.int64]

SOONER = "sooner"
"""The factor that is no cue: of a pair of a sample of the class and one of another, how often it is learned first."""
_FOLDS = 5
_RIDGE = 1e-3  # of the unit variance that each number is scaled to
_FARTHEST = 4.0  # standard deviations: a single odd picture must not bend the curve


def judge_factors(
    shows: ArrayLike,
    classes: Sequence[str],
    groups: ArrayLike,
    learned: ArrayLike,
    cues: Mapping[str, ArrayLike],
    n_bootstrap: int = 1000,
    seed: int = 0,
    alpha: float = ALPHA,
) -> pd.DataFrame:
    """Judge by AUC how soon each class is learned and how far each cue alone tells it apart.

    A cue is scored by a linear discriminant of its numbers and their squares, each sample by one that was fitted
    without its patient (5 folds). One that knows nothing scores slightly below 0.5, so only what lies above 0.5 counts.

    N samples, C classes.
    Args:
        shows: (N, C) 0/1, which classes a sample shows.  classes: (C,) names.  groups: (N,) patient of each sample.
        learned: (N,) epoch since which a sample has been right, inf = not learned, NaN = not known.
        cues: by name (N, F) numbers; a row with NaN was not measured.
        n_bootstrap: resamples of patients.
        alpha: the chance, in at most which one or more intervals of the table may miss their true value.
    Returns:
        class_name, factor (SOONER, or a cue), auc, low, high (95 % alone), together_low, together_high (all of the
        table together), n, n_patients (of the class), apart (whether the interval together excludes 0.5: for SOONER on
        either side, for a cue above); NaN where fewer than FEWEST_PATIENTS patients have the class or lack it, or
        all pictures are alike.
    Raises:
        ValueError: lengths differ.
    """
    true = multi_hot("shows", shows, len(classes))
    index, n_groups = group_index(groups)
    when = np.asarray(learned, dtype=np.float64)
    numbers = {name: np.asarray(values, dtype=np.float64) for name, values in cues.items()}
    same_length(shows=true, groups=index, learned=when, **numbers)
    weights = group_weights(n_groups, n_bootstrap, seed)
    rows, resampled = [], []
    for at, class_name in enumerate(classes):
        for factor, values in {SOONER: when[:, None], **numbers}.items():
            known = ~np.isnan(values).any(axis=1)
            shown = true[known, at]
            patients = _patients(shown, index[known])
            scores = -when if factor == SOONER else out_of_fold_scores(values, true[:, at], index)
            areas = np.full(1 + n_bootstrap, np.nan)
            if patients >= FEWEST_PATIENTS and len(np.unique(scores[known])) > 1:
                areas = weighted_areas(shown, scores[known], index[known], weights)[1]
            rows.append((class_name, factor, areas[0], int(shown.sum()), patients))
            resampled.append(areas)
    table = pd.DataFrame(rows, columns=["class_name", "factor", "auc", "n", "n_patients"])
    return _with_intervals(table, np.array(resampled).reshape(len(rows), -1).T, alpha)


def out_of_fold_scores(values: Floats, true: Bools, index: Counts) -> Floats:
    """Score samples, (N,), by discriminants fitted without their group.

    Higher = more like the class.

    Args:
        values: (N, F), a row with NaN is left out.  true: (N,) whether a sample shows the class.
        index: (N,) group of each sample.
    Returns:
        NaN for rows left out; NaN for all where too few groups have the class or lack it, or no number varies.
    """
    scores = np.full(len(true), np.nan)
    rows = np.flatnonzero(~np.isnan(values).any(axis=1))
    shown, groups = true[rows], index[rows]
    if _patients(shown, groups) < FEWEST_PATIENTS or not np.ptp(values[rows], axis=0).any():
        return scores
    folds = _folds(shown, groups)
    for fold in range(_FOLDS):
        train, test = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        mean, spread = values[rows[train]].mean(axis=0), values[rows[train]].std(axis=0)
        scaled = (values[rows] - mean) / np.where(spread > 0, spread, 1)
        scaled = np.clip(scaled, -_FARTHEST, _FARTHEST)
        curved = np.concatenate([scaled, scaled**2], axis=1)
        scores[rows[test]] = _discriminant(curved[train], shown[train], curved[test])
    return scores


def _discriminant(fitted: Floats, shown: Bools, values: Floats) -> Floats:
    """Fit Fisher's discriminant and score other rows: about 1 = class, -1 = not.

    Both sides weigh the same.

    Fitted by least squares with a little ridge; a library's logistic regression ranks alike and takes twenty times as
    long on so few numbers, for its checks.
    """
    design = np.column_stack([np.ones(len(fitted)), fitted])
    weight = np.where(shown, 0.5 / shown.sum(), 0.5 / (~shown).sum())[:, None]
    ridge = np.diag([0.0] + [_RIDGE] * fitted.shape[1])
    target = np.where(shown, 1.0, -1.0)
    slope = np.linalg.solve(design.T @ (weight * design) + ridge, (weight * design).T @ target)
    return np.asarray(slope[0] + values @ slope[1:], dtype=np.float64)


def _folds(shown: Bools, groups: Counts) -> Counts:
    """Deal the groups to folds so that each fold has its share of both.

    Those that have the class are dealt first.

    Returns:
        (N,) fold of each sample.
    """
    numbers, group = np.unique(groups, return_inverse=True)
    has_class = np.bincount(group, weights=shown) > 0
    order = np.random.default_rng(0).permutation(len(numbers))
    order = order[np.argsort(~has_class[order], kind="stable")]
    fold = np.empty(len(numbers), np.int64)
    fold[order] = np.arange(len(numbers)) % _FOLDS
    return fold[group]


def _patients(shown: Bools, groups: Counts) -> int:
    """Count the patients who have the class, or those who lack it if they are fewer."""
    return min(len(np.unique(groups[shown])), len(np.unique(groups[~shown])))


def _with_intervals(table: pd.DataFrame, areas: Floats, alpha: float) -> pd.DataFrame:
    """Add intervals of each AUC alone, and of all together.

    Args:
        areas: (1 + R, K) AUC of the data itself, then of each resample of patients.
    """
    auc, patients = areas[0], table["n_patients"].to_numpy(np.float64)
    edge = 0.5 / np.maximum(patients, 1) ** 2  # an AUC of 1 has no finite odds; so many pairs could not show more
    odds = stats.logistic.ppf(np.clip(areas, edge, 1 - edge))
    enough = 2 * (~np.isnan(odds[1:])).sum(axis=0) >= max(2, len(odds) - 1)
    known = ~np.isnan(auc) & enough
    spread = np.full(len(auc), np.nan)
    spread[known] = np.nanstd(odds[1:, known], axis=0, ddof=1)
    level = tail_level(odds[1:], odds[0], known, alpha)
    ends: dict[str, Any] = {}
    for name, tail in (("", 0.05), ("together_", level)):
        width = stats.t.ppf(1 - tail / 2, np.maximum(patients - 1, 1)) * spread
        low, high = stats.logistic.cdf(odds[0] - width), stats.logistic.cdf(odds[0] + width)
        exact = (tail / 2) ** (1 / np.maximum(patients, 1))  # where every patient agrees, as in Clopper and Pearson
        ends[f"{name}low"] = np.where(auc == 1, np.minimum(low, exact), np.where(auc == 0, 0.0, low))
        ends[f"{name}high"] = np.where(auc == 0, np.maximum(high, 1 - exact), np.where(auc == 1, 1.0, high))
    table = table.assign(**ends)
    above, below = table["together_low"] > 0.5, table["together_high"] < 0.5
    return table.assign(apart=above | (below & (table["factor"] == SOONER)))
