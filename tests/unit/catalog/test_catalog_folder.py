"""Class folders are read as teams have them, and bad ones are refused."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest

from catalog import CatalogError, save_dataset
from catalog.importers.folder import read_folder


def test_class_folders_with_folders_and_other_files_in_them(tree):
    source = tree({"b/1.png": 1, "a/1.png": 2, "a/deep/er/2.jpg": 3, "a/3.tiff": 4})
    (source / "SOURCE.md").write_text("where it is from")
    (source / "a" / ".DS_Store").write_text("x")
    (source / "__MACOSX" / "a").mkdir(parents=True)
    (source / "__MACOSX" / "a" / "._1.png").write_text("x")
    draft = read_folder(source)
    assert draft.classes == ("a", "b")
    assert [(s.key, s.label, s.split, s.patient) for s in draft.samples] == [
        ("a/1.png", "a", None, None),
        ("a/3.tiff", "a", None, None),
        ("a/deep/er/2.jpg", "a", None, None),
        ("b/1.png", "b", None, None),
    ]
    assert draft.notes == ("1 file that is no image was left out: SOURCE.md",)


def test_split_folders_above(tree):
    source = tree({"Train/a/1.png": 1, "Train/b/1.png": 2, "valid/a/1.png": 3, "test/b/1.png": 4, "test/loose.png": 5})
    draft = read_folder(source)
    assert draft.classes == ("a", "b")
    assert [(s.key, s.label, s.split) for s in draft.samples] == [
        ("Train/a/1.png", "a", "train"),
        ("Train/b/1.png", "b", "train"),
        ("test/b/1.png", "b", "test"),
        ("valid/a/1.png", "a", "val"),
    ]
    assert draft.notes == ("1 image outside a class folder was left out: test/loose.png",)


def test_a_class_may_be_called_train(tree):
    assert read_folder(tree({"train/1.png": 1, "car/1.png": 2})).classes == ("car", "train")


@pytest.mark.parametrize(
    "pictures, sentence",
    [
        ({}, "There is no folder"),
        ({"1.png": 1}, "has no class folder with images"),
        ({"a/1.png": 1}, r"has only one class folder with images \('a'\)"),
        ({"train/1.png": 1, "test/1.png": 2}, "has test, train but no class folders in them"),
        (
            {"train/a/1.png": 1, "train/b/1.png": 2, "extra/1.png": 3},
            r"mixes split folders \(train\) with others \(extra\)",
        ),
    ],
)
def test_a_folder_of_another_form_is_one_sentence(tree, pictures, sentence):
    with pytest.raises(CatalogError, match=sentence):
        read_folder(tree(pictures))


@pytest.mark.parametrize("top", ["mine/", "a b/c/"])
def test_one_folder_around_all_is_passed_over_as_in_a_zip(tree, top):
    source = tree({f"{top}a/1.png": 1, f"{top}a/deep/2.png": 2, f"{top}b/1.png": 3})
    (source / "README.txt").write_text("x")
    (source / "docs").mkdir()
    draft = read_folder(source)
    assert [(s.key, s.label) for s in draft.samples] == [("a/1.png", "a"), ("a/deep/2.png", "a"), ("b/1.png", "b")]
    assert draft.notes == ("1 file that is no image was left out: README.txt",)
    assert draft.samples[0].content.is_file()


def test_one_folder_around_splits_is_passed_over(tree):
    draft = read_folder(tree({"x/train/a/1.png": 1, "x/train/b/1.png": 2, "x/test/a/1.png": 3}))
    assert [(s.key, s.split) for s in draft.samples] == [
        ("test/a/1.png", "test"), ("train/a/1.png", "train"), ("train/b/1.png", "train"),
    ]  # fmt: skip


def test_masks_beside_their_images_are_no_images(tree):
    draft = read_folder(
        tree({"a/1.png": 1, "a/1_mask.png": 2, "a/1_mask_1.png": 3, "b/2_mask.png": 4, "b/face-seg.png": 5})
    )
    assert [sample.key for sample in draft.samples] == ["a/1.png", "b/2_mask.png", "b/face-seg.png"]
    assert draft.notes == ("2 masks of images were left out: a/1_mask.png, a/1_mask_1.png",)


def test_the_same_folders_in_each_class_are_told(tree):
    [note] = read_folder(tree({f"{site}/{name}/1.png": 1 for site in ("s1", "s2") for name in "ab"})).notes
    assert note.startswith("Each class folder (s1, s2) holds the folders a, b, which count as parts of it;")


@pytest.mark.parametrize(
    "one, other, what",
    [
        ("a", "A", "capitals or blanks"), ("no cyst", "No_cyst", "capitals or blanks"),
        ("cyst", "с" + "yst", "letters that look the same"), ("1", "01", "the way a number is written"),
    ],
)  # fmt: skip
def test_class_folders_that_look_the_same_are_refused(tree, one, other, what):
    with pytest.raises(CatalogError, match=rf"'.*' and '.*' of .* differ in {what} only; give them one name"):
        read_folder(tree({f"train/{one}/1.png": 1, "train/b/1.png": 2, f"test/{other}/1.png": 3}))


@pytest.mark.parametrize("other", ["a ", "a\u200b", "a\u00a0"])
def test_a_class_folder_with_signs_that_cannot_be_seen_is_read_as_it_is_meant(tree, other):
    draft = read_folder(tree({"train/a/1.png": 1, "train/b/1.png": 2, f"test/{other}/1.png": 3}))
    assert draft.classes == ("a", "b") and [s.label for s in draft.samples] == ["a", "a", "b"]
    [note] = draft.notes
    assert note.startswith("'a': written in ways that look the same")


def test_split_folders_have_any_usual_name(tree):
    draft = read_folder(tree({f"{name}/{c}/1.png": i for i, name in enumerate(SPLITS) for c in "ab"}))
    assert {sample.key.split("/")[0]: sample.split for sample in draft.samples} == SPLITS
    assert draft.notes == ("Splits were read by what they are called: 'dev' as val; rename those that mean another.",)


SPLITS = {"01_Training set": "train", "TRAIN2017": "train", "dev": "val", "Validation_images": "val", "Testing": "test"}


def test_a_class_that_joins_two_others_is_noted(tree):
    [note] = read_folder(tree({"cyst/1.png": 1, "mass/1.png": 2, "cyst,Mass/1.png": 3, "grade 1,2/1.png": 4})).notes
    assert note.startswith("'cyst,Mass' counts as a class of its own, though the parts are classes too; where a pict")


@pytest.mark.parametrize(
    "name, sentence",
    [
        ("a/1.heic", "its files have .heic; save the images as PNG"),
        ("a/x.ZIP", "it holds the archive a/x.ZIP; unpack that"),
        ("a/1.dcm", "it holds DICOM files; import it as dicom"),
        (".a/1.png", "it is empty, or all in it is hidden"),
    ],
)
def test_a_folder_without_images_is_told_what_it_holds_instead(tmp_path, name, sentence):
    (tmp_path / name).parent.mkdir()
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(CatalogError, match=f"has no class folder with images: {sentence}"):
        read_folder(tmp_path)


def test_images_in_no_folder_are_counted(tree):
    with pytest.raises(CatalogError, match=r"has no class folder with images: 2 lie in none; make a folder"):
        read_folder(tree({"1.png": 1, "2.png": 2}))


def test_an_empty_class_is_refused(tree):
    source = tree({"a/1.png": 1, "b/1.png": 2})
    (source / "c").mkdir()
    with pytest.raises(CatalogError, match=r"Class folder 'c' of .* holds no image"):
        read_folder(source)


def test_links_that_lead_elsewhere_are_not_followed(tree, tmp_path):
    source = tree({"a/1.png": 1, "b/1.png": 2})
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "s.png").write_bytes((source / "a" / "1.png").read_bytes())
    (source / "a" / "out.png").symlink_to(secret / "s.png")
    (source / "c").symlink_to(secret)
    (source / "a" / "loop").symlink_to(source)
    (source / "b" / "in.png").symlink_to(source / "a" / "1.png")
    draft = read_folder(source)
    assert [sample.key for sample in draft.samples] == ["a/1.png", "b/1.png", "b/in.png"]
    assert draft.notes == ("3 links that lead elsewhere were left out: c, a/loop, a/out.png",)


def test_links_to_nothing_and_in_a_circle_are_told(tree):
    source = tree({"a/1.png": 1, "b/1.png": 2})
    (source / "a" / "circle.png").symlink_to("circle.png")
    (source / "b" / "gone.png").symlink_to("fetch-me-first.png")
    draft = read_folder(source)
    assert [sample.key for sample in draft.samples] == ["a/1.png", "b/1.png"]
    assert draft.notes == ("2 links that lead elsewhere were left out: a/circle.png, b/gone.png",)


def test_a_pipe_is_no_picture(tree):
    source = tree({"a/1.png": 1, "b/1.png": 2})
    os.mkfifo(source / "a" / "pipe.png")
    assert len(read_folder(source).samples) == 2


def test_patients_are_taken_from_file_names(tree):
    source = tree({"a/P01_1.png": 1, "b/P01_2.png": 2, "b/P2_1.png": 3})
    by_group = [sample.patient for sample in read_folder(source, r"^P(\d+)_").samples]
    assert by_group == ["01", "01", "2"]
    assert [sample.patient for sample in read_folder(source, r"P\d+").samples] == ["P01", "P01", "P2"]
    with pytest.raises(CatalogError, match=r"finds no patient in 'P01_1\.png'"):
        read_folder(source, "^Q")
    with pytest.raises(CatalogError, match="is no regular expression"):
        read_folder(source, "(")


@pytest.mark.parametrize("top", ["", "train/"])
def test_patients_may_be_folders_below_the_class(tree, top):
    source = tree({f"{top}a/P1/0.png": 1, f"{top}a/P2/x/0.png": 2, f"{top}b/P1/0.png": 3, f"{top}b/P3_0.png": 4})
    for regex in (r"^(P\d)[_/]", r"P\d"):
        draft = read_folder(source, regex)
        assert [sample.patient for sample in draft.samples] == ["P1", "P2", "P1", "P3"] and draft.notes == ()
    with pytest.raises(CatalogError, match=r"finds no patient in 'P3_0\.png'"):
        read_folder(source, "^([^/]+)/")
    with pytest.raises(CatalogError, match=r"finds no patient in 'P1/0\.png'"):
        read_folder(source, "^a/")


def test_a_file_name_names_the_patient_before_its_folders_do(tree):
    source = tree({"a/P9/P1_0.png": 1, "b/P9/P2_0.png": 2})
    assert [sample.patient for sample in read_folder(source, r"P\d").samples] == ["P1", "P2"]


def test_folders_that_may_be_patients_are_told_with_what_names_them(tree, data):
    source = tree({f"{'ab'[i % 2]}/P{i // 2 % 8}/{i}.png": i for i in range(32)} | {"a/Q/0.png": 40})
    remedy = (
        "if they are patients, name those with --patient-regex '^([^/]+)/', or one of them may be in several splits."
    )
    [note] = read_folder(source).preview(0).notes
    assert note.startswith("Each class folder (a, b) holds the folders P0, P1, P2, P3,") and note.endswith(remedy)
    draft = read_folder(source, "^([^/]+)/")
    table = save_dataset("tiny", draft.samples, classes=draft.classes, source=draft.source).samples
    assert table["patient"].nunique() == 9 and table.groupby("patient")["split"].nunique().max() == 1
    assert draft.notes == ()


def test_the_same_folders_in_each_class_are_told_beside_patients_of_file_names(tree):
    source = tree({f"{site}/{name}/P{i}_0.png": i for i, site in enumerate(("s1", "s2")) for name in "ab"})
    [note] = read_folder(source, r"^(P\d)_").notes
    assert note.endswith(
        "the folders a, b, which count as parts of it; if those are the classes, sort the images by them."
    )


def test_folders_that_may_be_patients_of_one_class_each_are_told(tree):
    [note] = read_folder(tree({"a/P1/0.png": 1, "b/P2/0.png": 2})).notes
    assert note == (
        "Class folders hold the folders P1, P2, which count as parts of them; if they are patients, "
        "name those with --patient-regex '^([^/]+)/', or one of them may be in several splits."
    )


def test_korean_names_of_both_forms_make_one_class(tree, data):
    nfd = unicodedata.normalize("NFD", "양성")
    assert nfd != "양성"
    pictures = {f"{nfd}/사진 {i}.png": i for i in range(6)} | {f"양성/{i}.png": 10 + i for i in range(6)}
    source = tree(pictures | {f"악성/{i}.png": 20 + i for i in range(6)})
    draft = read_folder(source)
    assert draft.classes == ("악성", "양성")
    dataset = save_dataset("breast", draft.samples, classes=draft.classes, source=draft.source)
    assert dataset.n_samples == 18 and "양성/사진 1.png" in set(dataset.samples["key"])
    assert dataset.images(16).shape == (18, 1, 16, 16)


def test_nothing_of_the_source_is_changed(tree, data):
    source = tree({f"{'ab'[i % 2]}/{i}.png": i for i in range(12)})
    before = {file: (file.stat().st_mtime_ns, file.read_bytes()) for file in source.rglob("*.png")}
    draft = read_folder(Path(source))
    dataset = save_dataset("tiny", draft.samples, classes=draft.classes, source=draft.source)
    assert {file: (file.stat().st_mtime_ns, file.read_bytes()) for file in source.rglob("*.png")} == before
    for row in dataset.samples.itertuples():
        assert dataset.image_path(row.sample_id).read_bytes() == (source / row.key).read_bytes()


def test_splits_below_the_classes_are_said_not_to_be_kept(tree):
    draft = read_folder(
        tree(
            {
                f"{c}/{s}/{i}.png": 10 * i + k
                for k, c in enumerate("ab")
                for i, s in enumerate(("Training", "valid", "Testing"))
            }
        )
    )
    assert {sample.split for sample in draft.samples} == {None}
    assert (
        "Each class folder (a, b) holds folders that are called as splits are (Testing, Training, valid); they are not "
        "kept as such: put the class folders into them."
    ) in draft.notes
