"""Collapsed answers: the three ways, their baselines by hand, and what is no collapse."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.metrics import decide, per_class
from analysis.prediction_collapse import CollapseCheck, check_collapse, cluster_share_interval

CLASSES = ("a", "b", "c")


def judged(
    labels: str, decided: list[str], patients: list[int] | None = None, *, exclusive: bool = True
) -> CollapseCheck:
    """Judge answers given as names, `ab` for two at once; each sample shows one class and is of its own patient."""
    truth = np.array([[name == label for name in CLASSES] for label in labels])
    given = np.array([[name in classes for name in CLASSES] for classes in decided])
    by_class = per_class(truth, given, given.astype(float), CLASSES)
    right = pd.DataFrame(
        {
            "patient": range(len(labels)) if patients is None else patients,
            "true_class": list(labels),
            "n": 1,
            "n_right": [int(classes[:1] == label) for label, classes in zip(labels, decided, strict=True)],
        }
    ).groupby(["patient", "true_class"], as_index=False)
    found = check_collapse(by_class, right.sum(), len(labels), exclusive)
    assert found is not None
    return found


def test_one_class_for_everything() -> None:
    found = judged("aaaaaabbcc", ["a"] * 10)
    assert found.collapsed and found.same == ("a",) and found.never == ()
    base = found.baselines
    assert base is not None and not base.is_beaten
    assert (base.accuracy, base.majority_class, base.majority) == (0.6, "a", 0.6)
    assert base.chance == pytest.approx(0.36 + 0.04 + 0.04)
    assert base.majority_f1 == pytest.approx(2 * 0.6 / 1.6 / 3)
    assert (base.gain_low, base.gain_high) == (0, 0)


def test_a_class_that_the_test_set_has_is_never_given() -> None:
    found = judged("aabbcc" * 5, list("aabbab" * 5))
    assert found.collapsed and found.same is None and found.never == (("c", 10),)
    absent = judged("ab" * 15, list("ab" * 15))
    assert not absent.collapsed, "the test set does not have it"


def test_accuracy_that_is_not_above_the_majority_beyond_chance() -> None:
    labels = "a" * 28 + "b" * 14 + "c" * 8
    by_chance = judged(labels, list("a" * 27 + "b" + "a" * 12 + "bb" + "a" * 7 + "c"))
    base = by_chance.baselines
    assert base is not None and base.accuracy == 0.6 and base.majority == 0.56
    assert base.gain_low < 0 < base.gain_high and by_chance.collapsed and by_chance.same is None
    assert not judged(labels, list(labels)).collapsed


def test_a_patient_is_counted_once_however_many_images_there_are_of_it() -> None:
    labels, decided = "aaabbc" * 10, list("aaabbc" * 6 + "aacaac" * 4)
    alone = judged(labels, decided).baselines
    together = judged(labels, decided, [i // 30 for i in range(60)]).baselines
    assert alone is not None and together is not None
    assert alone.is_beaten and not together.is_beaten and together.n_groups == 2


@pytest.mark.parametrize(
    ("decided", "same", "never"),
    [
        (["abc"] * 30, ("a", "b", "c"), ()),
        ([""] * 30, (), ()),
        (["ac"] * 30, ("a", "c"), ()),
        (["a", "ab", "a"] * 10, None, (("c", 10),)),
        (["a", "b", ""] * 10, None, (("c", 10),)),
        (["a", "b", "c"] * 10, None, ()),
    ],
)
def test_multi_label_runs_collapse_by_their_thresholds(decided, same, never) -> None:
    found = judged("abc" * 10, decided, exclusive=False)
    assert (found.same, found.never) == (same, never)
    assert found.collapsed == (same is not None or bool(never))


def test_the_scores_say_what_the_decisions_do() -> None:
    rng = np.random.default_rng(0)
    for trial in range(200):
        probs = rng.dirichlet(np.full(3, 0.2 if trial % 2 else 5.0), size=12)
        limits = rng.choice([0.0, 0.2, 0.9], size=3)
        truth = rng.random((12, 3)) < 0.4
        exclusive = trial % 3 == 0
        given = decide(probs, "softmax") if exclusive else decide(probs, "sigmoid", limits)
        empty = pd.DataFrame(columns=["patient", "true_class", "n", "n_right"])
        found = check_collapse(per_class(truth, given, probs, CLASSES), empty, 12, exclusive)
        shown = truth.any(axis=0)
        if found is None or not shown.all():
            continue
        assert (found.same is not None) == bool((given == given[0]).all())
        if found.same is None:
            assert [name for name, _ in found.never] == [CLASSES[c] for c in np.flatnonzero(~given.any(axis=0))]
        assert found.baselines is None


def test_nothing_is_said_where_every_sample_shows_the_same_or_there_is_none() -> None:
    right = pd.DataFrame({"patient": ["p"], "true_class": ["a"], "n": [5], "n_right": [5]})
    by_class = pd.DataFrame(
        {"class_name": ["a", "b"], "n": [5, 0], "precision": [1.0, np.nan], "recall": [1.0, np.nan]}
    )
    assert check_collapse(by_class, right, 5, True) is None
    assert check_collapse(by_class.assign(n=0), right[:0], 0, True) is None


def test_the_interval_of_a_share_holds_in_clusters() -> None:
    rng = np.random.default_rng(1)
    inside = 0
    for _ in range(400):
        sizes = rng.integers(1, 9, size=40)
        rates = rng.beta(3, 3, size=40)
        low, high = cluster_share_interval(rng.binomial(sizes, rates).astype(float), sizes.astype(float))
        inside += low <= 0.5 <= high
    assert 0.92 <= inside / 400 <= 0.98
    assert all(np.isnan(end) for end in cluster_share_interval(np.array([1.0]), np.array([2.0])))
