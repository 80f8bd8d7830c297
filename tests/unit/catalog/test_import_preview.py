"""A preview describes what an import would make, before anything is written."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from catalog import NewSample
from catalog.__main__ import main
from catalog.importers import Draft


def pixels(_: int = 0) -> np.ndarray:
    return np.full((4, 6), 7, np.uint8)


def test_a_preview_counts_what_would_be_imported():
    samples = [
        NewSample("1.png", "a", pixels(), labels=("a", "b"), patient="P1", split="train"),
        NewSample("2.png", "a", pixels(), labels=("b",), patient="P1", split="train"),
        NewSample("3.png", "b", pixels(), labels=("b", "b"), patient="P2", split="test"),
        NewSample("4.png", "b", pixels(), split="test"),
    ]
    preview = Draft(samples, ("b", "a", "c"), "somewhere", ("a note",)).preview()
    assert preview.n_samples == 4 and preview.notes == ("a note",)
    assert list(preview.by_class.items()) == [("b", 4), ("a", 2), ("c", 0)]
    assert preview.by_split == {"train": 2, "val": 0, "test": 2}
    assert (preview.n_patients, preview.n_several) == (2, 2)
    bare = Draft([NewSample("1.png", "a", pixels())], ("a",), "somewhere").preview()
    assert (bare.by_split, bare.n_patients, bare.n_several) == ({}, None, 0)


def test_classes_of_too_few_patients_are_told_where_splits_will_be_drawn():
    samples = [
        NewSample(f"{c}{i}.png", c, pixels(), patient=c if c == "b" else f"P{i}") for c in "ab" for i in range(4)
    ]
    [note] = Draft(samples, ("a", "b"), "somewhere").preview(0).notes
    assert note.startswith("Of fewer than 3 patients: b; a class needs one each")
    alone = [NewSample(f"{c}{i}.png", c, pixels()) for c, n in (("a", 3), ("b", 2)) for i in range(n)]
    assert "fewer than 3 patients: b;" in Draft(alone, ("a", "b"), "somewhere").preview(0).notes[0]
    given = [replace(sample, split="train") for sample in samples]
    assert Draft(given, ("a", "b"), "somewhere").preview(0).notes == ()


def test_a_few_pictures_are_opened_of_every_class_at_even_distances():
    opened = []

    def content(key: str):
        return lambda: opened.append(key) or pixels()

    samples = [
        NewSample(f"{i:03d}.png", "rare" if i == 5 else "ab"[i % 2], content(f"{i:03d}.png")) for i in range(200)
    ]
    draft = Draft(samples, ("a", "b", "rare"), "somewhere")
    pictures = draft.preview(9).pictures
    assert Counter(picture.sample.label for picture in pictures) == {"a": 3, "b": 3, "rare": 1}
    assert opened == [picture.sample.key for picture in pictures]
    assert opened[:3] == ["000.png", "001.png", "005.png"] and sorted(opened)[-1] > "130.png"
    assert all(picture.problem is None and picture.image.size == (6, 4) for picture in pictures)
    assert [picture.sample.label for picture in draft.preview(2).pictures] == ["a", "b"]
    assert draft.preview(0).pictures == () and len(draft.preview(1000).pictures) == 200


def test_a_picture_that_cannot_be_used_is_told():
    samples = [NewSample("1.png", "a", b"no picture"), NewSample("2.png", "b", Path("/nowhere.png"))]
    preview = Draft(samples, ("a", "b"), "somewhere").preview()
    assert preview.problems == (
        "1.png is no PNG picture, nor any other that can be read; export it again.",
        "2.png cannot be read (No such file or directory).",
    )
    assert [picture.image for picture in preview.pictures] == [None, None]


@pytest.mark.parametrize("kind", ["folder", "csv"])
def test_a_dry_run_says_all_and_writes_nothing(data, tree, capsys, kind):
    source = tree({f"{split}/{'ab'[i % 2]}/{i}.png": i for split in ("train", "test") for i in range(10)})
    (source / "train" / "a" / "0.png").write_bytes(b"")
    (source / b"\xff.txt".decode("utf-8", "surrogateescape")).write_text("x")
    if kind == "csv":
        rows = [f"{path.relative_to(source)},{path.parent.name},{path.parts[-3]}\n" for path in source.rglob("*.png")]
        source = source / "t.csv"
        source.write_text("path,label,split\n" + "".join(rows))
    before = sorted(source.parent.rglob("*"))
    assert main(["import", kind, str(source), "--name", "tiny", "--dry-run"]) == 0
    said = capsys.readouterr()
    title = "table t.csv with " if kind == "csv" else ""
    lines = said.out.splitlines()
    assert said.err == "" and lines[:5] == [
        f"Nothing was written. {title}folder {source.parent if title else source} would make 20 images:",
        "  a: 10",
        "  b: 10",
        "Patients: unknown. Splits: train 10, val to be drawn from train, test 10.",
        "Opened 12 images: 1 cannot be used.",
    ]
    assert lines[-1] == "train/a/0.png is empty (0 bytes); copy it again."
    if kind == "folder":
        assert lines[5:-1] == [r"1 file that is no image was left out: '\udcff.txt'"]
    assert sorted(source.parent.rglob("*")) == before and not data.exists()
    assert main(["import", kind, str(source), "--name", "tiny", "--dry-run", "--val", "0"]) == 0
    assert "Splits: train 10, val 0, test 10." in capsys.readouterr().out


def test_a_dry_run_refuses_what_an_import_would(data, tree, capsys):
    source = tree({"a/1.png": 1})
    assert main(["import", "folder", str(source), "--name", "tiny", "--dry-run"]) == 2
    assert "has only one class folder" in capsys.readouterr().err
    assert main(["import", "folder", str(source), "--name", "Not A Name", "--dry-run"]) == 2
    assert "cannot be called 'Not A Name'" in capsys.readouterr().err
    assert not data.exists()


def test_a_class_of_no_plain_names_is_refused_before_work_starts(data, tree, capsys):
    source = tree({"a/1.png": 1, "b/1.png": 2})
    (source / "a" / "1.png").rename(source / "a" / b"\xff\n.png".decode("utf-8", "surrogateescape"))
    for dry in ([], ["--dry-run"]):
        assert main(["import", "folder", str(source), "--name", "tiny", *dry]) == 2
        said = capsys.readouterr().err
        assert r"'a/\udcff\n.png' of" in said and "is no plain name; rename it" in said and said.count("\n") == 1
    assert not data.exists()
