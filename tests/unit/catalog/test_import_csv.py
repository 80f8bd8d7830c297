"""Tables of images are read as teams write them, and bad ones are refused."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
import zipfile
from pathlib import Path

import pytest

from catalog import CatalogError, open_dataset, save_dataset
from catalog.__main__ import main
from catalog.importers.columns import Marks
from catalog.importers.csv_table import read_csv

IMAGES = {f"img/{i:02d}.png": i for i in range(12)}


@pytest.fixture
def table(tree):
    """Write a table next to twelve images, img/00.png to img/11.png, and return its path."""

    def make(text: str | bytes, name: str = "labels.csv") -> Path:
        file = tree(IMAGES) / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    return make


def rows_of(dataset) -> dict[str, tuple]:
    """Return the manifest's values of each image, by key; NaN as None."""
    table = dataset.samples.astype(object).where(dataset.samples.notna(), None)
    columns = ["label", "labels", "patient", "split", "device", "boxes"]
    return {row["key"]: tuple(row[columns]) for _, row in table.iterrows()}


def saved(draft, name: str = "tiny"):
    return save_dataset(name, draft.samples, classes=draft.classes, source=draft.source)


def written(rows: list[dict[str, str]], separator: str = ",") -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]), delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def test_round_trip_of_every_column(data, table, capsys):
    rows = [
        {"path": path, "label": "b a"[i % 2 * 2], "patient": f"P{i // 2}", "split": ("train", "val", "test")[i // 4],
         "box": "1 2 3.5 4" if i == 0 else "", "device": "fan, A" if i % 3 else ""}
        for i, path in enumerate(IMAGES)
    ]  # fmt: skip
    source = table(written(rows))
    assert main(["import", "csv", str(source), "--name", "tiny", "--keep-names", "--keep-patient-ids"]) == 0
    said = capsys.readouterr()
    assert said.out == "tiny@1: 12 images (train 4, val 4, test 4); a 6, b 6.\n"
    assert [line.partition(" (")[0] for line in said.err.splitlines()] == [
        "Patients keep the ids that the source gives them",
        "Files keep their names",
    ]
    dataset = open_dataset("tiny")
    found = rows_of(dataset)
    assert {key: row[:-1] for key, row in found.items()} == {
        row["path"]: (row["label"], [row["label"]], row["patient"], row["split"], row["device"] or None) for row in rows
    }
    boxes = {key: json.loads(row[-1]) for key, row in found.items() if row[-1]}
    assert boxes == {"img/00.png": [{"label": "b", "x": 1.0, "y": 2.0, "w": 3.5, "h": 4.0}]}
    assert dataset.has_patients and dataset.classes == ("a", "b")
    for key, path in zip(dataset.samples["key"], dataset.samples["path"], strict=True):
        assert (dataset.folder / path).read_bytes() == (source.parent / key).read_bytes()


def test_round_trip_of_several_labels(data, table):
    sets = ["ac", "bpd|ac", " ac | bpd |", "fl"] * 3
    text = "path,labels\n" + "".join(f"{path},{labels}\n" for path, labels in zip(IMAGES, sets, strict=True))
    dataset = saved(read_csv(table(text)))
    assert dataset.classes == ("ac", "bpd", "fl")
    assert [row[:2] for row in rows_of(dataset).values()] == [
        ("ac", ["ac"]), ("bpd", ["ac", "bpd"]), ("ac", ["ac", "bpd"]), ("fl", ["fl"])
    ] * 3  # fmt: skip


def test_round_trip_of_a_column_a_class(data, table):
    head = "path,bpd,ac,gestation,note\n"
    note = '"of two\nlines"'
    lines = [f"{path},{i % 2}.0,{int(i % 3 == 0 or not i % 2)},{i + 20},{note}\n" for i, path in enumerate(IMAGES)]
    text = head + "".join(lines)
    draft = read_csv(table(text))
    assert draft.classes == ("bpd", "ac")
    assert draft.notes == ("2 columns without a use were left out: gestation, note",)
    assert [row[:2] for row in rows_of(saved(draft)).values()] == [
        ("ac", ["ac"]), ("bpd", ["bpd"]), ("ac", ["ac"]), ("bpd", ["bpd", "ac"]), ("ac", ["ac"]), ("bpd", ["bpd"])
    ] * 2  # fmt: skip
    chosen = read_csv(table(text.replace("bpd,", "BPD,")), classes=["ac", "bpd"])
    assert chosen.classes == ("ac", "bpd") and chosen.samples[3].labels == ("ac", "bpd")


@pytest.mark.parametrize(
    "text, labels",
    [
        ("path,label,a,b\n{0},b,1,1\n{1},a,1,0\n", [("b", "a"), ("a",)]),  # the label is the main one of its columns
        ("path,label,labels\n{0},b,a|b\n{1},a,\n", [("b", "a"), ("a",)]),  # and the main one of the list
        ("path,label,left\n{0},b,1\n{1},a,0\n", [("b",), ("a",)]),  # a 0/1 column that no label names is no class
        ("path,label,a,b\n{0},b,31.5,20\n{1},a,30,21\n", [("b",), ("a",)]),  # nor is a measure of that name
    ],
)
def test_label_decides_between_several(table, text, labels):
    draft = read_csv(table(text.format(*IMAGES)))
    assert [sample.label for sample in draft.samples] == [main for main, *_ in labels]
    assert [set(sample.labels) for sample in draft.samples] == [set(of_row) for of_row in labels]
    assert draft.classes == ("a", "b")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize(
    "encoding, note",
    [("utf-8", None), ("utf-8-sig", None), ("utf-16", "UTF-16"), ("utf-16-be", "UTF-16"), ("cp949", "CP949")],
)
def test_separators_and_encodings(table, separator, encoding, note):
    rows = [{" Path ": path, "LABEL": "양성" if i % 2 else "악성, 의심; x"} for i, path in enumerate(IMAGES)]
    text = "\r\n" * 2 + written(rows, separator)
    text = f"\ufeff{text}" if encoding == "utf-16-be" else text
    draft = read_csv(table(text.encode(encoding)))
    assert draft.classes == ("악성, 의심; x", "양성") and len(draft.samples) == 12
    assert draft.notes == (() if note is None else (f"labels.csv was read as {note}, not as UTF-8.",))


def test_names_meet_however_their_letters_are_written(data, tree):
    apart = unicodedata.normalize("NFD", "양성")
    source = tree({f"{apart}/사진.png": 1, "악성/사진.png": 2, "C/Deep/X.PNG": 3, "C/y.png": 4})
    assert apart in {path.name for path in source.iterdir()}
    rows = [
        ("양성/사진.png", apart),
        (f"{unicodedata.normalize('NFD', '악성')}/사진.png", "b"),
        ("deep\\x.png", "양성"),
        ("./c/y.png", "b"),
    ]
    (source / "t.csv").write_text("path,label\n" + "".join(f"{path},{label}\n" for path, label in rows), "utf-8")
    draft = read_csv(source / "t.csv")
    assert [(sample.key, sample.label) for sample in draft.samples] == [
        ("C/Deep/X.PNG", "양성"), ("C/y.png", "b"), ("악성/사진.png", "b"), ("양성/사진.png", "양성")
    ]  # fmt: skip
    assert saved(draft).n_samples == 4


def test_the_table_and_the_images_may_lie_in_many_ways(table, tmp_path):
    """Next to each other, in one folder or zip, apart, or through a link: the same samples."""
    text = "path,label\n" + "".join(f"{path},{'ab'[i % 2]}\n" for i, path in enumerate(IMAGES))
    source = table(text)
    expected = [(f"img/{i:02d}.png", "ab"[i % 2]) for i in range(12)]
    apart = tmp_path / "apart"
    apart.mkdir()
    (apart / ".hidden.csv").write_bytes(source.read_bytes())
    (source.parent / "link.csv").symlink_to(apart / ".hidden.csv")
    zips = {name: tmp_path / name for name in ("all.zip", "images.zip", "table.zip")}
    for name, path in zips.items():
        with zipfile.ZipFile(path, "w") as archive:
            for file in sorted(source.parent.rglob("*.*")):
                is_in = name == "all.zip" or (name == "table.zip") == (file.suffix == ".csv")
                if is_in and file.name != "link.csv":
                    archive.write(file, f"top/{file.relative_to(source.parent)}")
    in_zip = [(key.removeprefix("img/"), label) for key, label in expected]  # a folder around all is passed over
    for path, images, keys in [
        (source, None, expected), (source.parent / "link.csv", None, expected),
        (zips["all.zip"], None, expected), (apart / ".hidden.csv", source.parent, expected),
        (zips["table.zip"], source.parent, expected), (source, zips["images.zip"], in_zip),
        (source, source.parent / "img", in_zip), (source.parent, None, expected),
    ]:  # fmt: skip
        draft = read_csv(path, images)
        assert [(sample.key, sample.label) for sample in draft.samples] == keys, path
        held = draft.samples[5].content
        assert (held() if callable(held) else held.read_bytes()) == (source.parent / "img/05.png").read_bytes()


def test_images_that_no_row_names_are_told(table):
    draft = read_csv(table("path,label,split\nimg/00.png,a,training\nimg/01.png,b,Valid\n"))
    assert [sample.split for sample in draft.samples] == ["train", "val"]
    assert draft.notes == ("10 images that no row names were left out: img/02.png, img/03.png, img/04.png, ...",)


LINES = "path,label\nimg/00.png,a\nimg/01.png,b\n"


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("", "labels.csv is empty; its first line must name the columns"),
        (" \n,,\n", "labels.csv is empty"),
        ("path,label\n\n", "labels.csv has a header but no rows"),
        (b"\xff\xfe\x00", "labels.csv is no text in UTF-8, CP949 or UTF-16 with its mark; save it as CSV in UTF-8"),
        (b"path,label\n\xff\x80\n", "labels.csv is no text in UTF-8"),
        (LINES.encode("utf-16-le"), "labels.csv is no text in UTF-8"),
        ("where,label\nimg/99.png,a\n", "has no column 'path' (nor image_path, file_path, filename, image, ...); "
         "its columns are label, where"),
        ("img/00.png,a\nimg/01.png,b\n", "labels.csv has no header: its first line (img/00.png, a) is a row"),
        ("path,label,Label\nimg/00.png,a,a\n", "labels.csv has the column 'Label' twice"),
        ("path,kind\nimg/00.png,a\n", "has neither 'label' (nor class, category, target, diagnosis, ...) nor "),
        (LINES + "\nimg/02.png\n", "labels.csv row 5: it has 1 cell where the header has 2"),
        (LINES + "img/02.png,a,b\n", "labels.csv row 4: it has 3 cells where the header has 2"),
        (LINES + 'img/02.png,"a\n', "labels.csv row 4: the quotes or cells cannot be told apart"),
        (LINES + 'img/02.png,"a"b\n', "labels.csv row 4: the quotes or cells cannot be told apart"),
        ('path,label,note\nimg/00.png,a,"two\nlines"\nimg/01.png,,x\n', "labels.csv row 4: it has no label"),
        (LINES + 'img/02.png,"a\nb"\n', "labels.csv row 4: label has a line break or a control character"),
        (LINES + "img/02.png,a|b\n", "row 4: its label 'a|b' names several classes; call the column 'labels'"),
        (LINES + "img/02.png,a;b\n", "row 4: its label 'a;b' joins 'a' and 'b', which are classes too; write"),
        ('path,labels\nimg/00.png,a\nimg/01.png,b\nimg/02.png,"a, b"\n', "row 4: its label 'a, b' joins 'a' and 'b'"),
        ("path,label\nimg/00.png,1\nimg/01.png,2\nimg/02.png,1.0\n", "row 4: '1.0' is written '1' above; write the"),
        ("path,label\nimg/00.png,cyst\nimg/01.png,b\nimg/02.png,сyst\n", "row 4: 'сyst' is written 'cyst' above"),
        ("path,a,b\nimg/00.png,1,0\nimg/01.png,0,-1\n", "has '-1' where 0 or 1 must stand; for what is uncertain, say"),
        (LINES + "img/0a.png,a\n", "; correct the path, or name"),
        (LINES + "img/02.pn,a\n", "(the nearest is 'img/02.png'); correct the path, or name"),
        (LINES + "img/02.png,A\n", "row 4: 'A' is written 'a' above; write the class in one way"),
        (LINES + ",a\n", "labels.csv row 4: it has no path"),
        (LINES + "img/99.png,a\n", "labels.csv row 4: there is no file 'img/99.png' in folder "),
        (LINES + "x" * 500 + ".png,a\n", f"labels.csv row 4: there is no file '{'x' * 80}...' in folder "),
        (LINES + "../secret.png,a\n", "labels.csv row 4: '../secret.png' leads out of the images or is no path"),
        (LINES + "/etc/passwd,a\n", "labels.csv row 4: '/etc/passwd' leads out of the images"),
        (LINES + "C:\\x.png,a\n", "labels.csv row 4: 'C:\\x.png' leads out of the images"),
        (LINES + "img/01.png,b\n", "labels.csv row 4: 'img/01.png' is in row 3 already; give each image one row"),
        (LINES + "./img//00.PNG,b\n", "labels.csv row 4: 'img/00.png' is in row 2 already"),
        ("path,label\nimg/00.png,a\nimg/01.png,a\n", "needs at least two classes, each named once; it has: a"),
        ("path,labels\nimg/00.png,a|b\nimg/01.png,|\n", "labels.csv row 3: it has no labels"),
        ("path,label,labels\nimg/00.png,a,b\n", "labels.csv row 2: its label 'a' is not among its labels"),
        ("path,a,b\nimg/00.png,1,0\nimg/01.png,0,1\nimg/02.png,1,2\n", "row 4: column 'b' has '2' where 0 or 1"),
        ("path,a,b\nimg/00.png,1,0\nimg/01.png,0,1\nimg/02.png,1,\n", "row 4: column 'b' has '' where 0 or 1"),
        ("path,a,b\nimg/00.png,1,0\nimg/01.png,0,1\nimg/02.png,0,0\n", "labels.csv row 4: no class has a 1"),
        ("path,a,b\nimg/00.png,1,0\nimg/01.png,1,0\n", "Class 'b' is in no row of labels.csv"),
        ("path,label,a,b\nimg/00.png,a,1,0\nimg/01.png,a,0,1\n", "row 3: its label 'a' has no 1 in a column"),
        ("path,label,split\nimg/00.png,a,fold3\nimg/01.png,b,dev\n", "row 2: its split 'fold3' is none of train, val"),
        ("path,label,split\nimg/00.png,a,train\nimg/01.png,b,\n", "row 3: some rows have a split and others none"),
        (
            "path,label,split,patient\nimg/00.png,a,train,P1\nimg/01.png,b,test,P1\n",
            "labels.csv row 3: patient 'P1' is in test, but in train in row 2; keep each patient in one split",
        ),
        *(
            (f"path;label;box\nimg/00.png;a;1 2 3 4|5,6,7,8\nimg/01.png;b;{box}\n", "labels.csv row 3: its box '")
            for box in ("1 2 3", "1 2 3 4 5", "1 2 0 4", "-1 2 3 4", "nan 2 3 4", "1 2 3 inf", "a b c d", "1 2 3 4|x")
        ),
    ],
)  # fmt: skip
def test_a_bad_table_is_one_sentence_with_file_and_row(data, table, capsys, text, sentence):
    source = table(text)
    (source.parent.parent / "secret.png").write_bytes((source.parent / "img/00.png").read_bytes())
    before = sorted(source.parent.parent.rglob("*"))
    assert main(["import", "csv", str(source), "--name", "tiny"]) == 2
    said = capsys.readouterr()
    assert sentence in said.err and said.err.count("\n") == 1 and said.err.endswith(".\n") and said.out == ""
    assert sorted(source.parent.parent.rglob("*")) == before


