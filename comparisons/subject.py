"""Say whom a comparison is about: two recipes, two single runs, or one recipe trained twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analysis import recipes
from analysis.verdicts import speaks_of_recipes

_KEYS_NAMED = 2  # settings that a name lists where two recipes share theirs


@dataclass(frozen=True)
class Subject:
    """The two sides of a comparison; `same_recipe`: nothing but the seed differs between them."""

    name_a: str
    name_b: str
    recipe: str
    seed_a: int
    seed_b: int
    n_seeds: int
    same_recipe: bool
    same_run: bool = False

    @property
    def of_recipes(self) -> bool:
        """Whether there are seeds enough to speak of recipes."""
        return speaks_of_recipes(self.n_seeds) and not self.same_recipe and not self.same_run


def subject(run_a: Mapping[str, Any], run_b: Mapping[str, Any], stage_a: str, stage_b: str, n_seeds: int) -> Subject:
    """Name both sides of a comparison.

    Args:
        run_a, run_b: rows of `store.runs`.  stage_a, stage_b: what users call the stages that are compared.
    """
    same_run = run_a["run_id"] == run_b["run_id"]
    alike = recipes.same_recipe(run_a, run_b)
    return Subject(
        *_names(run_a, run_b, stage_a, stage_b),
        recipe=str(run_a["recipe_name"]),
        seed_a=int(run_a["seed"]),
        seed_b=int(run_b["seed"]),
        n_seeds=n_seeds,
        same_recipe=alike and not same_run and stage_a == stage_b,
        same_run=same_run,
    )


def _names(run_a: Mapping[str, Any], run_b: Mapping[str, Any], stage_a: str, stage_b: str) -> tuple[str, str]:
    """Return the recipes' names, made distinct by settings, ids or stages where they are equal."""
    names = str(run_a["recipe_name"]), str(run_b["recipe_name"])
    if names[0] != names[1]:
        return names
    if run_a["run_id"] == run_b["run_id"]:
        return f"{run_a['run_id']} · {stage_a}", f"{run_b['run_id']} · {stage_b}"
    settings = [recipes.settings(run["recipe"]) for run in (run_a, run_b)]
    keys = [key for key in sorted({*settings[0], *settings[1]}) if settings[0].get(key) != settings[1].get(key)]
    if not keys:
        return str(run_a["run_id"]), str(run_b["run_id"])
    told = [", ".join(f"{key} {side.get(key, '–')}" for key in keys[:_KEYS_NAMED]) for side in settings]
    return f"{names[0]} ({told[0]})", f"{names[1]} ({told[1]})"
