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
    assert at.metric[0].value == f"{100 * share:.1f}%"


def test_scored_on_all_labels(house, opened, texts):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    house.complete("multi-1", dataset, objective="sigmoid")
    at = opened("single_vs_multi", scoring="labels", score="auroc", kind="only_b")
    assert [at.metric[place].label for place in (0, 3)] == ["Top-1 accuracy, A", "All labels right, A"]
    multi = store.predictions("multi-1", 0, "full", "test")
    assert at.metric[4].value == f"{100 * multi['correct'].mean():.1f}%"


def test_runs_of_different_datasets_are_refused(house, opened, texts):
    house.complete("demo-1", house.dataset())
    house.complete("other-1", house.dataset("other", classes=("x", "y")))
    assert "different datasets" in texts(opened("single_vs_multi", a="demo-1", b="other-1"))
    assert "Choose two different runs" in texts(opened("single_vs_multi", a="demo-1", b="demo-1"))


def test_tests_totals_calibration_and_a_moved_threshold(house, opened, texts):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    house.complete("multi-1", dataset, objective="sigmoid")
    at = opened("single_vs_multi", scoring="labels", moved_side="b", moved_class="f*l*")
    frames = [found.value for found in at.dataframe]
    tests = next(frame for frame in frames if "delong_holm" in frame)
    assert (tests["mcnemar_holm"] >= tests["mcnemar_p"]).all() and tests["class_name"].tolist() == list(dataset.classes)
    totals = next(frame for frame in frames if "hamming" in set(frame.get("metric", ()))).set_index("metric")
    multi = store.predictions("multi-1", 0, "full", "test")
    assert totals["b"]["exact_match"] == 100 * multi["correct"].mean()
    assert totals["b"]["top1"] == 100 * (multi["label"] == multi["predicted"]).mean()
    assert "ECE of this run of demo:" in texts(at) and "training again may change it by as much" in texts(at)
    assert "ECE of demo:" not in texts(at), "one pair of runs says nothing of recipes"
    assert f"on {len(multi) * 3} predictions. A perfectly calibrated" in texts(at)
    assert "ECE of this run of multi minus this run of demo:" in texts(at)
    before = next(frame for frame in frames if "at" in frame)
    assert before["split"].tolist() == ["Validation"] * 2 + ["Test"] * 2
    at.slider[0].set_value(0.0).run()
    moved = next(found.value for found in at.dataframe if "at" in found.value)
    assert (moved[moved["at"] == "moved"]["recall"] == 100).all(), "at 0 everything is said to be there"


def test_undefined_scores_stay_dashes_and_the_page_stays_up(house, opened, texts):
    dataset = house.dataset(n=24, classes=("a", "b", "c", "never"))
    house.complete("demo-1", dataset)
    house.complete("multi-1", dataset, objective="sigmoid")
    with store.write() as connection:
        connection.execute("UPDATE metrics SET value = NULL")
    for page in ("overview", "single_vs_multi", "stages", "confusion", "hard_negatives"):
        at = opened(page)
        assert not at.exception and not at.error and at.header


def test_the_finding_is_said_in_korean_too(house, opened):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    house.complete("multi-1", dataset, objective="sigmoid")
    said = {lang: opened("single_vs_multi", lang=lang).markdown for lang in ("en", "ko")}
    found = {lang: next(m.value for m in of if m.value.startswith("####")) for lang, of in said.items()}
    assert found["en"].startswith("#### Overall") and found["ko"].startswith("#### 전체")
    assert "is better" in found["en"] or "not settled" in found["en"]
    assert "우세" in found["ko"] or "차이가 확인되지 않았습니다" in found["ko"]
    assert "better" not in found["ko"] and "settled" not in found["ko"]


def test_the_pair_follows_a_run_that_is_chosen_elsewhere(house, opened):
    first, second = house.dataset(), house.dataset("other")
    for dataset, name in ((first, "old"), (second, "new")):
        house.complete(f"{name}-1", dataset)
        house.complete(f"{name}-multi", dataset, objective="sigmoid")
    at = opened("single_vs_multi", run="old-1")
    pair = lambda: (at.selectbox(key="pick_a").value, at.selectbox(key="pick_b").value)  # noqa: E731
    assert pair() == ("old-1", "old-multi"), "the chosen run and its rival, though another pair is newer"
    at.query_params["run"] = "new-1"
    at.run()
    assert pair() == ("new-1", "new-multi")
    at.query_params["run"] = "new-multi"  # one of the two: they stay
    at.selectbox(key="pick_a").set_value("old-1").run()
    assert pair() == ("old-1", "new-multi")


def test_a_link_restores_its_pair_whatever_run_it_names(house, opened):
    dataset = house.dataset()
    for run_id in ("demo-1", "demo-2", "demo-3"):
        house.complete(run_id, dataset)
    at = opened("single_vs_multi", run="demo-1", a="demo-2", b="demo-3")
    assert (at.selectbox(key="pick_a").value, at.selectbox(key="pick_b").value) == ("demo-2", "demo-3")


def test_the_runs_that_are_compared_first_have_the_same_seed(house, opened):
    dataset = house.dataset()
    sigmoid = {"objective": "sigmoid"}
    for run_id, kind in (("multi-1", sigmoid), ("demo-1", {}), ("multi-2", sigmoid), ("demo-2", {})):
        house.complete(run_id, dataset, **kind)
    with store.write() as connection:
        connection.execute("UPDATE runs SET seed = 7 WHERE run_id LIKE '%-2'")
    for chosen in ("demo-1", "demo-2", "multi-1", "multi-2"):
        at = opened("single_vs_multi", run=chosen)
        both = at.selectbox(key="pick_a").value, at.selectbox(key="pick_b").value
        assert both == (f"demo-{chosen[-1]}", f"multi-{chosen[-1]}")