@pytest.mark.parametrize(
    "text, classes, sentence",
    [
        (LINES, ["a"], "labels.csv row 3: 'b' is none of the classes (a); correct it or add it to --classes"),
        (LINES, ["a", "b", "c"], "Class 'c' is in no row of labels.csv; add images of it or leave it out"),
        (LINES, ["a", "b", "a"], "needs at least two classes, each named once; it has: a, b, a"),
        ("path,a,b\nimg/00.png,1,0\n", ["a", "c"], "labels.csv has no column 'c', which --classes names"),
        ("path,a,b\nimg/00.png,1,x\n", ["a", "b"], "labels.csv row 2: column 'b' has 'x' where 0 or 1"),
    ],
)
def test_classes_that_are_named_must_be_those_of_the_table(table, text, classes, sentence):
    with pytest.raises(CatalogError) as refused:
        read_csv(table(text), classes=classes)
    assert sentence in str(refused.value)


def test_a_name_that_could_be_two_files_is_refused(tree):
    source = tree({"a/1.png": 1, "b/1.png": 2})
    (source / "t.csv").write_text("path,label\n1.png,a\na/1.png,b\n")
    with pytest.raises(
        CatalogError, match=r"t\.csv row 2: '1\.png' could be a/1\.png or b/1\.png; name it with its folder"
    ):
        read_csv(source / "t.csv")


