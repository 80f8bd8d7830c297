"""The samples behind bars, points and bands: what a click means, and that each page shows just those samples."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import store
from analysis import calibration, trajectories
from dashboard.charts import differences, reliability_diagram, sample_flows, training_curves
from dashboard.widgets import drill_down


def test_a_click_names_the_bar_whatever_its_class_is_called():
    pool = pd.DataFrame({"round": [1, 1, 2], "reason": ["wrong", "<b>|x", "wrong"], "n": [3, 4, 5]})
    shown = drill_down.selectable(sample_flows.mined_pool(pool))
    told = {
        drill_down.clicked_id(shown, {"selection": {"points": [{"curve_number": curve, "point_index": at}]}})
        for curve, trace in enumerate(shown.data)
        for at in range(len(trace.x))
    }
    assert told == {"1|wrong", "1|<b>|x", "2|wrong"}
    assert drill_down.clicked_id(shown, {"selection": {"points": []}}) is None
    assert drill_down.clicked_id(shown, None) is None


def ids_in(at, name):
    """Samples of the gallery of a name, as remembered for the sample view."""
    lists = at.session_state["_lists"]
    return [set(ids) for key, ids in lists.items() if key.startswith(name)]


@pytest.fixture
def two(house):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    house.complete("control-1", dataset, control=True)
    house.complete("multi-1", dataset, objective="sigmoid")
    return dataset


def test_a_band_of_the_flow_and_a_bar_of_its_counts_show_their_samples(two, opened):
    mined = store.mined("demo-1", 1)
    history = store.sample_history("demo-1", list(mined["sample_id"]))
    links = trajectories.flow_links(trajectories.states(history))
    link = links.iloc[0]
    band = f"{link['from_position']}|{link['from_state']}>{link['position']}|{link['state']}"
    at = opened("hard_negatives", run="demo-1", round="1", band=band)
    before = set(history[(history["position"] == 0) & ~history["correct"]]["sample_id"])
    assert link["from_state"] == "wrong" and len(ids_in(at, "band")[0]) == link["n"]
    assert ids_in(at, "band")[0] <= before
    at = opened("hard_negatives", run="demo-1", round="1", flow_as="counts", band="1|fixed")
    right = set(history[(history["position"] == 1) & history["correct"]]["sample_id"])
    assert ids_in(at, "band") == [before & right]


def test_a_bar_of_a_class_shows_what_that_run_got_wrong(two, opened):
    said = {run: store.predictions(run, 0, "full", "test") for run in ("demo-1", "control-1")}
    wrong = {
        run: set(rows[(rows["label"] != rows["predicted"]) & ((rows["label"] == "ac") | (rows["predicted"] == "ac"))]
                 ["sample_id"])
        for run, rows in said.items()
    }  # fmt: skip
    view = {"a": "demo-1", "b": "control-1", "stage_a": "0.full", "stage_b": "0.full"}
    assert ids_in(opened("single_vs_multi", **view, bar="a|ac"), "class_bar") == [wrong["demo-1"]]
    assert ids_in(opened("single_vs_multi", **view, bar="b|ac"), "class_bar") == [wrong["control-1"]]
    gap = ids_in(opened("single_vs_multi", **view, bar="gap|ac"), "class_bar")
    assert gap == [wrong["demo-1"] ^ wrong["control-1"]] and gap[0] and wrong["demo-1"]


def test_bars_of_stages_show_mistakes_and_what_was_gained_or_lost(two, opened):
    told = store.read_predictions("demo-1", splits=["test"]).answers()
    at = opened("stages", run="demo-1", control="control-1", mistakes="demo-1|1", gain="demo-1|gained|ac")
    first, last = (told[told["position"] == place].set_index("sample_id") for place in (0, 4))
    hard = told[told["position"] == 1]
    assert ids_in(at, "mistakes") == [set(hard[~hard["correct"]]["sample_id"])]
    gained = ~first["correct"] & last["correct"] & (first["label"] == "ac")
    assert gained.any() and ids_in(at, "gain") == [set(gained[gained].index)]


def test_a_point_of_the_trends_and_a_link_of_a_stage_lead_to_a_pair(two, opened, texts):
    told = store.read_predictions("demo-1", splits=["test"]).answers()
    first = told[(told["position"] == 0) & ~told["correct"]]
    pair = (first["label"] + " → " + first["predicted"]).mode()[0]
    wanted = set(first[(first["label"] + " → " + first["predicted"]) == pair]["sample_id"])
    at = opened("confusion", run="demo-1", tab="trends", trend=f"0|{pair}")
    assert ids_in(at, "pair") == [wanted]
    links = [link for link in opened(run="demo-1").get("page_link") if "stage=" in link.proto.query_string]
    assert len(links) == 5 and any("0.full" in link.proto.query_string for link in links)


def test_a_bar_of_the_data_page_opens_its_samples(two, opened, texts):
    at = opened("data", data_tab="samples", **{"class": "ac", "beside": "<b>bpd</b>"})
    both = two.samples["labels"].map(lambda labels: {"ac", "<b>bpd</b>"} <= set(labels))
    assert f"{int(both.sum())} of 90 images" in texts(at) and both.any()


@pytest.mark.parametrize("scoring", ["label", "labels"])
def test_a_bin_of_the_reliability_diagram_shows_the_samples_counted_in_it(two, opened, scoring):
    said = store.predictions("multi-1", 0, "full", "test")
    probs = np.stack(said["probs"].to_list())
    sure = probs.max(axis=1, keepdims=True) if scoring == "label" else probs
    inside = ((sure > 0.6) & (sure <= 0.7)).any(axis=1)
    assert inside.any()
    at = opened("single_vs_multi", a="demo-1", b="multi-1", scoring=scoring, bin="1|6")
    assert ids_in(at, "bin") == [set(said[inside]["sample_id"])]
    box = at.selectbox(key="pick_bin")
    shown = next(words for words in box.options if "multi, probability 60% to 70%" in words)
    assert f"{((sure > 0.6) & (sure <= 0.7)).sum()} predictions" in shown


def test_what_a_moved_threshold_gets_wrong_is_shown_and_its_link_restores_it(two, opened):
    said = store.predictions("multi-1", 0, "full", "test")
    there = said["labels"].map(lambda labels: "ac" in labels)
    prob = np.stack(said["probs"].to_list())[:, list(two.classes).index("ac")]
    view = {"a": "demo-1", "b": "multi-1", "moved_side": "b", "moved_class": "ac", "at_limit": "test|missed"}
    at = opened("single_vs_multi", **view)
    at.slider[0].set_value(0.6).run()
    missed = set(said[there & (prob < 0.6)]["sample_id"])
    assert missed and ids_in(at, "at_limit")[-1] == missed
    limit = str(at.query_params["limit"])
    assert limit.endswith("_0.600")
    again = opened("single_vs_multi", **view | {"at_limit": "test|false_alarm", "limit": limit})
    assert again.slider[0].value == 0.6
    alarms = set(said[~there & (prob >= 0.6)]["sample_id"])
    assert alarms and ids_in(again, "at_limit") == [alarms]
    other = opened("single_vs_multi", **view | {"moved_class": "f*l*", "limit": limit})
    assert other.slider[0].value != 0.6, "a threshold of another class means nothing for this one"
    assert opened("single_vs_multi", **view | {"limit": limit.replace("0.600", "nan")}).slider[0].value != 0.6


def test_a_point_of_the_curves_shows_what_its_stage_got_wrong(two, house, opened, texts):
    told = store.read_predictions("demo-1", splits=["test"]).answers()
    wrong = told[(told["position"] == 1) & ~told["correct"]]
    assert ids_in(opened(run="demo-1", curve_at="demo-1|1"), "curve_at") == [set(wrong["sample_id"])]
    house.start("late-1", two)
    house.epoch("late-1", 0, "full", 0, 1, 1)
    assert "has not finished yet" in texts(opened(run="late-1", curve_at="late-1|0"))


def test_every_point_of_a_trace_has_an_id_of_its_own(two):
    """Plotly draws only one of several marks that share an id."""
    epochs = store.epochs(["demo-1"])
    curve = pd.DataFrame({name: np.linspace(0, 1, 201) for name in ("threshold", "precision", "recall", "f1")})
    bins = calibration.reliability(np.ones(50), np.linspace(0, 1, 50))
    for shown in (
        training_curves.learning_curves(epochs),
        differences.threshold_effect(curve, 0.5, 0.4),
        reliability_diagram.reliability([("a", bins), ("b", bins)]),
    ):
        marked = [trace for trace in drill_down.selectable(shown).data if trace.ids is not None]
        assert marked and all(len(set(trace.ids)) == len(trace.x) for trace in marked)
