"""Find the runs that are seeds of one recipe.

The same name with other settings (`--set rounds=1`) is another recipe.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

_LIKE = ("recipe_name", "model", "objective", "control", "dataset_id", "rounds")
_WORDS = {"seed", "name", "description", "dataset"}  # the dataset is that of the run


def flatten_recipe(recipe: object) -> dict[str, str]:
    """Flatten a recipe, JSON as the store keeps it, to dotted keys and text."""
    return _flat(json.loads(str(recipe)), "")


def recipe_settings(recipe: object) -> dict[str, str]:
    """Return the settings of a recipe without seed and descriptive words, as dotted keys."""
    return {key: value for key, value in flatten_recipe(recipe).items() if key not in _WORDS}


def same_recipe(run_a: Mapping[str, Any], run_b: Mapping[str, Any]) -> bool:
    """Return whether two runs were trained by one recipe with the same settings, seed aside.

    Args:
        run_a, run_b: rows of `store.runs`.
    """
    alike = all(run_a[name] == run_b[name] for name in _LIKE)
    return alike and recipe_settings(run_a["recipe"]) == recipe_settings(run_b["recipe"])


def runs_by_seed(
    runs: pd.DataFrame, stages: pd.DataFrame, run: dict[str, Any], stage: tuple[int, str]
) -> dict[int, str]:
    """Find the newest run of every seed that repeats the recipe and stage of `run`.

    Recipe as it was, model, objective and dataset version must be the same.

    Args:
        runs, stages: of the store.  run: a row of `runs`.  stage: round and name; runs that have not finished it are
            left out.
    """
    candidates = runs[np.logical_and.reduce([(runs[name] == run[name]).to_numpy(bool) for name in _LIKE])]
    own = recipe_settings(run["recipe"])
    candidates = candidates[[recipe_settings(recipe) == own for recipe in candidates["recipe"]]]
    finished = stages[(stages["round"] == stage[0]) & (stages["stage"] == stage[1])]
    candidates = candidates[candidates["run_id"].isin(finished["run_id"])].sort_values("created_at", ascending=False)
    return {int(row.seed): str(row.run_id) for row in candidates.drop_duplicates("seed").itertuples()}


def other_seeds(
    runs: pd.DataFrame,
    stages: pd.DataFrame,
    a: tuple[dict[str, Any], tuple[int, str]],
    b: tuple[dict[str, Any], tuple[int, str]],
) -> list[tuple[str, str]]:
    """Pair runs of two recipes under other seeds that both finished the compared stages.

    Args:
        runs, stages: of the store.  a, b: a row of `runs` and its stage (round and name).
    Returns:
        Run of a's recipe, run of b's; by seed. None where the two runs differ in their seed: they are no pair.
    """
    if a[0]["seed"] != b[0]["seed"]:
        return []
    runs_a, runs_b = (runs_by_seed(runs, stages, *side) for side in (a, b))
    return [(runs_a[seed], runs_b[seed]) for seed in sorted((set(runs_a) & set(runs_b)) - {int(a[0]["seed"])})]


def _flat(values: Any, above: str) -> dict[str, str]:
    if not isinstance(values, dict):
        return {above: values if isinstance(values, str) else json.dumps(values, ensure_ascii=False)}
    flattened: dict[str, str] = {}
    for key, value in values.items():
        flattened |= _flat(value, f"{above}.{key}" if above else str(key))
    return flattened
