"""Which run is the control of which: one that differs in `control`, and in keys that then have no effect."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.recipe_differences import controls_of, differing_keys, is_control_of, mining_epochs
from recipes import Recipe, available
from trainer import curriculum


def recipe(**changes):
    values = {"name": "staged", "rounds": 2}
    for key, value in changes.items():
        head, _, last = key.partition("__")
        if last:
            values[head] = {**values.get(head, {}), last: value}
        else:
            values[head] = value
    return Recipe.parse(values).model_dump()


RUN = recipe()


def test_nothing_differs_between_a_recipe_and_itself():
    assert differing_keys(RUN, RUN) == []
    assert not is_control_of(RUN, RUN)


def test_what_a_recipe_is_called_is_no_difference():
    other = {**recipe(name="other", description="Another", dataset="demo@1"), "title": "t", "extends": "demo"}
    assert differing_keys(RUN, other) == []


@pytest.mark.parametrize(
    "idle",
    [
        {"miner__name": "errors"}, {"miner__max_share": 0.1}, {"miner__folds": 5}, {"focus__weight": 5.0},
        {"focus__balanced": False}, {"guard__name": "aum"}, {"stop_early": True},
    ],
)  # fmt: skip
def test_keys_that_do_nothing_without_mining_do_not_unmake_a_control(idle):
    control = recipe(control=True, **idle)
    assert differing_keys(control, RUN) == ["control"]
    assert is_control_of(control, RUN)
    assert differing_keys(recipe(**idle), RUN), "between two runs that mine, they count"


@pytest.mark.parametrize(
    ("change", "keys"),
    [
        ({"ohem": 0.5}, ["ohem"]),
        ({"restart": True}, ["restart"]),
        ({"rounds": 1}, ["rounds"]),
        ({"full__epochs": 3}, ["full.epochs"]),
        ({"refined__epochs": 0}, ["refined.epochs"]),
        ({"loss": "focal", "sampler": "balanced"}, ["loss", "sampler"]),
        ({"objective": "sigmoid"}, ["objective"]),
        ({"augment": False}, ["augment"]),
    ],
)
def test_a_control_that_differs_in_anything_else_is_none_and_the_key_is_named(change, keys):
    control = recipe(control=True, **change)
    assert differing_keys(control, RUN) == sorted([*keys, "control"])
    assert not is_control_of(control, RUN)


def test_a_run_with_another_confidence_filter_is_no_control():
    assert not is_control_of(recipe(control=True, confidence_filter=0.5), RUN)


def test_stages_of_a_filter_that_is_off_are_no_difference():
    other = recipe(confidence_filter__stages=["full"], control=True)
    assert differing_keys(other, RUN) == ["control"] and is_control_of(other, RUN)
    filtered = recipe(confidence_filter__stages=["full"], confidence_filter__threshold=0.5, control=True)
    assert differing_keys(filtered, recipe(confidence_filter=0.5)) == ["confidence_filter.stages", "control"]


def test_a_run_without_rounds_has_no_control_and_its_rounds_are_what_differs():
    single = recipe(rounds=0, miner__name="errors", hard_negative__epochs=9)
    assert differing_keys(single, RUN) == ["rounds"]
    assert differing_keys(recipe(rounds=0, control=True), single) == []
    assert not is_control_of(recipe(control=True, rounds=0), single)


def test_a_run_that_mines_is_no_control_and_a_control_has_none():
    control = recipe(control=True)
    assert not is_control_of(RUN, control)
    assert not is_control_of(control, control)


def test_a_control_must_pay_what_mining_out_of_fold_costs():
    run = recipe(miner__predictions="out_of_fold", miner__folds=3, miner__fold_epochs=8)
    same = recipe(control=True, miner__predictions="out_of_fold", miner__folds=2, miner__fold_epochs=16)
    assert is_control_of(same, run), "(3 - 1) x 8 epochs are (2 - 1) x 16"
    assert differing_keys(recipe(control=True), run) == ["control", "miner.predictions"]
    assert not is_control_of(recipe(control=True), run)


def test_a_rate_of_a_stage_that_does_not_take_place_is_no_difference():
    run = recipe(refined__epochs=0, refined__lr=0.1)
    assert is_control_of(recipe(control=True, refined__epochs=0, refined__lr=0.2), run)


def test_another_seed_is_a_difference_unless_seeds_are_paired_afterwards():
    control = recipe(control=True, seed=1)
    assert differing_keys(control, RUN) == ["control", "seed"]
    assert not is_control_of(control, RUN)
    assert is_control_of(control, RUN, same_seed=False)


@pytest.mark.parametrize("name", available())
def test_every_recipe_that_ships_and_mines_is_matched_by_its_own_control(name):
    run = Recipe.load(name, {"control": False})
    control = Recipe.load(name, {"control": True, "stop_early": False})
    assert is_control_of(control.model_dump(), run.model_dump()) == (run.rounds > 0)


def test_controls_of_a_run_are_of_its_dataset_version_and_seed_among_six_candidates():
    rows = {
        "control": ("d@1", recipe(control=True)),
        "other-filter": ("d@1", recipe(control=True, confidence_filter=0.5)),
        "other-version": ("d@2", recipe(control=True)),
        "other-seed": ("d@1", recipe(control=True, seed=1)),
        "other-miner": ("d@1", recipe(control=True, miner__name="errors", stop_early=True)),
        "mines": ("d@1", recipe()),
    }
    runs = pd.DataFrame(
        [{"run_id": name, "dataset_id": of, "recipe": json.dumps(values)} for name, (of, values) in rows.items()]
    )
    assert controls_of(runs, {"dataset_id": "d@1", "recipe": json.dumps(RUN)}) == ["control", "other-miner"]


@given(st.sampled_from(["in_sample", "out_of_fold"]), st.integers(2, 20), st.integers(1, 50))
def test_the_cost_of_mining_is_that_of_the_curriculum(predictions, folds, epochs):
    values = {"name": "x", "miner": {"predictions": predictions, "folds": folds, "fold_epochs": epochs}}
    of_fold = Recipe.parse(values)
    assert mining_epochs(of_fold.model_dump()) == curriculum.mining_epochs(of_fold)