def test_what_is_no_table_is_one_sentence(table, tmp_path):
    source = table(LINES)
    (source.parent / "more.tsv").write_text("x")
    for path, images, sentence in [
        (source.parent, None, r"holds 2 tables \(labels\.csv, more\.tsv\); name the table itself"),
        (source.parent / "img", None, r"holds no \.csv or \.tsv file; name the table"),
        (source.parent / "none.csv", None, "There is no file .*none.csv; name the table"),
        (source.parent / "img/00.png", None, "is neither a folder nor a zip archive; name the table"),
        (source, tmp_path / "nowhere", "There is no folder .*nowhere, nor a zip archive; name the folder"),
        (tmp_path / ("x" * 300 + ".csv"), None, "the name is too long; shorten it"),
    ]:  # fmt: skip
        with pytest.raises(CatalogError, match=sentence):
            read_csv(path, images)


def test_a_table_too_large_for_memory_is_refused(table, tmp_path, monkeypatch):
    monkeypatch.setattr("catalog.importers.source.MAX_TABLE", 20)
    source = table(LINES)
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.write(source, "labels.csv")
    for path in (source, tmp_path / "x.zip"):
        with pytest.raises(CatalogError, match=r"^labels\.csv has more than 0 MiB; split it"):
            read_csv(path)


