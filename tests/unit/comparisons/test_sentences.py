"""The sentence of a comparison: what it calls better, what it leaves open, and of whom it speaks."""

from __future__ import annotations

import string
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.comparison_verdicts import assign_verdicts
from comparisons.sentence_texts import SENTENCE_TEXTS
from comparisons.sentences import LONGEST, MOST, headline, mining_sentence, settle_sentence
from comparisons.subject import Subject

ENGLISH, KOREAN = SENTENCE_TEXTS["en"], SENTENCE_TEXTS["ko"]


def rows(*entries, n_groups=20, metric="f1"):
    """Rows of a comparison whose 90 % interval is the simultaneous one."""
    frame = pd.DataFrame(entries, columns=["class_name", "difference", "simultaneous_low", "simultaneous_high"])
    frame = frame.assign(
        metric=metric, n_groups=n_groups, n_telling=n_groups, equivalence_low=frame["simultaneous_low"],
        equivalence_high=frame["simultaneous_high"], patient_error=0.01, seed_error=np.nan, n_seeds=1,
    )  # fmt: skip
    return assign_verdicts(frame)


def whom(n_seeds=3, same_recipe=False, a="demo", b="multi"):
    return Subject(a, b, a, 0, 0 if not same_recipe else 1, n_seeds, same_recipe)


BETTER = ("afi", 0.041, 0.012, 0.070)
WORSE = ("fl", -0.03, -0.05, -0.01)
OPEN = ("ac", 0.01, -0.01, 0.03)
ALIKE = ("bpd", 0.001, -0.004, 0.006)
UNKNOWN = ("3d", np.nan, np.nan, np.nan)
NOTHING = rows((None, 0.002, -0.02, 0.03), metric="accuracy")
HEAD = "Overall: not settled (multi minus demo: top-1 accuracy +0.2 points, 95% CI -2.0 to +3.0)."


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        ([OPEN, BETTER], "multi is better on afi (F1 +4.1 points, 95% CI +1.2 to +7.0); not settled on ac."),
        (
            [BETTER, WORSE, OPEN, ALIKE],
            "multi is better on afi (F1 +4.1 points, 95% CI +1.2 to +7.0); demo is better on fl (F1 +3.0 points, 95% "
            "CI +1.0 to +5.0); equivalent within 1 point on bpd; not settled on ac.",
        ),
        ([OPEN, ("x", 0.02, 0.0, 0.04)], "not settled on every class (F1)."),
        ([OPEN, UNKNOWN], "not settled on ac (F1); not comparable on 3d."),
    ],
)
def test_classes_are_named_by_their_verdicts(entries, told):
    assert headline(NOTHING, rows(*entries), whom()) == f"{HEAD} By class: {told}"


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ((None, 0.021, 0.003, 0.04), "multi is better (top-1 accuracy +2.1 points, 95% CI +0.3 to +4.0)"),
        ((None, -0.021, -0.04, -0.003), "demo is better (top-1 accuracy +2.1 points, 95% CI +0.3 to +4.0)"),
        (
            (None, 0.001, -0.005, 0.006),
            "demo and multi are equivalent within 1 point (top-1 accuracy +0.1 points, 90% CI -0.5 to +0.6)",
        ),
        (
            (None, 0.0025, -0.0115, 0.0168),
            "not settled (multi minus demo: top-1 accuracy +0.2 points, 95% CI -1.1 to +1.7)",
        ),
    ],
)
def test_the_overall_difference_leads_with_one_of_four_verdicts(entry, told):
    assert headline(rows(entry, metric="accuracy"), rows(), whom()) == f"Overall: {told}."


def test_two_ways_of_scoring_are_both_said():
    overall = pd.concat([rows((None, 0.02, 0.01, 0.03), metric="accuracy"), NOTHING.assign(metric="exact_match")])
    told = headline(overall, rows(), whom())
    assert "multi is better (top-1 accuracy" in told and "; not settled (multi minus demo: all labels right" in told


@pytest.mark.parametrize(("n_seeds", "caveat"), [(1, "One seed: training the same"), (2, "Two seeds are too few")])
def test_with_fewer_than_three_seeds_the_sentence_speaks_of_runs(n_seeds, caveat):
    told = headline(rows((None, 0.05, 0.02, 0.08), metric="accuracy"), rows(BETTER), whom(n_seeds))
    assert "this run of multi is better" in told and caveat in told
    assert headline(NOTHING, rows(BETTER), whom(3)).count("this run") == 0


def test_two_trainings_of_one_recipe_never_make_a_recipe_better():
    told = headline(rows((None, 0.05, 0.02, 0.08), metric="accuracy"), rows(BETTER, OPEN), whom(1, same_recipe=True))
    assert "better" not in told.replace("equivalent", "") and "only the seed differs" in told
    assert "seeds 0 and 1" in told and "by more than the choice of patients explains on afi" in told


def test_a_class_of_too_few_patients_is_neither_better_nor_alike():
    entries = pd.concat([rows(BETTER, n_groups=6), rows(WORSE, OPEN, n_groups=5), rows(UNKNOWN, n_groups=1)])
    told = headline(NOTHING, entries, whom())
    assert told.endswith("; not comparable on fl, ac and 3d (fewer than 6 patients).")
    assert "fl, ac, 3d는 환자가 6명 미만이어서 비교할 수 없습니다" in headline(NOTHING, entries, whom(), KOREAN)


