"""Detect collapsed predictions: one for all samples, a class never given, or mere guessing.

Two baselines need no model: always the most frequent class (majority), and a class drawn by the classes' shares
(chance). Read an accuracy next to both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.metrics import ratio

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Baselines:
    """Top-1 accuracy next to two baselines that need no model, in [0, 1].

    majority: accuracy of always answering `majority_class`, and `majority_f1` its macro-F1; chance: accuracy of drawing
    by the classes' shares; gain: accuracy minus majority, with its 95 % interval over patients (NaN: fewer than two).
    """

    accuracy: float
    majority_class: str
    majority: float
    majority_f1: float
    chance: float
    gain_low: float
    gain_high: float
    n_groups: int

    @property
    def is_beaten(self) -> bool:
        """Return whether the accuracy exceeds the majority class beyond the chance of patients."""
        gain = self.accuracy - self.majority
        return gain > 0 and not self.gain_low <= 0


@dataclass(frozen=True)
class CollapseCheck:
    """How a stage's predictions on n samples collapsed, if they did.

    The ground truth of these samples has two classes or more.

    same: the classes predicted for every sample, where all samples get the same prediction (a multi-label run may
    predict none), else None; never: classes that some sample shows and that are never predicted, with the number of
    samples that show them;
    baselines: None where the one label of some sample is not known.
    """

    n: int
    same: tuple[str, ...] | None
    never: tuple[tuple[str, int], ...]
    baselines: Baselines | None

    @property
    def collapsed(self) -> bool:
        """Return whether the predictions collapsed in any of the three ways."""
        beaten = self.baselines is None or self.baselines.is_beaten
        return self.same is not None or bool(self.never) or not beaten


def check_collapse(by_class: pd.DataFrame, right: pd.DataFrame, n: int, exclusive: bool) -> CollapseCheck | None:
    """Detect collapsed predictions of a stage from scores that the store keeps.

    Args:
        by_class: class_name, n (samples that show it), precision (NaN: never given) and recall, of every class.
        right: patient, true_class, n, n_right (top-1), as of `store.right_by_class`.
        n: samples.  exclusive: each sample is given exactly one class (softmax).
    Returns:
        None where there is no sample, or all of them show the same classes: then one answer for all is right.
    """
    support = by_class["n"].to_numpy(np.float64)
    if n == 0 or not ((support > 0) & (support < n)).any():
        return None
    names = by_class["class_name"].astype(str).to_numpy()
    precision, recall = (by_class[name].to_numpy(np.float64) for name in ("precision", "recall"))
    given = ~np.isnan(precision)
    # precision = hits / given and recall = hits / support, so that all n samples are given a class where both hold
    to_all = (recall == 1) & np.isclose(precision * n, support)
    same = given.sum() == 1 if exclusive else bool((~given | to_all).all())
    never = () if same else tuple((str(names[c]), int(support[c])) for c in np.flatnonzero(~given & (support > 0)))
    return CollapseCheck(
        n=n,
        same=tuple(map(str, names[given])) if same else None,
        never=never,
        baselines=_baselines(right, dict(zip(names, support, strict=True)), n),
    )


def _baselines(right: pd.DataFrame, support: Mapping[str, float], n: int) -> Baselines | None:
    true_class, names = pd.factorize(right["true_class"].to_numpy(object))
    counts, hits = right["n"].to_numpy(np.float64), right["n_right"].to_numpy(np.float64)
    if counts.sum() != n or (true_class < 0).any() or not set(names) <= set(support):
        return None
    shares = np.bincount(true_class, counts) / n
    majority = int(shares.argmax())
    majority_support = float(support[names[majority]])
    patients = pd.factorize(right["patient"].to_numpy(object), use_na_sentinel=False)[0]
    sizes = np.bincount(patients, counts).astype(np.float64)
    gains = np.bincount(patients, hits - np.where(true_class == majority, counts, 0)).astype(np.float64)
    low, high = cluster_share_interval(gains, sizes)
    return Baselines(
        accuracy=float(hits.sum() / n),
        majority_class=str(names[majority]),
        majority=float(shares.max()),
        majority_f1=2
        * majority_support
        / (n + majority_support)
        / sum(float(n_shown) > 0 for n_shown in support.values()),
        chance=float((shares**2).sum()),
        gain_low=low,
        gain_high=high,
        n_groups=len(sizes),
    )


def cluster_share_interval(parts: Floats, wholes: Floats) -> tuple[float, float]:
    """Compute Student's 95 % interval of a share whose samples come in clusters.

    G clusters.
    Args:
        parts, wholes: (G,) sums of each cluster; the share is sum(parts) / sum(wholes).
    Returns:
        low, high; NaN with fewer than two clusters.
    Source: ratio estimator under cluster sampling: Cochran 1977, section 2.11 (linearised variance).
    """
    count = len(parts)
    if count < 2:
        return float("nan"), float("nan")
    share = float(ratio(parts.sum(), wholes.sum()))
    residuals = parts - share * wholes
    error = np.sqrt(count / (count - 1) * (residuals**2).sum()) / wholes.sum()
    margin = float(stats.t.ppf(0.975, count - 1) * error)
    return share - margin, share + margin
