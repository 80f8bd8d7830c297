"""Totals and 2 x 2 tables against scikit-learn; co-occurrence against a loop."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, hamming_loss, multilabel_confusion_matrix, precision_recall_fscore_support

from analysis.multilabel import cooccurrence, totals, two_by_two


@pytest.fixture
def answers():
    rng = np.random.default_rng(6)
    true = rng.random((120, 4)) < 0.35
    return true, true ^ (rng.random((120, 4)) < 0.2)


def test_totals_are_those_of_scikit_learn(answers):
    found = totals(*answers).set_index("metric")["value"]
    assert found["exact_match"] == pytest.approx(accuracy_score(*answers))
    assert found["hamming"] == pytest.approx(hamming_loss(*answers))
    for average in ("micro", "macro"):
        expected = precision_recall_fscore_support(*answers, average=average)[:3]
        assert found[[f"{average}_{name}" for name in ("precision", "recall", "f1")]].tolist() == pytest.approx(
            expected
        )
    assert totals(*answers)["n"].unique().tolist() == [120]


def test_macro_leaves_out_what_is_undefined_and_nothing_is_nan():
    found = totals([[1, 0], [1, 0]], [[1, 0], [0, 0]]).set_index("metric")["value"]
    assert found["macro_recall"] == found["micro_recall"] == 0.5
    assert totals(np.zeros((0, 3)), np.zeros((0, 3)))["value"].isna().all()


def test_two_by_two_is_that_of_scikit_learn(answers):
    found = two_by_two(*answers, list("abcd"))
    expected = multilabel_confusion_matrix(*answers)
    assert (
        found[["rightly_absent", "false_alarm", "missed", "found"]].to_numpy().tolist()
        == expected.reshape(4, 4).tolist()
    )


@pytest.mark.parametrize("kind", ["beside", "instead"])
def test_cooccurrence_is_a_loop(answers, kind):
    true, said = answers
    expected = np.zeros((4, 4), int)
    for there, told in zip(true, said, strict=True):
        for i in np.flatnonzero(there):
            expected[i, i] += told[i]
            for j in np.flatnonzero(told & ~there):
                expected[i, j] += kind == "beside" or not told[i]
    assert cooccurrence(true, said, kind).tolist() == expected.tolist()
    with pytest.raises(ValueError, match="kind is 'else'"):
        cooccurrence(true, said, "else")
