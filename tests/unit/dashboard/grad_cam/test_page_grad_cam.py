"""The Grad-CAM page: choosing a sample, its maps by stage, and having missing maps made."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from PIL import Image
from scipy import stats

import store


def test_empty_store(house, opened, texts):
    assert "No run and no dataset yet" in texts(opened("grad_cam"))


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
    wrong = int((store.sample_history("demo-1", [sample])["predicted"] != "<b>bpd</b>").sum())
    assert 0 < wrong < 5
    assert len(at.image) == 1 + 2 * 5 + wrong
    assert shown.count("nothing to subtract") == 5 - wrong
    assert shown.count("true − predicted") == wrong
    assert "in box" not in shown, "the sample has no box"
    assert "Made by gradcam, " in shown
    assert "**2 refined**" in shown and "true: <b>bpd</b> · p 0." in shown
    assert not [button for button in at.button if button.key == "compute_maps"]


def test_boxes_are_scored_under_each_map_and_the_strength_is_in_the_link(house, opened, texts):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    sample = str(dataset.samples["sample_id"].iloc[1])
    house.maps("demo-1", dataset, sample)
    boxes = [
        {"label": "<b>bpd</b>", "x": 28, "y": 0, "w": 28, "h": 40},
        {"label": "ac", "x": 0, "y": 0, "w": 9, "h": 9},
    ]
    with store.write() as connection:
        connection.execute("UPDATE samples SET boxes = ? WHERE sample_id = ?", [json.dumps(boxes), sample])
    at = opened("grad_cam", run="demo-1", source="id", sample=sample, overlay="0.3")
    shown = texts(at)
    # The map is a ramp from left to right, the same in every row: its first peak is above the box, in the border.
    assert shown.count("○ 5") == 10 and "The frame is the box of <b>bpd</b>" in shown
    assert at.slider(key="pick_overlay_share").value == 0.3
    at.slider(key="pick_overlay_share").set_value(0.9).run()
    assert at.query_params["overlay"] in ("0.9", ["0.9"])
    at.slider(key="pick_overlay_share").set_value(0.6).run()
    assert "overlay" not in at.query_params
    assert opened("grad_cam", run="demo-1", overlay="x").slider(key="pick_overlay_share").value == 0.6


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


def test_a_run_without_maps_says_so_and_offers_none(house, opened, texts):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    (house.runs / "demo-1" / "checkpoints").mkdir(parents=True)
    (house.runs / "demo-1" / "checkpoints" / "00-full.safetensors").write_bytes(b"x")
    with store.write() as connection:
        connection.execute("UPDATE runs SET no_maps = 'No layer gives one.'")
    for view in ("sample", "several", "averages", "scores"):
        at = opened("grad_cam", run="demo-1", cam_view=view)
        assert "run demo-1 was trained without maps" in texts(at), view
        assert not [button for button in at.button if str(button.key).startswith("compute_")]


def test_an_empty_map_is_told_as_such(house, opened, texts):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    wrong = str(store.mined("demo-1")["sample_id"].iloc[0])
    house.maps("demo-1", dataset, wrong)
    empty = sorted((house.runs / "demo-1" / "cams").glob(f"00-full/{wrong}-*.png"))
    for path in empty:
        Image.new("L", (64, 64)).save(path)
    shown = texts(opened("grad_cam", run="demo-1", source="id", sample=wrong))
    assert shown.count("empty map: no area supports this class") in (1, 2), "of the first stage alone"
    shown = texts(opened("grad_cam", run="demo-1", cam_view="several", sources="mined"))
    assert shown.count("empty map: no area supports this class") == 1


def test_an_unknown_sample_is_a_sentence(house, opened, texts):
    house.complete("demo-1", house.dataset())
    assert "not part of this run" in texts(opened("grad_cam", source="id", sample="no*such"))


def test_mined_samples_can_be_chosen(house, opened, texts):
    house.complete("demo-1", house.dataset())
    at = opened("grad_cam", source="mined")
    assert at.selectbox(key="pick_sample").value in set(store.mined("demo-1")["sample_id"])


def test_several_samples_are_a_page_of_rows_that_lead_to_their_sample_view(house, opened, texts):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    wrong = set(store.mined("demo-1")["sample_id"])
    assert len(wrong) > 6, "there must be a second page"
    at = opened("grad_cam", run="demo-1", cam_view="several", sources="mined")
    assert len(at.image) == 6 and texts(at).count("no map") == 6 * 5
    assert "6 of the samples below lack some maps" not in texts(at), "without checkpoints nothing can be made"
    assert "No checkpoint of this run is left" in texts(at)
    for sample in wrong:
        house.maps("demo-1", dataset, sample)
    at = opened("grad_cam", run="demo-1", cam_view="several", sources="mined")
    assert len(at.image) == 6 + 6 * 5 and "no map" not in texts(at)
    links = [link.proto for link in at.get("page_link") if "sample" in link.proto.query_string]
    first = [link.query_string for link in links]
    assert len(first) == 6 and all("list=cams" in link for link in first)
    at = opened("grad_cam", run="demo-1", cam_view="several", sources="mined", cam_page="2", whose="predicted")
    second = [link.proto.query_string for link in at.get("page_link") if "sample" in link.proto.query_string]
    assert 0 < len(second) <= 6 and not set(first) & set(second)
    assert at.query_params["cam_page"] in ("2", ["2"])
    assert not opened("grad_cam", run="demo-1", cam_view="several", sources="mined", cam_page="99").exception


def test_averages_are_of_true_classes_with_their_counts(house, opened, texts):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    assert "No maps of true classes yet" in texts(opened("grad_cam", run="demo-1", cam_view="averages"))
    samples = dataset.samples
    mine = samples[samples["label"] == "ac"]["sample_id"].iloc[:3].tolist()
    for sample in (*mine, samples[samples["label"] == "f*l*"]["sample_id"].iloc[0]):
        house.maps("demo-1", dataset, str(sample))
    at = opened("grad_cam", run="demo-1", cam_view="averages")
    shown = texts(at)
    assert len(at.image) == 2 * 5 and "Classes without maps of their own: <b>bpd</b>." in shown
    assert shown.count("mean of 3") == 5 and shown.count("mean of 1") == 5
    assert "marks" not in shown.replace("on calipers", "")
    scored("demo-1", dataset.classes)
    shown = texts(opened("grad_cam", run="demo-1", cam_view="averages"))
    assert "box 25.0% (10)" in shown and "marks 1.0% (10)" in shown


def scored(run_id, classes, stages=None, marks=0.02, wide=0.1, first=0.4, n=30):
    """Scores as the trainer writes them: maps point better at boxes than their baselines do, by and by."""
    rivals = (("gradcam", 0.5), ("centred Gaussian", first), ("random map", 0.2), ("untrained network", 0.1))
    for stage in (store.stages(run_id) if stages is None else stages).itertuples():
        rows = []
        for score, share in (("pointing game", 1.0), ("energy inside box", 0.5), ("energy on marks", marks)):
            for name, value in rivals:
                own = value + 0.05 * stage.position * (name == "gradcam")
                rows += [(score, name, c, share * own, n if c is None else min(n, 10)) for c in (None, *classes)]
        rows += [("ROAD", name, None, value / 10, 12) for name, value in rivals]
        rows += [
            ("flips, marks painted out", "", c, 0.25 if c in (None, classes[1]) else 0.0, 8) for c in (None, *classes)
        ]
        table = pd.DataFrame(rows, columns=["score", "maps", "class_name", "value", "n"])
        own = table[table["maps"] == "gradcam"].set_index(["score", "class_name"])["value"]
        gain = table.set_index(["score", "class_name"]).index.map(own).to_numpy(float) - table["value"]
        low, high = ((table["value"] + d).clip(0, 1) for d in (-0.05, 0.05))
        table = table.assign(
            low=low, high=high, n_groups=table["n"], gain=gain, gain_low=gain - wide, gain_high=gain + wide
        )
        store.record_map_scores(run_id, stage.round, stage.stage, "gradcam", "features (4 x 4)", table)


def test_scores_are_asked_for_and_a_failure_is_said(house, opened, texts, monkeypatch):
    house.complete("demo-1", house.dataset())
    (house.runs / "demo-1" / "checkpoints").mkdir(parents=True)
    (house.runs / "demo-1" / "checkpoints" / "00-full.safetensors").write_bytes(b"x")
    monkeypatch.setattr(
        "jobs.submit_scores",
        lambda run_id: store.add_job("explain", title="s", args={"scores": True}, run_id=run_id, state="running"),
    )
    at = opened("grad_cam", run="demo-1", cam_view="scores")
    assert "have not been scored yet" in texts(at)
    at.button(key="compute_scores").click().run()
    assert not at.exception and [bar for bar in at.main.get("progress")]
    store.update_job(store.jobs()["job_id"].iloc[0], state="failed", error="The dataset is gone.")
    at.run()
    assert "The scores could not be computed: The dataset is gone." in texts(at)
    assert at.button(key="compute_scores")


def test_scores_by_class_and_stage_stand_beside_baselines_with_counts(house, opened, texts):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    scored("demo-1", dataset.classes)
    at = opened("grad_cam", run="demo-1", cam_view="scores")
    table = at.dataframe[0].value
    assert table.iloc[:, 0].tolist() == ["all classes", *dataset.classes]
    assert table.columns[1:].tolist() == [
        "full", "1 hard", "1 refined", "2 hard", "2 refined", "centred Gaussian", "random map", "untrained network",
    ]  # fmt: skip
    assert table.iloc[0, 1:].tolist() == [
        "50.0% (30)", "55.0% (30)", "60.0% (30)", "65.0% (30)", "70.0% (30)", "40.0% (30)", "20.0% (30)",
        "10.0% (30)",
    ]  # fmt: skip
    shown = texts(at)
    told = "Pointing game at 2 refined: 70.0% (95% CI 65.0% to 75.0%) of 30, above the best baseline"
    assert (
        f"{told} (centred Gaussian, 40.0%): +30.0 points, 95% CI {30 - 10 * WIDER:+.1f} to {30 + 10 * WIDER:+.1f}, all"
        in shown
    )
    assert "gradcam +0.050" in shown and "12 samples" in shown
    out = at.dataframe[1].value
    assert out["2 refined"].tolist() == ["25.0% (8)", "0.0% (8)", "25.0% (8)", "0.0% (8)"]
    told = "25.0% (95% CI 20.0% to 30.0%)"
    assert f"{told} of 8** decisions flip; most often those of **<b>bpd</b>** ({told} of 8)" in shown
    assert "must not flip" in shown and "Every scored picture has marks already." in shown
    assert not [button for button in at.button if button.key == "compute_scores"]
    assert "the best baseline" not in texts(
        opened("grad_cam", run="demo-1", cam_view="scores", map_score="energy on marks")
    )


# Three baselines by three scores share 5%, and 30 patients bring Student's quantile.
WIDER = stats.t.ppf(1 - 0.05 / 9 / 2, 29) / stats.norm.ppf(0.975) * (30 / 29) ** 0.5


@pytest.mark.parametrize(
    ("wide", "first", "words"),
    [
        (0.29 / WIDER, 0.4, "above the best"),
        (0.31 / WIDER, 0.4, "not shown to be above the best"),
        (0.23 / WIDER, 0.94, "shown to be worse than the best"),
        (0.25 / WIDER, 0.94, "not shown to be above the best"),
    ],
)
def test_maps_are_called_better_or_worse_than_a_guess_only_where_the_interval_says_so(
    house, opened, texts, wide, first, words
):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    scored("demo-1", dataset.classes, wide=wide, first=first)
    assert f"of 30, {words} baseline (centred Gaussian" in texts(opened("grad_cam", run="demo-1", cam_view="scores"))


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_nothing_is_said_from_four_pictures(house, opened, texts, lang):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    scored("demo-1", dataset.classes, n=4)
    shown = texts(opened("grad_cam", run="demo-1", cam_view="scores", lang=lang))
    if lang == "en":
        assert "4 pictures of 4 patients have this score; too few for a conclusion. At least 6 pictures of 6" in shown
    else:
        assert "영상이 4개(환자 4명)뿐이어서" in shown and "환자 6명의 영상 6개 이상이" in shown
    assert not any(words in shown for words in ("beat a guess", "추측", "the best baseline", "기준선("))


def test_a_class_of_few_pictures_is_not_named_for_its_flips(house, opened, texts):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    scored("demo-1", dataset.classes)
    with store.write() as connection:
        connection.execute(
            "UPDATE map_scores SET n = 5, n_groups = 5 WHERE score LIKE 'flips%' AND class_name LIKE '%bpd%'"
        )
    shown = texts(opened("grad_cam", run="demo-1", cam_view="scores"))
    assert (
        "No single class with flips has enough to report: 6 pictures of 6 patients" in shown
        and "most often those of" not in shown
    )


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_stages_without_scores_and_a_dataset_without_boxes_are_said(house, opened, texts, lang):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    first = store.stages("demo-1").iloc[:1]
    empty = pd.DataFrame(
        [("pointing game", name, None, float("nan"), 0) for name in ("gradcam", "random map")],
        columns=["score", "maps", "class_name", "value", "n"],
    )
    store.record_map_scores("demo-1", int(first["round"].iloc[0]), "full", "gradcam", "features", empty)
    shown = texts(opened("grad_cam", run="demo-1", cam_view="scores", lang=lang))
    assert ("has a box of its label" if lang == "en" else "라벨의 상자가 없어") in shown
    assert ("No checkpoint of this run is left" if lang == "en" else "체크포인트가 남아 있지 않아") in shown


def test_progress_of_maps_that_cannot_be_read_is_one_sentence(house, opened, texts, monkeypatch):
    from streamlit.testing.v1 import AppTest

    def progress():
        from dashboard.frame import map_jobs

        map_jobs._wait(map_jobs.maps("demo-1", ["x"], "why"))

    def busy():
        raise store.StoreBusy("The store is in use; try again in a moment.")

    monkeypatch.setattr("dashboard.reads.snapshot.read", busy)
    at = AppTest.from_function(progress).run()
    assert not at.exception and "The store is in use" in at.error[0].value
