"""Several seeds: the mean with its interval, and the effect of one recipe against another with both kinds of chance.

A difference measured once wobbles for two reasons: other patients could have been in the test set, and another seed
would have trained another model. With several seeds both are in the interval; with one seed only the first can be.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from analysis.bootstrap import group_index, group_sums, group_weights
from analysis.checks import multi_hot, same_length, scores
from analysis.comparison import COLUMNS, resampled_metrics
from analysis.metrics import PER_CLASS_METRICS, ratio

Floats = NDArray[np.float64]


def over_seeds(frame: pd.DataFrame, by: Sequence[str], values: Sequence[str]) -> pd.DataFrame:
    """Mean over the rows of each group (one row a seed), with Student's 95 % interval of the mean.

    Args:
        frame: the columns `by` and `values` (float, NaN = undefined and left out).
    Returns:
        by, n_seeds (rows), and for each value: value, value_low, value_high (NaN with fewer than two); in the order in
        which the groups appear.
    Source: Student 1908.
    """
    grouped = frame.groupby(list(by), sort=False, dropna=False)
    found = grouped.size().rename("n_seeds").to_frame()
    for value in values:
        mean, deviation, n = (getattr(grouped[value], name)() for name in ("mean", "std", "count"))
        margin = deviation / np.sqrt(n) * stats.t.ppf(0.975, (n - 1).where(n > 1))
        found = found.assign(**{value: mean, f"{value}_low": mean - margin, f"{value}_high": mean + margin})
    return found.reset_index()


def effect(per_seed: ArrayLike, resampled: ArrayLike) -> pd.DataFrame:
    """The mean effect over seeds with an interval that holds patients and seeds to account.

    S seeds, R resamples of patients, K quantities.
    Args:
        per_seed: (S, K) the difference that each seed shows on the whole test set.
        resampled: (R, K) the mean over seeds of the difference, under each resample of patients (the same resamples
            for every seed); R = 0 gives no interval.
    Returns:
        difference, low, high (95 %), patient_error, seed_error (standard errors; seed_error NaN with one seed),
        n_seeds; one row a quantity, NaN where undefined.
    Raises:
        ValueError: not two-dimensional, or different K.
    Source: own. With one seed the percentile interval over patients. With several, variances add up: of the patients
        from the resamples, of the seeds from the S differences divided by S; Student's interval with the degrees of
        freedom of Satterthwaite 1946 (patients counted as many).
    """
    seeds, drawn = np.asarray(per_seed, dtype=np.float64), np.asarray(resampled, dtype=np.float64)
    if seeds.ndim != 2 or drawn.ndim != 2 or seeds.shape[1] != drawn.shape[1]:
        raise ValueError(f"per_seed {seeds.shape} and resampled {drawn.shape} disagree; give (S, K) and (R, K).")
    n_seeds = len(seeds)
    mean = seeds.mean(axis=0) if n_seeds else np.full(seeds.shape[1], np.nan)
    usable = 2 * (~np.isnan(drawn)).sum(axis=0) >= max(2, len(drawn))
    patients = np.full(len(mean), np.nan)
    low, high = patients.copy(), patients.copy()
    if usable.any():
        patients[usable] = np.nanstd(drawn[:, usable], axis=0, ddof=1)
        low[usable], high[usable] = np.nanquantile(drawn[:, usable], [0.025, 0.975], axis=0)
    between = np.full(len(mean), np.nan)
    if n_seeds > 1:
        between = seeds.std(axis=0, ddof=1) / np.sqrt(n_seeds)
        total = patients**2 + between**2
        freedom = (n_seeds - 1) * np.divide(total, between**2, out=np.full(len(mean), np.inf), where=between > 0) ** 2
        margin = stats.t.ppf(0.975, freedom) * np.sqrt(total)
        low, high = mean - margin, mean + margin
    columns = (mean, low, high, patients, between, n_seeds)
    names = ("difference", "low", "high", "patient_error", "seed_error", "n_seeds")
    return pd.DataFrame(dict(zip(names, columns, strict=True)))


def compare_over_seeds(
    targets: ArrayLike,
    pairs: Sequence[tuple[ArrayLike, ArrayLike, ArrayLike, ArrayLike]],
    groups: ArrayLike,
    classes: Sequence[str],
    metrics: Sequence[str] = PER_CLASS_METRICS,
    n_bootstrap: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Every class in two recipes, each trained with the same seeds.

    N samples, C classes.
    Args:
        targets: (N, C) 0/1.  pairs: one a seed: decided_a, decided_b (N, C) bool, probs_a, probs_b (N, C) in [0, 1].
        groups: (N,) patient of each sample.
    Returns:
        As analysis.comparison.compare_per_class, a and b being means over the seeds and the interval that of `effect`;
        and n_seeds. With one pair the very same numbers.
    Raises:
        ValueError: no pair, shapes disagree, or values are not what is said above.
    """
    if not pairs:
        raise ValueError("pairs is empty; give the runs of at least one seed.")
    n_classes = len(classes)
    true = multi_hot("targets", targets, n_classes)
    index, n_groups = group_index(groups)
    weights = group_weights(n_groups, n_bootstrap, seed)
    sides = []
    for decided_a, decided_b, probs_a, probs_b in pairs:
        said = [multi_hot(name, of, n_classes) for name, of in (("decided_a", decided_a), ("decided_b", decided_b))]
        values = [scores(name, of, n_classes) for name, of in (("probs_a", probs_a), ("probs_b", probs_b))]
        same_length(targets=true, groups=index, decided_a=said[0], decided_b=said[1], probs_a=values[0])
        sides.append([resampled_metrics(true, *run, index, weights, metrics) for run in zip(said, values, strict=True)])
    a, b = (np.stack([side[run] for side in sides]) for run in (0, 1))
    groups_with = (group_sums(true, index, n_groups) > 0).sum(axis=0)
    patients = np.repeat(groups_with, len(metrics))
    named = {
        "class_name": np.repeat(np.asarray(list(classes), dtype=object), len(metrics)),
        "metric": list(metrics) * n_classes,
        "n": np.repeat(true.sum(axis=0), len(metrics)),
        "n_groups": patients,
    }
    return _found(a, b, patients).assign(**named)[[*COLUMNS, "n_seeds"]]