@pytest.mark.parametrize("separator, mark", [(",", ""), (";", "\ufeff"), ("\t", "")])
@pytest.mark.parametrize(
    "path, label, patient",
    [("filename", "class", "subject"), ("Image Path", "Target", "Patient-ID"), ("image", "label", "patient_id")],
)
def test_columns_are_found_by_what_others_call_them(table, separator, mark, path, label, patient):
    head = separator.join((path, label, patient))
    lines = [separator.join((name, "ab"[i % 2], f"P{i // 2}")) for i, name in enumerate(IMAGES)]
    draft = read_csv(table(mark + "\n".join([head, *lines])))
    assert [(s.key, s.label, s.patient) for s in draft.samples] == [
        (name, "ab"[i % 2], f"P{i // 2}") for i, name in enumerate(IMAGES)
    ]
    assert draft.notes == (
        f"Column '{path}' of labels.csv was read as 'path'.",
        f"Column '{patient}' of labels.csv was read as 'patient'.",
        *([f"Column '{label}' of labels.csv was read as 'label'."] if label != "label" else []),
    )


def test_a_column_of_that_very_name_comes_first(table):
    draft = read_csv(table("filename,path,class,label\nx.png,img/00.png,q,a\ny.png,img/01.png,q,b\n"))
    assert draft.classes == ("a", "b") and [s.key for s in draft.samples] == ["img/00.png", "img/01.png"]
    assert draft.notes[0] == "2 columns without a use were left out: filename, class"


