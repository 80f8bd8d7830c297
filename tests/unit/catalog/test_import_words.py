"""Words that people spell in many ways: splits and classes, in tables and by themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog import CatalogError
from catalog.importers.csv_table import read_csv
from catalog.importers.dicom import read_dicom
from catalog.importers.words import alike, difference, looks, mended, parts_of, split_names, split_of

IMAGES = {f"img/{i:02d}.png": i for i in range(12)}


@pytest.fixture
def table(tree):
    """Write a table next to twelve images, and return its path."""

    def make(text: str | bytes) -> Path:
        file = tree(IMAGES) / "labels.csv"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    return make


@pytest.mark.parametrize(
    "split, words",
    [
        ("train", "Train TRAINING train2017 01_train train-set train_images trainval train_val Train.  학습용"),
        ("val", "val Valid VALIDATION val2014 Validation_set dev Eval valid_list 검증"),
        ("test", "Test testing test_set held-out holdout Test_images 테스트"),
        (None, "cat sale trains retest device testosterone train_test test1 left devil value train_cat 3 all default"),
    ],
)
def test_a_word_names_a_split_or_none(split, words):
    assert {word: split_of(word) for word in words.split()} == dict.fromkeys(words.split(), split)


def test_eval_is_the_test_beside_a_validation_alone():
    assert split_names(["train", "val", "eval"])["eval"] == "test"
    assert split_names(["train", "eval"])["eval"] == split_names(["val", "test", "eval"])["eval"] == "val"


def test_what_a_reader_takes_for_one_is_alike():
    for first, second, how in [
        ("Cyst", "cyst", "capitals or blanks"), ("no_finding", "No  Finding", "capitals or blanks"),
        ("cyst", "сyst", "letters that look the same"), ("AC", "ＡＣ", "letters that look the same"),
        ("1", "01", "the way a number is written"), ("1", "1.0", "the way a number is written"),
    ]:  # fmt: skip
        assert alike(["other", first, second]) == tuple(sorted((first, second)))
        assert difference(*sorted((first, second))) == how
    assert (
        alike(["1", "-1", "10", "HER2+", "HER2-", "a b", "ab", "grade 1", "grade 2", "악성", "양성", "nan", "inf"])
        is None
    )
    assert looks("-1") != looks("1") and mended("می\u200cخواهم") == "می\u200cخواهم" and mended("a\u200cb") == "ab"


def test_a_name_that_joins_others_is_known_by_its_parts():
    every = ["cyst", "mass", "1", "2"]
    for name in ("cyst,mass", "Cyst ; Mass", "cyst/mass", "cyst+mass", "cyst & mass", "cyst|mass", "cyst and Mass"):
        assert parts_of(name, [*every, name]) == ["cyst", "mass"]
    for name in ("cyst", "cyst,", "cyst, left", "cyst mass", "악성, 의심; x"):
        assert parts_of(name, [*every, name]) == []


LABELS = ["b", "b ", "b\u00a0", "b\u200b", "m\ufeff", "c"]


def test_labels_are_mended_and_it_is_said(table):
    lines = [f"{path},{label}\n" for path, label in zip(list(IMAGES)[:6], LABELS, strict=True)]
    draft = read_csv(table("path,label\n" + "".join(lines)))
    assert draft.classes == ("b", "c", "m") and [s.label for s in draft.samples] == [*"bbbbmc"]
    assert draft.notes[:2] == (
        "'b': written in ways that look the same (blanks, signs that cannot be seen, letters composed or apart), and "
        "read as one class each.",
        "Blanks and signs that cannot be seen were left out of 'm\\ufeff'.",
    )


def test_a_patient_is_one_whatever_cannot_be_seen_in_the_name(table):
    draft = read_csv(table("path,label,patient\nimg/00.png,a,P1\nimg/01.png,b,P1\u200b\nimg/02.png,b,\u00a0P1 \n"))
    assert {sample.patient for sample in draft.samples} == {"P1"}


@pytest.mark.parametrize(
    "words, splits, note",
    [
        (["Train", "VALIDATION", "testing"], ["train", "val", "test"], None),
        (["Training set", "val2017", "test_images"], ["train", "val", "test"], "'Training set' as train"),
        (["train", "dev", "held-out"], ["train", "val", "test"], "'dev' as val, 'held-out' as test"),
        (["train", "valid", "eval"], ["train", "val", "test"], "'eval' as test"),
        (["train", "eval", "test"], ["train", "val", "test"], "'eval' as val"),
        (["학습", "검증", "테스트"], ["train", "val", "test"], "'검증' as val"),
    ],
)
def test_splits_have_any_usual_name(table, words, splits, note):
    lines = [f"{path},{'ab'[i % 2]},{words[i % 3]}\n" for i, path in enumerate(IMAGES)]
    draft = read_csv(table("path,label,split\n" + "".join(lines)))
    assert [sample.split for sample in draft.samples] == splits * 4
    assert (not draft.notes) if note is None or "set" in note else any(note in one for one in draft.notes)


@pytest.mark.parametrize("column", ["Set", "subset", "partition", "usage"])
def test_a_column_of_splits_is_known_by_its_values(table, column):
    words = ("Train", "Train", "Valid", "Test")
    lines = [f"{path},{'ab'[i % 2]},{words[i // 2 % 4]}\n" for i, path in enumerate(IMAGES)]
    draft = read_csv(table(f"path,label,{column}\n" + "".join(lines)))
    assert [sample.split for sample in draft.samples[::2]] == ["train", "train", "val", "test", "train", "train"]
    assert f"Column '{column}' of labels.csv was read as 'split'." in draft.notes


@pytest.mark.parametrize("words", [("Train", "Train"), ("val", "test"), ("train", ""), ("train", "bus")])
def test_a_column_of_other_words_is_no_split(table, words):
    lines = [f"{path},{'ab'[i % 2]},{words[i // 2 % 2]}\n" for i, path in enumerate(IMAGES)]
    draft = read_csv(table("path,label,seen\n" + "".join(lines)))
    assert {sample.split for sample in draft.samples} == {None}
    assert "1 column without a use was left out: seen" in draft.notes


@pytest.mark.parametrize("column", ["label", "labels"])
@pytest.mark.parametrize("cell", ["\"['cyst', 'mass']\"", '"(""cyst"", ""mass"",)"'])
def test_a_list_as_programs_write_it_is_no_class(table, column, cell):
    text = f"path,{column}\nimg/00.png,cyst\nimg/01.png,{cell}\nimg/02.png,mass\n"
    with pytest.raises(CatalogError, match=r"row 3: its label .* is a list in brackets; write 'cyst\|mass' in a col"):
        read_csv(table(text))


def test_a_class_called_as_a_missing_value_is_noted(table):
    text = "path,label\nimg/00.png,cyst\nimg/01.png,nan\nimg/02.png,mass\n"
    note = "'nan' counts as a class; where it means that the label is missing, remove its rows."
    assert note in read_csv(table(text)).notes
    assert note not in read_csv(table(text), classes=["cyst", "mass", "nan"]).notes


@pytest.mark.parametrize("first", ["sep=;\r\n", '"sep=;"\n', "SEP=;;\n"])
def test_the_first_line_of_a_spreadsheet_names_the_separator(table, first):
    lines = [f"{path};{('böse, x', 'gut')[i % 2]}\n" for i, path in enumerate(IMAGES)]
    draft = read_csv(table("\ufeff" + first + "path;label\n" + "".join(lines)))
    assert draft.classes == ("böse, x", "gut") and len(draft.samples) == 12
    with pytest.raises(CatalogError, match="row 3: there is no file"):  # rows keep their numbers
        read_csv(table(first + "path;label\n9;a\n8;b\n"))


def test_the_letters_of_western_europe_are_read(table):
    for word in ("bösartig", "Ärzte", "mélanome – étendu"):
        lines = [f"{path};{'gut' if i % 2 else word}\n" for i, path in enumerate(IMAGES)]
        draft = read_csv(table(("path;label\n" + "".join(lines)).encode("cp1252")))
        assert set(draft.classes) == {word, "gut"}
        assert draft.notes == ("labels.csv was read as Windows-1252, not as UTF-8.",)
    with pytest.raises(CatalogError, match="is no text in UTF-8"):
        read_csv(table("path;label\nimg/00.png;カタカナ\n".encode("shift-jis")))


def test_folders_of_dicom_and_their_table_are_read_in_the_same_way(tmp_path):
    import pydicom
    from pydicom.data import get_testdata_file

    small = pydicom.dcmread(get_testdata_file("MR_small.dcm"))
    folders = {"Train/cyst": 2, "Train/mass": 2, "Validation/cyst\u200b": 1, "dev/mass": 1, "Testing/mass ": 1}
    names = [f"{folder}/{i}.dcm" for folder, n in folders.items() for i in range(n)]
    for name in names:
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        small.save_as(tmp_path / "in" / name)
    draft = read_dicom(tmp_path / "in")
    assert draft.classes == ("cyst", "mass")
    splits = sorted(str(sample.split) for sample in draft.samples)
    assert splits == ["test", "train", "train", "train", "train", "val", "val"]
    assert any("'dev' as val" in note for note in draft.notes) and any("'cyst', 'mass': wri" in x for x in draft.notes)
    lines = [f"{name},{'cyst' if 'cyst' in name else 'mass '},{name.split('/')[0]}" for name in names]
    (tmp_path / "labels.csv").write_text("\n".join(["path,label,split", *lines]))
    by_table = read_dicom(tmp_path / "in", tmp_path / "labels.csv")
    assert by_table.classes == ("cyst", "mass") and sorted(str(sample.split) for sample in by_table.samples) == splits
    assert any("'dev' as val" in note for note in by_table.notes)
