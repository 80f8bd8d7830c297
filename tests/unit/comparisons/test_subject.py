"""Of whom a comparison speaks: recipes, single runs, or one recipe twice, whatever its copies are called."""

from __future__ import annotations

import json

import pytest

from comparisons.sentences import run_names
from comparisons.subject import name_sides


def run(run_id="a-1", name="demo", seed=0, rounds=2, control=False, **recipe):
    """Return a row of the store's runs."""
    kept = {"name": name, "rounds": rounds, "control": control, "lr": 0.1, **recipe}
    return {
        "run_id": run_id, "recipe_name": name, "seed": seed, "model": "tiny", "objective": "softmax",
        "control": control, "rounds": rounds, "dataset_id": "x@1", "recipe": json.dumps(kept),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ({}, {}),
        ({}, {"name": "copy"}),
        ({"control": True, "miner": {"name": "one"}}, {"control": True, "miner": {"name": "other"}}),
        ({"rounds": 0, "focus": {"failed": 0.5}}, {"rounds": 0, "focus": {"failed": 0.9}}),
    ],
    ids=["the same", "a copy under another name", "controls that would mine otherwise", "no rounds to set"],
)
def test_what_differs_in_nothing_but_its_seed_is_one_recipe(a, b):
    whom = name_sides(run(**a), run("b-1", seed=1, **b), "full", "full", 3)
    assert whom.same_recipe and not whom.of_recipes and (whom.name_a, whom.name_b) == ("a-1", "b-1")


def test_another_setting_is_another_recipe():
    whom = name_sides(run(), run("b-1", lr=0.2), "full", "full", 3)
    assert whom.of_recipes and (whom.name_a, whom.name_b) == ("demo (lr 0.1)", "demo (lr 0.2)")
    assert run_names(whom)[0] == "this run of demo (lr 0.1)"


def test_stages_of_one_recipe_are_named_as_stages():
    one = name_sides(run(), run(), "full", "refined", 1)
    assert one.same_run and run_names(one) == ("a-1 · full", "a-1 · refined")
    other = name_sides(run(), run("b-1", seed=1), "full", "refined", 1)
    assert not other.of_recipes and run_names(other) == ("a-1 · full", "b-1 · refined"), "not 'this run of b-1'"
    three = name_sides(run(), run(), "full", "refined", 3)
    assert (three.name_a, three.name_b) == ("demo · full", "demo · refined")
