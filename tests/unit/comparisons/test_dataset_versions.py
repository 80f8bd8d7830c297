"""Runs of two versions of a dataset are compared on what both have, by the labels of either."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.ground_truth import GroundTruthUnknown
from analysis.prediction_table import PredictionTable
from comparisons.claim import judge
from comparisons.control_runs import candidates
from comparisons.dataset_versions import match_versions
from comparisons.stage_comparison import StagePair, compare, join_predictions, load_sides
from comparisons.subject import name_sides
from comparisons.version_sentences import refusal, versions_sentence

CLASSES = ["a", "b", "c"]


@dataclass
class House:
    """Runs and samples in memory, as the store returns them; implements `stage_comparison.Reader`."""

    versions: dict[str, pd.DataFrame]
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    probs: dict[str, dict[str, list[float]]] = field(default_factory=dict)

    def train(self, run_id: str, dataset_id: str, probs: dict[str, list[float]], **changes: Any) -> None:
        """Add a run whose only stage predicts these probabilities of the samples of its version."""
        recipe = {"name": "demo", "rounds": 0, "control": False} | changes.pop("recipe", {})
        self.runs[run_id] = {
            "run_id": run_id, "recipe_name": "demo", "dataset_id": dataset_id, "classes": list(CLASSES),
            "objective": "softmax", "model": "tiny", "seed": 0, "control": False, "rounds": 0,
            "recipe": json.dumps(recipe), "created_at": len(self.runs), **changes,
        }  # fmt: skip
        self.probs[run_id] = probs

    def run(self, run_id: str) -> dict[str, Any]:
        return self.runs[run_id]

    def stages(self, run_id: str) -> pd.DataFrame:
        of = self.runs[run_id]
        limits = [0.5] * len(of["classes"]) if of["objective"] == "sigmoid" else None
        return pd.DataFrame({"run_id": [run_id], "round": [0], "stage": ["full"], "thresholds": [limits]})

    def samples(self, dataset_id: str) -> pd.DataFrame:
        return self.versions[dataset_id]

    def raw_classes(self, dataset_id: str) -> list[str]:
        return list(CLASSES)

    def prediction_table(self, run_id: str, round_: int, stage: str, split: str) -> PredictionTable:
        of, samples = self.runs[run_id], self.versions[self.runs[run_id]["dataset_id"]]
        samples = samples[samples["split"] == split].reset_index(drop=True)
        classes, probs = of["classes"], np.array([self.probs[run_id][name] for name in samples["sample_id"]])
        labels = samples["labels"] if of["objective"] == "sigmoid" else samples["label"].map(lambda name: [name])
        targets = np.array([[float(name in names) for name in classes] for names in labels])
        predicted = [classes[at] for at in probs.argmax(axis=1)]
        table = samples.assign(predicted=predicted, prob=probs.max(axis=1), loss=1.0, correct=True)
        return PredictionTable(table, targets, probs)

    def prediction_tables(self, run_ids: Any, round_: int, stage: str, split: str) -> dict[str, PredictionTable]:
        return {run_id: self.prediction_table(run_id, round_, stage, split) for run_id in run_ids}


def version(n: int = 60, **changes: Any) -> pd.DataFrame:
    """Return n samples, two a patient; a third in validation, a third in training."""
    ids = [f"s{i:03d}" for i in range(n)]
    frame = pd.DataFrame({
        "sample_id": ids, "path": ids, "patient": [f"p{i // 2}" for i in range(n)],
        "split": [("test", "val", "train")[i // 2 % 3] for i in range(n)], "label": [CLASSES[i % 3] for i in range(n)],
        "marks": [[] for _ in range(n)],
    })  # fmt: skip
    for name, (split, label) in changes.items():
        frame.loc[frame["sample_id"] == name, ["split", "label"]] = [split, label]
    return frame.assign(labels=[[label] for label in frame["label"]])


def guesses(samples: pd.DataFrame, wrong: set[str], classes: list[str] = CLASSES) -> dict[str, list[float]]:
    """Return probabilities that are right by these labels but for some samples, which get the next class."""
    probs = {}
    for name, label in zip(samples["sample_id"], samples["label"], strict=True):
        right = CLASSES[(CLASSES.index(label) + (name in wrong)) % 3]
        probs[name] = [0.8 if one == right else 0.1 for one in classes]
    return probs


@pytest.fixture
def house() -> House:
    """Two versions: s000 relabelled a -> b, s001 out, s002 from validation to test, one sample new in test."""
    older = version()
    newer = version(62, s000=("test", "b"), s002=("test", "c"))
    newer.loc[newer["sample_id"].isin(["s060", "s061"]), "split"] = "test"
    made = House({"x@1": older, "x@2": newer[newer["sample_id"] != "s001"], "y@1": older})
    everything = pd.concat([newer, older]).drop_duplicates("sample_id")
    made.train("old-1", "x@1", guesses(everything, {"s006"}))
    made.train("new-1", "x@2", guesses(everything, {"s007"}))
    return made


PAIR = StagePair(("old-1", 0, "full"), ("new-1", 0, "full"))


def test_only_test_samples_of_both_count_by_the_labels_of_either(house: House) -> None:
    newer = compare(house, PAIR, "label", ["f1"])
    older = compare(house, StagePair(PAIR.a, PAIR.b, labels_of="older"), "label", ["f1"])
    assert newer is not None and older is not None
    names = list(newer.samples["sample_id"])
    assert "s000" in names and not {"s001", "s002", "s060", "s061"} & set(names) and newer.n == older.n == 19
    by = {ruler: each.samples.set_index("sample_id") for ruler, each in (("newer", newer), ("older", older))}
    assert by["newer"].loc["s000", ["label", "correct_a", "correct_b"]].tolist() == ["b", True, True]
    assert by["older"].loc["s000", ["label", "correct_a", "correct_b"]].tolist() == ["a", False, False]
    same = by["newer"].index != "s000"
    pd.testing.assert_frame_equal(by["newer"][same], by["older"][same])


def test_the_comparison_is_that_of_one_version_with_these_samples_and_labels(house: House) -> None:
    """Two runs of one version that holds the shared test samples with the newer labels give the same numbers."""
    matched = match_versions(house, house.run("old-1"), house.run("new-1"))
    assert matched is not None
    shared = house.samples("x@2").merge(matched.shared[["sample_id"]], on="sample_id")
    house.versions["z@1"] = shared
    for name in ("old-1", "new-1"):
        house.train(f"z-{name}", "z@1", house.probs[name])
    one = compare(house, StagePair(("z-old-1", 0, "full"), ("z-new-1", 0, "full")), "label", ["f1"])
    two = compare(house, PAIR, "label", ["f1"])
    assert one is not None and two is not None
    pd.testing.assert_frame_equal(one.per_class, two.per_class)
    pd.testing.assert_frame_equal(one.overall, two.overall)


def test_the_sides_may_stand_in_either_order(house: House) -> None:
    one, other = compare(house, PAIR, "label", ["f1"]), compare(house, StagePair(PAIR.b, PAIR.a), "label", ["f1"])
    assert one is not None and other is not None
    assert one.overall["difference"].iloc[0] == -other.overall["difference"].iloc[0]
    assert one.overall["a"].iloc[0] == other.overall["b"].iloc[0]


def test_patients_of_either_version_are_clusters(house: House) -> None:
    """Where the newer version knows no patients, the older one's still hold together."""
    house.versions["x@2"] = house.versions["x@2"].assign(patient=lambda frame: "image-" + frame["sample_id"])
    for pair in (PAIR, StagePair(PAIR.b, PAIR.a)):
        found = compare(house, pair, "label", ["f1"])
        assert found is not None and (found.n, found.patients) == (19, 10)


