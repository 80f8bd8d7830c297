"""A sentence names what is shown of a class, and no more."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from dashboard.difficulty.sentences import describe


def row(**changes):
    known = {
        "class_name": "3d", "n": 31, "learned": 1.0, "median": 2.0, "forgotten": 0.0, "rival": "ac", "taken": 5,
        "n_test": 20,
    }  # fmt: skip
    return SimpleNamespace(**known | changes)


def evidence(sooner=(0.9, True), colour=(0.99, True), marks=(0.55, True), n_patients=20):
    rows = [
        ("3d", factor, auc, auc - 0.05, min(auc + 0.05, 1.0), apart, n_patients)
        for factor, (auc, apart) in {"sooner": sooner, "colour": colour, "marks": marks}.items()
    ]
    columns = ["class_name", "factor", "auc", "together_low", "together_high", "apart", "n_patients"]
    return pd.DataFrame(rows, columns=columns)


def test_an_easy_class_and_the_cue_that_goes_with_it():
    assert describe(row(), evidence()) == (
        "**3d** is learned sooner than the other classes (first in 90% of pairs, 95% CI 85% to 95%). Half of its 31 "
        "training samples are learned by epoch 2 and none is ever forgotten. Associated with colour (alone enough to "
        "tell it apart from all others: AUC 0.99, 95% CI 0.94 to 1.00). Its nearest rival is ac, which takes 5 of its "
        "20 test samples."
    )


@pytest.mark.parametrize(
    ("changes", "said", "unsaid"),
    [
        ({"sooner": (0.3, True)}, "learned later than the other classes (first in only 30%", "sooner than"),
        ({"sooner": (0.6, False)}, "not shown to be learned sooner or later", "first in"),
        ({"colour": (0.99, False), "sooner": (0.6, False)}, "nothing measured here sets it apart", "AUC"),
        ({"colour": (0.99, False)}, "No cue measured here tells it apart", "AUC"),
        ({"colour": (0.7, True)}, "colour (alone only a weak cue: AUC 0.70", "alone enough"),
        ({"colour": (0.99, True)}, "colour", "marks"),  # shown, but too weak a sign to be named
        ({name: (float("nan"), False) for name in ("sooner", "colour", "marks")} | {"n_patients": 3}, "too few", "AUC"),
        ({"sooner": (float("nan"), False)}, "how soon it is learned is not known", "sooner than"),
    ],
)
def test_what_is_not_shown_is_not_said(changes, said, unsaid):
    told = describe(row(), evidence(**changes))
    assert said in told and unsaid not in told


def test_a_class_of_which_few_are_learned_and_a_rival_that_takes_one():
    told = describe(row(median=float("nan"), forgotten=1.5, taken=1), evidence())
    assert "Fewer than half of its 31" in told and "forgotten 1.50 times" in told and "rival" not in told
