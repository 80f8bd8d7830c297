"""Test that recipes that ship load, bad values are named with their key, and names differ."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipes import RECIPES, Recipe, RecipeError, available, parse_setting


@pytest.mark.parametrize("name", available())
def test_every_recipe_that_ships_loads_under_its_own_name(name: str) -> None:
    assert Recipe.load(name).name == name
    assert Recipe.load(RECIPES / f"{name}.yaml") == Recipe.load(name)


CONTROLS = {
    "demo_control": "demo",
    "single_label_control": "single_label_hnl",
    "multi_label_control": "multi_label_hnl",
    "legacy_confidence_filter_control": "legacy_confidence_filter",
}


def differing(one: str, other: str) -> set[str]:
    a, b = (Recipe.load(name).model_dump(exclude={"name", "description"}) for name in (one, other))
    return {key for key in a if a[key] != b[key]}


def test_a_control_that_ships_differs_from_its_run_in_control_alone() -> None:
    assert {name for name in available() if name.endswith("_control")} == set(CONTROLS)
    for control, run in CONTROLS.items():
        assert differing(control, run) == {"control"}, control


def test_single_and_multi_label_in_one_stage_differ_in_the_objective_alone() -> None:
    assert differing("single_label", "multi_label") == {"objective"}


@pytest.mark.parametrize(
    ("setting", "parts"),
    [
        ("full.epochs=0", ["'full.epochs'", "greater than or equal to 1", "not 0"]),
        ("full.lr=.nan", ["'full.lr'", "nan"]),
        ("seed=1.5", ["'seed'", "valid integer", "1.5"]),
        ("model=resnet19", ["'model'", "'resnet18'", "not 'resnet19'"]),
        ("rounds={a: 1}", ["'rounds'", "valid integer", "{'a': 1}"]),
        ("full=3", ["'full' holds further keys (full.epochs, full.lr)", "not 3"]),
        ("name=A b", ["'name'", "'A b'", "a-z, 0-9, _ and -"]),
        ("focus.failed=0.5", ["'focus'", "must be 1, not 1.25"]),
        ("loss=asymmetric", ["'loss'", "objective sigmoid"]),
        ("miner.name=confused_pair", ["'miner.name'", "'confused_pairs'", "not 'confused_pair'"]),
        ("miner={name: forgetting, predictions: out_of_fold}", ["'miner'", "in_sample, not out_of_fold"]),
        ("guard.nam=aum", ["unknown key 'guard.nam'", "did you mean 'guard.name'"]),
        ("ohem=0", ["'ohem'", "greater than 0", "not 0"]),
        ("confidence_filter=1", ["'confidence_filter.threshold'", "less than 1", "not 1"]),
        ("confidence_filter.stages=[control]", ["'confidence_filter.stages.0'", "'hard_negative'", "not 'control'"]),
        ("confidence_filter.stages=[]", ["'confidence_filter.stages'", "full, hard_negative, refined", "not []"]),
        ("confidence_filter.stages=null", ["'confidence_filter.stages'", "confidence_filter.threshold to null"]),
        ("full.epocs=1", ["unknown key 'full.epocs'", "did you mean 'full.epochs'"]),
        ("learning_rate=1", ["unknown key 'learning_rate'", "did you mean 'full.lr'"]),
        ("full.epochs.x=1", ["'full.epochs.x' is not a recipe key"]),
    ],
)
def test_a_bad_value_is_named_with_its_key_and_what_is_allowed(setting: str, parts: list[str]) -> None:
    with pytest.raises(RecipeError) as refused:
        Recipe.load("demo", dict([parse_setting(setting)]))
    message = str(refused.value)
    assert all(part in message for part in parts), message
    assert "\n" not in message


@pytest.mark.parametrize("text", ["x", "=3", "weights=["])
def test_what_is_no_setting_is_refused(text: str) -> None:
    with pytest.raises(RecipeError):
        parse_setting(text)


def test_a_stage_that_says_only_its_epochs_keeps_the_default_rate(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("name: own\n")
    recipe = Recipe.load(tmp_path / "own.yaml", {"refined.epochs": 9})
    assert (recipe.refined.epochs, recipe.refined.lr) == (9, Recipe(name="x").refined.lr)


def test_a_filter_can_be_given_as_its_threshold_alone(tmp_path: Path) -> None:
    every = ("full", "hard_negative", "refined")
    for value, threshold in (("0.3", 0.3), ("null", None), ("{threshold: 0.3}", 0.3)):
        (tmp_path / "own.yaml").write_text(f"name: own\nconfidence_filter: {value}\n")
        found = Recipe.load(tmp_path / "own.yaml").confidence_filter
        assert (found.threshold, found.stages) == (threshold, every), "as recipes of earlier versions meant it"
    (tmp_path / "own.yaml").write_text("name: own\nextends: legacy_confidence_filter\nconfidence_filter: 0.8\n")
    for settings, threshold in (({}, 0.8), ({"confidence_filter": 0.7}, 0.7), ({"confidence_filter": None}, None)):
        found = Recipe.load(tmp_path / "own.yaml", settings).confidence_filter
        assert (found.threshold, found.stages) == (threshold, ("full", "refined")), (
            "the stages stay those of the recipe"
        )


def test_the_stages_of_a_filter_are_one_list_however_they_are_written() -> None:
    written = ("[refined, full]", "full", "'refined, full'", "[full, full, refined]")
    found = [Recipe.load("demo", dict([parse_setting(f"confidence_filter.stages={text}")])) for text in written]
    assert [recipe.confidence_filter.stages for recipe in found] == [
        ("full", "refined"), ("full",), ("full", "refined"), ("full", "refined"),
    ]  # fmt: skip
    assert found[0].model_dump()["confidence_filter"]["stages"] == ["full", "refined"]


@pytest.mark.parametrize("name", ["legacy_confidence_filter", "legacy_confidence_filter_control"])
def test_the_older_recipe_leaves_the_hard_stage_open(name: str) -> None:
    assert Recipe.load(name).confidence_filter.stages == ("full", "refined")


def test_a_recipe_takes_over_its_parents_settings_but_not_its_name(tmp_path: Path) -> None:
    (tmp_path / "mother.yaml").write_text("name: mother\ndescription: hers\nrounds: 5\nfull: {epochs: 7, lr: 0.01}\n")
    (tmp_path / "child.yaml").write_text("extends: mother\nname: child\nfull: {epochs: 8}\n")
    child = Recipe.load(tmp_path / "child.yaml")
    assert (child.name, child.description, child.rounds) == ("child", "", 5)
    assert (child.full.epochs, child.full.lr) == (8, 0.01)
    (tmp_path / "nameless.yaml").write_text("extends: mother\n")
    with pytest.raises(RecipeError, match=r"^nameless\.yaml: the key 'name' is missing\.$"):
        Recipe.load(tmp_path / "nameless.yaml")


def test_a_file_of_a_shipped_recipes_name_can_extend_it(tmp_path: Path) -> None:
    (tmp_path / "demo.yaml").write_text("extends: demo\nname: mine\nrounds: 1\n")
    assert Recipe.load(tmp_path / "demo.yaml").full == Recipe.load("demo").full


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("extends: b\nname: a\n", "extends itself"),
        ("extends: ../demo\nname: a\n", "not a path"),
        ("extends: nobody\nname: a\n", "There is no recipe 'nobody'"),
        ("- 1\n", "must be a YAML mapping"),
        ("name: [\n", "cannot be read as YAML"),
    ],
)
def test_a_file_that_is_no_recipe_is_refused_in_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "a.yaml").write_text(text)
    (tmp_path / "b.yaml").write_text("extends: a\nname: b\n")
    with pytest.raises(RecipeError, match=sentence):
        Recipe.load(tmp_path / "a.yaml")


@pytest.mark.parametrize("key", ["weights", "label_scheme"])
def test_a_recipe_names_files_in_allowed_folders_only(
    key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    suffix = ".pt" if key == "weights" else ".yaml"
    inside, outside = tmp_path / "inside" / f"w{suffix}", tmp_path / "outside" / f"w{suffix}"
    for file in (inside, outside):
        file.parent.mkdir()
        file.touch()
    (inside.parent / f"link{suffix}").symlink_to(outside)
    monkeypatch.setenv("ODAP_ROOTS", f"/nowhere:{inside.parent}")
    assert getattr(Recipe.load("demo", {key: str(inside)}), key) == str(inside)
    within = str(RECIPES.parent / "runs" / "r" / f"w{suffix}")
    assert getattr(Recipe.load("demo", {key: within}), key) == within
    up = inside.parent / ".." / "outside" / f"w{suffix}"
    for file in (outside, up, inside.parent / f"link{suffix}", "../" * 30 + f"etc/w{suffix}"):
        with pytest.raises(RecipeError, match=f"'{key}': .* lies outside of the folders whose files a recipe may name"):
            Recipe.load("demo", {key: str(file)})


@pytest.mark.parametrize("scheme", ["../../etc/x", "/etc/x", ".."])
def test_a_label_scheme_by_name_does_not_lead_out_of_its_folder(scheme: str) -> None:
    with pytest.raises(RecipeError, match="lies outside"):
        Recipe.load("demo", {"label_scheme": scheme})


def test_a_recipe_of_yaml_bombs_is_one_sentence(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    for text in ("\n".join(lines), "name: " + "[" * 100_000, "name: &a [*a]", "seed: " + "9" * 5000, "a: 2024-13-41"):
        (tmp_path / "bomb.yaml").write_text(text)
        with pytest.raises(RecipeError, match=r"^bomb\.yaml cannot be read as YAML: .*\.$"):
            Recipe.load(tmp_path / "bomb.yaml")
    with pytest.raises(RecipeError, match="cannot be read as YAML"):
        parse_setting("name=" + "[" * 100_000)
