"""Average over seeds, and estimate the effect of one recipe against another.

A measured difference varies for two reasons: other patients could have been in the test set, and another seed
would have trained another model. With several seeds both are in the interval; with one seed only the first can be.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from analysis.bootstrap import group_index, group_sums, group_weights
from analysis.bootstrap_metrics import COLUMNS, METRICS, resampled_metrics
from analysis.metrics import PER_CLASS_METRICS, ratio
from analysis.simultaneous_intervals import TWO_ONE_SIDED, claim_level, intervals
from analysis.validation import multi_hot, same_length, scores

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
CLAIMS = ("simultaneous_low", "simultaneous_high", "equivalence_low", "equivalence_high", "n_telling")
ERRORS = ("patient_error", "seed_error", "n_seeds")


def mean_over_seeds(frame: pd.DataFrame, by: Sequence[str], values: Sequence[str]) -> pd.DataFrame:
    """Average the rows of each group (one row per seed) with Student's 95 % interval.

    Args:
        frame: the columns `by` and `values` (float, NaN = undefined and left out).
    Returns:
        by, n_seeds (rows), and for each value: value, value_low, value_high (NaN with fewer than two); in the order in
        which the groups appear.
    Source: Student 1908.
    """
    grouped = frame.groupby(list(by), sort=False, dropna=False)
    summary = grouped.size().rename("n_seeds").to_frame()
    for value in values:
        mean, deviation, n = (getattr(grouped[value], name)() for name in ("mean", "std", "count"))
        margin = deviation / np.sqrt(n) * stats.t.ppf(0.975, (n - 1).where(n > 1))
        summary = summary.assign(**{value: mean, f"{value}_low": mean - margin, f"{value}_high": mean + margin})
    return summary.reset_index()


def estimate_effect(per_seed: ArrayLike, resampled: ArrayLike) -> pd.DataFrame:
    """Estimate the mean effect over seeds, with an interval over patients and seeds.

    S seeds, R resamples of patients, K quantities.
    Args:
        per_seed: (S, K) the difference that each seed shows on the whole test set.
        resampled: (R, K) the mean over seeds of the difference, under each resample of patients (the same resamples
            for every seed); R = 0 gives no interval.
    Returns:
        difference, low, high (95 %), patient_error, seed_error (standard errors; seed_error NaN with one seed),
        n_seeds; one row per quantity, NaN where undefined.
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
    """Compare two recipes on every class, each trained with the same seeds.

    N samples, C classes.
    Args:
        targets: (N, C) 0/1.  pairs: one per seed: decided_a, decided_b (N, C) bool, probs_a, probs_b (N, C) in [0, 1].
        groups: (N,) patient of each sample.
    Returns:
        class_name, metric, a, b (means over the seeds), difference = b - a (higher = b better), low, high (95 % of
        `estimate_effect`, each class alone), n (samples of the class), n_groups (patients who have one); CLAIMS: the
        intervals that hold together over the classes of one metric, those of two one-sided tests, and the patients
        whose samples tell the two apart; ERRORS. Class by class, each in the order of `metrics`. NaN = undefined; no
        interval with fewer than two patients who have the class.
    Raises:
        ValueError: no pair, shapes disagree, or values are not as described above.
    """
    if not pairs:
        raise ValueError("pairs is empty; give the runs of at least one seed.")
    if unknown := [name for name in metrics if name not in METRICS]:
        raise ValueError(f"Metric {unknown[0]!r} is unknown; {', '.join(METRICS)} are allowed.")
    n_classes = len(classes)
    true = multi_hot("targets", targets, n_classes)
    index, n_groups = group_index(groups)
    weights = group_weights(n_groups, n_bootstrap, seed)
    sides, moved = [], np.zeros((len(metrics), n_groups, n_classes))
    for decided_a, decided_b, probs_a, probs_b in pairs:
        decided = [
            multi_hot(name, side, n_classes) for name, side in (("decided_a", decided_a), ("decided_b", decided_b))
        ]
        values = [scores(name, side, n_classes) for name, side in (("probs_a", probs_a), ("probs_b", probs_b))]
        same_length(
            targets=true, groups=index, decided_a=decided[0], decided_b=decided[1], probs_a=values[0], probs_b=values[1]
        )
        runs = list(zip(decided, values, strict=True))
        sides.append([resampled_metrics(true, *run, index, weights, metrics) for run in runs])
        moved += np.stack([_moved(metric, true, decided, values, index, n_groups) for metric in metrics])
    a, b = (np.stack([side[run] for side in sides]) for run in (0, 1))
    patients = np.repeat((group_sums(true, index, n_groups) > 0).sum(axis=0), len(metrics))
    named = {
        "class_name": np.repeat(np.asarray(list(classes), dtype=object), len(metrics)),
        "metric": list(metrics) * n_classes,
        "n": np.repeat(true.sum(axis=0), len(metrics)),
        "n_groups": patients,
    }
    telling = (np.abs(moved) > 0).sum(axis=1).T.ravel()
    families = np.tile(np.arange(len(metrics)), n_classes)
    summary = _found(a, b, patients, telling, families, families)
    return summary.assign(**named)[[*COLUMNS, *CLAIMS, *ERRORS]]


