"""A revision changes and lists what was decided; everything else stays the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import catalog
from catalog import SampleChange


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> catalog.Dataset:
    monkeypatch.setenv("ODAP_DATA", str(tmp_path / "data"))
    rng = np.random.default_rng(0)
    samples = [
        catalog.NewSample(
            f"{i}.png",
            "abc"[i % 3],
            rng.integers(0, 255, (24, 30), dtype=np.uint8),
            labels=("a", "b") if i == 0 else (),
            patient=f"p{i // 3}",
            split=("train", "val", "test")[i // 3 % 3],
            boxes=[{"label": "a", "x": 1, "y": 2, "w": 5.5, "h": 6}] if i == 1 else None,
            marks=("caliper",) if i == 2 else (),
            mask=np.full((24, 30), 300, np.uint16) if i == 3 else None,
            ambiguity=0.25 if i == 4 else None,
            clean_label="c" if i == 5 else None,
        )
        for i in range(24)
    ]
    return catalog.save_dataset("rev", samples, classes=("a", "b", "c"), source="test")


def test_what_was_decided_is_changed_and_listed_and_the_rest_is_as_it_was(old: catalog.Dataset) -> None:
    ids = dict(zip(old.samples["key"], old.samples["sample_id"], strict=True))
    new = catalog.revise(
        old.dataset_id,
        [
            SampleChange(ids["0.png"], "relabelled", "c", "Kim, Lee", "<b>clear</b>"),
            SampleChange(ids["7.png"], "excluded", by="Kim"),
        ],
    )
    assert (new.dataset_id, new.n_samples) == ("rev@2", 23)
    before, after = (of.samples.set_index("sample_id") for of in (old, new))
    assert set(before.index) - set(after.index) == {ids["7.png"]}
    changed = after.loc[ids["0.png"]]
    assert (changed["label"], changed["labels"]) == ("c", ["b", "c"])
    same = before.drop(index=[ids["0.png"], ids["7.png"]])
    pd.testing.assert_frame_equal(after.loc[same.index], same)
    assert (new.folder / "images/3.png").read_bytes() == (old.folder / "images/3.png").read_bytes()
    assert (new.folder / "masks/3.png").read_bytes() == (old.folder / "masks/3.png").read_bytes()
    listed = catalog.changes_of(new)
    assert listed[0] == {
        "from": "rev@1", "sample_id": ids["0.png"], "action": "relabelled", "right_label": "c", "by": "Kim, Lee",
        "note": "<b>clear</b>", "old_label": "a",
    }  # fmt: skip
    assert listed[1]["action"] == "excluded" and "1 relabelled, 1 excluded" in new.source
    assert catalog.changes_of(old) == [] and not [f for f in catalog.check_dataset(new) if f.level == "error"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (lambda ids: [], "no change to rev@1"),
        (lambda ids: [SampleChange("nosuch", "excluded")], "has no sample nosuch"),
        (lambda ids: [SampleChange(ids[0], "relabelled", "z")], "'z' is no class of rev@1"),
        (lambda ids: [SampleChange(ids[0], "excluded"), SampleChange(ids[0], "relabelled", "b")], "changed twice"),
        (lambda ids: [SampleChange(i, "excluded") for i in ids[2::3]], "Class 'c' has no readable image"),
    ],
)
def test_a_change_that_cannot_be_made_is_a_sentence_and_leaves_nothing(
    old: catalog.Dataset, changes: Any, sentence: str
) -> None:
    keys = sorted(old.samples["key"], key=lambda key: int(key.split(".")[0]))
    ids = list(old.samples.set_index("key").loc[keys, "sample_id"])
    with pytest.raises(catalog.CatalogError, match=sentence):
        catalog.revise("rev", changes(ids))
    assert [path.name for path in old.folder.parent.iterdir()] == ["1"]
    assert [path.name for path in old.folder.parent.parent.iterdir()] == ["rev"]