def test_the_korean_sentence_reads_as_one_says_it():
    told = headline(NOTHING, rows(BETTER, WORSE, OPEN), whom(b="demo"), KOREAN)
    assert told == (
        "전체: 차이가 확인되지 않았습니다(demo − demo: top-1 정확도 +0.2%p, 95% 신뢰 구간 [-2.0, +3.0]). "
        "클래스별: afi(F1 +4.1%p, 95% 신뢰 구간 [+1.2, +7.0])에서 demo가 우세합니다. "
        "fl(F1 +3.0%p, 95% 신뢰 구간 [+1.0, +5.0])에서 demo가 우세합니다. ac는 차이가 확인되지 않았습니다."
    )
    told = headline(NOTHING, rows(BETTER, OPEN, ("x", 0.02, 0.0, 0.04)), whom(b="control"), KOREAN)
    assert told.endswith("에서 control이 우세합니다. 나머지는 차이가 확인되지 않았습니다.")


def test_of_many_classes_the_largest_differences_are_named_and_the_others_counted():
    entries = [(f"c{i:02d}", 0.01 * (i + 1), 0.005, 0.9) for i in range(30)]
    told = headline(NOTHING, rows(*entries), whom())
    assert [name for name, *_ in entries if f"{name} (" in told] == [f"c{i}" for i in range(30 - MOST, 30)]
    assert told.endswith(f" and {30 - MOST} more.")


def test_a_long_name_is_cut():
    told = headline(NOTHING, rows(("x" * 300, 0.1, 0.05, 0.2)), whom(b="b" * 300))
    assert "x" * (LONGEST - 1) + "…" in told and "x" * LONGEST not in told and "b" * LONGEST not in told


def test_what_would_settle_it_is_said_only_where_it_is_open():
    open_row = NOTHING.iloc[0]
    assert "More patients (about " in settle_sentence(open_row)
    assert "Fewer than 2 seeds cannot show" in settle_sentence(open_row)
    assert settle_sentence(rows((None, 0.02, 0.01, 0.03)).iloc[0]) == ""
    seeds = open_row.copy()
    seeds[["patient_error", "seed_error", "n_seeds"]] = 0.002, 0.004, 3
    assert "More seeds of both" in settle_sentence(seeds) and "fewer than" not in settle_sentence(seeds)
    alone = rows((None, 0.02, np.nan, np.nan), n_groups=1).iloc[0].copy()
    assert settle_sentence(alone) == "", "one patient shows no variance, so nobody knows what would settle it"


def test_one_seed_is_not_said_to_be_settled_by_no_number_of_seeds():
    hopeless = rows((None, 0.01, -0.1, 0.1)).iloc[0].copy()
    hopeless["patient_error"] = 0.1
    told = settle_sentence(hopeless)
    assert "Not even 32 times as many patients" in told and "Fewer than 2 seeds cannot show" in told
    assert "50 more seeds" not in told


def test_a_zero_has_no_minus():
    told = headline(rows((None, -0.0001, -0.02, 0.03), metric="accuracy"), rows(OPEN), whom())
    assert "top-1 accuracy +0.0 points" in told


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ((None, 0.02, 0.01, 0.03), "mining hard negatives helped"),
        ((None, -0.02, -0.03, -0.011), "did harm"),
        ((None, 0.0, -0.004, 0.004), "not needed here"),
        ((None, 0.0, -0.02, 0.02), "not settled"),
    ],
)
def test_mining_is_judged_by_the_same_verdict(entry, told):
    overall = rows(entry, metric="accuracy")
    assert told in mining_sentence(overall, whom(3)) and "3 seeds" in mining_sentence(overall, whom(1))


@pytest.mark.parametrize(
    ("second", "told", "opposite"),
    [
        ((None, 0.02, 0.011, 0.03), "helped by one scoring and did harm by the other", True),
        ((None, 0.0, -0.004, 0.004), "did harm", False),
        ((None, 0.01, -0.02, 0.04), "did harm", True),
    ],
)
def test_two_ways_of_scoring_that_disagree_are_said_to(second, told, opposite):
    both = pd.concat([rows((None, -0.02, -0.03, -0.011), metric="accuracy"), rows(second, metric="exact_match")])
    assert told in mining_sentence(both, whom(3)) and "not needed" not in mining_sentence(both, whom(3))
    assert ("opposite directions" in headline(both, rows(OPEN), whom())) == opposite
    even = pd.concat([rows((None, 0.0, -0.004, 0.004), metric="accuracy"), NOTHING.assign(metric="exact_match")])
    assert "not settled" in mining_sentence(even, whom(3)), "needless only where both ways say so"


def test_two_trainings_with_one_seed_are_not_said_to_differ_in_it():
    told = headline(NOTHING, rows(BETTER), replace(whom(1, same_recipe=True), seed_b=0))
    assert "both with seed 0" in told and "only the seed differs" not in told and "better" not in told


def test_both_languages_say_the_same_things():
    assert set(ENGLISH) == set(KOREAN)
    for key, words in ENGLISH.items():
        places = [
            sorted({name for _, name, _, _ in string.Formatter().parse(text) if name}) for text in (words, KOREAN[key])
        ]
        assert places[0] == places[1], key
