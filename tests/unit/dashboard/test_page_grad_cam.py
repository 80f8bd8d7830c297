"""The Grad-CAM page: choosing a sample, its maps by stage, and having missing maps made."""

from __future__ import annotations

import store


def test_empty_store(house, opened, texts):
    assert "No run yet" in texts(opened("grad_cam"))


def test_a_run_without_a_stage(house, opened, texts):
    house.start("demo-1", house.dataset())
    assert "has not finished a stage yet" in texts(opened("grad_cam"))


def test_maps_of_every_stage_with_the_probabilities(house, opened, texts):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    sample = dataset.samples["sample_id"].iloc[1]
    house.maps("demo-1", dataset, sample)
    at = opened("grad_cam", run="demo-1", source="id", sample=sample)
    shown = texts(at)
    assert len(at.image) == 1 + 2 * 5
    assert "Made by gradcam, " in shown
    assert "**2 refined**" in shown and "true: <b>bpd</b> · p 0." in shown
    assert not [button for button in at.button if button.key == "compute_maps"]


def test_missing_maps_can_be_made_and_progress_is_shown(house, opened, texts, monkeypatch):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    (house.runs / "demo-1" / "checkpoints").mkdir(parents=True)
    (house.runs / "demo-1" / "checkpoints" / "00-full.safetensors").write_bytes(b"x")
    asked = []

    def explain(run_id, sample_ids):
        asked.append((run_id, sample_ids))
        return store.add_job("explain", title="maps", args={"sample_ids": sample_ids}, run_id=run_id, state="running")

    monkeypatch.setattr("jobs.submit_explain", explain)
    at = opened("grad_cam", run="demo-1")
    assert "no map" in texts(at)
    at.button(key="compute_maps").click().run()
    assert not at.exception and len(asked) == 1 and asked[0][0] == "demo-1"
    assert [bar for bar in at.main.get("progress")]
    store.update_job(store.jobs()["job_id"].iloc[0], state="failed", error="The checkpoint is damaged.")
    at.run()
    assert "The checkpoint is damaged" in texts(at)


def test_without_checkpoints_maps_cannot_be_made(house, opened, texts):
    house.complete("demo-1", house.dataset())
    at = opened("grad_cam")
    assert "No checkpoint of this run is left" in texts(at)
    assert not [button for button in at.button if button.key == "compute_maps"]


def test_an_unknown_sample_is_a_sentence(house, opened, texts):
    house.complete("demo-1", house.dataset())
    assert "not part of this run" in texts(opened("grad_cam", source="id", sample="no*such"))


def test_mined_samples_can_be_chosen(house, opened, texts):
    house.complete("demo-1", house.dataset())
    at = opened("grad_cam", source="mined")
    assert at.selectbox(key="pick_sample").value in set(store.mined("demo-1")["sample_id"])
