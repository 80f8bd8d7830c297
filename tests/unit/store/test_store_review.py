"""What reviewers say: nothing is lost, the last word stands, and it can be taken back."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

import store

REVIEWER = """
import sys, store
name = sys.argv[1]
sys.stdin.readline()
for turn in range(12):
    store.add_verdict("d@1", "abc"[turn % 3], name, "ambiguous", note=f"{name} {turn}")
"""


def test_two_processes_that_save_at_once_lose_nothing(results: Any) -> None:
    results.prepare()
    reviewers = [
        subprocess.Popen(
            [sys.executable, "-c", REVIEWER, name], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for name in ("Kim", "이서연")
    ]
    for one in reviewers:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    for one in reviewers:
        _, said = one.communicate(timeout=120)
        assert one.returncode == 0, said
    assert store.counts()["verdicts"] == 24
    standing = store.verdicts("d@1")
    assert len(standing) == 6
    assert set(standing["note"]) == {f"{name} {turn}" for name in ("Kim", "이서연") for turn in (9, 10, 11)}


def test_the_last_word_stands_and_undo_brings_back_the_one_before(results: Any) -> None:
    results.prepare()
    store.add_verdict("d@1", "a", " Kim  Min ", "ambiguous", note=" once ")
    store.add_verdict("d@1", "a", "Kim Min", "label_error", right_label="y")
    store.add_verdict("d@1", "a", "Lee", "unusable")
    standing = store.verdicts("d@1")
    assert standing[["reviewer", "verdict", "right_label", "label"]].values.tolist() == [
        ["Kim Min", "label_error", "y", "x"], ["Lee", "unusable", None, "x"],
    ]  # fmt: skip
    store.undo_verdict("d@1", "a", "Kim Min")
    again = store.verdicts("d@1").set_index("reviewer").loc["Kim Min"]
    assert (again["verdict"], again["note"]) == ("ambiguous", "once")
    store.undo_verdict("d@1", "a", "Lee")
    assert store.verdicts("d@1")["reviewer"].tolist() == ["Kim Min"]
    with pytest.raises(store.StoreError, match="nothing of sample a that could be taken back"):
        store.undo_verdict("d@1", "a", "Lee")
    assert store.counts()["verdicts"] == 5, "the log only grows"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"verdict": "wrong"}, "no verdict"),
        ({"verdict": "label_error"}, "needs the right label"),
        ({"right_label": "y"}, "needs the right label"),
        ({"verdict": "label_error", "right_label": "z"}, "'z' is no class of d@1"),
        ({"verdict": "label_error", "right_label": "x"}, "labelled 'x' already"),
        ({"sample_id": "q"}, "has no sample q"),
        ({"dataset_id": "e@1"}, "has no sample a"),
        ({"reviewer": " \n"}, "needs the name of its reviewer"),
        ({"reviewer": "k" * 61}, "shorten it to 60"),
        ({"note": "n" * 2001}, "shorten it to 2000"),
    ],
)
def test_what_cannot_be_written_down_is_a_sentence_and_leaves_nothing(
    results: Any, changes: Any, sentence: str
) -> None:
    results.prepare()
    given = {"dataset_id": "d@1", "sample_id": "a", "reviewer": "Kim", "verdict": "ambiguous"} | changes
    with pytest.raises(store.StoreError, match=sentence):
        store.add_verdict(**given)
    assert store.counts()["verdicts"] == 0


def test_a_sample_through_a_run_and_over_all_runs(results: Any) -> None:
    results.prepare()
    results.stage(columns={"position": 0, "epochs": 1, "n_mined": 1}, mined=results.mined())
    probs = store.sample_probs("r", "c")
    assert probs[["stage", "class_name"]].values.tolist() == [["full", "x"], ["full", "y"]]
    assert probs["prob"].round(2).tolist() == [0.3, 0.7]
    assert store.times_mined("d@1", "a")[["run_id", "round", "reason"]].values.tolist() == [["r", 1, "wrong"]]
    assert store.times_mined("d@1", "b").empty
    answers = store.votes("d@1", "test")
    assert answers.values.tolist() == [["c", 1, 1, "y", 1.0]]
    assert store.votes("d@1", "test", newest=0).empty
