"""Disk use, keeping the best, deleting: on the page, through the one function below it."""

from __future__ import annotations

import pytest

import store


@pytest.fixture
def runs(house):
    """A complete run with checkpoints, and one that trains."""
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    house.start("demo-2", dataset)
    store.add_job("train", title="t", args={}, run_id="demo-2", state="running")
    folder = house.runs / "demo-1" / "checkpoints"
    folder.mkdir(parents=True)
    for stage in store.stages("demo-1").itertuples():
        (folder / f"{stage.position:02d}-{stage.stage}.safetensors").write_bytes(b"x" * 1_000_000)
    return house


@pytest.fixture
def upkeep(runs, opened):
    at = opened()
    assert not [box for box in at.selectbox if box.key == "upkeep_run"]  # nothing is counted while it is closed
    at.session_state["upkeep"] = True
    return at.run()


def test_disk_use_by_run_and_what_a_deletion_takes(upkeep, texts):
    table = next(found.value for found in upkeep.dataframe if "mb" in found.value)
    assert table.set_index("run_id")["mb"].to_dict() == {"demo-1": 5.0, "demo-2": 0.0}
    said = texts(upkeep)
    assert "5.0 MB in 2 folders" in said
    assert "Deleting **demo-1** removes its 5 stages with 450 predictions" in said and "5.0 MB of checkpoints" in said


def test_a_run_is_deleted_after_a_yes_and_not_before(upkeep, runs, texts):
    assert upkeep.button(key="upkeep_delete").disabled
    upkeep.checkbox(key="upkeep_sure_demo-1").check().run()
    upkeep.button(key="upkeep_delete").click().run()
    assert not upkeep.exception
    assert [toast.value for toast in upkeep.toast] == [r"demo\-1 is deleted; 5.0 MB freed."]
    assert list(store.runs()["run_id"]) == ["demo-2"] and not (runs.runs / "demo-1").exists()
    assert store.rows_of("demo-1") == {} and store.check() == []
    # The yes was to that run: the next one is asked for anew.
    assert upkeep.selectbox(key="upkeep_run").value == "demo-2" and upkeep.button(key="upkeep_delete").disabled


def test_a_run_that_trains_is_not_deleted_and_a_sentence_says_why(upkeep):
    upkeep.selectbox(key="upkeep_run").select("demo-2").run()
    assert upkeep.button(key="upkeep_keep").disabled  # what it has, it needs
    upkeep.checkbox(key="upkeep_sure_demo-2").check().run()
    upkeep.button(key="upkeep_delete").click().run()
    said = [toast.value.replace("\\", "") for toast in upkeep.toast]
    assert said == ["The run demo-2 is running; stop it first with: python -m jobs stop demo-2"]
    assert "demo-2" in set(store.runs()["run_id"]) and store.rows_of("demo-2") == {"jobs": 1, "runs": 1}


def test_only_the_best_and_the_last_checkpoint_are_kept(upkeep, runs):
    upkeep.button(key="upkeep_keep").click().run()
    assert not upkeep.exception
    left = {path.name for path in (runs.runs / "demo-1" / "checkpoints").iterdir()}
    assert "04-refined.safetensors" in left and 1 <= len(left) <= 2
    assert f"{5 - len(left)}.0 MB freed" in upkeep.toast[0].value
    table = next(found.value for found in upkeep.dataframe if "mb" in found.value)
    assert table.set_index("run_id")["mb"]["demo-1"] == len(left)
