"""The sentence of a comparison: what it calls better, what it leaves open, and how long it may get."""

from __future__ import annotations

import string

import numpy as np
import pandas as pd
import pytest

from analysis.comparison import METRICS
from analysis.sentences import ENGLISH, KOREAN, LONGEST, MOST, WORDS, summary_sentence


def found(*rows, n_groups=20):
    columns = ["class_name", "difference", "low", "high"]
    return pd.DataFrame(rows, columns=columns).assign(metric="f1", n_groups=n_groups)


BETTER = ("afi", 0.041, 0.012, 0.070)
WORSE = ("fl", -0.03, -0.05, -0.01)
SAME = ("ac", 0.01, -0.01, 0.03)
TOUCHING = ("bpd", 0.02, 0.0, 0.04)
UNKNOWN = ("3d", np.nan, np.nan, np.nan)


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (
            [SAME, BETTER, TOUCHING],
            "demo_multi_label is better on afi (F1 +4.1 points, 95 % 1.2 to 7.0); no difference shown on the others.",
        ),
        (
            [BETTER, WORSE, SAME],
            "demo_multi_label is better on afi (F1 +4.1 points, 95 % 1.2 to 7.0); "
            "demo is better on fl (F1 +3.0 points, 95 % 1.0 to 5.0); no difference shown on ac.",
        ),
        ([WORSE], "demo is better on fl (F1 +3.0 points, 95 % 1.0 to 5.0)."),
        ([SAME, TOUCHING], "No difference shown on any class (F1)."),
        ([SAME, UNKNOWN], "No difference shown on ac (F1); not comparable on 3d."),
        ([UNKNOWN], "Not comparable on 3d."),
        ([], "Nothing to compare."),
    ],
)
def test_sentence(rows, sentence):
    assert summary_sentence(found(*rows), "demo", "demo_multi_label") == sentence


def test_a_class_of_too_few_patients_is_neither_better_nor_alike():
    rows = pd.concat([found(BETTER, n_groups=6), found(WORSE, SAME, n_groups=5), found(UNKNOWN, n_groups=1)])
    assert summary_sentence(rows, "a", "b") == (
        "b is better on afi (F1 +4.1 points, 95 % 1.2 to 7.0); not comparable on fl, ac and 3d (fewer than 6 patients)."
    )
    assert summary_sentence(rows[1:], "a", "b", words=KOREAN) == ("환자가 6명 미만이어서 비교할 수 없음: fl, ac, 3d.")


def test_sentence_speaks_of_the_chosen_metric_only():
    rows = pd.concat([found(BETTER), found(WORSE).assign(metric="auroc")])
    assert summary_sentence(rows, "a", "b", "auroc").startswith("a is better on fl (AUROC +3.0 points")


def test_sentence_lists_several_classes():
    told = summary_sentence(found(BETTER, ("fl", 0.02, 0.01, 0.03), ("ac", 0.5, 0.4, 0.6)), "a", "b")
    assert ", fl (F1 +2.0 points, 95 % 1.0 to 3.0) and ac (F1 +50.0" in told


def test_of_many_classes_the_largest_differences_are_named_and_the_others_counted():
    rows = [(f"c{i:02d}", 0.01 * (i + 1), 0.005, 0.9) for i in range(30)]
    told = summary_sentence(found(*rows), "a", "b")
    assert [name for name, *_ in rows if f"{name} (" in told] == [f"c{i}" for i in range(30 - MOST, 30)]
    assert told.endswith(f" and {30 - MOST} more.")
    unknown = summary_sentence(found(*[(f"c{i:02d}", np.nan, np.nan, np.nan) for i in range(9)]), "a", "b")
    assert unknown.endswith("c05 and 3 more.")


def test_a_long_name_is_cut():
    told = summary_sentence(found(("x" * 300, 0.1, 0.05, 0.2), ("y" * 300, 0.0, -0.1, 0.1)), "a", "b" * 300)
    assert "x" * (LONGEST - 1) + "…" in told and "x" * LONGEST not in told and len(told) < 5 * LONGEST


@pytest.mark.parametrize("language", list(WORDS))
def test_every_language_has_every_word_with_the_same_placeholders(language):
    def fields(text):
        return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)

    assert {key: fields(text) for key, text in WORDS[language].items()} == {
        key: fields(text) for key, text in ENGLISH.items()
    }
    assert set(METRICS) <= set(WORDS[language]), "every metric has a name"
