"""Answers of a study from the store: what was asked, of which samples, from which runs, in sentences."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import catalog
import store
from comparisons.store_reader import StoreReader
from comparisons.study_answers import answer, choose_samples
from comparisons.study_sentences import answer_sentence, family_sentence, side_name, verdict_phrase
from comparisons.study_texts import ENGLISH, KOREAN
from studies import Side, Study, question_datasets
from tests.unit.comparisons import study_house


@pytest.fixture
def small(tmp_path, monkeypatch):
    for name in ("RESULTS", "DATA", "RUNS"):
        monkeypatch.setenv(f"ODAP_{name}", str(tmp_path / (name.lower() + (".duckdb" if name == "RESULTS" else ""))))
    return study_house.register()


def row_of(answers, question, dataset="tiny"):
    rows = answers.questions
    return rows[(rows["question"] == question) & (rows["dataset"] == dataset)].iloc[0]


def test_a_study_without_runs_has_no_answer_but_says_what_to_do(small):
    answers = answer(small, StoreReader())
    assert set(answers.questions["verdict"]) == {"no_runs"} and (answers.grid["state"] == "missing").all()
    assert len(answers.questions) == 4 + 4 and answers.n_done == 0 and answers.n_cells == 4 * (4 + 2 * 4)
    for language, words in (("en", "There is no seed yet"), ("ko", "시드가 아직 없습니다")):
        assert words in answer_sentence(row_of(answers, "mining").to_dict(), language)


def test_runs_that_ended_without_predictions_are_not_called_unfinished(small):
    study_house.train(small)
    with store.write() as connection:
        connection.execute("DELETE FROM predictions WHERE run_id LIKE 'control-%'")
        connection.execute("DELETE FROM predictions WHERE run_id = 'hnl-s2-40' AND stage = 'full'")
    answers = answer(small, StoreReader())
    row = row_of(answers, "mining").to_dict()
    assert (row["verdict"], row["reason"], row["n_ended"], row["n_seeds"]) == ("no_runs", "no_predictions", 4, 0)
    said = answer_sentence(row)
    assert "hnl and control have ended on tiny (seeds that all of them have: 4), but the store has no pred" in said
    assert "예측이 저장소에 없습니다" in answer_sentence(row, "ko")
    assert (verdict_phrase(row), verdict_phrase(row, "ko")) == ("no predictions", "예측 없음")
    partly = row_of(answers, "rounds").to_dict()
    assert (partly["n_ended"], partly["n_seeds"]) == (4, 3)
    assert "of whose stages in question the store has no predictions: 1." in answer_sentence(partly)
    assert set(answers.questions.query("question == 'noise'")["reason"]) == {"no_runs"}


def test_an_optional_dataset_that_is_absent_is_passed_over(small):
    text = study_house.FILE.replace("datasets:\n", "datasets:\n  real: {name: real@1, optional: true}\n", 1)
    text = text.replace("datasets: [tiny]\n    margin", "datasets: [tiny, real]\n    margin")
    study = Study.parse(text)
    assert "real" in {place.key for question in study.questions for place in question_datasets(study, question)}
    answers = answer(study, StoreReader())
    assert "real" not in set(answers.grid["dataset"]) | set(answers.questions["dataset"])
    pixels = np.zeros((48, 48), np.uint8)
    images = [catalog.NewSample(f"{name}.png", name, pixels, patient=name, split="test") for name in ("ac", "bpd")]
    catalog.save_dataset("real", images, classes=["ac", "bpd"], source="test")
    answers = answer(study, StoreReader())
    assert "real" in set(answers.grid["dataset"]) & set(answers.questions["dataset"])


def test_every_question_is_answered_from_the_runs_of_its_arms(small):
    study_house.train(small)
    answers = answer(small, StoreReader())
    row = row_of(answers, "mining")
    accuracy = store.metrics([f"{arm}-s{seed}-40" for arm in ("hnl", "control") for seed in range(4)])
    accuracy = accuracy[(accuracy["split"] == "test") & (accuracy["metric"] == "accuracy") & (accuracy["round"] == 1)]
    means = accuracy.groupby(accuracy["run_id"].str.partition("-")[0])["value"].mean()
    assert row["difference"] == pytest.approx(means["hnl"] - means["control"])
    assert row["verdict"] == "better" and (row["n_seeds"], row["n_samples"], row["n_patients"]) == (4, 120, 40)
    assert row_of(answers, "mining_ac")["n_samples"] == 80
    assert row_of(answers, "rounds")["difference"] > 0.05, "hnl@0 is the full stage"
    assert row_of(answers, "still")["kind"] == "interaction" and row_of(answers, "still")["n_seeds"] == 4
    assert answers.n_done == 16 and len(answers.grid) == answers.n_cells


def test_wins_ties_and_losses_add_up_to_the_samples_of_a_class(small):
    study_house.train(small)
    answers = answer(small, StoreReader())
    rows = answers.by_class[answers.by_class["question"] == "mining"]
    assert list(rows["class_name"]) == list(study_house.CLASSES)
    np.testing.assert_allclose(rows[["win", "tie", "loss"]].sum(axis=1), rows["n"])
    assert (rows[["seeds_won", "seeds_tied", "seeds_lost"]].sum(axis=1) == 4).all()
    gain = (rows["win"] - rows["loss"]).sum() / rows["n"].sum()
    assert gain == pytest.approx(row_of(answers, "mining")["difference"])
    assert not answers.by_class["question"].eq("still").any()


def test_every_number_leads_to_its_runs_and_stages(small):
    study_house.train(small)
    stages = answer(small, StoreReader()).stages
    behind = stages[(stages["question"] == "rounds") & (stages["seed"] == 2)].set_index("side")
    assert behind.loc["hnl", "stage"] == "refined" and behind.loc["hnl@0", "stage"] == "full"
    assert set(behind["run_id"]) == {"hnl-s2-40"}


def test_a_run_without_predictions_of_a_stage_takes_its_seed_out_and_no_sample(small):
    study_house.train(small)
    with store.write() as connection:
        connection.execute("DELETE FROM predictions WHERE run_id = 'hnl-s2-40' AND stage = 'refined'")
    answers = answer(small, StoreReader())
    row = row_of(answers, "mining")
    assert (row["n_seeds"], row["n_samples"]) == (3, 120)
    assert sorted(answers.stages.loc[answers.stages["question"] == "mining", "seed"].unique()) == [0, 1, 3]


def test_probabilities_that_are_no_numbers_name_no_class(small):
    study_house.train(small)
    with store.write() as connection:
        connection.execute(
            "UPDATE predictions SET probs = list_transform(probs, p -> 'nan'::FLOAT) WHERE stage = 'refined' "
            "AND run_id = 'hnl-s1-40' AND sample_id IN (SELECT min(sample_id) FROM samples WHERE split = 'test')"
        )
        connection.execute(
            "UPDATE predictions SET probs = list_transform(probs, p -> 'nan'::FLOAT) WHERE run_id = 'control-s3-40'"
        )
    row = row_of(answer(small, StoreReader()), "mining")
    assert (row["n_seeds"], row["n_samples"]) == (3, 119), "one sample of one run, and one whole run"


def test_a_run_under_way_counts_for_the_rounds_that_it_has_ended_alone(small):
    study_house.train(small, running=[("hnl", 3)])
    answers = answer(small, StoreReader())
    assert row_of(answers, "mining")["n_seeds"] == 3, "hnl means its end, which seed 3 has not reached"
    assert row_of(answers, "rounds")["n_seeds"] == 3
    found = answers.grid[(answers.grid["arm"] == "hnl") & (answers.grid["dataset"] == "tiny")]
    assert list(found["state"]) == ["done"] * 3 + ["running"]


def test_a_run_that_stopped_before_a_round_stands_for_it_and_one_under_way_does_not():
    from comparisons.study_runs import StudyRuns

    grid = pd.DataFrame({"dataset": "d", "dataset_id": "d@1", "arm": "a", "seed": [0, 1], "run_id": ["x", "y"],
                         "state": ["done", "running"]})  # fmt: skip
    stages = pd.DataFrame({
        "run_id": ["x", "x", "y", "y", "y"], "round": [0, 1, 0, 1, 1], "position": [0, 1, 0, 1, 2],
        "stage": ["full", "refined", "full", "hard_negative", "refined"],
    })  # fmt: skip
    found = StudyRuns(grid, pd.DataFrame(), stages)
    assert list(found.stage_of("d", Side("a", 2))["seed"]) == [0]
    assert list(found.stage_of("d", Side("a", 1))["seed"]) == [0, 1]
    assert list(found.stage_of("d", Side("a"))["seed"]) == [0]
    half = StudyRuns(grid, pd.DataFrame(), stages[:-1])
    assert list(half.stage_of("d", Side("a", 1))["seed"]) == [0], "the hard stage alone is no end of a round"


def test_costs_count_what_was_inherited_for_the_run_and_once_for_the_study(small):
    study_house.train(small, arms=["control", "hnl"])
    costs = answer(small, StoreReader()).costs.set_index("arm")
    assert costs.loc["hnl", "steps"] == 100 and costs.loc["hnl", "labels"] == 2000
    assert costs.loc["hnl", "spent_steps"] == 400

    class Forked(StoreReader):
        def all_stages(self):
            stages = super().all_stages()
            return stages.assign(inherited=stages["run_id"].str.startswith("hnl") & (stages["stage"] == "full"))

    forked = answer(small, Forked()).costs.set_index("arm")
    assert forked.loc["hnl", "steps"] == 100 and forked.loc["hnl", "spent_steps"] == 240
    assert forked.loc["control", "spent_steps"] == 400


def test_a_run_that_two_arms_share_is_paid_once(small):
    study_house.train(small, arms=["control"])
    for seed in range(4):
        store.link_study_run(small.study_id, "tiny", "hnl", seed, f"control-s{seed}-40")
    answers = answer(small, StoreReader())
    costs = answers.costs.set_index("arm")
    assert costs.loc["hnl", "steps"] == 100 and costs["spent_steps"].sum() == 400
    row = row_of(answers, "mining")
    assert (row["difference"], row["n_telling"], row["verdict"]) == (0, 0, "not_settled")
    assert "No patient tells the arms apart" in answer_sentence(row.to_dict())
    assert "두 비교군의 결과가 다른 환자가 없습니다" in answer_sentence(row.to_dict(), "ko")


def test_curves_go_over_rounds_with_an_interval_over_seeds(small):
    study_house.train(small)
    curves = answer(small, StoreReader()).curves
    of_hnl = curves[curves["arm"] == "hnl"]
    assert list(of_hnl["round"]) == [0, 1] and (of_hnl["n_seeds"] == 4).all()
    assert (of_hnl["accuracy_low"] < of_hnl["accuracy"]).all()


def test_a_grid_of_knobs_is_one_question_a_cell(small):
    study_house.train(small, arms=["control", "hnl"], keys=["knobs-label_noise=0.1-seed=2"])
    answers = answer(small, StoreReader())
    rows = answers.questions[answers.questions["question"] == "noise"]
    assert [row["label_noise"] for row in rows["values"]] == [0.0, 0.0, 0.1, 0.1]
    assert list(rows["verdict"] == "no_runs") == [True, True, True, False]


def test_samples_are_chosen_by_what_is_recorded_of_them():
    table = pd.DataFrame({
        "label": ["ac", "bpd", "fl", "ac"], "difficulty": ["clear", "hard", "toss", None],
        "subgroup": [None, "rare", None, None], "against_marks": pd.array([True, None, False, None], dtype="boolean"),
    })  # fmt: skip
    chosen = {
        "all": [0, 1, 2, 3], "decidable": [0, 1, 3], "hard": [1], "rare": [1], "against_marks": [0], "class:ac": [0, 3],
        "pair:ac,fl": [0, 2, 3],
    }  # fmt: skip
    for samples, expected in chosen.items():
        assert np.flatnonzero(choose_samples(samples, table)).tolist() == expected, samples
    assert not choose_samples("hard", table[["label"]]).any() and choose_samples("decidable", table[["label"]]).all()


def test_both_languages_have_the_same_texts_with_the_same_places():
    assert ENGLISH.keys() == KOREAN.keys()
    from string import Formatter

    for key in ENGLISH:
        places = [
            {(name, spec) for _, name, spec, _ in Formatter().parse(words[key]) if name} for words in (ENGLISH, KOREAN)
        ]
        assert places[0] == places[1], key


VERDICTS = [
    ("better", "", None, "is better than", "우세합니다"),
    ("worse", "", None, "is worse than", "열세입니다"),
    ("equivalent", "", None, "equivalent within 1 point", "동등"),
    ("not_settled", "more_seeds", 7, "About 7 more seeds", "약 7개"),
    ("not_settled", "few_seeds", 1, "train 1 more", "1개를 더"),
    ("not_settled", "more_patients", None, "more patients with test images", "환자를 약"),
    ("not_settled", "too_many_seeds", None, "cannot be settled by seeds", "시드를 늘려서는"),
    ("not_settled", "few_patients", None, "Fewer than 6 patients", "6명 미만"),
    ("not_settled", "no_samples", None, "nothing was asked", "해당되지 않습니다"),
]


@pytest.mark.parametrize("kind", ["contrast", "interaction"])
@pytest.mark.parametrize(("verdict", "reason", "seeds", "english", "korean"), VERDICTS)
def test_every_verdict_has_a_sentence_with_its_numbers(kind, verdict, reason, seeds, english, korean):
    row = {
        "verdict": verdict, "reason": reason, "kind": kind, "samples": "pair:ac,afi", "dataset": "claims",
        "sides": ("hnl@1", "control", "filter_hnl", "filter")[: 2 if kind == "contrast" else 4], "margin": 0.01,
        "score": "macro_f1", "difference": 0.0123, "simultaneous_low": -0.004, "simultaneous_high": 0.029,
        "equivalence_low": -0.001, "equivalence_high": 0.009, "n_seeds": 5, "n_ended": 5, "n_samples": 1200,
        "n_patients": 200, "n_telling": 30,
        "more_seeds": pd.NA if seeds is None else seeds, "more_patients": 340 if reason == "more_patients" else pd.NA,
    }  # fmt: skip
    said, in_korean = answer_sentence(row, "en"), answer_sentence(row, "ko")
    if kind == "contrast" or reason:
        assert english in said and korean in in_korean, (said, in_korean)
    if reason != "no_samples":
        numbers = "+1.2 points, 90% CI -0.1 to +0.9" if verdict == "equivalent" else "95% CI -0.4 to +2.9"
        assert numbers in said and "5 seeds, 1,200 images of 200 patients" in said and "ac and afi" in said
        assert "hnl after round 1" in said
    assert "{" not in said + in_korean + verdict_phrase(row) + verdict_phrase(row, "ko")


def test_a_side_after_a_round_is_named_in_words():
    assert [side_name(side) for side in ("hnl", "hnl@0", "hnl@2")] == [
        "hnl", "hnl after its full stage", "hnl after round 2",
    ]  # fmt: skip


def test_the_sentence_on_families_counts_both(small):
    questions = answer(small, StoreReader()).questions
    assert "(3)" in family_sentence(questions) and "(5)" in family_sentence(questions)
    assert "3개" in family_sentence(questions, "ko")
