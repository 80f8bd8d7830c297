"""Name what a comparison is about: two recipes, two runs, or one recipe trained twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analysis import seed_groups
from analysis.comparison_verdicts import speaks_of_recipes
from analysis.recipe_differences import differing_keys
from comparisons.control_runs import recipe_of

_KEYS_NAMED = 2  # settings that a name lists where two recipes share theirs
_COLUMNS = ("model", "objective", "control", "rounds", "dataset_id")


@dataclass(frozen=True)
class Subject:
    """The two sides of a comparison.

    same_recipe: nothing but the seed differs between them.  same_run: two stages of one run, or of runs of one recipe.
    names_are_runs: the names are of single runs or of their stages, not of recipes.
    """

    name_a: str
    name_b: str
    recipe: str
    seed_a: int
    seed_b: int
    n_seeds: int
    same_recipe: bool
    same_run: bool = False
    names_are_runs: bool = False

    @property
    def of_recipes(self) -> bool:
        """Return whether there are enough seeds to speak of recipes."""
        return speaks_of_recipes(self.n_seeds) and not self.same_recipe and not self.same_run


def name_sides(run_a: Mapping[str, Any], run_b: Mapping[str, Any], stage_a: str, stage_b: str, n_seeds: int) -> Subject:
    """Name both sides of a comparison.

    Args:
        run_a, run_b: rows of `store.runs`.  stage_a, stage_b: what users call the stages that are compared.
    """
    alike = same_training(run_a, run_b)
    own = alike and (run_a["run_id"] == run_b["run_id"] or stage_a != stage_b)
    names = str(run_a["recipe_name"]), str(run_b["recipe_name"])
    recipe = names[0] if names[0] == names[1] else f"{names[0]} ({names[1]})"
    stages, runs = (stage_a, stage_b), (run_a, run_b)
    if own:
        bases = [recipe if speaks_of_recipes(n_seeds) else str(run["run_id"]) for run in runs]
        names = f"{bases[0]} · {stages[0]}", f"{bases[1]} · {stages[1]}"
    elif alike:
        names = str(run_a["run_id"]), str(run_b["run_id"])
    else:
        names = _by_settings(run_a, run_b)
    return Subject(
        *names,
        recipe=recipe,
        seed_a=int(run_a["seed"]),
        seed_b=int(run_b["seed"]),
        n_seeds=n_seeds,
        same_recipe=alike and not own,
        same_run=own,
        names_are_runs=alike,
    )


def same_training(run_a: Mapping[str, Any], run_b: Mapping[str, Any]) -> bool:
    """Return whether nothing that has an effect differs between two runs but their seed.

    A copy of a recipe under another name is the same recipe, and so is one in which an idle key differs.
    """
    if any(run_a[name] != run_b[name] for name in _COLUMNS):
        return False
    return set(differing_keys(recipe_of(run_a), recipe_of(run_b))) <= {"seed"}


def _by_settings(run_a: Mapping[str, Any], run_b: Mapping[str, Any]) -> tuple[str, str]:
    """Make the names of two recipes distinct, by differing settings and dataset versions."""
    names = str(run_a["recipe_name"]), str(run_b["recipe_name"])
    marks: list[list[str]] = [[], []]
    if names[0] == names[1]:
        settings = [seed_groups.recipe_settings(run["recipe"]) for run in (run_a, run_b)]
        keys = [key for key in sorted({*settings[0], *settings[1]}) if settings[0].get(key) != settings[1].get(key)]
        marks = [[f"{key} {side.get(key, '–')}" for key in keys[:_KEYS_NAMED]] for side in settings]
    if run_a["dataset_id"] != run_b["dataset_id"]:
        marks = [[*mark, str(run["dataset_id"])] for mark, run in zip(marks, (run_a, run_b), strict=True)]
    elif names[0] == names[1] and not marks[0]:
        marks = [[str(run["run_id"])] for run in (run_a, run_b)]
    a, b = (f"{name} ({', '.join(mark)})" if mark else name for name, mark in zip(names, marks, strict=True))
    return a, b
