"""Metrics of one run with intervals: values against scikit-learn, intervals against a nested loop."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score, roc_auc_score

from analysis.bootstrap import group_weights
from analysis.intervals import metric_intervals

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