def compare_shares_over_seeds(
    pairs: Sequence[tuple[ArrayLike, ArrayLike]],
    groups: ArrayLike,
    metrics: Sequence[str] = ("accuracy",),
    n_bootstrap: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Compare the shares of right samples of two recipes, each trained with the same seeds.

    N samples, M ways to judge whether a sample is right.
    Args:
        pairs: one per seed: correct_a, correct_b, (N, M) bool of the same samples.  groups: (N,) patients.
        metrics: (M,) what the rows are called; their intervals hold together.
    Returns:
        One row per metric, as of `compare_over_seeds`; class_name None.
    Raises:
        ValueError: no pair, or shapes differ.
    """
    if not pairs:
        raise ValueError("pairs is empty; give the runs of at least one seed.")
    index, n_groups = group_index(groups)
    weights = group_weights(n_groups, n_bootstrap, seed)
    ways = len(metrics)
    columns, moved = [np.ones((len(index), 1), dtype=bool)], np.zeros((n_groups, ways))
    for pair in pairs:
        right = [multi_hot("correct", side, ways) for side in pair]
        same_length(groups=index, correct_a=right[0], correct_b=right[1])
        columns += right
        moved += group_sums(right[1].astype(np.int8) - right[0].astype(np.int8), index, n_groups)
    counts = weights.astype(np.float64) @ group_sums(np.concatenate(columns, axis=1), index, n_groups)
    shares = ratio(counts[:, 1:], counts[:, :1]).reshape(len(weights), len(pairs), 2, ways).transpose(2, 1, 0, 3)
    n_patients = np.full(ways, n_groups)
    named = {"class_name": pd.Series([None] * ways, dtype=object), "metric": list(metrics), "n": len(index)}
    one_family, each = np.zeros(ways, np.int64), np.arange(ways)
    summary = _found(shares[0], shares[1], n_patients, (moved != 0).sum(axis=0), one_family, each)
    return summary.assign(**named, n_groups=n_groups)[[*COLUMNS, *CLAIMS, *ERRORS]]


def _moved(
    metric: str, true: NDArray[np.bool_], decided: Sequence[Any], values: Sequence[Floats], index: Counts, n_groups: int
) -> Floats:
    """Return what each patient adds to the difference of a class metric, (n_groups, C).

    0 = nothing.
    """
    a, b = (side.astype(np.int8) for side in decided)
    if metric == "recall":
        return group_sums((b - a) * true, index, n_groups)
    if metric == "accuracy":
        return group_sums(((b > 0) == true).astype(np.int8) - ((a > 0) == true), index, n_groups)
    if metric in ("average_precision", "auroc"):  # these rank: any change of a positive sample's probability counts
        return group_sums(np.abs(values[1] - values[0]) * true, index, n_groups)
    return np.abs(group_sums((b - a) * true, index, n_groups)) + np.abs(group_sums(b - a, index, n_groups))


def _found(
    a: Floats, b: Floats, patients: Counts, telling: Counts, families: Counts, equivalence_families: Counts
) -> pd.DataFrame:
    """Summarise (S, 1 + R, K) of both sides; the first resample is the data itself.

    patients: (K,) who have the quantity.  telling: (K,) who tell the two runs apart.  families: (K,) see `intervals`.
    """
    change = b - a
    drawn = np.where(patients > 1, change[:, 1:].mean(axis=0), np.nan)  # one patient alone gives every resample
    per_seed = change[:, 0]
    claims = intervals(per_seed, drawn, telling, patients, families, claim_level(len(per_seed)))
    equal = intervals(per_seed, drawn, telling, patients, equivalence_families, TWO_ONE_SIDED)
    within = (np.clip(end, -1, 1) for end in (*claims, *equal))  # no difference of shares is larger than 1
    columns = dict(zip(CLAIMS, (*within, telling), strict=True))
    sides = {"a": a[:, 0].mean(axis=0), "b": b[:, 0].mean(axis=0)}
    return estimate_effect(per_seed, drawn).assign(**sides, **columns)
