"""Test that a wrong study is refused in one sentence, and that its id follows its meaning."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from recipes import Recipe
from studies import Side, Study, StudyError, available, cells
from studies.parts import dotted
from tests.unit.studies.conftest import Change, changed

Make = Callable[..., Study]


def at(*keys: Any, value: Any) -> Change:
    """Set a value below some keys."""

    def change(values: dict[str, Any]) -> None:
        inner: Any = values
        for key in keys[:-1]:
            inner = inner[key]
        inner[keys[-1]] = value

    return change


def question(**keys: Any) -> Change:
    return lambda values: values["questions"][0].update(keys)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (question(contrast=["hnl", "nobody"]), "'helps' names the arm 'nobody', which is unknown; arms are control"),
        (question(contrast=["hnl", "hnl"]), "compares 'hnl' with itself"),
        (question(contrast=["hnl@3", "control"]), "asks for 'hnl@3', but the arm has 2 rounds; write @0 to @2"),
        (question(contrast=["hnl@x", "control"]), "'hnl@x' is no arm; write ARM, or ARM@ROUND"),
        (question(contrast=None), "either a 'contrast' or an 'interaction'"),
        (question(interaction=[["hnl", "control"], ["control", "hnl"]], contrast=None), "one contrast with itself"),
        (question(samples="some"), "'some' are no samples; allowed are all, decidable"),
        (question(samples="class:heart"), "the class 'heart', which a phantom does not have; it has ac, bpd"),
        (question(score="auroc"), "'questions.0.score': input should be 'accuracy'"),
        (question(margin=0), "'questions.0.margin': input should be greater than 0, not 0"),
        (question(datasets=["real"]), "asks about 'real', on which not all of its arms are trained"),
        (question(datasets=["other"]), "the dataset 'other', which is unknown; datasets are claims, noise, real"),
        (question(learn=""), "'questions.0.learn'"),
        (question(colour="red"), "unknown key 'questions.0.colour'"),
        (lambda v: v["questions"][0].pop("learn"), "the key 'questions.0.learn' is missing"),
        (at("questions", 1, "name", value="helps"), "two questions are named 'helps'"),
        (at("arms", "hnl", "recipe", value="x" * 300), "There is no recipe 'xxx"),
        (at("arms", "hnl", "recipe", value="x" * 300 + ".yaml"), "There is no recipe file "),
        (at("arms", "hnl", "recipe", value="a\0b.yaml"), "There is no recipe file "),
        (at("arms", "hnl", "settings", value={"full": {"epochs": 2}, "full.epochs": 3}), "'full.epochs' is set twice"),
        (
            at("datasets", "noise", "grid", value={"seed": [*range(99)], "images": [*range(60, 99)]}),
            "makes 3,861 datasets",
        ),
        (question(score="x" * 5000), "not 'xxxxx"),
        (at("arms", "hnl", "recipe", value="none_such"), "arm 'hnl': There is no recipe 'none_such'; the ones"),
        (at("arms", "hnl", "settings", value={"roundz": 2}), "arm 'hnl': single_label_hnl.yaml: unknown key 'roundz'"),
        (at("arms", "hnl", "settings", value={"rounds": 99}), "'rounds'"),
        (
            at("arms", "hnl", "settings", value={"seed": 2}),
            "arms.hnl.settings sets 'seed', which the study itself sets",
        ),
        (at("settings", value={"dataset": "demo"}), "settings sets 'dataset'"),
        (at("arms", "hnl", "datasets", value=["moon"]), "arm 'hnl' is trained on 'moon', which is no dataset of the"),
        (at("arms", "Big Arm", value={"recipe": "demo"}), "'Big Arm' is not a name"),
        (at("arms", "hnl", "seeds", value=[0, 1]), "has 2 seeds that all its arms share; an answer takes 3 or more"),
        (at("arms", "hnl", "seeds", value=[7, 8, 9]), "has 0 seeds that all its arms share"),
        (at("seeds", value=[0, 1, 1, 2]), "seed 1 is there twice"),
        (at("datasets", "claims", "preset", value="easy"), "datasets.claims: There is no preset 'easy' of the phantom"),
        (at("datasets", "claims", "colour", value=1), "datasets.claims: 'colour' is no setting of a phantom; there"),
        (at("datasets", "noise", "grid", value={"noise": [0, 1]}), "datasets.noise: 'noise' is no setting of a"),
        (
            at("datasets", "noise", "grid", value={"hard": [0.1, 2]}),
            "datasets.noise: The setting hard of a phantom is 2",
        ),
        (at("datasets", "noise", "grid", value={"hard": [0.1, 0.5], "toss": [0, 0.2]}), "hard (0.5) and toss (0.2)"),
        (at("datasets", "noise", "grid", value={"hard": []}), "grid.hard is []; give one or more values, each once"),
        (at("datasets", "noise", "grid", value={"images": [1, 2]}), "'images' is in the grid and beside it"),
        (at("datasets", "real", "name", value="busi"), "'busi' names no version; write busi@1"),
        (at("datasets", "real", "preset", value="demo"), "either a 'preset' (a phantom) or a 'name'"),
        (at("datasets", "real", "grid", value={"hard": [0.1]}), "has no 'grid' and no options"),
    ],
)
def test_a_mistake_is_refused_in_one_sentence(make: Make, change: Change, sentence: str) -> None:
    with pytest.raises(StudyError) as refused:
        make(change)
    said = str(refused.value)
    assert sentence in said
    assert said.startswith("small.yaml") and said.endswith((".", "?")) and "\n" not in said


def test_only_a_phantom_knows_which_samples_are_hard(make: Make) -> None:
    everywhere = at("arms", "hnl", "datasets", value=None)
    assert make(everywhere, question(samples="hard"))  # passes over the dataset that is no phantom
    with pytest.raises(StudyError, match="'hard' samples, which only a phantom knows"):
        make(everywhere, question(samples="hard", datasets=["real"]))
    assert make(everywhere, question(samples="class:malignant", datasets=["real"]))


@pytest.mark.parametrize(("text", "sentence"), [("- a", "is not a study"), ("a: [", "cannot be read as YAML")])
def test_a_file_that_is_no_study_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(StudyError, match=sentence):
        Study.load(file)


def test_a_study_that_does_not_exist_is_refused_with_the_names_of_those_that_do(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="There is no study 'nowhere'; the ones that ship are"):
        Study.load("nowhere")
    with pytest.raises(StudyError, match="There is no study file"):
        Study.load(tmp_path / "gone.yaml")


def test_names_that_no_file_can_have_are_refused() -> None:
    for name in ("x" * 300, "x" * 300 + ".yaml", "a\0b.yaml"):
        with pytest.raises(StudyError, match="There is no study"):
            Study.load(name)


def test_an_arm_that_is_there_twice_is_not_lost_without_a_word() -> None:
    with pytest.raises(StudyError, match="the key 'hnl' is there twice"):
        Study.parse("name: x\narms: {hnl: {recipe: demo}, hnl: {recipe: demo_control}}")


@pytest.mark.parametrize("name", available())
def test_every_study_that_ships_is_sound(name: str) -> None:
    study = Study.load(name)
    assert study.name == name and study.description
    assert cells(study)


# The id follows the meaning.


def test_the_order_of_a_file_does_not_make_another_study(make: Make) -> None:
    values = changed()
    mixed = list(values["arms"].items())
    random.Random(0).shuffle(mixed)
    values["arms"] = dict(mixed)
    values["questions"].reverse()
    assert Study.parse(yaml.safe_dump(values)).study_id == make().study_id


@pytest.mark.parametrize(
    "change",
    [
        at("seeds", value=[0, 1, 2, 3, 4, 5]),
        at("arms", "more", "seeds", value=[0, 1, 2, 3]),
        at("description", value="Other words."),
        question(asks="Other words?"),
        question(learn="Other words."),
        at("arms", "control", "settings", value={"rounds": 2, "sampler": "shuffled"}),  # the default, said aloud
    ],
)
def test_more_seeds_and_other_words_are_the_same_study(make: Make, change: Change) -> None:
    assert make(change).study_id == make().study_id


@pytest.mark.parametrize(
    "change",
    [
        question(margin=0.02),
        question(samples="hard"),
        question(score="macro_f1"),
        question(main=False),
        question(contrast=["control", "hnl"]),
        question(datasets=["claims"]),
        at("settings", value={"image_size": 96}),
        at("arms", "hnl", "settings", value={"rounds": 3}),
        at("datasets", "claims", "seed", value=2),
        at("datasets", "noise", "grid", value={"label_noise": [0.0, 0.2]}),
        at("arms", "control", "datasets", value=["claims", "noise"]),
        at("name", value="other"),
    ],
)
def test_any_other_change_is_another_study(make: Make, change: Change) -> None:
    assert make(change).study_id != make().study_id


def test_the_recipe_behind_an_arm_is_part_of_the_study(tmp_path: Path) -> None:
    recipe = tmp_path / "mine.yaml"
    values = changed(at("arms", "hnl", "recipe", value="mine.yaml"))
    file = tmp_path / "small.yaml"
    file.write_text(yaml.safe_dump(values), encoding="utf-8")
    ids = []
    for epochs in (3, 4):
        recipe.write_text(f"name: mine\nfull: {{epochs: {epochs}}}\n", encoding="utf-8")
        ids.append(Study.load(file).study_id)
    assert ids[0] != ids[1]


def test_settings_reach_the_recipe_and_arms_override_the_study(make: Make) -> None:
    study = make(
        at("settings", value={"image_size": 64, "full": {"epochs": 7}}),
        at("arms", "hnl", "settings", value={"image_size": 96, "rounds": 2}),
    )
    hnl = study.recipes["hnl"]
    assert (hnl.name, hnl.image_size, hnl.full.epochs) == ("hnl", 96, 7)
    assert hnl.full.lr == Recipe.load("single_label_hnl").full.lr  # a nested setting keeps its neighbours
    assert study.recipes["control"].image_size == 64


def test_nested_settings_become_dotted_keys() -> None:
    assert dotted({"a": {"b": 1, "c": {"d": 2}}, "e.f": 3}) == {"a.b": 1, "a.c.d": 2, "e.f": 3}


def test_sides_of_questions(make: Make) -> None:
    study = make(question(contrast=None, interaction=[["hnl@1", "control@1"], ["hnl@0", "control@0"]]))
    assert study.questions[0].sides == (Side("hnl", 1), Side("control", 1), Side("hnl", 0), Side("control", 0))
    assert study.questions[0].arms == ("hnl", "control")
    assert [str(side) for side in study.questions[1].sides] == ["hnl@2", "hnl@1"]
