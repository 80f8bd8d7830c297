"""Seeds of one recipe: the newest run of each, of those whose recipe was not changed."""

from __future__ import annotations

import json

import pandas as pd

from analysis import seed_groups

STAGE = (0, "full")


def run(run_id, seed, *, name="demo", rounds=2, created=0, **changes):
    recipe = {"name": name, "seed": seed, "description": run_id, "loader": {"batch_size": 8, "rounds": rounds}}
    return {
        "run_id": run_id, "seed": seed, "recipe_name": name, "model": "m", "objective": "softmax", "control": False,
        "dataset_id": "d@1", "rounds": 2, "recipe": json.dumps(recipe), "created_at": pd.Timestamp(created, unit="s"),
    } | changes  # fmt: skip


RUNS = pd.DataFrame(
    [
        run("a0", 0), run("a1", 1), run("a1-again", 1, created=5), run("a2-changed", 2, rounds=1),
        run("a3-other-data", 3, dataset_id="d@2"), run("a4-begun", 4), run("a5", 5),
        run("b0", 0, name="multi"), run("b1", 1, name="multi"), run("b4", 4, name="multi"), run("b7", 7, name="multi"),
    ]
)  # fmt: skip
ENDED = RUNS[RUNS["run_id"] != "a4-begun"]
STAGES = pd.DataFrame({"run_id": ENDED["run_id"], "round": STAGE[0], "stage": STAGE[1]})
A, B = (RUNS[RUNS["run_id"] == run_id].iloc[0].to_dict() for run_id in ("a0", "b0"))


def test_the_newest_run_of_every_seed_with_the_same_recipe():
    assert seed_groups.runs_by_seed(RUNS, STAGES, A, STAGE) == {0: "a0", 1: "a1-again", 5: "a5"}
    assert seed_groups.runs_by_seed(RUNS, STAGES, A, (1, "refined")) == {}


def test_pairs_are_of_the_seeds_that_both_recipes_have():
    assert seed_groups.other_seeds(RUNS, STAGES, (A, STAGE), (B, STAGE)) == [("a1-again", "b1")]


def test_runs_of_different_seeds_are_no_pair_so_no_seed_joins_in():
    other = RUNS[RUNS["run_id"] == "b1"].iloc[0].to_dict()
    assert seed_groups.other_seeds(RUNS, STAGES, (A, STAGE), (other, STAGE)) == []


def test_keys_are_dotted_and_words_are_no_settings():
    assert seed_groups.flatten_recipe(A["recipe"])["loader.batch_size"] == "8"
    assert seed_groups.recipe_settings(A["recipe"]) == {"loader.batch_size": "8", "loader.rounds": "2"}