def test_one_of_several_0_1_columns_is_no_label_whatever_it_is_called(table):
    draft = read_csv(table("path,plane,other\nimg/00.png,1,0\nimg/01.png,0,1\n"))
    assert draft.classes == ("plane", "other")
    assert read_csv(table("path,plane\nimg/00.png,1\nimg/01.png,0\n")).classes == ("0", "1")


def test_named_classes_tell_the_label_from_other_0_1_columns(table):
    source = table("filename,target,sex,age\nimg/00.png,1,0,30\nimg/01.png,0,1,40\nimg/02.png,1,1,50\n")
    draft = read_csv(source, classes=["0", "1"])
    assert draft.classes == ("0", "1") and [s.labels for s in draft.samples] == [("1",), ("0",), ("1",)]
    assert "Column 'target' of labels.csv was read as 'label'." in draft.notes
    source = table("filename,class,y,sex\nimg/00.png,cyst,1,0\nimg/01.png,none,0,1\n")
    assert [s.label for s in read_csv(source, classes=["0", "1"]).samples] == ["1", "0"]
    assert [s.label for s in read_csv(source, classes=["none", "cyst"]).samples] == ["cyst", "none"]


def test_a_class_that_by_its_name_may_hold_the_classes_is_told(table):
    source = table("filename,target,sex\nimg/00.png,1,0\nimg/01.png,0,1\n")
    note = "Column 'target' of labels.csv counts as one of the classes sex, target; if it holds the classes itself, "
    assert f"{note}call it 'label'." in read_csv(source).notes
    assert not any(note in one for one in read_csv(source, classes=["target", "sex"]).notes)


def test_named_classes_that_are_columns_stay_columns(table):
    draft = read_csv(table("path,target,0,1\nimg/00.png,1,1,0\nimg/01.png,0,0,1\n"), classes=["0", "1"])
    assert [sample.label for sample in draft.samples] == ["0", "1"]


