"""Metrics of one run with intervals: values against scikit-learn, intervals against a nested loop."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score, roc_auc_score

from analysis.bootstrap import group_weights
from analysis.confidence_intervals import mean_intervals, metric_intervals

CLASSES = ("a", "b", "c")


@pytest.fixture
def told():
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 3, 90)
    probs = rng.dirichlet(np.ones(3), 90)
    probs[np.arange(90), labels] += 0.5
    probs /= probs.sum(1, keepdims=True)
    said = probs.argmax(1)
    return labels, said, probs, np.repeat(np.arange(30), 3)


def found(told, **kind):
    labels, said, probs, groups = told
    eye = np.eye(3, dtype=bool)
    return metric_intervals(eye[labels], eye[said], probs, said == labels, groups, CLASSES, **kind)


def test_values_are_those_of_scikit_learn(told):
    labels, said, probs, _ = told
    frame = found(told, n_bootstrap=20)
    overall = frame[frame["class_name"].isna()].set_index("metric")["value"]
    assert overall["accuracy"] == pytest.approx(accuracy_score(labels, said))
    assert overall["macro_f1"] == pytest.approx(f1_score(labels, said, average="macro"))
    of_b = frame[frame["class_name"] == "b"].set_index("metric")["value"]
    assert of_b["precision"] == pytest.approx(precision_score(labels == 1, said == 1))
    assert of_b["recall"] == pytest.approx(recall_score(labels == 1, said == 1))
    assert of_b["auroc"] == pytest.approx(roc_auc_score(labels == 1, probs[:, 1]))
    assert frame["n"].iloc[0] == 90 and frame["n_groups"].iloc[0] == 30


def test_the_interval_of_accuracy_is_that_of_patients_drawn_one_by_one(told):
    labels, said, _, groups = told
    right = said == labels
    by_hand = [
        np.mean(np.concatenate([np.repeat(right[groups == g], times) for g, times in enumerate(row)]))
        for row in group_weights(30, 200, 5)[1:]
    ]
    row = found(told, n_bootstrap=200, seed=5).iloc[0]
    assert [row["low"], row["high"]] == pytest.approx(list(np.quantile(by_hand, [0.025, 0.975])))


def test_one_patient_has_no_interval_and_an_absent_class_no_value(told):
    labels, said, probs, _ = told
    eye = np.eye(3, dtype=bool)
    keep = labels != 2
    frame = metric_intervals(
        eye[labels[keep]], eye[said[keep]] & [True, True, False], probs[keep], (said == labels)[keep],
        np.zeros(keep.sum()), CLASSES,
    )  # fmt: skip
    assert frame["low"].isna().all() and np.isnan(frame[frame["class_name"] == "c"]["value"].iloc[1])
    assert not np.isnan(frame["value"].iloc[1]), "macro-F1 is the mean over classes that have one"


def test_a_class_of_one_patient_has_no_interval_but_the_whole_has(told):
    labels, said, probs, groups = told
    labels = np.where((labels == 2) & (groups != groups[labels == 2][0]), 0, labels)
    frame = found((labels, said, probs, groups), n_bootstrap=20)
    of_c = frame["class_name"] == "c"
    assert (frame[of_c]["n_groups"] == 1).all() and frame[of_c]["value"].notna().all()
    assert frame[of_c][["low", "high"]].isna().all(axis=None)
    assert frame[~of_c][["low", "high"]].notna().all(axis=None), "accuracy, macro-F1 and the other classes"


def test_a_mean_of_right_answers_has_the_very_interval_of_accuracy():
    rng = np.random.default_rng(3)
    right, patients = rng.random(60) < 0.7, rng.integers(0, 12, 60)
    targets = np.eye(2)[rng.integers(0, 2, 60)]
    accuracy = metric_intervals(targets, targets, targets, right, patients, ["x", "y"]).iloc[0]
    mean = mean_intervals(right[:, None].astype(float), patients).iloc[0].drop("n_telling")
    assert mean.to_dict() == pytest.approx(accuracy[["value", "low", "high", "n", "n_groups"]].to_dict())


def test_a_mean_is_of_the_samples_that_have_the_quantity():
    nan = float("nan")
    values = [[1.0, nan, 0.5, nan], [nan, nan, 0.5, nan], [2.0, 4.0, 0.5, nan], [6.0, nan, 0.5, nan]]
    found = mean_intervals(values, ["p", "p", "q", "q"])
    np.testing.assert_allclose(found["value"], [3.0, 4.0, 0.5, nan])
    assert found["n"].tolist() == [3, 1, 4, 0] and found["n_groups"].tolist() == [2, 1, 2, 0]
    assert found["low"].isna().tolist() == [False, True, False, True], "one patient gives no interval"
    assert (found["low"][0], found["high"][0]) == (1.0, 4.0), "p drawn twice, q drawn twice"
    assert (found["low"][2], found["high"][2]) == (0.5, 0.5)
    with pytest.raises(ValueError, match="give"):
        mean_intervals([1.0, 2.0], ["p", "q"])
    with pytest.raises(ValueError):
        mean_intervals([[1.0]], ["p", "q"])


def test_none_of_twenty_patients_is_not_surely_none():
    values = np.repeat([[0.0, 1.0, 0.5]], 20, axis=0)
    found = mean_intervals(values, np.arange(20), shares=True)
    none, exact = found.iloc[0], binomtest(0, 20).proportion_ci()
    assert (none["low"], none["high"]) == (0.0, pytest.approx(exact.high)) and exact.high == pytest.approx(
        0.168, abs=1e-3
    )
    assert (found["low"][1], found["high"][1]) == (pytest.approx(1 - exact.high), 1.0)
    assert (found["low"][2], found["high"][2]) == (0.5, 0.5)
    assert mean_intervals(values, np.arange(20))["high"].tolist() == [0.0, 1.0, 0.5], "a difference is no share"
