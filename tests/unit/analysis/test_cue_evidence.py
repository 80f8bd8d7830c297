"""Cues that tell classes apart are found, those that do not are not claimed, over all classes and cues together."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.cue_evidence import SOONER, judge_factors, out_of_fold_scores

CLASSES = ("a", "b", "c", "d")


def samples(rng: np.random.Generator, patients: int = 60, each: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Classes that vary within patients, and the patients."""
    groups = np.repeat(np.arange(patients), each)
    return rng.integers(0, len(CLASSES), len(groups)), groups


def cues_of(rng: np.random.Generator, groups: np.ndarray) -> dict[str, np.ndarray]:
    """Four cues, each partly of the patient, none of the class."""
    widths = {"colour": 2, "brightness": 2, "sharpness": 1, "marks": 8}
    patient = {name: rng.normal(size=(groups.max() + 1, width)) for name, width in widths.items()}
    return {name: patient[name][groups] + rng.normal(size=(len(groups), widths[name])) for name in widths}


def judged(labels: np.ndarray, groups: np.ndarray, learned: np.ndarray, cues: dict[str, np.ndarray]) -> pd.DataFrame:
    return judge_factors(np.eye(len(CLASSES))[labels], CLASSES, groups, learned, cues, n_bootstrap=200)


def test_a_class_of_another_colour_stands_out_by_colour_alone() -> None:
    rng = np.random.default_rng(1)
    labels, groups = samples(rng)
    cues = cues_of(rng, groups)
    cues["colour"] = np.where(labels == 3, 0.3, 0.0)[:, None] + rng.normal(size=(300, 2)) * 0.02
    learned = np.where(labels == 3, 1.0, rng.integers(2, 7, 300))
    learned[(labels == 0) & (rng.random(300) < 0.7)] = np.inf
    table = judged(labels, groups, learned, cues).set_index(["class_name", "factor"])
    apart = set(table.index[table["apart"]])
    assert {("d", "colour"), ("d", SOONER), ("a", SOONER)} <= apart
    assert {factor for _, factor in apart} == {"colour", SOONER}, "b and c differ from a and d too, by these alone"
    best = table.loc[("d", "colour")]
    assert best["auc"] > 0.99 and best["together_low"] > 0.85 and best["together_high"] <= 1
    assert table.loc[("d", SOONER), "auc"] == 1 and table.loc[("d", SOONER), "together_low"] < 1
    assert table.loc[("a", SOONER), "together_high"] < 0.5
    assert (table["together_low"] <= table["low"] + 1e-12).all() and (table["low"] <= table["auc"]).all()
    assert (table["together_high"] >= table["high"] - 1e-12).all() and (table["high"] >= table["auc"]).all()


def test_a_cue_in_the_middle_of_the_range_is_seen_too() -> None:
    rng = np.random.default_rng(2)
    labels, groups = samples(rng)
    levels = np.array([-2.0, 0.0, 2.0, -2.0])[labels] + rng.normal(size=300) * 0.3
    table = judged(labels, groups, np.full(300, np.nan), {"brightness": levels[:, None]})
    assert table.set_index(["class_name", "factor"]).loc[("b", "brightness"), "auc"] > 0.95
    assert table.loc[table["factor"] == SOONER, "auc"].isna().all(), "when it was learned is not known"


def test_grey_pictures_have_no_colour_and_few_patients_no_claim() -> None:
    rng = np.random.default_rng(3)
    labels, groups = samples(rng)
    table = judged(labels, groups, np.full(300, np.nan), {"colour": np.zeros((300, 2))})
    assert table["auc"].isna().all() and not table["apart"].any()
    labels[labels == 3] = 0
    labels[groups < 4] = 3  # of four patients only
    table = judged(labels, groups, np.where(labels == 3, 1.0, 5.0), {"colour": np.eye(4)[labels][:, 3:]})
    few = table[table["class_name"] == "d"]
    assert few["auc"].isna().all() and not few["apart"].any() and set(few["n_patients"]) == {4}


def test_a_model_never_sees_the_patient_that_it_scores() -> None:
    """Numbers that name the patient, and nothing else, tell nothing."""
    rng = np.random.default_rng(4)
    groups = np.repeat(np.arange(40), 5)
    true = np.repeat(rng.permutation(np.arange(40) % 2 == 0), 5)
    names = np.eye(40)[groups]
    scores = out_of_fold_scores(names, true, groups)
    positive, negative = scores[true], scores[~true]
    assert np.mean(positive[:, None] > negative[None]) < 0.6
    assert np.isnan(out_of_fold_scores(np.where(groups[:, None] == 0, np.nan, names), true, groups)[groups == 0]).all()


@pytest.mark.parametrize("by_patient", [False, True])
def test_permuted_classes_are_claimed_to_differ_at_most_at_the_nominal_rate(by_patient: bool) -> None:
    """Of data sets in which class goes with nothing, at most 5 % may have any claim, over all classes and cues."""
    claims, repeats = 0, 40
    for seed in range(repeats):
        rng = np.random.default_rng(seed)
        labels, groups = samples(rng, patients=40)
        if by_patient:  # each patient has one class
            labels = rng.integers(0, len(CLASSES), 40)[groups]
        cues = cues_of(rng, groups)
        learned = np.where(rng.random(len(groups)) < 0.1, np.inf, rng.integers(1, 6, len(groups)) + groups % 3)
        claims += bool(judged(labels, groups, learned, cues)["apart"].any())
    assert claims <= 6  # 2 expected at 5 %; more than 6 has a probability of 0.3 %
