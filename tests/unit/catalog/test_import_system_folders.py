"""System and tool folders are skipped with a note; a class may begin with a sign."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from catalog.importers import Draft, read_draft


def put(top: Path, name: str, seed: int, width: int = 40) -> None:
    """Write an image that no other seed has."""
    (top / name).parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (30, width), dtype=np.uint8)).save(top / name)


def classes(top: Path, where: str = "") -> None:
    for i in range(8):
        put(top, f"{where}{'ab'[i % 2]}/{i}.png", i)


def read(top: Path) -> Draft:
    return read_draft("folder", [str(top)])


@pytest.mark.parametrize(
    "folder",
    ["@eaDir", "#recycle", "$RECYCLE.BIN", "RECYCLER", "lost+found", "_cache", "thumbs", "Thumbnails", "@own",
     "__pycache__"],
)  # fmt: skip
def test_folders_of_systems_in_each_class_are_passed_over(tmp_path, folder):
    classes(tmp_path)
    for i in range(8):
        put(tmp_path, f"{'ab'[i % 2]}/{folder}/{i}.png", i + 100, width=20)
    draft = read(tmp_path)
    assert len(draft.samples) == 8 and draft.classes == ("a", "b")
    assert folder == "__pycache__" or any(folder in note for note in draft.notes)


@pytest.mark.parametrize("where", ["", "x/", "train/"])
@pytest.mark.parametrize("folder", ["@eaDir", "$RECYCLE.BIN", "_cache", "_old", "@mine", "thumbs"])
def test_a_folder_of_a_system_beside_the_classes_is_no_class(tmp_path, folder, where):
    classes(tmp_path, where)
    for i in range(8):
        put(tmp_path, f"{where}{folder}/{i}.png", i + 100, width=20)
    draft = read(tmp_path)
    assert len(draft.samples) == 8 and draft.classes == ("a", "b") and any(folder in note for note in draft.notes)


def test_a_thumbnail_in_a_folder_named_as_its_picture(tmp_path):
    classes(tmp_path)
    for i in range(8):
        put(tmp_path, f"previews/{i}.png/SMALL.png", i + 100, width=20)
    assert read(tmp_path).classes == ("a", "b")


def test_folders_of_systems_in_a_zip(tmp_path):
    classes(tmp_path / "in")
    put(tmp_path / "in", "a/@eaDir/0.png", 50)
    shutil.make_archive(str(tmp_path / "all"), "zip", tmp_path / "in")
    draft = read(tmp_path / "all.zip")
    assert len(draft.samples) == 8 and draft.notes == ("1 folder of a system was left out: a/@eaDir",)


@pytest.mark.parametrize("where", ["", "x/", "train/"])
def test_a_class_may_begin_with_a_sign(tmp_path, where):
    classes(tmp_path, where)
    for i in range(4):
        put(tmp_path, f"{where}_normal/{i}.png", i + 100)
    draft = read(tmp_path)
    assert draft.classes == ("_normal", "a", "b")
    [note] = draft.notes
    assert note.startswith("Folder '_normal' begins with a sign, as those of tools do, but holds 4 images of its own")


@pytest.mark.parametrize("names", [("#1", "#2"), ("_x", "_y"), ("$a", "~b")])
def test_all_classes_may_begin_with_a_sign(tmp_path, names):
    for i in range(8):
        put(tmp_path, f"{names[i % 2]}/{i}.png", i)
    assert read(tmp_path).classes == names


def test_folders_with_signs_that_hold_all_of_a_class_are_kept(tmp_path):
    for i in range(8):
        put(tmp_path, f"{'ab'[i % 2]}/_P{i}/0.png", i)
    assert len(read(tmp_path).samples) == 8


@pytest.mark.parametrize("name", ["thumbs", "old", "raw", "cache"])
def test_a_class_may_be_called_as_tools_call_their_folders(tmp_path, name):
    classes(tmp_path)
    for i in range(8):
        put(tmp_path, f"{name}/{i}.png", i + 100)
    assert read(tmp_path).classes == tuple(sorted(("a", "b", name)))


def test_a_folder_of_a_tool_without_pictures_is_no_empty_class(tmp_path):
    classes(tmp_path)
    (tmp_path / "_notes").mkdir()
    (tmp_path / "_notes" / "read.txt").write_text("x")
    assert read(tmp_path).classes == ("a", "b")


def test_one_folder_in_each_class_is_told(tmp_path):
    for i in range(8):
        put(tmp_path, f"{'ab'[i % 2]}/extra/{i}.png", i)
        put(tmp_path, f"{'ab'[i % 2]}/{i}.png", i + 10)
    assert read(tmp_path).notes == (
        "Each class folder (a, b) holds a folder extra, whose images count as those of the class; "
        "if they are none, move that folder out.",
    )


def test_a_table_finds_its_pictures_beside_a_system_folder(tmp_path):
    classes(tmp_path)
    rows = "".join(f"{i}.png,{'ab'[i % 2]}\n" for i in range(8))
    (tmp_path / "t.csv").write_text("path,label\n" + rows)
    for i in range(8):
        put(tmp_path, f"@eaDir/{i}.png", i + 100, width=20)
    draft = read_draft("csv", [str(tmp_path / "t.csv")])
    assert len(draft.samples) == 8 and draft.notes == ("1 folder of a system was left out: @eaDir",)
