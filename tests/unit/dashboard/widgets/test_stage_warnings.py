"""A run whose answers collapsed is called that wherever it stands, in the same words, with its baselines."""

from __future__ import annotations

import html
import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import report
import store
from analysis.metrics import decide, stage_metrics

CLASSES = ("ac", "bpd", "fl")


def answer(run_id, dataset, probs, thresholds=None):
    """Give every sample the same probabilities at the last stage of a run, as a trainer records them."""
    last = store.stages(run_id).iloc[-1]
    samples = dataset.samples
    labels = np.array([dataset.classes.index(name) for name in samples["label"]])
    sigmoid = thresholds is not None
    several = np.array([[name in names for name in dataset.classes] for names in samples["labels"]])
    targets = (several if sigmoid else np.eye(len(dataset.classes))[labels]).astype(np.float32)
    table = np.tile(np.array(probs, np.float32), (len(samples), 1))
    decided = decide(table, "sigmoid" if sigmoid else "softmax", thresholds)
    losses = np.ones(len(samples), np.float32)
    metrics = []
    for split in ("train", "val", "test"):
        at = (samples["split"] == split).to_numpy()
        scores = stage_metrics(targets[at], table[at], decided[at], dataset.classes, labels[at], losses[at])
        metrics.append(scores.assign(split=split))
    store.record_stage(
        run_id, int(last["round"]), str(last["stage"]), mined=None, metrics=pd.concat(metrics),
        columns={"position": int(last["position"]), "epochs": 1, "thresholds": thresholds,
                 "finished_at": pd.Timestamp("2026-01-01").to_pydatetime()},
        predictions=pa.table(
            {"sample_id": samples["sample_id"].tolist(), "split": samples["split"].tolist(),
             "targets": targets.tolist(), "probs": table.tolist(), "loss": losses,
             "correct": (decided == (targets > 0)).all(axis=1)}
        ),
    )  # fmt: skip


@pytest.fixture
def collapsed(house):
    """A staged run that calls everything `ac`, its control that does not, and a multi-label run without `fl`."""
    dataset = house.dataset(classes=CLASSES)
    house.complete("demo-1", dataset)
    house.complete("control-1", dataset, control=True)
    house.complete("multi-1", dataset, objective="sigmoid")
    answer("demo-1", dataset, [0.6, 0.3, 0.1])
    answer("multi-1", dataset, [0.6, 0.5, 0.1], [0.5, 0.4, 0.9])
    return dataset


SAID = {
    "en": ("The predictions of demo-1 collapsed: all 30 test samples are predicted as ac",
           "top-1 accuracy 33.3% is not above the 33.3% of always predicting ac",
           "Without any model: always predicting ac gives 33.3% accuracy and 16.7% macro-F1, drawing classes by their "
           "shares 33.3% accuracy."),
    "ko": ("demo-1의 예측이 붕괴했습니다: 테스트 샘플 30개를 모두 ac로 예측했습니다",
           "top-1 정확도 33.3%는 항상 ac로 예측할 때의 33.3%보다 유의하게 높지 않습니다",
           "항상 ac로 예측하면 정확도 33.3%, 매크로 F1 16.7%"),
}  # fmt: skip
MULTI = {
    "en": "multi-1 collapsed: all 30 test samples get the same prediction, ac and bpd",
    "ko": "모두 똑같이(ac, bpd) 예측했습니다",
}
MARKS = {"en": ("all: ac", "all: ac, bpd"), "ko": ("모두 ac", "모두 ac, bpd")}


@pytest.mark.parametrize("language", ["en", "ko"])
def test_pages_and_report_call_it_that_before_any_headline(language, collapsed, house, opened, texts):
    for page, view in (
        ("overview", {"run": "demo-1"}),
        ("stages", {"run": "demo-1"}),
        ("single_vs_multi", {"a": "demo-1", "b": "multi-1"}),
    ):
        at = opened(page, lang=language, **view)
        shown = texts(at)
        assert all(words in shown for words in SAID[language]), page
        warned = [warning.value.replace("\\", "") for warning in at.warning]
        assert any(SAID[language][0] in words for words in warned)
        assert (MULTI[language] in shown) == (page == "single_vs_multi")
    text = html.unescape(re.sub(r"<[^>]+>", "", report.render(["demo-1", "multi-1"], language)))
    assert all(words in text for words in (*SAID[language], MULTI[language]))
    second = text.index(SAID[language][0], text.index(SAID[language][0]) + 10)  # the first stands under the runs
    assert second < text.index("Overall:" if language == "en" else "전체:"), "before the headline of the comparison"


@pytest.mark.parametrize("language", ["en", "ko"])
def test_tables_mark_it_beside_the_accuracy_without_a_model(language, collapsed, opened):
    frames = [found.value for found in opened("overview", lang=language, run="demo-1").dataframe]
    runs = next(frame for frame in frames if "status" in frame).set_index("run_id")
    board = next(frame for frame in frames if "n_seeds" in frame).set_index("recipe")
    for table, names in ((runs, ("demo-1", "multi-1", "control-1")), (board, ("demo", "multi", "control"))):
        assert table.loc[list(names[:2]), "collapse"].tolist() == list(MARKS[language])
        assert pd.isna(table.loc[names[2], "collapse"])
        np.testing.assert_allclose(table[["majority", "chance"]], 100 / 3)
    stages = next(frame for frame in frames if "best_epoch" in frame)
    assert stages["collapse"].iloc[-1] == MARKS[language][0]


def test_a_class_that_never_reaches_its_threshold_is_named(collapsed, house, opened, texts):
    house.complete("multi-2", collapsed, objective="sigmoid")
    with store.write() as connection:  # the thresholds and what they make of `fl`
        connection.execute(
            "UPDATE stages SET thresholds = [thresholds[1], thresholds[2], 1.1] WHERE run_id = 'multi-2'"
        )
        connection.execute(
            "UPDATE metrics SET value = CASE metric WHEN 'precision' THEN NULL ELSE 0 END "
            "WHERE run_id = 'multi-2' AND class_name = 'fl' AND metric IN ('precision', 'recall')"
        )
    assert "The predictions of multi-2 collapsed: never predicted: fl (10 test samples show it)" in texts(
        opened("overview", run="multi-2")
    )


def test_a_run_that_did_not_collapse_stands_beside_its_baselines(house, opened, texts):
    house.complete("demo-1", house.dataset(classes=CLASSES))
    at = opened("overview", run="demo-1")
    assert "collapsed" not in texts(at) and "Without any model: always predicting ac gives 33.3% accuracy" in texts(at)
    assert "collapse" not in at.dataframe[0].proto.column_order, "a column that would say nothing"


def test_other_seeds_that_join_in_are_named_too(collapsed, house, opened, texts):
    for seed, name in ((1, "demo-2"), (2, "demo-3")):
        house.complete(name, collapsed)
        house.complete(f"control-{seed + 1}", collapsed, control=True)
        with store.write() as connection:
            connection.execute("UPDATE runs SET seed = ? WHERE run_id IN (?, ?)", [seed, name, f"control-{seed + 1}"])
    answer("demo-2", collapsed, [0.1, 0.8, 0.1])
    shown = texts(opened("stages", run="demo-1"))
    assert "demo-1 collapsed: all 30 test samples are predicted as ac" in shown
    assert "demo-2 collapsed: all 30 test samples are predicted as bpd" in shown and "demo-3 collapsed" not in shown
