"""What became of each sample between two versions, and who is one patient in either."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from analysis.version_changes import join_groups, match_samples


def version(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Return the samples of a version: id, split and label, each of a patient of its own."""
    frame = pd.DataFrame(rows, columns=["sample_id", "split", "label"])
    labels = pd.Series([np.array([label]) for label in frame["label"]], index=frame.index, dtype=object)
    return frame.assign(labels=labels, patient=frame["sample_id"], path=frame["sample_id"] + ".png")


def test_each_sample_of_the_split_is_named_by_what_became_of_it() -> None:
    older = version(
        ("same", "test", "a"), ("other", "test", "a"), ("gone", "test", "b"), ("leak", "train", "a"),
        ("to_val", "test", "b"), ("trained", "train", "a"), ("gone_train", "train", "a"),
    )  # fmt: skip
    newer = version(
        ("same", "test", "a"), ("other", "test", "b"), ("leak", "test", "a"), ("to_val", "val", "b"),
        ("trained", "train", "b"), ("new", "test", "a"), ("new_train", "train", "a"),
    )  # fmt: skip
    found = match_samples(older, newer, "test")
    assert dict(zip(found["sample_id"], found["change"], strict=True)) == {
        "same": "unchanged", "other": "relabelled", "gone": "excluded", "leak": "moved", "to_val": "moved",
        "new": "added",
    }  # fmt: skip
    gone = found.set_index("sample_id").loc["gone"]
    assert gone["label_older"] == "b" and gone["label_newer"] is None and gone["path_older"] == "gone.png"


def test_another_second_label_is_a_relabelling_and_another_order_is_none() -> None:
    older, newer = version(("x", "test", "a"), ("y", "test", "a")), version(("x", "test", "a"), ("y", "test", "a"))
    older = older.assign(labels=pd.Series([np.array(["a", "b"]), np.array(["a", "b"])], dtype=object))
    newer = newer.assign(labels=pd.Series([np.array(["a", "c"]), np.array(["b", "a"])], dtype=object))
    assert match_samples(older, newer, "test")["change"].tolist() == ["relabelled", "unchanged"]


def test_who_is_one_patient_in_one_version_is_one_in_the_comparison() -> None:
    """One version knows no patients (each image its own), the other does: the coarser one counts."""
    groups = join_groups(["i1", "i2", "i3", "i4"], ["p", "p", "q", None])
    assert groups[0] == groups[1] and len({groups[0], groups[2], groups[3]}) == 3
    chained = join_groups(["a", "a", "b", "c"], ["p", "q", "q", "r"])
    assert len(set(chained[:3])) == 1 and chained[3] != chained[0]
    assert len(join_groups([], [])) == 0


@given(st.lists(st.tuples(st.integers(0, 5), st.one_of(st.none(), st.integers(0, 5))), max_size=12))
def test_groups_are_the_closure_of_shared_patients(pairs: list[tuple[int, int | None]]) -> None:
    groups = join_groups([a for a, _ in pairs], [b for _, b in pairs])
    closure = list(range(len(pairs)))
    for _ in pairs:  # nested loops: each pass spreads the smallest number to every neighbour
        for i, (a, b) in enumerate(pairs):
            for j, (other_a, other_b) in enumerate(pairs):
                if a == other_a or (b is not None and b == other_b):
                    closure[i] = closure[j] = min(closure[i], closure[j])
    same = [[one == other for other in groups] for one in groups]
    assert same == [[one == other for other in closure] for one in closure]
