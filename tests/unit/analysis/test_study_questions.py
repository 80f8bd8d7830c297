"""Questions of a study: worked out by hand, against scikit-learn, and under permutation."""

from __future__ import annotations

import time
import zlib
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score

from analysis.bootstrap import group_index, group_weights
from analysis.seed_statistics import compare_shares_over_seeds
from analysis.simultaneous_intervals import ALPHA, intervals
from analysis.study_questions import ArmPredictions, Question, answer_questions

ARMS = ("a", "b", "c", "d")


def predictions(n=240, per_patient=4, seeds=range(4), arms=ARMS, classes=3, wrong=0.3, spread=0.05, seed=0):
    """Arms of equal skill; each run is wrong at a rate that its seed moves."""
    rng = np.random.default_rng(seed)
    targets = rng.integers(0, classes, n)
    predicted = {}
    for arm in arms:
        for number in seeds:
            missed = rng.random(n) < wrong + spread * rng.normal()
            predicted[arm, number] = np.where(missed, (targets + 1) % classes, targets)
    return ArmPredictions(targets, np.arange(n) // per_patient, predicted)


def ask(test, arms=("a", "b"), score="accuracy", chosen=None, margin=0.01, main=True, dataset="d"):
    return Question(dataset, arms, score, np.ones(len(test.targets), bool) if chosen is None else chosen, margin, main)


def answer(test, *questions, **options):
    return answer_questions(list(questions), {"d": test}, **options)


def by_hand(n_right_a, n_right_b, n=12):
    """One run of each arm whose first samples are right, and the others wrong."""
    at = np.arange(n)
    return [np.where(at < count, 0, 1) for count in (n_right_a, n_right_b)]


def test_a_contrast_is_the_mean_over_seeds_of_the_difference_of_shares():
    runs = {0: by_hand(9, 6), 1: by_hand(10, 6), 2: by_hand(8, 7)}
    predicted = {(arm, seed): run for seed, both in runs.items() for arm, run in zip("ab", both, strict=True)}
    found = answer(ArmPredictions(np.zeros(12, np.int64), np.arange(12), predicted), ask_all(12)).iloc[0]
    assert found["difference"] == pytest.approx((3 + 4 + 1) / 3 / 12)
    assert (found["n_seeds"], found["n_samples"], found["n_patients"]) == (3, 12, 12)
    assert found["n_telling"] == 4, "samples 6 to 9 alone are answered otherwise by some seed"
    assert found["seed_error"] == pytest.approx(np.std([3, 4, 1], ddof=1) / 12 / np.sqrt(3))


def ask_all(n, arms=("a", "b")):
    return Question("d", arms, "accuracy", np.ones(n, bool), 0.01)


def test_an_interaction_is_the_difference_of_two_differences():
    test = predictions()
    whole = answer(test, ask(test, ARMS), ask(test, ("a", "b")), ask(test, ("c", "d")))["difference"]
    assert whole[0] == pytest.approx(whole[1] - whole[2])
    turned = answer(test, ask(test, ("b", "a", "d", "c"))).iloc[0]
    assert turned["difference"] == pytest.approx(-whole[0])


def test_the_interval_of_one_question_alone_is_that_of_two_runs_compared():
    test = predictions()
    found = answer(test, ask(test)).iloc[0]
    right = {key: (run == test.targets)[:, None] for key, run in test.predicted.items()}
    pairs = [(right["b", seed], right["a", seed]) for seed in range(4)]
    rival = compare_shares_over_seeds(pairs, test.patients, n_bootstrap=4000).iloc[0]
    assert found["difference"] == pytest.approx(rival["difference"])
    for name in ("low", "high", "simultaneous_low", "simultaneous_high", "equivalence_low", "equivalence_high"):
        assert found[name] == pytest.approx(rival[name], abs=0.006), name


@pytest.mark.parametrize("seed", range(5))
def test_scores_are_those_of_scikit_learn(seed):
    test = predictions(n=60, seeds=range(3), classes=4, seed=seed)
    chosen = np.arange(60) % 4 != 1
    found = answer(test, *(ask(test, score=score, chosen=chosen) for score in ("balanced_accuracy", "macro_f1")))
    true = test.targets[chosen]
    classes = np.unique(true)
    for row, score in (
        (0, lambda run: balanced_accuracy_score(true, run)),
        (1, lambda run: f1_score(true, run, labels=classes, average="macro")),
    ):
        gaps = [score(test.predicted["a", n][chosen]) - score(test.predicted["b", n][chosen]) for n in range(3)]
        assert found["difference"][row] == pytest.approx(np.mean(gaps))
        assert found["seed_error"][row] == pytest.approx(np.std(gaps, ddof=1) / np.sqrt(3))


def test_the_order_of_seeds_samples_and_questions_does_not_matter():
    test = predictions()
    asked = [ask(test), ask(test, ARMS), ask(test, score="macro_f1")]
    found = answer(test, *asked)
    shuffled = replace(test, predicted=dict(reversed(test.predicted.items())))
    renamed = replace(test, predicted={(arm, 9 - seed): run for (arm, seed), run in test.predicted.items()})
    order = np.random.default_rng(0).permutation(len(test.targets))
    moved = ArmPredictions(
        test.targets[order], test.patients[order], {key: run[order] for key, run in test.predicted.items()}
    )
    for other in (shuffled, renamed, moved):
        pd.testing.assert_frame_equal(answer(other, *asked), found, check_exact=False, rtol=1e-9)
    backwards = answer(test, *asked[::-1])[::-1].reset_index(drop=True)
    pd.testing.assert_frame_equal(backwards, found, check_exact=False, rtol=1e-9)


def test_arms_that_answer_alike_are_equivalent_where_there_are_enough_patients_to_say_so():
    test = predictions(n=1600, per_patient=4, spread=0.0, arms=("a",))
    twice = replace(test, predicted=test.predicted | {("b", seed): test.predicted["a", seed] for seed in range(4)})
    found = answer(twice, ask(twice)).iloc[0]
    assert found["difference"] == 0 and found["n_telling"] == 0 and found["verdict"] == "equivalent"
    few = predictions(n=40, per_patient=4, spread=0.0, arms=("a",))
    twice = replace(few, predicted=few.predicted | {("b", seed): few.predicted["a", seed] for seed in range(4)})
    found = answer(twice, ask(twice)).iloc[0]
    assert found["verdict"] == "not_settled" and found["reason"] == "more_patients", "ten patients show nothing"


def test_questions_of_a_family_share_their_chance_and_explored_ones_do_not_weigh_on_it():
    test = predictions()
    pairs = [("a", "b"), ("a", "c"), ("a", "d"), ("b", "c")]
    alone, together = answer(test, ask(test)), answer(test, *(ask(test, pair) for pair in pairs))
    explored = answer(test, ask(test), *(ask(test, pair, main=False) for pair in pairs[1:]))
    width = [frame["simultaneous_high"][0] - frame["simultaneous_low"][0] for frame in (alone, together, explored)]
    assert width[1] > 1.2 * width[0] and width[2] == width[0]
    assert together["low"][0] == alone["low"][0] and together["equivalence_low"][0] == alone["equivalence_low"][0]


def test_questions_without_a_run_keep_their_part_of_the_chance():
    test = predictions(arms=("a", "b"))
    first, ends = ask(test), ["simultaneous_low", "simultaneous_high"]
    later = [ask(test, arms=("a", name)) for name in "cdefghijk"]
    answered = answer(test, first, *later)
    assert (answered["verdict"].iloc[1:] == "no_runs").all()
    tenth = answer_alone(test, ALPHA / 10)
    assert answered.loc[0, ends].to_list() == pytest.approx(tenth), "as if all ten were looked at, each by itself"
    explored = [replace(question, main=False) for question in later]
    assert answer(test, first, *explored).loc[0, ends].to_list() == pytest.approx(answer_alone(test, ALPHA))


def answer_alone(test, alpha):
    """The interval of a - b at a level of its own."""
    right = {key: run == test.targets for key, run in test.predicted.items()}
    change = np.array([right["a", seed].astype(float) - right["b", seed] for seed in range(4)])
    index, n_groups = group_index(test.patients)
    weights = group_weights(n_groups, 1000, zlib.crc32(b"d"))[1:].astype(float)
    sums = np.stack([np.bincount(index, weights=one, minlength=n_groups) for one in change])
    resampled = (sums @ weights.T / (np.bincount(index) @ weights.T)).mean(axis=0)
    told = np.array([(np.abs(sums.sum(axis=0)) > 0).sum()])
    low, high = intervals(
        change.mean(axis=1)[:, None], resampled[:, None], told, np.array([n_groups]), np.zeros(1), alpha
    )
    return [low[0], high[0]]


def test_questions_may_have_different_seeds_and_a_seed_that_one_arm_lacks_is_left_out():
    test = predictions(seeds=range(6))
    fewer = {key: run for key, run in test.predicted.items() if key[0] != "d" or key[1] < 4}
    mixed = replace(test, predicted=fewer)
    found = answer(mixed, ask(mixed), ask(mixed, ("a", "d")))
    assert list(found["n_seeds"]) == [6, 4]
    rights = {key: (run == test.targets).mean() for key, run in test.predicted.items()}
    assert found["difference"][1] == pytest.approx(np.mean([rights["a", n] - rights["d", n] for n in range(4)]))
    only = answer(mixed, ask(mixed, ("a", "d"))).iloc[0]
    assert found["low"][1] == only["low"] and found["equivalence_low"][1] == pytest.approx(only["equivalence_low"])


def test_intervals_of_equal_numbers_of_seeds_are_those_without_the_numbers():
    rng = np.random.default_rng(0)
    per_seed, drawn, many = rng.normal(0, 0.02, (5, 3)), rng.normal(0, 0.02, (300, 3)), np.full(3, 40)
    plain = intervals(per_seed, drawn, many, many, np.zeros(3), 0.05)
    numbered = intervals(
        np.vstack([per_seed, np.full((2, 3), np.nan)]), drawn, many, many, np.zeros(3), 0.05, np.full(3, 5)
    )
    np.testing.assert_allclose(plain, numbered)


def test_datasets_are_resampled_independently():
    test = predictions()
    asked = [ask(test), ask(test, dataset="other")]
    found = answer_questions(asked, {"d": test, "other": test})
    same = answer(test, asked[0], asked[0])
    assert found["difference"][0] == found["difference"][1]
    assert found["patient_error"][0] != found["patient_error"][1]
    width = [frame["simultaneous_high"][0] - frame["simultaneous_low"][0] for frame in (found, same)]
    assert width[0] > width[1], "two questions that are one share all their chance"


@pytest.mark.parametrize("seeds", [1, 2])
def test_fewer_than_three_seeds_never_settle_anything_and_are_told_how_many_are_missing(seeds):
    test = predictions(seeds=range(seeds), spread=0.0, arms=("b",))
    better = replace(test, predicted=test.predicted | {("a", seed): test.targets for seed in range(seeds)})
    found = answer(better, ask(better)).iloc[0]
    assert found["difference"] > 0.2 and found["verdict"] == "not_settled" and found["reason"] == "few_seeds"
    assert found["more_seeds"] >= 3 - seeds


def test_a_large_difference_is_better_and_turned_round_worse():
    test = predictions(arms=("b",))
    better = replace(test, predicted=test.predicted | {("a", seed): test.targets for seed in range(4)})
    found = answer(better, ask(better), ask(better, ("b", "a")))
    assert list(found["verdict"]) == ["better", "worse"] and list(found["reason"]) == ["", ""]
    assert found["more_seeds"].isna().all()


def test_what_is_missing_is_said():
    test = predictions(n=600)
    nothing, few = np.zeros(600, bool), np.arange(600) < 16
    asked = [ask(test, ("a", "gone")), ask(test, chosen=nothing), ask(test, chosen=few)]
    found = answer(test, *asked)
    assert list(found["verdict"]) == ["no_runs", "not_settled", "not_settled"]
    assert list(found["reason"]) == ["no_runs", "no_samples", "few_patients"]
    assert found["difference"].isna().tolist() == [True, True, False]


def test_seeds_that_differ_ask_for_more_seeds_and_few_patients_for_more_patients():
    spread = predictions(n=4000, per_patient=1, wrong=0.1, spread=0.01)
    found = answer(spread, ask(spread, margin=0.01)).iloc[0]
    assert found["reason"] == "more_seeds" and 1 <= found["more_seeds"] <= 50
    small = predictions(n=60, spread=0.0)
    found = answer(small, ask(small, margin=0.01)).iloc[0]
    assert found["reason"] == "more_patients" and pd.isna(found["more_seeds"])


def test_a_rare_class_of_few_patients_settles_no_score_that_counts_classes_alike():
    test = predictions(n=400)
    rare = replace(test, targets=np.where(np.arange(400) < 5, 9, test.targets))
    found = answer(rare, ask(rare), ask(rare, score="balanced_accuracy"))
    assert found["reason"][1] == "few_patients" and found["reason"][0] != "few_patients"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [({"arms": ("a",)}, "2 for a contrast"), ({"score": "f1"}, "macro_f1"), ({"margin": 0.0}, "above 0")],
)
def test_impossible_questions_are_refused(change, sentence):
    with pytest.raises(ValueError, match=sentence):
        replace(ask(predictions(n=8)), **change)


def test_thirty_questions_of_ten_seeds_take_seconds():
    test = predictions(n=2000, seeds=range(10), classes=6)
    asked = [
        ask(test, arms, score, np.arange(2000) % 3 != rest)
        for arms in (("a", "b"), ("a", "c"), ("c", "d"), ARMS)
        for score in ("accuracy", "balanced_accuracy", "macro_f1")
        for rest in range(3)
    ][:30]
    began = time.process_time()
    assert len(answer(test, *asked)) == 30
    assert time.process_time() - began < 20
