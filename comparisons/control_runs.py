"""Find the control of a run, and name what differs in any other run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from analysis.recipe_differences import differing_keys, is_control_of
from comparisons.dataset_versions import dataset_name


def candidates(runs: pd.DataFrame, stages: pd.DataFrame, run: Mapping[str, Any]) -> pd.DataFrame:
    """List the runs that a staged run can be compared with, its controls first.

    Args:
        runs, stages: of the store.  run: a row of `runs`.
    Returns:
        Rows of `runs` on the same dataset with a finished stage, with `is_control` (on the same version, differs in
        `control` alone, and in keys that then have no effect), `same_version` and `keys` (what else differs; "dataset"
        is its version); controls first, then those of the same version; newest first within each kind.
    """
    of_dataset = runs["dataset_id"].map(dataset_name) == dataset_name(str(run["dataset_id"]))
    others = runs[of_dataset & (runs["run_id"] != run["run_id"]) & runs["run_id"].isin(stages["run_id"])]
    same = (others["dataset_id"] == run["dataset_id"]).to_numpy(bool)
    own = recipe_of(run)
    recipes = [recipe_of(row) for row in others.to_dict("records")]
    keys = [
        [*([] if alike else ["dataset"]), *differing_keys(recipe, own)]
        for recipe, alike in zip(recipes, same, strict=True)
    ]
    listed = others.assign(
        is_control=same & np.array([is_control_of(recipe, own) for recipe in recipes], dtype=bool),
        same_version=same,
        keys=pd.Series(keys, index=others.index, dtype=object),
    )
    return listed.sort_values(["is_control", "same_version", "created_at"], ascending=False, kind="stable")


def shows_mining(stage_a: Mapping[str, Any], stage_b: Mapping[str, Any]) -> bool:
    """Return whether two stages show what mining did.

    Both have come equally far, and past the full stage.

    Args:
        stage_a, stage_b: `round` and `position` of the stages that are compared.
    """
    return bool(stage_a["position"] == stage_b["position"] and stage_a["round"] > 0)


def recipe_of(run: Mapping[str, Any]) -> dict[str, Any]:
    """Return the recipe of a row of `store.runs` with the seed that it was trained with."""
    recipe = json.loads(run["recipe"]) if isinstance(run["recipe"], str) else dict(run["recipe"] or {})
    return {**recipe, "seed": int(run["seed"])}


def default_scoring(run_a: Mapping[str, Any], run_b: Mapping[str, Any]) -> str:
    """Choose how two runs are scored by default: multi-label runs on all their labels."""
    return "labels" if {run_a["objective"], run_b["objective"]} == {"sigmoid"} else "label"
