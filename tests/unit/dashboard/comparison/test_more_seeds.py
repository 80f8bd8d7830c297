"""One click queues the trainings that a comparison lacks: more seeds of both recipes, or a control."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml

import jobs
import store
from dashboard.comparison import more_seeds
from recipes import Recipe

RECIPES = Path(__file__).parents[4] / "recipes"


@pytest.fixture
def trained(house):
    """A staged run and its control, seed 0, with their recipes in their folders."""
    dataset = house.dataset()
    for name in ("demo", "demo_control"):
        run_id = house.complete(f"{name}-s0", dataset, control=name == "demo_control")
        recipe = Recipe.load(name, {"dataset": dataset.dataset_id}).model_dump(mode="json")
        (house.runs / run_id).mkdir(parents=True)
        (house.runs / run_id / "recipe.yaml").write_text(yaml.safe_dump(recipe))
        with store.write() as connection:
            connection.execute("UPDATE runs SET recipe = ?::JSON WHERE run_id = ?", [json.dumps(recipe), run_id])
    return dataset


def queued():
    """(recipe's name, seed, dataset, control) of every waiting training."""
    rows = store.jobs(states=["queued"])
    plans = [jobs.plan_of(job) for job in rows.to_dict("records")]
    return sorted((plan["name"], plan["seed"], plan["dataset"], plan["control"]) for plan in plans)


def test_one_click_queues_what_is_missing_to_three(trained, opened, texts):
    at = opened("single_vs_multi", a="demo_control-s0", b="demo-s0")
    at.button(key="more_seeds").click().run()
    assert queued() == [
        (name, seed, trained.dataset_id, name == "demo_control") for name in ("demo", "demo_control") for seed in (1, 2)
    ]
    at = opened("single_vs_multi", a="demo_control-s0", b="demo-s0")
    assert "recipes are training" in texts(at) and not [b for b in at.button if b.key == "more_seeds"], "not twice"


def test_where_seeds_are_there_already_none_are_said_to_be_trained(trained, house, opened, texts):
    for name in ("demo", "demo_control"):
        for seed in (1, 2):
            extra = house.complete(f"{name}-s{seed}", trained, control=name == "demo_control")
            with store.write() as connection:
                own = f"SELECT recipe FROM runs WHERE run_id = '{name}-s0'"
                connection.execute(f"UPDATE runs SET seed = {seed}, recipe = ({own}) WHERE run_id = ?", [extra])
    for view in ({"a": "demo_control-s0", "b": "demo-s0", "seeds": "one"}, {"a": "demo_control-s0", "b": "demo-s1"}):
        said = texts(opened("single_vs_multi", **view))
        assert "recipes are training" not in said and "choose two runs with the same seed" in said


def test_a_seed_that_one_side_has_already_is_trained_for_the_other_alone(trained, house):
    runs = [store.run(run_id) for run_id in ("demo_control-s0", "demo-s0")]
    extra = house.complete("demo-s7", trained)
    with store.write() as connection:
        own = "SELECT recipe FROM runs WHERE run_id = 'demo-s0'"
        connection.execute(f"UPDATE runs SET seed = 7, recipe = ({own}) WHERE run_id = ?", [extra])
    assert sorted(more_seeds.missing(runs)) == [
        ("demo-s0", 1, {}), ("demo_control-s0", 1, {}), ("demo_control-s0", 7, {})
    ]  # fmt: skip


def test_the_control_of_a_run_is_one_click_away(trained, opened):
    with store.write() as connection:
        connection.execute("DELETE FROM stages WHERE run_id = 'demo_control-s0'")
    at = opened("stages", run="demo-s0")
    at.button(key="train_control").click().run()
    assert queued() == [("demo", 0, trained.dataset_id, True)]
    assert "fork" not in store.jobs().iloc[0]["args"], "no checkpoint is left to start from"


def test_the_control_starts_from_the_full_stage_that_both_have(trained, house, opened):
    (house.runs / "demo-s0" / "checkpoints").mkdir()
    (house.runs / "demo-s0" / "checkpoints" / "00-full.safetensors").write_bytes(b"x")
    with store.write() as connection:
        connection.execute("DELETE FROM stages WHERE run_id = 'demo_control-s0'")
    opened("stages", run="demo-s0").button(key="train_control").click().run()
    assert queued() == [("demo", 0, trained.dataset_id, True)]
    assert store.jobs().iloc[0]["args"]["fork"] == {"run_id": "demo-s0", "round": 0, "stage": "full"}


def test_a_recipe_that_is_gone_is_one_sentence(trained, house):
    shutil.rmtree(house.runs / "demo-s0")
    with pytest.raises(jobs.JobError, match="recipe of demo-s0 is no longer"):
        jobs.submit_again("demo-s0", seed=1)
    with pytest.raises(jobs.JobError, match="no run 'nosuch'"):
        jobs.submit_again("nosuch", seed=1)