def compare_correct_over_seeds(
    pairs: Sequence[tuple[ArrayLike, ArrayLike]],
    groups: ArrayLike,
    metric: str = "accuracy",
    n_bootstrap: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """The share of right samples in two recipes, each trained with the same seeds.

    Args:
        pairs: one a seed: correct_a, correct_b (N,) bool of the same samples.  groups: (N,) patients.
    Returns:
        One row as of analysis.comparison.compare_correct, and patient_error, seed_error, n_seeds of `effect`.
    Raises:
        ValueError: no pair, or lengths differ.
    """
    if not pairs:
        raise ValueError("pairs is empty; give the runs of at least one seed.")
    index, n_groups = group_index(groups)
    weights = group_weights(n_groups, n_bootstrap, seed)
    columns = [np.ones((len(index), 1), dtype=bool)]
    for of_seed in pairs:
        right = [multi_hot("correct", np.asarray(of)[:, None]) for of in of_seed]
        same_length(groups=index, correct_a=right[0], correct_b=right[1])
        columns += right
    counts = weights.astype(np.float64) @ group_sums(np.concatenate(columns, axis=1), index, n_groups)
    shares = ratio(counts[:, 1:], counts[:, :1]).T[:, :, None]
    a, b = shares[::2], shares[1::2]
    named = {"class_name": pd.Series([None], dtype=object), "metric": metric, "n": len(index), "n_groups": n_groups}
    return _found(a, b, np.array([n_groups])).assign(**named)[[*COLUMNS, "patient_error", "seed_error", "n_seeds"]]


def _found(a: Floats, b: Floats, patients: NDArray[np.int64]) -> pd.DataFrame:
    """From (S, 1 + R, K) of both sides; the first resample is the data itself. patients: (K,) who have the quantity."""
    change = b - a
    drawn = np.where(patients > 1, change[:, 1:].mean(axis=0), np.nan)  # whoever is drawn, one patient says the same
    return effect(change[:, 0], drawn).assign(a=a[:, 0].mean(axis=0), b=b[:, 0].mean(axis=0))
