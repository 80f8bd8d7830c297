"""Two runs on the same samples: estimates against the stage metrics, intervals against resampling by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score, recall_score

from analysis.bootstrap import group_index, group_weights
from analysis.bootstrap_metrics import METRICS, discordance
from analysis.metrics import PER_CLASS_METRICS, per_class
from analysis.seed_statistics import compare_over_seeds, compare_shares_over_seeds

CLASSES = ["ac", "afi", "fl"]


def compare_per_class(targets, decided_a, decided_b, probs_a, probs_b, *rest, **options):
    """Compare one pair of runs."""
    return compare_over_seeds(targets, [(decided_a, decided_b, probs_a, probs_b)], *rest, **options)


def compare_correct(correct_a, correct_b, patients, metric="accuracy", **options):
    """Compare one share of right samples of one pair of runs."""
    columns = tuple(np.asarray(correct)[:, None] for correct in (correct_a, correct_b))
    return compare_shares_over_seeds([columns], patients, [metric], **options)


@pytest.fixture
def runs():
    """Targets, two runs (b the better one) and patients of 150 samples."""
    rng = np.random.default_rng(7)
    targets = rng.random((150, 3)) < 0.4
    probs_a, probs_b = (np.clip(targets * lift + rng.random((150, 3)) * 0.7, 0, 1) for lift in (0.15, 0.35))
    return targets, probs_a > 0.5, probs_b > 0.5, probs_a, probs_b, rng.integers(0, 25, 150)


def test_estimates_are_the_stage_metrics_of_each_run(runs):
    targets, decided_a, decided_b, probs_a, probs_b, _ = runs
    frame = compare_per_class(*runs, CLASSES, METRICS, n_bootstrap=0)
    assert frame["class_name"].tolist() == np.repeat(CLASSES, 6).tolist()
    assert frame["metric"].tolist() == list(METRICS) * 3
    for run, decided, probs in (("a", decided_a, probs_a), ("b", decided_b, probs_b)):
        expected = per_class(targets, decided, probs, CLASSES)
        for metric in PER_CLASS_METRICS:
            np.testing.assert_allclose(frame[frame["metric"] == metric][run], expected[metric], err_msg=metric)
        np.testing.assert_allclose(frame[frame["metric"] == "accuracy"][run], (targets == decided).mean(axis=0))
    np.testing.assert_allclose(frame["difference"], frame["b"] - frame["a"])
    assert frame[["low", "high"]].isna().all(axis=None), "no resamples, no interval"


def test_interval_is_that_of_patients_copied_one_by_one(runs):
    targets, decided_a, decided_b, *_, groups = runs
    frame = compare_per_class(*runs, CLASSES, ("recall", "f1"), n_bootstrap=60, seed=5)
    index, n_groups = group_index(groups)
    found = {(c, m): [] for c in range(3) for m in ("recall", "f1")}
    for drawn in group_weights(n_groups, 60, seed=5)[1:]:
        copies = [i for g in range(n_groups) for _ in range(drawn[g]) for i in np.flatnonzero(index == g)]
        for c in range(3):
            for metric, score in (("recall", recall_score), ("f1", f1_score)):
                true = targets[copies, c]
                found[c, metric].append(score(true, decided_b[copies, c]) - score(true, decided_a[copies, c]))
    for (c, metric), differences in found.items():
        row = frame[(frame["class_name"] == CLASSES[c]) & (frame["metric"] == metric)].iloc[0]
        np.testing.assert_allclose([row["low"], row["high"]], np.quantile(differences, [0.025, 0.975]))


def test_counts_are_samples_and_patients_of_the_class(runs):
    targets, groups = runs[0], runs[-1]
    frame = compare_per_class(*runs, CLASSES, ("f1",), n_bootstrap=0)
    assert frame["n"].tolist() == targets.sum(axis=0).tolist()
    assert frame["n_groups"].tolist() == [len(set(groups[targets[:, c]])) for c in range(3)]


def test_swapping_the_runs_turns_the_sign(runs):
    targets, decided_a, decided_b, probs_a, probs_b, groups = runs
    there = compare_per_class(*runs, CLASSES, n_bootstrap=50)
    back = compare_per_class(targets, decided_b, decided_a, probs_b, probs_a, groups, CLASSES, n_bootstrap=50)
    np.testing.assert_allclose(there["difference"], -back["difference"])
    np.testing.assert_allclose(there["low"], -back["high"])


def test_a_run_against_itself_differs_by_exactly_nothing(runs):
    targets, decided, _, probs, _, groups = runs
    frame = compare_per_class(targets, decided, decided, probs, probs, groups, CLASSES, METRICS, n_bootstrap=30)
    assert (frame[["difference", "low", "high"]] == 0).all(axis=None)


def test_images_of_few_patients_widen_the_interval(runs):
    *rest, _ = runs
    width = []
    for patients in (np.arange(150), np.arange(150) // 50):
        frame = compare_correct(rest[0][:, 0] == rest[1][:, 0], np.arange(150) < 50, patients, n_bootstrap=400)
        width.append((frame["high"] - frame["low"]).item())
    assert width[1] > 2 * width[0]


def test_one_patient_gives_no_interval(runs):
    frame = compare_per_class(*runs[:-1], np.zeros(150, int), CLASSES, n_bootstrap=20)
    assert frame[["low", "high"]].isna().all(axis=None) and frame["difference"].notna().all()


def test_a_class_of_one_patient_has_no_interval_however_many_there_are(runs):
    targets, *rest, groups = runs
    rare = np.zeros(150, bool)
    rare[np.flatnonzero(groups == groups[0])] = True
    frame = compare_per_class(np.c_[targets[:, :2], rare], *rest, groups, CLASSES, METRICS, n_bootstrap=20)
    of_rare = frame["class_name"] == "fl"
    assert (frame[of_rare]["n_groups"] == 1).all() and frame[of_rare]["difference"].notna().all()
    assert frame[of_rare][["low", "high"]].isna().all(axis=None)
    assert frame[~of_rare][["low", "high"]].notna().all(axis=None)


def test_undefined_stays_undefined():
    targets = np.array([[1, 0], [1, 0], [0, 0], [1, 0]])
    no, yes, half = np.zeros((4, 2), bool), targets.astype(bool), np.full((4, 2), 0.5)
    frame = compare_per_class(targets, no, yes, half, half, list("pqrs"), ["a", "b"], METRICS, n_bootstrap=50)
    rows = frame.set_index(["class_name", "metric"])
    assert np.isnan(rows.loc[("a", "precision"), ["a", "difference", "low", "high"]].astype(float)).all()
    assert rows.loc[("a", "precision"), "b"] == 1
    never = rows.loc["b"].drop("accuracy")
    assert never[["a", "b", "difference", "low", "high"]].isna().all(axis=None) and (never["n"] == 0).all()


def test_no_samples_compare_to_nothing():
    none = np.zeros((0, 3))
    frame = compare_per_class(none, none, none, none, none, [], CLASSES)
    assert len(frame) == 15 and frame[["a", "b", "difference", "low", "high"]].isna().all(axis=None)


def test_bad_input_is_refused_in_a_sentence(runs):
    with pytest.raises(ValueError, match="'f2' is unknown"):
        compare_per_class(*runs, CLASSES, ("f2",))
    with pytest.raises(ValueError, match="groups 149"):
        compare_per_class(*runs[:-1], np.zeros(149), CLASSES)
    with pytest.raises(ValueError, match="2 classes"):
        compare_per_class(*runs, ["a", "b"])


def test_share_of_right_samples():
    frame = compare_correct([1, 1, 0, 0], [1, 1, 1, 0], ["p", "p", "q", "r"], "exact_match", n_bootstrap=4000)
    row = frame.iloc[0]
    assert row["class_name"] is None and row["metric"] == "exact_match"
    assert (row["a"], row["b"], row["difference"], row["n"], row["n_groups"]) == (0.5, 0.75, 0.25, 4, 3)
    # patient q alone decides: 0 when never drawn (30 %), 1 when drawn three times (3.7 %)
    assert (row["low"], row["high"]) == (0, 1)


def test_discordance_lists_who_alone_is_right():
    frame = discordance(["s1", "s2", "s3", "s4", "s5"], [1, 0, 1, 0, 0], [0, 1, 1, 0, 0])
    assert frame.to_dict("list") == {"sample_id": ["s1", "s2"], "kind": ["only_a", "only_b"]}
    frame = discordance(["s3", "s4", "s5"], [1, 0, 0], [1, 0, 0], same_answer=[True, True, False])
    assert frame.to_dict("list") == {"sample_id": ["s5"], "kind": ["both_wrong"]}
    with pytest.raises(ValueError, match="Lengths differ"):
        discordance(["s1"], [1, 0], [0, 1])
