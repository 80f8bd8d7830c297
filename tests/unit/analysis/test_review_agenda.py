"""The agenda and what becomes of it: reasons, spread over pairs, decisions and agreement, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score

from analysis.review_agenda import build_agenda
from analysis.review_decisions import decide_samples, reviewer_agreement

NOW = pd.DataFrame(
    [
        ("right", "a", "a", 0.9, 0.1),
        ("worst", "a", "b", 0.9, 3.0),
        ("second", "a", "b", 0.8, 2.0),
        ("broken", "b", "c", 0.6, 0.9),
        ("differ", "c", "c", 0.5, 0.7),
        ("against", "c", "a", 0.7, 1.5),
    ],
    columns=["sample_id", "label", "predicted", "prob", "loss"],
)
BEFORE = NOW.assign(predicted=["a", "b", "b", "b", "c", "b"])
ANSWERS = pd.DataFrame(
    [("differ", 3, 1, "c", 2 / 3), ("against", 3, 3, "a", 1.0), ("right", 3, 0, "a", 1.0), ("worst", 1, 1, "b", 1.0)],
    columns=["sample_id", "n_runs", "n_wrong", "top_class", "top_share"],
)
NONE = pd.DataFrame({"sample_id": []}, dtype=object)


def test_every_reason_and_one_of_each_pair_first():
    found = build_agenda(NOW, BEFORE, ANSWERS, NONE).set_index("sample_id")
    assert found["reasons"].to_dict() == {
        "worst": ("worst",), "against": ("suspect", "worst"), "differ": ("disagreement",),
        "broken": ("newly_wrong", "worst"), "second": ("worst",),
    }  # fmt: skip
    assert list(found.index)[-1] == "second", "the other sample of its pair comes first, and so do all other pairs"
    worst_only = build_agenda(NOW[:4], NOW[:0], ANSWERS[:0], NONE)
    assert worst_only["sample_id"].tolist() == ["worst", "broken", "second"], "a worse one of a pair that had its turn"
    assert build_agenda(NOW, BEFORE, ANSWERS, NONE, n=2).shape[0] == 2
    doubted = build_agenda(NOW, BEFORE[:0], ANSWERS[:0], pd.DataFrame({"sample_id": ["right"]})).set_index("sample_id")
    assert doubted.loc["right", "reasons"] == ("suspect",) and "differ" not in doubted.index


def test_nothing_to_talk_about_is_an_empty_agenda():
    assert build_agenda(NOW[:0], BEFORE[:0], ANSWERS[:0], NONE).empty
    assert build_agenda(NOW[:1], BEFORE, ANSWERS, NONE).empty
    with pytest.raises(ValueError, match="at least 1"):
        build_agenda(NOW, BEFORE, ANSWERS, NONE, n=0)


def said(*rows):
    frame = pd.DataFrame(rows, columns=["sample_id", "reviewer", "verdict", "right_label"])
    return frame.assign(label="a", right_label=frame["right_label"].astype(object))


def test_only_what_all_reviewers_say_is_decided():
    found = decide_samples(
        said(
            ("1", "k", "label_error", "b"), ("1", "l", "label_error", "b"),
            ("2", "k", "label_error", "b"), ("2", "l", "label_error", "c"),
            ("3", "k", "unusable", None), ("4", "l", "model_error", None), ("5", "l", "ambiguous", None),
            ("6", "k", "unusable", None), ("6", "l", "ambiguous", None),
        )
    ).set_index("sample_id")  # fmt: skip
    assert found["decision"].to_dict() == {
        "1": "relabelled", "2": "open", "3": "excluded", "4": "kept", "5": "ambiguous", "6": "open",
    }  # fmt: skip
    assert found.loc["1", ["right_label", "n", "reviewers"]].tolist() == ["b", 2, "k, l"]
    assert found.loc["2", "right_label"] is None
    assert decide_samples(said()).empty
    with pytest.raises(ValueError, match="two verdicts on sample 1"):
        decide_samples(said(("1", "k", "unusable", None), ("1", "k", "ambiguous", None)))


def test_agreement_is_that_of_the_samples_judged_by_both():
    rng = np.random.default_rng(3)
    kinds = ["model_error", "ambiguous", "unusable"]
    votes = {name: rng.choice(kinds, 40) for name in "klm"}
    votes["l"][:25] = votes["k"][:25]
    rows = [(str(i), name, votes[name][i], None) for name in "klm" for i in range(40) if not (name == "m" and i > 29)]
    found = reviewer_agreement(said(*rows))
    by_pair = found.set_index(["a", "b"])
    assert by_pair.loc[("k", "l"), "n"] == 40 and by_pair.loc[("k", "m"), "n"] == 30
    assert by_pair.loc[("k", "l"), "kappa"] == pytest.approx(cohen_kappa_score(votes["k"], votes["l"]))
    assert by_pair.loc[("l", "m"), "kappa"] == pytest.approx(cohen_kappa_score(votes["l"][:30], votes["m"][:30]))
    assert found.iloc[-1]["a"] is None and found.iloc[-1]["n"] == 40 and -1 <= found.iloc[-1]["kappa"] <= 1
    assert reviewer_agreement(said(("1", "k", "unusable", None), ("2", "l", "unusable", None))).empty
    assert reviewer_agreement(said()).empty
