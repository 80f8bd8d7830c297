"""Columns and numbered names keep images together in splits where patients are unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from catalog import CatalogError, Dataset, save_dataset
from catalog.checks import check_dataset
from catalog.importers import Draft, read_draft
from catalog.revision import SampleChange, revise
from catalog.splits import Shares


def picture(file: Path, seed: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (14, 20), dtype=np.uint8)).save(file)


def table(top: Path, columns: Mapping[str, Sequence[object]]) -> Path:
    """Write a table, one row per image: `n.png`, pairs of class x or y, and given columns."""
    n = len(next(iter(columns.values())))
    for i in range(n):
        picture(top / f"{i}.png", i)
    rows = [f"{i}.png,{'xy'[i // 2 % 2]}," + ",".join(str(cells[i]) for cells in columns.values()) for i in range(n)]
    (top / "t.csv").write_text("\n".join(["path,label," + ",".join(columns), *rows]) + "\n")
    return top / "t.csv"


def read(source: Path, *options: str) -> Draft:
    return read_draft("csv" if source.suffix == ".csv" else "folder", [*options, str(source)])


def save(draft: Draft, **more: object) -> Dataset:
    return save_dataset("d", draft.samples, classes=draft.classes, source="s", came=draft.origin, **more)


LESIONS = [f"L{i // 2}" for i in range(40)]


@pytest.mark.parametrize(
    "column",
    [
        "lesion_id",
        "LesionID",
        "Study",
        "study uid",
        "video",
        "Exam ID",
        "series_no",
        "biopsy",
        "clip-name",
        "StudyInstanceUID",
        "VideoFile",
    ],
)
def test_a_column_called_as_groups_keeps_images_together(tmp_path, data, column):
    draft = read(table(tmp_path, {column: LESIONS, "age": range(40)}))
    preview = draft.preview(0)
    assert (preview.n_patients, preview.n_groups, preview.grouped_by) == (None, 20, column)
    assert any(f"so '{column}' keeps images together in splits; choose another" in note for note in preview.notes)
    dataset = save(draft)
    assert dataset.grouped_by == column and not dataset.has_patients
    assert dataset.samples.groupby("patient")["split"].nunique().max() == 1
    assert dataset.samples["patient"].nunique() == 20
    assert {f.code for f in check_dataset(dataset)} & {"group_across_splits", "duplicate"} == set()


@pytest.mark.parametrize(
    "column, values",
    [
        ("lesion_id", range(40)),  # one an image
        ("study", ["S1"] * 40),  # one for all
        ("study", [f"S{i % 2}" for i in range(40)]),
        ("exam", [("breast", "neck", "liver", "heart")[i % 4] for i in range(40)]),  # kinds
        ("visit", [i % 4 + 1 for i in range(40)]),  # counted anew for each patient
        ("lesion_id", ["L1", "L1"] + [""] * 38),
        ("age", [30 + i // 2 for i in range(40)]),
        ("date", [f"2020-01-{1 + i // 2:02d}" for i in range(40)]),
        ("site", [f"S{i % 5}" for i in range(40)]),
    ],
)
def test_columns_that_group_nothing_are_not_used(tmp_path, column, values):
    draft = read(table(tmp_path, {column: list(values)}))
    assert all(sample.group is None for sample in draft.samples) and draft.origin.grouped_by is None


def test_of_nested_columns_the_one_that_holds_the_others_is_used(tmp_path):
    draft = read(table(tmp_path, {"lesion": LESIONS, "exam": [f"E{i // 4}" for i in range(40)]}))
    assert draft.origin.grouped_by == "exam" and draft.preview(0).n_groups == 10
    assert any("(such as lesion)" in note for note in draft.notes)


def test_another_column_that_looks_like_a_group_is_offered(tmp_path, data):
    source = table(tmp_path, {"tag": [f"k-{i // 2}" for i in range(40)]})
    draft = read(source)
    assert all(sample.group is None for sample in draft.samples)
    [note] = [note for note in draft.notes if "--group" in note]
    assert note.startswith("Column tag groups images of t.csv, by the looks of it; --group 'tag' keeps")
    codes = {f.code: f for f in check_dataset(save(draft))}
    assert codes["group_across_splits"].level == "warning"
    chosen = read(source, "--group", "tag")
    assert chosen.preview(0).n_groups == 20 and not any("--group" in note for note in chosen.notes)


def test_no_group_is_used_where_none_is_wanted_and_the_check_says_what_that_costs(tmp_path, data):
    draft = read(table(tmp_path, {"lesion_id": LESIONS}), "--group", "none")
    assert draft.preview(0).n_groups is None
    [finding] = [f for f in check_dataset(save(draft)) if f.code == "group_across_splits"]
    assert finding.level == "error" and "--group 'lesion_id'" in finding.message
    assert finding.message.startswith("Column 'lesion_id' groups pictures, and ")


def test_splits_of_the_source_that_part_lesions_are_an_error(tmp_path, data):
    draft = read(table(tmp_path, {"lesion_id": LESIONS, "split": ["train", "test", "val", "train"] * 10}))
    [finding] = [f for f in check_dataset(save(draft)) if f.code == "group_across_splits"]
    assert finding.level == "error" and "20 of 20 groups (40 pictures) are in several of train, val and test" in (
        finding.message
    )


def test_lesions_within_patients_leave_the_patients_as_they_are(tmp_path, data):
    draft = read(table(tmp_path, {"patient": [f"P{i // 4}" for i in range(40)], "lesion_id": LESIONS}))
    assert draft.preview(0).n_patients == 10 and all(sample.group is None for sample in draft.samples)
    dataset = save(draft)
    assert dataset.has_patients and dataset.grouped_by is None
    assert not any(f.code == "group_across_splits" for f in check_dataset(dataset))


@pytest.mark.parametrize(
    "columns, group, sentence",
    [
        ({"lesion_id": LESIONS}, "nope", "has no column 'nope' for --group; its columns are label, lesion_id, path"),
        ({"patient": LESIONS, "x": LESIONS}, "x", "has patients, which keep images together already"),
        ({"x": [""] * 40}, "x", "Column 'x' of t.csv is empty"),
    ],
)
def test_a_group_that_cannot_be_is_refused(tmp_path, columns, group, sentence):
    with pytest.raises(CatalogError, match=sentence):
        read(table(tmp_path, columns), "--group", group)


def test_a_revision_keeps_groups_and_what_the_check_knows(tmp_path, data):
    old = save(read(table(tmp_path, {"lesion_id": LESIONS}), "--group", "none"))
    grouped = save(read(table(tmp_path / "b", {"lesion_id": LESIONS})))
    for dataset in (old, grouped):
        new = revise(dataset.dataset_id, [SampleChange(dataset.samples["sample_id"][0], "excluded", note="x")])
        assert new.grouped_by == dataset.grouped_by
        assert new.samples["patient"].tolist() == dataset.samples["patient"].tolist()[1:]
        found = {f.code for f in check_dataset(new)}
        assert ("group_across_splits" in found) == (dataset is old)


def test_values_of_columns_are_not_kept(tmp_path, data):
    dataset = save(read(table(tmp_path, {"exam": [f"Kim{i // 2}" for i in range(40)]}), "--group", "none"))
    assert "Kim" not in (dataset.folder / "origin.json").read_text()


def folder(top: Path, names: Sequence[str]) -> Draft:
    for i, name in enumerate(names):
        picture(top / "in" / name, i)
    return read(top / "in")


@pytest.mark.parametrize(
    "pattern",
    [
        "{c}/vid{v}_frame{f}.jpg",
        "{c}/{c}{v}_{f:03d}.png",
        "{c}/case {v} ({f}).png",
        "{c}/{v:08d}_{f:03d}.png",
        "{c}/v{v}-f{f}.png",
        "{c}/v{v}/frame_{f}.png",
        "{c}/v{v}/{f}.png",
        "train/{c}/clip{v}.{f}.png",
    ],
)
def test_frames_of_one_video_are_one_group(tmp_path, data, pattern):
    names = [pattern.format(c="ab"[v % 2], v=v, f=f) for v in range(12) for f in range(5)]
    draft = folder(tmp_path, names)
    assert draft.origin.grouped_by == "frames" and draft.preview(0).n_groups == 12
    assert any("12 runs of 60 images are kept together in splits; if they are none" in note for note in draft.notes)
    dataset = save(draft)
    assert dataset.samples.groupby("patient")["split"].nunique().max() == 1
    assert dataset.samples["patient"].nunique() == 12
    assert all(sample.group is None for sample in read(tmp_path / "in", "--group", "none").samples)


@pytest.mark.parametrize(
    "pattern",
    [
        "{c}/img_{i:04d}.png",
        "{c}/{c} ({i}).png",
        "{c}/{i}.png",
        "{c}/ISIC_{i:07d}.png",
        "{c}/site{s}_{i}.png",
        "{c}/frame_{i}.png",
        "{c}/part{s}/{i}.png",
    ],
)
def test_names_that_run_through_a_class_are_no_videos(tmp_path, pattern):
    draft = folder(tmp_path, [pattern.format(c="ab"[i % 2], i=i, s=i % 3) for i in range(120)])
    assert all(sample.group is None for sample in draft.samples) and draft.origin.grouped_by is None


def test_names_that_run_through_a_class_are_told(tmp_path):
    draft = folder(tmp_path, [f"{'ab'[i % 2]}/img_{i:04d}.png" for i in range(120)])
    assert draft.notes == (
        "Names run on through whole classes (a/img_0000.png and 119 more), so videos cannot be told from them; if "
        "images are frames, name patients or videos, or they may be in several splits.",
    )


def test_one_class_in_runs_and_one_of_single_images(tmp_path):
    runs = [f"a/vid{v}_{f}.png" for v in range(8) for f in range(6)]
    draft = folder(tmp_path, [*runs, *(f"b/normal ({i}).png" for i in range(40))])
    assert {s.group is not None for s in draft.samples if s.label == "a"} == {True}
    assert {s.group for s in draft.samples if s.label == "b"} == {None}


def test_patients_come_before_frames(tmp_path):
    for i in range(40):
        picture(tmp_path / "ab"[i % 2] / f"P{i // 4}_{i}.png", i)
    draft = read(tmp_path, "--patient-regex", "^(P[0-9]+)_")
    assert all(sample.group is None for sample in draft.samples) and draft.preview(0).n_patients == 10


def test_splits_of_the_source_that_part_a_video_are_told(tmp_path, data):
    names = [f"{('train', 'val', 'test')[f % 3]}/{'ab'[v % 2]}/v{v}_frame{f}.png" for v in range(12) for f in range(5)]
    draft = folder(tmp_path, names)
    [finding] = [f for f in check_dataset(save(draft, shares=Shares(0, 0))) if f.code == "group_across_splits"]
    assert finding.level == "warning" and "12 of 12 groups (60 pictures)" in finding.message
