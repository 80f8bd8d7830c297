"""Rank recipes by paired comparisons on the same seeds and test samples."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.bootstrap import FEWEST_PATIENTS, group_weights
from analysis.comparison_verdicts import RECIPE_SEEDS
from analysis.metrics import ratio
from analysis.simultaneous_intervals import ALPHA, intervals

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


def possible_ranks(
    recipes: Mapping[str, Mapping[int, str]], right: pd.DataFrame, n_bootstrap: int = 1000, seed: int = 0
) -> dict[str, tuple[int, int]]:
    """Give each recipe the best and the worst rank that its comparisons allow.

    Two recipes get different ranks only where the interval of the difference in accuracy, which holds together
    over all pairs of recipes, leaves 0 out, and at least FEWEST_PATIENTS patients tell the two apart.

    Args:
        recipes: name -> seed -> run id; recipes of one dataset version.
        right: run_id, patient, n, n_right, as of `store.right_by_patient`.
    Returns:
        name -> (best, worst), from 1; recipes that share RECIPE_SEEDS seeds on the same samples with no other recipe
        are left out.
    Source: all pairs at 1 - ALPHA after Bonferroni, so that the leader may be chosen by looking; own otherwise.
    """
    counts = _Counts(right, n_bootstrap, seed)
    pairs: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for a, b in combinations(recipes, 2):
        seeds = sorted(set(recipes[a]) & set(recipes[b]))
        comparable = [
            (x, y) for x, y in ((recipes[a][n], recipes[b][n]) for n in seeds) if counts.on_same_samples(x, y)
        ]
        if len(comparable) >= RECIPE_SEEDS and all(counts.on_same_samples(x, comparable[0][0]) for x, _ in comparable):
            pairs[a, b] = comparable
    better = dict.fromkeys(recipes, 0)
    worse = dict.fromkeys(recipes, 0)
    for (a, b), runs in pairs.items():
        sign = counts.direction(runs, ALPHA / len(pairs))
        if sign:
            ahead, behind = (b, a) if sign > 0 else (a, b)
            better[behind] += 1
            worse[ahead] += 1
    compared = {name for pair in pairs for name in pair}
    return {name: (1 + better[name], len(compared) - worse[name]) for name in recipes if name in compared}


class _Counts:
    """Right predictions by patient, and the accuracy of runs in every resample.

    Each run is resampled once, not once for each pair.

    All pairs share the resamples of their test set.
    """

    def __init__(self, right: pd.DataFrame, n_bootstrap: int, seed: int) -> None:
        self._of_test_set: dict[str, tuple[object, ...]] = {}
        self._right: dict[str, Counts] = {}
        self._accuracy: dict[str, Floats] = {}
        drawn: dict[int, Floats] = {}  # float, as products of integers take many times as long
        for run_id, rows in right.groupby("run_id"):
            ordered = rows.sort_values("patient", kind="stable")
            sizes = ordered["n"].to_numpy(np.float64)
            if len(sizes) not in drawn:
                drawn[len(sizes)] = group_weights(len(sizes), n_bootstrap, seed).astype(np.float64)
            weights = drawn[len(sizes)]
            self._of_test_set[str(run_id)] = (tuple(ordered["patient"]), sizes.tobytes())
            self._right[str(run_id)] = ordered["n_right"].to_numpy(np.int64)
            self._accuracy[str(run_id)] = ratio(weights @ self._right[str(run_id)], weights @ sizes)

    def on_same_samples(self, a: str, b: str) -> bool:
        """Return whether two runs were counted on the same samples of the same patients."""
        return a in self._of_test_set and self._of_test_set[a] == self._of_test_set.get(b)

    def direction(self, runs: list[tuple[str, str]], alpha: float) -> int:
        """Return 1 where the second run of each pair is better, -1 where worse, else 0.

        0 = not shown.
        """
        gained = np.sum([self._right[b] - self._right[a] for a, b in runs], axis=0)
        telling: Counts = np.array([np.count_nonzero(gained)])
        if telling[0] < FEWEST_PATIENTS:
            return 0
        change = np.stack([self._accuracy[b] - self._accuracy[a] for a, b in runs], axis=1)
        groups, family = np.array([len(gained)]), np.zeros(1, np.int64)
        low, high = intervals(change[:1].T, change[1:].mean(axis=1, keepdims=True), telling, groups, family, alpha)
        return int(low[0] > 0) - int(high[0] < 0)
