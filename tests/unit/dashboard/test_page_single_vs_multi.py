"""Single vs multi: the default pair of runs, both ways of scoring, and why two runs cannot be compared."""

from __future__ import annotations

import store


def test_empty_store_and_a_single_run(house, opened, texts):
    assert "Train a second run" in texts(opened("single_vs_multi"))
    house.complete("demo-1", house.dataset())
    assert "Train a second run" in texts(opened("single_vs_multi"))


def test_a_second_run_without_a_stage(house, opened, texts):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    house.start("multi-1", dataset, objective="sigmoid")
    assert "multi-1 has not finished a stage" in texts(opened("single_vs_multi", a="demo-1", b="multi-1"))


def test_the_newest_single_and_multi_label_runs_are_compared(house, opened, texts):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    house.complete("multi-1", dataset, objective="sigmoid")
    house.complete("control-1", dataset, control=True)
    at = opened("single_vs_multi")
    assert at.selectbox(key="pick_a").value == "demo-1" and at.selectbox(key="pick_b").value == "multi-1"
    n = int((dataset.samples["split"] == "test").sum())
    assert f"{n} test samples of {n // 3} patients" in texts(at)
    assert set(at.dataframe[0].value["class_name"]) == set(dataset.classes)
    assert next(metric.label for metric in at.metric) == "Top-1 accuracy, A"
    truth = store.predictions("demo-1", 2, "refined", "test")
    share = (truth["label"] == truth["predicted"]).mean()
    assert at.metric[0].value == f"{100 * share:.1f} %"


def test_scored_on_all_labels(house, opened, texts):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    house.complete("multi-1", dataset, objective="sigmoid")
    at = opened("single_vs_multi", scoring="labels", score="auroc", kind="only_b")
    assert at.metric[0].label == "Exact match, A"
    multi = store.predictions("multi-1", 0, "full", "test")
    assert at.metric[1].value == f"{100 * multi['correct'].mean():.1f} %"


def test_runs_of_different_datasets_are_refused(house, opened, texts):
    house.complete("demo-1", house.dataset())
    house.complete("other-1", house.dataset("other", classes=("x", "y")))
    assert "different datasets" in texts(opened("single_vs_multi", a="demo-1", b="other-1"))
    assert "Choose two different runs" in texts(opened("single_vs_multi", a="demo-1", b="demo-1"))
