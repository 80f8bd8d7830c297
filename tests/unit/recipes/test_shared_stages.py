"""Test which keys shape which stages, and what a fork takes from the run that it starts from."""

from __future__ import annotations

from typing import Any

import pytest

from recipes import Recipe, RecipeError, fork_differences, forked, full_stage_key, keys, shares_full_stage
from recipes.shared_stages import SHAPES


def demo(**settings: Any) -> Recipe:
    return Recipe.load("demo", {key.replace("__", "."): value for key, value in settings.items()})


def test_every_key_of_a_recipe_is_decided() -> None:
    assert set(SHAPES) == {key for key, _ in keys()}


@pytest.mark.parametrize(
    ("setting", "is_shared"),
    [
        ({"seed": 1}, False), ({"dataset": "busi"}, False), ({"full__epochs": 1}, False), ({"loss": "focal"}, False),
        ({"ema": 0.9}, False), ({"confidence_filter__threshold": 0.5}, False), ({"control": True}, True),
        ({"rounds": 7}, True), ({"miner__name": "random"}, True), ({"guard__name": "aum"}, True),
        ({"hard_negative__lr": 0.1}, True), ({"layer": "features"}, True), ({"restart": True}, True),
    ],
)  # fmt: skip
def test_which_keys_shape_the_full_stage(setting: dict[str, Any], is_shared: bool) -> None:
    assert shares_full_stage(demo(), demo(**setting)) == is_shared
    assert (full_stage_key(demo()) == full_stage_key(demo(**setting))) == is_shared


def test_a_filter_that_is_off_in_the_full_stage_does_not_shape_it() -> None:
    later = {"confidence_filter__threshold": 0.5, "confidence_filter__stages": ["refined"]}
    assert shares_full_stage(demo(), demo(**later))
    assert fork_differences(demo(**later), demo(), 0, "full") == {}
    assert set(fork_differences(demo(**later), demo(), 1, "refined")) == {
        "confidence_filter.threshold", "confidence_filter.stages",
    }  # fmt: skip


def test_a_fork_takes_what_only_the_inherited_stage_has() -> None:
    parent = demo(full__epochs=3, full__lr=0.01, dataset="busi@2", seed=5)
    recipe, taken = forked(demo(control=True), parent, 0, "full")
    assert taken == {"full.epochs": 3, "full.lr": 0.01, "dataset": "busi@2", "seed": 5}
    assert recipe.control and shares_full_stage(recipe, parent)
    with pytest.raises(RecipeError, match="'seed' is 0, not 5; add --set seed=5, or train it from the start"):
        forked(demo(control=True), parent, 0, "full", said={"seed"})


@pytest.mark.parametrize(
    ("settings", "place", "words"),
    [
        ({"rounds": 0}, (0, "full"), "has no stage after full"),
        ({"rounds": 1}, (1, "refined"), "has no stage after refined of round 1"),
        ({"rounds": 1, "refined__epochs": 0}, (1, "hard_negative"), "has no stage after hard_negative of round 1"),
        ({"clip_norm": None}, (0, "full"), "'clip_norm' is null, not 1.0; add --set clip_norm=1.0,"),
        ({"control": True}, (1, "hard_negative"), "'control' is true, not false"),
        ({"refined__lr": 0.1}, (1, "refined"), "'refined.lr' is 0.1, not 0.0005"),
        ({"refined__lr": 0.1}, (2, "hard_negative"), "'refined.lr' is 0.1, not 0.0005"),
        ({"stop_early": True, "rounds": 3}, (2, "refined"), "'stop_early' is true, not false"),
    ],
)
def test_what_cannot_go_on_is_refused_in_one_sentence(
    settings: dict[str, Any], place: tuple[int, str], words: str
) -> None:
    with pytest.raises(RecipeError) as refused:
        forked(demo(**settings), demo(), *place)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        ({"control": True}, (0, "full")), ({"refined__lr": 0.1}, (1, "hard_negative")),
        ({"stop_early": True, "rounds": 3}, (1, "refined")), ({"rounds": 3}, (2, "refined")),
    ],
)  # fmt: skip
def test_what_shapes_later_stages_only_may_differ(settings: dict[str, Any], place: tuple[int, str]) -> None:
    recipe, taken = forked(demo(**settings), demo(), *place)
    assert recipe == demo(**settings) and taken == {}
