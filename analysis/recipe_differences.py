"""Compare recipes key by key, and recognise the control of a run that mines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

# These keys are no settings. The dataset is that of the run: `demo` and `demo@1` may be one version, and two runs of
# `demo` may be two, so callers compare the runs' `dataset_id`.
WORDS = frozenset({"name", "title", "extends", "description", "dataset"})

# A control mines nothing, so these have no effect in it. The cost of mining out of fold has: a control trains longer
# by as much (see `mining_epochs`).
_OF_MINING = ("miner", "focus", "guard", "stop_early")
_OUT_OF_FOLD = ("miner.predictions", "miner.folds", "miner.fold_epochs")
_OF_ROUNDS = (*_OF_MINING, "control", "restart", "hard_negative", "refined")


def differing_keys(recipe_a: Mapping[str, Any], recipe_b: Mapping[str, Any]) -> list[str]:
    """Name the dotted keys in which two recipes differ and that have an effect in both.

    Args:
        recipe_a, recipe_b: validated recipes with all their keys, as `Recipe.model_dump` gives them and the store
            keeps them. A key that one of them lacks counts as null.
    Returns:
        Dotted keys, sorted. A key that one of the two makes idle is left out, since the key that makes it idle differs
        too or both are idle: with `control: true` the settings of miner, focus, guard and stop_early; with `rounds: 0`
        all settings of rounds; with `refined.epochs: 0` the rate of that stage. Of mining out of fold a control still
        takes the cost, so that the keys of that cost are named where they add up to other numbers of epochs.
    """
    a, b = _flat(recipe_a), _flat(recipe_b)
    keys = {key for key in a.keys() | b.keys() if a.get(key) != b.get(key) and key.partition(".")[0] not in WORDS}
    effective = {key for key in keys if not _is_idle(key, a) and not _is_idle(key, b)}
    if _has_rounds(a) and _has_rounds(b) and (a.get("control") or b.get("control")):
        costs_differ = mining_epochs(recipe_a) != mining_epochs(recipe_b)
        effective |= {key for key in keys if costs_differ and key in _OUT_OF_FOLD}
    return sorted(effective)


def is_control_of(control: Mapping[str, Any], run: Mapping[str, Any], same_seed: bool = True) -> bool:
    """Return whether one recipe is the control of equal budget of another, which mines.

    Args:
        control, run: recipes as for `differing_keys`; that both runs are of one dataset version is for the caller.
        same_seed: False also takes a control under another seed, as where seeds are paired afterwards.
    Returns:
        True where `run` mines, `control` is a control, and nothing else differs that has an effect.
    """
    a, b = _flat(control), _flat(run)
    mines = _has_rounds(b) and not b.get("control")
    allowed = {"control"} if same_seed else {"control", "seed"}
    return bool(mines and a.get("control") and set(differing_keys(control, run)) <= allowed)


def controls_of(runs: pd.DataFrame, run: Mapping[str, Any]) -> list[str]:
    """List the runs that are controls of a run, in the order of `runs`.

    Args:
        runs: run_id, dataset_id, recipe (JSON), as the store keeps them, newest first.  run: one such row.
    """
    own = json.loads(str(run["recipe"]))
    same = runs[runs["dataset_id"] == run["dataset_id"]]
    return [str(row.run_id) for row in same.itertuples() if is_control_of(json.loads(str(row.recipe)), own)]


def mining_epochs(recipe: Mapping[str, Any]) -> int:
    """Count the epochs' worth of steps that each mining takes.

    A control trains longer by as many.

    Out of fold, each of k quick models is trained on all folds but its own: (k - 1) x fold_epochs; otherwise 0.
    """
    flat = _flat(recipe)
    if flat.get("miner.predictions") != "out_of_fold":
        return 0
    return (int(flat.get("miner.folds") or 1) - 1) * int(flat.get("miner.fold_epochs") or 0)


def _has_rounds(flat: Mapping[str, Any]) -> bool:
    return bool(flat.get("rounds"))


def _is_idle(key: str, flat: Mapping[str, Any]) -> bool:
    """Return whether a key has no effect in a recipe."""
    top = key.partition(".")[0]
    if key == "confidence_filter.stages" and flat.get("confidence_filter.threshold") is None:
        return True
    if not _has_rounds(flat):
        return top in _OF_ROUNDS
    return (bool(flat.get("control")) and top in _OF_MINING) or (key == "refined.lr" and not flat.get("refined.epochs"))


def _flat(values: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in values.items():
        name = f"{above}{key}"
        flat |= _flat(value, f"{name}.") if isinstance(value, Mapping) else {name: value}
    return flat
