"""Test which runs a study has, in which order, and what they cost."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from recipes import Recipe
from studies import Study, StudyError, cells, datasets_of, question_datasets
from studies.estimate import epochs_of, images_of, seconds_of, steps_of
from system.names import NAME

Make = Callable[..., Study]


def test_every_cell_is_there_once(make: Make) -> None:
    study = make()
    found = [(cell.dataset, cell.arm, cell.seed) for cell in cells(study)]
    grid = ["noise-label_noise=0", "noise-label_noise=0.1"]
    expected = {(key, "control", seed) for key in ["claims", *grid, "real"] for seed in range(4)}
    expected |= {(key, "hnl", seed) for key in ["claims", *grid] for seed in range(4)}
    expected |= {("claims", "more", seed) for seed in range(3)}
    assert len(found) == len(set(found)) and set(found) == expected


def test_a_cell_has_the_recipe_that_its_source_and_settings_make(make: Make) -> None:
    for cell in cells(make()):
        made = Recipe.load(cell.source, {**cell.settings, "dataset": cell.recipe.dataset, "seed": cell.seed})
        assert made == cell.recipe


def test_datasets_are_named_by_their_settings(make: Make) -> None:
    study, other = make(), make(lambda values: values["datasets"]["claims"].update(images=601))
    by_key = {cell.key: cell for cell in datasets_of(study)}
    assert list(by_key) == ["claims", "noise-label_noise=0", "noise-label_noise=0.1", "real"]
    for cell in by_key.values():
        assert re.fullmatch(NAME, cell.name) and cell.dataset_id == f"{cell.name}@1"
    assert by_key["noise-label_noise=0.1"].values == {"label_noise": 0.1}
    assert by_key["noise-label_noise=0.1"].options == {"images": 300, "label_noise": 0.1}
    assert by_key["real"].dataset_id == "busi@1" and by_key["real"].optional
    others = {cell.key: cell for cell in datasets_of(other)}
    assert others["claims"].dataset_id != by_key["claims"].dataset_id
    assert others["noise-label_noise=0"].dataset_id == by_key["noise-label_noise=0"].dataset_id


def test_runs_come_in_the_order_in_which_questions_need_them(make: Make) -> None:
    def put_last(values: dict) -> None:  # type: ignore[type-arg]
        values["questions"][0]["main"] = False

    first = [(cell.dataset, cell.arm, cell.seed) for cell in cells(make(put_last))]
    assert first[:4] == [("claims", "hnl", seed) for seed in range(4)]
    assert first[4:6] == [("claims", "control", 0), ("noise-label_noise=0", "hnl", 0)]
    unasked = [("claims", "more", seed) for seed in range(3)] + [("real", "control", seed) for seed in range(4)]
    assert sorted(first[-7:]) == sorted(unasked)
    pairs = [(cell.arm, cell.seed) for cell in cells(make(), datasets=["claims"])]
    assert pairs[:4] == [("hnl", 0), ("control", 0), ("hnl", 1), ("control", 1)]


def test_fewer_and_more_seeds(make: Make) -> None:
    study = make()
    assert {cell.seed for cell in cells(study, 2)} == {0, 1}
    more = cells(study, 6)
    assert {cell.seed for cell in more if cell.arm == "hnl"} == set(range(6))
    assert {cell.seed for cell in more if cell.arm == "more"} == {0, 1, 2}  # its own seeds, and no others
    for number, said in ((0, "0"), (10_000, "10,000")):
        with pytest.raises(StudyError, match=f"1 to 1,000 seeds, not {said}"):
            cells(study, number)


def test_one_dataset_alone(make: Make) -> None:
    study = make()
    assert {cell.dataset for cell in cells(study, datasets=["noise"])} == {
        "noise-label_noise=0", "noise-label_noise=0.1",
    }  # fmt: skip
    assert {cell.dataset for cell in cells(study, datasets=["noise-label_noise=0.1"])} == {"noise-label_noise=0.1"}
    with pytest.raises(StudyError, match="no dataset 'moon'; its datasets are claims, noise, real"):
        cells(study, datasets=["moon"])


def test_questions_of_hard_samples_pass_over_real_images(make: Make) -> None:
    def everywhere(values: dict) -> None:  # type: ignore[type-arg]
        values["arms"]["hnl"].pop("datasets")
        values["questions"][0].update(samples="hard", datasets=["claims", "real"])

    study = make(everywhere)
    assert [cell.key for cell in question_datasets(study, study.questions[0])] == ["claims"]


def test_costs_by_hand() -> None:
    settings = {"full.epochs": 10, "rounds": 2, "hard_negative.epochs": 3, "refined.epochs": 4, "batch_size": 32}
    recipe = Recipe.load("single_label_hnl", settings)
    assert epochs_of(recipe) == 10 + 2 * (3 + 4)
    assert epochs_of(recipe, shares_full=True) == 2 * (3 + 4)
    assert images_of(recipe, 100) == 24 * 100
    assert steps_of(recipe, 100) == 24 * 3
    out_of_fold = Recipe.load(
        "single_label_hnl", settings | {"miner.predictions": "out_of_fold", "miner.folds": 3, "miner.fold_epochs": 8}
    )
    assert epochs_of(out_of_fold) == 24 + 2 * 2 * 8
    assert seconds_of([100, 200], 0.5) == 150 and seconds_of([100], None) is None