@pytest.mark.parametrize("classes", [None, ["no", "yes"]])
def test_a_table_whose_label_is_not_found_is_told_what_to_call_it(table, classes):
    source = table("filename,target,sex\nimg/00.png,1,0\nimg/01.png,0,1\nimg/02.png,0,0\n")
    with pytest.raises(CatalogError, match=r", or call the column that holds the classes 'label'\.$"):
        read_csv(source, classes=classes)


def test_a_path_may_lack_its_ending_or_be_whole(table):
    source = table("")
    whole = source.parent / "img" / "01.png"
    source.write_text(f"image_id,dx\n00,a\n{whole},b\n")
    assert [sample.key for sample in read_csv(source).samples] == ["img/00.png", "img/01.png"]


def test_a_name_with_dots_may_lack_its_ending(tree):
    uid = "1.2.840.113619.2.0.77"
    source = tree({f"img/{uid}.png": 1, f"img/{uid}.1.png": 2, "img/v.2.jpg": 3, "b.png": 4})
    (source / "img/v.2.jpg").rename(source / "img/v.2")
    (source / "t.csv").write_text(f"sop_uid,path,label\n1,{uid},a\n2,img/{uid}.1,b\n3,v.2,a\n4,b,b\n")
    assert [s.key for s in read_csv(source / "t.csv").samples] == [
        "b.png", f"img/{uid}.1.png", f"img/{uid}.png", "img/v.2",
    ]  # fmt: skip
    for name in ("b.jpg", "b.dcm", f"{uid}.2"):
        (source / "t.csv").write_text(f"path,label\n{name},a\nb.png,b\n")
        with pytest.raises(CatalogError, match=rf"there is no file '{name}'"):
            read_csv(source / "t.csv")


def test_a_spreadsheet_is_to_be_saved_as_csv(table):
    source = table("x", "labels.xlsx")
    with zipfile.ZipFile(source, "w") as archive:
        archive.writestr("xl/a.xml", "x")
    for path in (source, source.parent):
        with pytest.raises(CatalogError, match=r"save its table as CSV, and import that as csv\.$"):
            read_csv(path)


def test_a_home_folder_is_found_without_a_shell(table, monkeypatch):
    source = table("path,label\n00.png,a\n01.png,b\n")
    monkeypatch.setenv("HOME", str(source.parent))
    assert len(read_csv(Path("~/labels.csv"), Path("~/img")).samples) == 2
    with pytest.raises(CatalogError, match="There is no folder ~nobody-of-that-name/x"):
        read_csv(Path("~nobody-of-that-name/x"))


def test_a_class_column_that_is_mostly_blank_is_refused_until_a_blank_has_a_meaning(table):
    rows = "".join(f"img/0{i % 3}.png,{i % 2},{1 - i % 2},{'1' if i == 1 else ''}\n" for i in range(3))
    path = table("path,cyst,mass,rare\n" + rows)
    with pytest.raises(CatalogError, match=r"column 'rare' has a 1 in some rows and is blank in others.*--blank-as-0"):
        read_csv(path)
    draft = read_csv(path, marks=Marks(blank_as_0=True))
    assert draft.classes == ("cyst", "mass", "rare")
    assert [sample.labels for sample in draft.samples][1] == ("cyst", "rare")
    assert read_csv(path, classes=["cyst", "mass"]).classes == ("cyst", "mass")


@pytest.mark.parametrize(("name", "words"), [("is_train", ("test", "train")), ("Is Test", ("train", "test"))])
def test_a_column_that_says_who_trains_is_the_split_and_no_class(table, name, words):
    path = table(f"path,cyst,mass,{name}\nimg/00.png,1,0,1\nimg/01.png,0,1,1\nimg/02.png,1,1,0\n")
    draft = read_csv(path)
    assert draft.classes == ("cyst", "mass")
    assert [sample.split for sample in draft.samples] == [words[1], words[1], words[0]]
    assert any(f"'{name}' of" in note and "'split'" in note for note in draft.notes)


def test_a_train_is_a_class_where_a_bus_is_one(table):
    draft = read_csv(table("path,bus,train\nimg/00.png,1,0\nimg/01.png,0,1\nimg/02.png,1,1\n"))
    assert draft.classes == ("bus", "train") and {sample.split for sample in draft.samples} == {None}


def test_a_column_of_folds_is_noted(table):
    draft = read_csv(table("path,label,fold\nimg/00.png,a,0\nimg/01.png,b,1\nimg/02.png,a,2\n"))
    assert any("Column 'fold' of" in note and "not read as a split" in note for note in draft.notes)
