"""Another recipe is queued from a finished stage, and the lineage of runs is shown."""

from __future__ import annotations

import json

import pytest

import jobs
import store
from dashboard.charts import training_curves
from dashboard.reads import table_frames
from recipes import Recipe
from store import Fork


@pytest.fixture
def trained(house):
    """A staged run of 32 pixels, with checkpoints of its stages."""
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    recipe = Recipe.load("demo", {"dataset": dataset.dataset_id, "image_size": 32}).model_dump(mode="json")
    with store.write() as connection:
        connection.execute("UPDATE runs SET recipe = ?::JSON WHERE run_id = 'demo-1'", [json.dumps(recipe)])
    folder = house.runs / "demo-1" / "checkpoints"
    folder.mkdir(parents=True)
    for row in store.stages("demo-1").itertuples():
        (folder / f"0{row.position}-{row.stage}.safetensors").write_bytes(b"x")
    (folder.parent / "recipe.yaml").write_text(json.dumps(recipe))
    return dataset


def forked(run_id, round_, stage):
    """A run that has begun from a stage of demo-1."""
    recipe = Recipe.load("demo_control", {"dataset": "tiny@1"})
    store.create_run(
        run_id, recipe_name="demo_control", recipe=recipe.model_dump(), objective="softmax", model="mobilenet_v3_small",
        dataset_id="tiny@1", classes=list(store.run("demo-1")["classes"]), seed=0, control=False, rounds=2,
        device="cpu", fork=Fork("demo-1", round_, stage),
    )  # fmt: skip


def test_another_recipe_is_queued_from_a_stage(trained, opened, texts):
    at = opened("stages", run="demo-1")
    form = at.expander[[found.label for found in at.expander].index("Try another recipe from here")]
    run, stages, recipe = form.selectbox[:3]
    assert run.options == ["demo-1"] and run.value == "demo-1"
    assert stages.options[0] == "full" and len(stages.options) == 5
    assert recipe.options[0] == "demo (the recipe of this run)"
    assert "demo_control" in recipe.options and "demo_multi_label" not in recipe.options
    assert not {"single_label_focal", "single_label_balanced", "legacy_confidence_filter"} & set(recipe.options)
    recipe.select("demo_control").run()
    assert "As in demo-1: image_size" in texts(at).replace("`", "")
    next(box for box in at.number_input if box.label == "Rounds" and box.key.startswith("fork")).set_value(3)
    next(button for button in at.button if button.key.endswith("fork_start")).click().run()
    assert "Queued: demo_control on tiny@1, seed 0" in texts(at)
    job = store.jobs().iloc[0].to_dict()
    plan = jobs.plan_of(job)
    assert job["args"]["fork"] == {"run_id": "demo-1", "round": 0, "stage": "full"}
    assert (plan["image_size"], plan["rounds"], plan["control"]) == (32, 3, True)


def test_more_rounds_of_the_same_recipe_start_from_the_last_stage(trained, opened):
    at = opened("stages", run="demo-1", fork_stage="2.refined")
    rounds = next(box for box in at.number_input if box.label == "Rounds" and box.key.startswith("fork"))
    assert rounds.value == 3
    labels = [box.label for box in at.selectbox if str(box.key).startswith("fork")]
    assert "Miner" not in labels, "it has shaped the stages before"
    next(button for button in at.button if button.key.endswith("fork_start")).click().run()
    job = store.jobs().iloc[0].to_dict()
    assert job["args"]["fork"] == {"run_id": "demo-1", "round": 2, "stage": "refined"}
    assert jobs.plan_of(job)["rounds"] == 3 and jobs.plan_of(job)["name"] == "demo"


def test_a_full_stage_can_be_gone_on_from_where_only_a_control_was_trained(trained, opened, texts):
    with store.write() as connection:
        connection.execute("UPDATE runs SET control = true, recipe_name = 'demo_control' WHERE run_id = 'demo-1'")
    at = opened("stages")
    assert "with its equal-budget control" in texts(at)
    form = at.expander[[found.label for found in at.expander].index("Try another recipe from here")]
    assert [box.value for box in form.selectbox[:2]] == ["demo-1", "0.full"]
    next(button for button in at.button if button.key.endswith("fork_start")).click().run()
    assert store.jobs().iloc[0]["args"]["fork"] == {"run_id": "demo-1", "round": 0, "stage": "full"}


def test_another_run_than_the_page_s_can_be_gone_on_from(trained, house, opened):
    house.complete("control-1", trained, control=True)
    (house.runs / "control-1" / "checkpoints").mkdir(parents=True)
    at = opened("stages", run="demo-1")
    of_fork = [box for box in at.selectbox if box.label == "Run"]
    assert [box.options for box in of_fork] == [["demo-1"]], "no weights of the control's full stage are left"
    (house.runs / "control-1" / "checkpoints" / "00-full.safetensors").write_bytes(b"x")
    at = opened("stages", run="demo-1", fork_run="control-1")
    form = at.expander[[found.label for found in at.expander].index("Try another recipe from here")]
    assert form.selectbox[0].options == ["control-1", "demo-1"] and form.selectbox[0].value == "control-1"
    assert form.selectbox[1].options == ["full"]


def test_without_checkpoints_nothing_is_offered(house, opened, texts):
    house.complete("demo-1", house.dataset())
    assert "no run can start from it" in texts(opened("stages", run="demo-1"))


def test_lineage_is_shown_on_both_pages(trained, opened, texts):
    forked("child", 1, "hard_negative")
    for page in ("stages", "overview"):
        shown = texts(opened(page, run="child"))
        assert "Run child starts from demo-1 after round 1 · hard negative: 80 of its 80 steps" in shown
        assert "Runs that start from a stage of demo-1: child." in texts(opened(page, run="demo-1"))
    table = next(found.value for found in opened("overview", run="child").dataframe if "best_epoch" in found.value)
    assert table["name"].tolist() == ["full (inherited)", "round 1 · hard negative (inherited)"]
    with store.write() as connection:
        connection.execute("DELETE FROM runs WHERE run_id = 'demo-1'")
    assert "has been deleted since" in texts(opened("stages", run="child"))


def test_figures_mark_inherited_stages(trained):
    forked("child", 0, "full")
    with store.write() as connection:
        connection.execute("UPDATE stages SET run_id = 'child' WHERE run_id = 'demo-1' AND position > 0")
    epochs = store.epochs(["child", "demo-1"])
    curves = training_curves.learning_curves(epochs)
    symbols = {trace.name: list(trace.marker.symbol) for trace in curves.data}
    assert symbols["child"] == ["circle-open", "circle-open"] and symbols["demo-1"][0] == "circle"
    ended = store.stages("child")
    table = table_frames.stage_table(ended, table_frames.headlines(store.metrics(["child"])))
    bars = training_curves.stage_scores(table, "accuracy")
    assert list(bars.data[0].marker.pattern.shape) == ["/", "", "", "", ""]
    assert bars.data[0].customdata[0] == "full, inherited"