def test_a_multi_label_run_is_scored_by_the_labels_of_the_other_version(house: House) -> None:
    older = house.versions["x@1"]
    older.loc[older["sample_id"] == "s000", "labels"] = pd.Series([["a", "c"]], index=[0])
    house.train("multi-1", "x@2", house.probs["new-1"], objective="sigmoid")
    pair = StagePair(("old-1", 0, "full"), ("multi-1", 0, "full"), labels_of="older")
    found = compare(house, pair, "labels", ["f1"])
    assert found is not None
    assert found.labels[list(found.samples["sample_id"]).index("s000")] == ["a", "c"]
    assert set(found.overall["metric"]) == {"accuracy", "exact_match"}
    a, b = load_sides(house, pair, "labels")
    assert (a.version, b.version) == ("x@1", "x@2") and a.val is not None and b.val is not None
    assert "s002" in set(a.val.samples["sample_id"]) - set(b.val.samples["sample_id"]), (
        "thresholds: of one's own version"
    )


def test_classes_in_another_order_are_put_in_order_and_other_classes_refused(house: House) -> None:
    classes = ["c", "a", "b"]
    everything = pd.concat([house.samples("x@2"), house.samples("x@1")]).drop_duplicates("sample_id")
    house.train("turned-1", "x@2", guesses(everything, {"s007"}, classes), classes=classes)
    turned = StagePair(PAIR.a, ("turned-1", 0, "full"))
    one, two = (compare(house, pair, "label", ["f1"]) for pair in (PAIR, turned))
    assert one is not None and two is not None
    pd.testing.assert_frame_equal(one.per_class, two.per_class)
    assert refusal(house.run("old-1"), house.run("turned-1")) is None
    house.train("more-1", "x@2", {}, classes=[*CLASSES, "d"])
    assert "only one of them has d" in str(refusal(house.run("old-1"), house.run("more-1")))
    house.train("foreign-1", "y@1", {})
    assert "different datasets (x@1 and y@1)" in str(refusal(house.run("old-1"), house.run("foreign-1")))
    assert "학습한 데이터셋이 다릅니다(x@1, y@1)" in str(refusal(house.run("old-1"), house.run("foreign-1"), "ko"))


