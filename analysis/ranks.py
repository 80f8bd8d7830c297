"""Rank recipes as far as the data allow: by paired comparisons on the same seeds and test samples."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.bootstrap import FEWEST_PATIENTS, group_weights
from analysis.metrics import ratio
from analysis.simultaneous import ALPHA, intervals
from analysis.verdicts import RECIPE_SEEDS

Counts = NDArray[np.int64]


def possible_ranks(
    recipes: Mapping[str, Mapping[int, str]], right: pd.DataFrame, n_bootstrap: int = 1000, seed: int = 0
) -> dict[str, tuple[int, int]]:
    """Give each recipe the best and the worst rank that its comparisons allow.

    A recipe is told apart from another only where the interval of the difference in accuracy, which holds together
    over all pairs of recipes, leaves 0 out, and at least FEWEST_PATIENTS patients tell the two apart.

    Args:
        recipes: name -> seed -> run id; recipes of one dataset version.
        right: run_id, patient, n, n_right, as of `store.right_by_patient`.
    Returns:
        name -> (best, worst), from 1; recipes that share RECIPE_SEEDS seeds on the same samples with no other recipe
        are left out.
    Source: all pairs at 1 - ALPHA after Bonferroni, so that the leader may be chosen by looking; own otherwise.
    """
    of_run = {str(run_id): rows.set_index("patient") for run_id, rows in right.groupby("run_id")}
    pairs: dict[tuple[str, str], list[tuple[pd.DataFrame, pd.DataFrame]]] = {}
    for a, b in combinations(recipes, 2):
        seeds = sorted(set(recipes[a]) & set(recipes[b]))
        tables = [(of_run.get(recipes[a][seed]), of_run.get(recipes[b][seed])) for seed in seeds]
        whole = [(x, y) for x, y in tables if x is not None and y is not None and x["n"].equals(y["n"])]
        if len(whole) >= RECIPE_SEEDS and all(x["n"].equals(whole[0][0]["n"]) for x, _ in whole):
            pairs[a, b] = whole
    better = dict.fromkeys(recipes, 0)
    worse = dict.fromkeys(recipes, 0)
    for (a, b), tables in pairs.items():
        sign = _direction(tables, ALPHA / len(pairs), n_bootstrap, seed)
        if sign:
            ahead, behind = (b, a) if sign > 0 else (a, b)
            better[behind] += 1
            worse[ahead] += 1
    compared = {name for pair in pairs for name in pair}
    return {name: (1 + better[name], len(compared) - worse[name]) for name in recipes if name in compared}


def _direction(tables: list[tuple[pd.DataFrame, pd.DataFrame]], alpha: float, n_bootstrap: int, seed: int) -> int:
    """Return 1 where the second of each pair of runs is better, -1 where it is worse, 0 where that is not shown."""
    sizes = tables[0][0]["n"].to_numpy(np.float64)
    weights = group_weights(len(sizes), n_bootstrap, seed).astype(np.float64)
    gains = np.stack([(b["n_right"] - a["n_right"]).to_numpy(np.float64) for a, b in tables])
    change = ratio(weights @ gains.T, (weights @ sizes)[:, None])
    telling: Counts = np.array([np.count_nonzero(gains.sum(axis=0))])
    if telling[0] < FEWEST_PATIENTS:
        return 0
    groups, family = np.array([len(sizes)]), np.zeros(1, np.int64)
    low, high = intervals(change[:1].T, change[1:].mean(axis=1, keepdims=True), telling, groups, family, alpha)
    return int(low[0] > 0) - int(high[0] < 0)
