"""Readers under a label scheme: the true class is the run's own, not the raw label."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

import store
from store import RunContext
from store.predictions import arrange

IDS = ["a", "b", "c"]
CLASSES = ["x", "no_x", "y"]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ODAP_RESULTS", str(tmp_path / "results.duckdb"))
    monkeypatch.setenv("ODAP_RUNS", str(tmp_path / "runs"))


def record(objective: str, classes: list[str], targets: list[list[float]], probs: list[list[float]]) -> None:
    """Three test samples with raw labels x, x and y; the second one was mined."""
    samples = pd.DataFrame(
        {
            "sample_id": IDS, "path": IDS, "patient": IDS, "split": ["train"] * 3, "label": ["x", "x", "y"],
            "labels": [["x"], ["x", "y"], ["y"]], "ambiguity": [None] * 3, "marks": [["caliper"], [], []],
            "boxes": [None] * 3,
        }
    )  # fmt: skip
    store.register_dataset("d@1", "d", 1, ["x", "y"], "h", "/nowhere", samples)
    store.create_run(
        "r", recipe_name="r", recipe={}, objective=objective, model="m", dataset_id="d@1", classes=classes, seed=0,
        control=False, rounds=1, device="cpu",
    )  # fmt: skip
    store.record_stage(
        "r", 0, "full",
        columns={"position": 0, "epochs": 1},
        metrics=pd.DataFrame(
            {"split": ["train"], "class_name": [None], "metric": ["accuracy"], "value": [0.5], "n": [3]}
        ),
        predictions=pa.table(
            {
                "sample_id": IDS, "split": ["train"] * 3, "targets": targets, "probs": probs, "loss": [0.1, 0.5, 1.2],
                "correct": [True, False, True],
            }
        ),
        mined=pd.DataFrame(
            {"sample_id": ["b"], "true_class": [classes[1]], "rival_class": [classes[0]], "margin": [-0.5],
             "loss": [0.5], "reason": ["failed"]}
        ),
    )  # fmt: skip


def test_a_softmax_run_on_split_classes() -> None:
    one_hot = [[1.0, 0, 0], [0, 1.0, 0], [0, 0, 1.0]]
    record("softmax", CLASSES, one_hot, [[0.7, 0.2, 0.1], [0.75, 0.25, 0.0], [0.0, 0.1, 0.9]])
    counts = store.confusion_counts("r", 0, "full", "train")
    assert sorted(map(tuple, counts.to_numpy().tolist())) == [("no_x", "x", 1), ("x", "x", 1), ("y", "y", 1)]
    predictions = store.predictions("r", 0, "full")
    assert predictions["label"].tolist() == CLASSES
    assert [list(labels) for labels in predictions["labels"]] == [["x"], ["x", "y"], ["y"]]
    assert store.mined("r", 1)["label"].tolist() == ["no_x"]
    history = store.sample_history("r", IDS)
    assert history["prob_true"].tolist() == pytest.approx([0.7, 0.25, 0.9]) and history["label"].tolist() == CLASSES


def test_a_mined_sample_comes_with_what_the_stage_said_that_it_was_mined_from() -> None:
    one_hot = [[1.0, 0, 0], [0, 1.0, 0], [0, 0, 1.0]]
    record("softmax", CLASSES, one_hot, [[0.7, 0.2, 0.1], [0.2, 0.7, 0.1], [0.0, 0.1, 0.9]])
    (row,) = store.mined("r").to_dict("records")
    assert (row["true_class"], row["rival_class"], row["predicted"]) == ("no_x", "x", "no_x")
    assert row["prob"] == pytest.approx(0.7)
    assert store.times_mined("d@1", "b")[["rival_class", "predicted"]].to_numpy().tolist() == [["x", "no_x"]]
    with store.write() as connection:
        connection.execute("DELETE FROM predictions")
    assert store.mined("r")["predicted"].isna().all() and len(store.times_mined("d@1", "b")) == 1


@pytest.mark.parametrize(
    ("thresholds", "said"), [(None, "x"), ([0.2, 0.2], "x, y"), ([0.8, 0.2], "y"), ([0.8, 0.3], "")], ids=str
)
def test_of_a_sigmoid_run_that_is_every_class_at_its_threshold(thresholds: list[float] | None, said: str) -> None:
    record("sigmoid", ["x", "y"], [[1.0, 0], [0, 1.0], [1.0, 1.0]], [[0.7, 0.2], [0.75, 0.25], [0.4, 0.9]])
    with store.write() as connection:
        connection.execute("UPDATE stages SET thresholds = ?", [thresholds])
    assert store.mined("r")["predicted"].tolist() == [said]


def test_a_sigmoid_run_keeps_the_one_annotated_label() -> None:
    """Its targets name several classes, of which none is the first."""
    targets = [[1.0, 0], [1.0, 1.0], [1.0, 1.0]]
    record("sigmoid", ["x", "y"], targets, [[0.7, 0.2], [0.75, 0.25], [0.4, 0.9]])
    counts = store.confusion_counts("r", 0, "full", "train")
    assert sorted(map(tuple, counts.to_numpy().tolist())) == [("x", "x", 2), ("y", "y", 1)]
    assert store.predictions("r", 0, "full")["label"].tolist() == ["x", "x", "y"]
    assert store.mined("r", 1)["label"].tolist() == ["x"]
    history = store.sample_history("r", IDS)
    assert history["prob_true"].tolist() == pytest.approx([0.7, 0.75, 0.9])
    assert history["label"].tolist() == ["x", "x", "y"]


def test_a_sigmoid_run_on_split_classes_is_judged_by_the_class_that_it_was_trained_for() -> None:
    """Of several the raw label stands, and is right where it is among them."""
    record("sigmoid", CLASSES, [[0, 1.0, 0], [0, 1.0, 1.0], [0, 0, 1.0]], [[0.1, 0.9, 0], [0, 0.9, 0.2], [0.9, 0, 0.1]])
    assert store.predictions("r", 0, "full")["label"].tolist() == ["no_x", "x", "y"]
    assert store.read_predictions("r", splits=["train"]).answers()["correct"].tolist() == [True, False, False]
    assert store.sample_history("r", ["a"])["prob_true"].tolist() == pytest.approx([0.9])
    assert store.votes("d@1", "train")["n_wrong"].tolist() == [0, 1, 1]


def test_maps_are_told_with_the_class_trained_for() -> None:
    one_hot = [[1.0, 0, 0], [0, 1.0, 0], [0, 0, 1.0]]
    record("softmax", CLASSES, one_hot, one_hot)
    table = pd.DataFrame({"sample_id": ["c", "b", "b"], "class_name": ["y", "x", "no_x"]})
    store.record_cams("r", 0, "full", table.assign(method="gradcam", layer="l", path=["c-y", "b-x", "b-no_x"]))
    found = store.mapped("r")
    assert found[["sample_id", "label", "picture", "position"]].drop_duplicates().to_numpy().tolist() == [
        ["b", "no_x", "b", 0], ["c", "y", "c", 0],
    ]  # fmt: skip
    assert set(found["path"]) == {"c-y", "b-x", "b-no_x"} and store.mapped("other").empty


@pytest.mark.parametrize("objective", ["softmax", "sigmoid"])
def test_answers_of_all_stages_are_judged_by_the_class_that_was_trained_for(objective: str) -> None:
    classes = CLASSES if objective == "softmax" else ["x", "y", "z"]
    targets = [[1.0, 0, 0], [0, 1.0, 0], [0, 0, 1.0]] if objective == "softmax" else [[1.0, 0, 0], [1, 1, 0], [0, 1, 0]]
    record(objective, classes, targets, [[0.7, 0.2, 0.1], [0.75, 0.25, 0.0], [0.0, 0.9, 0.1]])
    said = store.read_predictions("r", splits=["train"]).answers()
    expected = ["x", "no_x", "y"] if objective == "softmax" else ["x", "x", "y"]
    assert said["label"].tolist() == expected
    assert said["correct"].tolist() == [now == true for now, true in zip(said["predicted"], expected, strict=True)]
    assert said["position"].tolist() == [0, 0, 0] and store.read_predictions("r", splits=["test"]).answers().empty
    by_stage = store.read_predictions("r", splits=["train"]).confusion()
    counts = store.confusion_counts("r", 0, "full", "train")
    cells = ["true_class", "predicted_class", "n"]
    assert sorted(map(tuple, by_stage[cells].to_numpy().tolist())) == sorted(
        map(tuple, counts[cells].to_numpy().tolist())
    )


def test_two_stages_meet_on_the_samples_that_both_have() -> None:
    context = RunContext(("x", "y"), True, pd.DataFrame({"sample_id": IDS}), pd.DataFrame(
        {"round": [0, 1], "stage": ["full", "refined"], "position": [0, 4]}
    ))  # fmt: skip
    rows = pa.table(
        {
            "sample_id": ["c", "a", "b", "c", "a"], "stage": ["refined", "refined", "full", "full", "full"],
            "round": pa.array([1, 1, 0, 0, 0], pa.int32()), "targets": [[1.0, 0.0]] * 5,
            "probs": [[0.1, 0.9], [0.8, 0.2], [0.6, 0.4], [0.7, 0.3], [0.2, 0.8]], "loss": [0.5] * 5,
            "correct": [False, True, True, True, False],
        }
    )  # fmt: skip
    predictions = arrange(rows, context)
    assert predictions.sample_index.tolist() == [0, 1, 2, 0, 2] and predictions.stage_index.tolist() == [
        0,
        0,
        0,
        1,
        1,
    ], "put in the manifest's order"
    before, now = predictions.at_both(0, 4)
    assert [before.sample_index.tolist(), now.sample_index.tolist()] == [[0, 2], [0, 2]]
    assert [before.right.tolist(), now.right.tolist()] == [[False, True], [True, False]]
    assert predictions.of_stage(1, "refined").sample_index.tolist() == [0, 2] and not len(
        predictions.of_stage(2, "refined").sample_index
    )
    with pytest.raises(ValueError, match="5 rows of 3 classes"):
        arrange(rows, replace(context, classes=("x", "y", "z")))


def test_a_stage_of_several_runs_is_what_each_of_them_says(tmp_path: Path) -> None:
    record(
        "softmax", CLASSES, [[1.0, 0, 0], [0, 1.0, 0], [0, 0, 1.0]], [[0.7, 0.2, 0.1], [0.75, 0.25, 0], [0, 0.1, 0.9]]
    )
    with store.write() as connection:  # a second run that says the opposite, and a third without this stage
        for table in ("runs", "stages", "predictions"):
            connection.execute(f"INSERT INTO {table} SELECT * REPLACE ('s' AS run_id) FROM {table} WHERE run_id = 'r'")
        connection.execute("UPDATE predictions SET probs = list_reverse(probs) WHERE run_id = 's'")
        connection.execute("INSERT INTO runs SELECT * REPLACE ('t' AS run_id) FROM runs WHERE run_id = 'r'")
    contexts = {run_id: store.read_predictions(run_id).context for run_id in "srt"}
    found = store.read_predictions_by_run(contexts, 0, "full", "train")
    assert list(found) == ["s", "r", "t"] and found["t"].frame().empty
    for run_id in "sr":
        pd.testing.assert_frame_equal(found[run_id].frame(), store.predictions(run_id, 0, "full", "train"))
    assert found["s"].sample_table()["predicted"].tolist() == ["y", "y", "x"]
    assert store.read_predictions_by_run({}, 0, "full", "train") == {}