def test_under_a_label_scheme_that_is_gone_the_labels_are_unknown(house: House) -> None:
    for name, dataset_id in (("s-old", "x@1"), ("s-new", "x@2")):
        house.train(name, dataset_id, house.probs["old-1"], recipe={"label_scheme": "nosuch"})
    with pytest.raises(GroundTruthUnknown):
        compare(house, StagePair(("s-old", 0, "full"), ("s-new", 0, "full")), "label", ["f1"])


def test_matrices_of_two_versions_are_subtracted_on_shared_samples(house: House) -> None:
    both = join_predictions(house, PAIR, "test").set_index("sample_id")
    assert len(both) == 19 and both.loc["s000", ["label", "was", "now"]].tolist() == ["b", "b", "b"]
    assert both.loc["s007", ["label", "was", "now"]].tolist() == ["b", "b", "c"]
    assert not set(join_predictions(house, PAIR, "val").index) & {"s002"}


def test_what_differs_is_one_line_and_the_sides_are_named_by_version(house: House) -> None:
    matched = match_versions(house, house.run("old-1"), house.run("new-1"), labels_of="older")
    assert versions_sentence(matched) == (
        "x@1 and x@2 have 19 test samples in common, and the runs are compared on these, by the labels of x@1. In x@2, "
        "1 of them are relabelled. Left out: 1 excluded from x@2, 2 added in x@2, 1 in another split in one of the two."
    )
    assert "19개" in versions_sentence(matched, "ko")
    assert versions_sentence(None) == "" and match_versions(house, house.run("old-1"), house.run("old-1")) is None
    subject = name_sides(house.run("old-1"), house.run("new-1"), "full", "full", 3)
    assert (subject.name_a, subject.name_b) == ("demo (x@1)", "demo (x@2)") and subject.of_recipes
    comparison = compare(house, PAIR, "label", ["f1"])
    assert comparison is not None
    claim = judge(comparison, subject, "f1", versions=matched)
    assert "demo (x@2) minus demo (x@1)" in claim.sentence().replace("this run of ", "") and claim.on_versions()


def test_a_run_of_another_version_is_no_control_and_comes_after_those_of_its_own(house: House) -> None:
    house.train("hnl-1", "x@2", {}, rounds=1, recipe={"rounds": 1})
    house.train("control-2", "x@2", {}, rounds=1, control=True, recipe={"rounds": 1, "control": True})
    house.train("control-1", "x@1", {}, rounds=1, control=True, recipe={"rounds": 1, "control": True})
    runs = pd.DataFrame(list(house.runs.values()))
    listed = candidates(runs, runs[["run_id"]], house.run("hnl-1")).set_index("run_id")
    assert listed.index.tolist() == ["control-2", "new-1", "control-1", "old-1"]
    assert listed["is_control"].tolist() == [True, False, False, False]
    assert listed.loc["control-1", "keys"] == ["dataset", "control"]
