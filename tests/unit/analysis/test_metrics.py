"""Stage metrics equal scikit-learn's where those are defined, and are NaN where nothing is defined."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn import metrics as sk

from analysis.metrics import PER_CLASS_METRICS, decide, per_class, stage_metrics

CLASSES = ["ac", "bpd", "fl"]
SIX = st.integers(0, 6).map(lambda k: k / 6)


def cases(columns: int = 3):
    return st.integers(1, 25).flatmap(
        lambda n: st.tuples(arrays(np.int8, (n, columns), elements=st.integers(0, 1)),
                            arrays(np.float64, (n, columns), elements=SIX))
    )  # fmt: skip


def or_nan(defined, score, *args, **kwargs):
    return score(*args, **kwargs) if defined else np.nan


@given(cases())
def test_per_class_equals_scikit_learn(case):
    targets, probs = case
    decided = decide(probs, "sigmoid")
    found = per_class(targets, decided, probs, CLASSES)
    assert found["class_name"].tolist() == CLASSES
    np.testing.assert_array_equal(found["n"], targets.sum(axis=0))
    nan = {"zero_division": np.nan}
    for c in range(3):
        true, said, scores = targets[:, c], decided[:, c], probs[:, c]
        expected = {
            "precision": sk.precision_score(true, said, **nan),
            "recall": sk.recall_score(true, said, **nan),
            "f1": sk.f1_score(true, said, **nan),
            "average_precision": or_nan(true.any(), sk.average_precision_score, true, scores),
            "auroc": or_nan(0 < true.mean() < 1, sk.roc_auc_score, true, scores),
        }
        for metric, value in expected.items():
            np.testing.assert_allclose(found[metric][c], value, err_msg=metric)


@given(cases(), st.randoms(use_true_random=False))
def test_order_of_samples_does_not_matter(case, random):
    targets, probs = case
    order = random.sample(range(len(targets)), len(targets))
    first = per_class(targets, decide(probs, "sigmoid"), probs, CLASSES)
    second = per_class(targets[order], decide(probs, "sigmoid")[order], probs[order], CLASSES)
    np.testing.assert_allclose(first[list(PER_CLASS_METRICS)], second[list(PER_CLASS_METRICS)])


@pytest.fixture
def stage():
    rng = np.random.default_rng(4)
    probs = rng.dirichlet(np.ones(4), 200)
    labels = np.where(rng.random(200) < 0.6, probs.argmax(axis=1), rng.integers(0, 4, 200))
    targets = (labels[:, None] == np.arange(4)) | (rng.random((200, 4)) < 0.1)
    return targets, probs, labels, rng.random(200)


def value_of(frame, metric, class_name=None):
    named = frame["class_name"].isna() if class_name is None else frame["class_name"] == class_name
    (value,) = frame[named & (frame["metric"] == metric)]["value"]
    return value


def test_overall_metrics_equal_scikit_learn(stage):
    targets, probs, labels, losses = stage
    decided = decide(probs, "sigmoid", [0.3, 0.2, 0.4, 0.25])
    frame = stage_metrics(targets, probs, decided, list("abcd"), labels, losses)
    expected = {
        "loss": losses.mean(),
        "accuracy": sk.accuracy_score(labels, probs.argmax(axis=1)),
        "macro_f1": sk.f1_score(targets, decided, average="macro"),
        "exact_match": sk.accuracy_score(targets, decided),
        "hamming": sk.hamming_loss(targets, decided),
        "macro_ap": sk.average_precision_score(targets, probs, average="macro"),
        "macro_auroc": sk.roc_auc_score(targets, probs, average="macro"),
    }
    assert set(frame[frame["class_name"].isna()]["metric"]) == set(expected)
    for metric, value in expected.items():
        assert value_of(frame, metric) == pytest.approx(value), metric
    overall = frame[frame["class_name"].isna()]
    assert (overall["n"] == 200).all() and len(frame) == 7 + 4 * 5
    for name, column in zip("abcd", targets.T, strict=True):
        assert (frame[frame["class_name"] == name]["n"] == column.sum()).all()


def test_overall_rows_are_named_none_for_the_store(stage):
    targets, probs, labels, losses = stage
    frame = stage_metrics(targets, probs, decide(probs, "softmax"), list("abcd"), labels, losses)
    assert frame["class_name"].tolist()[:7] == [None] * 7
    assert list(frame) == ["class_name", "metric", "value", "n"]


def test_undefined_is_nan_and_left_out_of_means():
    targets = np.array([[1, 0, 0], [1, 0, 0], [0, 0, 1]])
    probs = np.array([[0.9, 0.1, 0.2], [0.8, 0.2, 0.3], [0.1, 0.1, 0.4]])
    frame = stage_metrics(targets, probs, probs >= 0.5, CLASSES, [0, 0, 2], [0.1, 0.2, 0.3])
    for metric in PER_CLASS_METRICS:  # bpd: nowhere there, nowhere decided
        assert np.isnan(value_of(frame, metric, "bpd")), metric
    assert np.isnan(value_of(frame, "precision", "fl")), "no positive decision"
    assert value_of(frame, "recall", "fl") == 0 and value_of(frame, "f1", "fl") == 0
    assert value_of(frame, "macro_f1") == pytest.approx((1 + 0) / 2)
    assert value_of(frame, "macro_auroc") == pytest.approx(1)
    assert value_of(frame, "exact_match") == pytest.approx(2 / 3)


def test_auroc_needs_both_kinds_of_samples_but_average_precision_only_positives():
    frame = per_class([[1], [1]], [[True], [True]], [[0.6], [0.7]], ["a"])
    assert np.isnan(frame["auroc"][0]) and frame["average_precision"][0] == 1


def test_no_samples_leave_everything_undefined_without_warnings(recwarn):
    none = np.zeros((0, 3))
    frame = stage_metrics(none, none, none, CLASSES, np.zeros(0, int), [])
    assert len(frame) == 22 and frame["value"].isna().all() and (frame["n"] == 0).all()
    assert not recwarn


def test_softmax_decides_for_exactly_one_class_the_first_of_equals():
    decided = decide([[0.2, 0.5, 0.3], [0.4, 0.4, 0.2]], "softmax")
    np.testing.assert_array_equal(decided, [[False, True, False], [True, False, False]])


def test_sigmoid_decides_at_the_threshold_and_above():
    probs = [[0.5, 0.49, 0.1], [0.2, 0.9, 0.1]]
    np.testing.assert_array_equal(decide(probs, "sigmoid"), [[1, 0, 0], [0, 1, 0]])
    np.testing.assert_array_equal(decide(probs, "sigmoid", [0.2, 0.91, 0.1]), [[1, 0, 1], [1, 0, 1]])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (([[0.5]], "argmax"), "'argmax'"),
        (([[0.5]], "softmax", [0.5]), "leave them out"),
        (([[0.5, 0.5]], "sigmoid", [0.5]), "2 classes"),
        (([[np.nan]], "sigmoid"), "NaN"),
        (([[1.5]], "sigmoid"), "outside 0 to 1"),
        (([0.5], "sigmoid"), "shape"),
    ],
)
def test_decide_refuses_in_a_sentence(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        decide(*arguments)


def test_rounding_of_single_precision_is_let_pass():
    assert decide(np.array([[1.0000001]], np.float32), "sigmoid").all()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"targets": [[2], [0]]}, "other than 0 and 1"),
        ({"targets": [[1]]}, "Lengths differ"),
        ({"labels": [0, 1]}, "labels holds class 1"),
        ({"losses": [0.1]}, "Lengths differ"),
        ({"classes": ["a", "b"]}, "2 classes"),
    ],
)
def test_stage_metrics_refuse_in_a_sentence(change, sentence):
    given_ = {
        "targets": [[1], [0]], "probs": [[0.9], [0.2]], "decided": [[True], [False]], "classes": ["a"],
        "labels": [0, 0], "losses": [0.1, 0.2],
    }  # fmt: skip
    with pytest.raises(ValueError, match=sentence):
        stage_metrics(**(given_ | change))
