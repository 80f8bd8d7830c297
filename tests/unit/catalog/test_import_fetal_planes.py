"""FETAL_PLANES_DB in its published form, quirks included.

Burgos-Artizzu et al. 2020, Zenodo record 3904280.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from catalog import CatalogError, check_dataset, open_dataset
from catalog.__main__ import main
from catalog.importers.fetal_planes import read_fetal_planes
from catalog.private import privacy_of

TABLE = "FETAL_PLANES_DB_data.csv"
HEADER = "Image_name;Patient_num;Plane;Brain_plane;Operator;US_Machine;Train "
KINDS = [
    ("Fetal abdomen", "Not A Brain"),
    ("Fetal brain", "Trans-cerebellum"),
    ("Fetal brain", "Trans-thalamic"),
    ("Fetal brain", "Trans-ventricular"),
    ("Fetal brain", "Other"),
    ("Fetal femur", "Not A Brain"),
    ("Fetal thorax", "Not A Brain"),
    ("Maternal cervix", "Not A Brain"),
    ("Other", "Not A Brain"),
]
CLASSES = (
    "Fetal abdomen", "Fetal brain", "Fetal femur", "Fetal thorax", "Maternal cervix", "Other",
    "Trans-cerebellum", "Trans-thalamic", "Trans-ventricular",
)  # fmt: skip


def name_of(patient: int, kind: int) -> str:
    """Return the published name of a patient's image, one per kind."""
    return f"Patient{patient:05d}_Plane{1 + kind // 3}_{1 + kind % 3}_of_3"


@pytest.fixture
def published(tree) -> Callable[..., Path]:
    """Write the tree as published: eight patients, one image per kind, half of them in training."""

    def make(change: Callable[[list[list[str]]], None] = lambda rows: None, header: str = HEADER) -> Path:
        rows = [
            [
                name_of(patient, kind), str(patient), *KINDS[kind],
                f"Op. {1 + patient % 3}", ("Voluson E6", "Aloka")[patient % 2], f"{patient % 2} ",
            ]
            for patient in range(1, 9)
            for kind in range(len(KINDS))
        ]  # fmt: skip
        source = tree({f"Images/{row[0]}.png": place for place, row in enumerate(rows)})
        (source / "README.txt").write_text("x")
        (source / "FETAL_PLANES_DB_data.xlsx").write_bytes(b"x")
        change(rows)
        lines = [header, *(";".join(row) for row in rows)]
        (source / TABLE).write_text("".join(f"{line}\r\n" for line in lines), encoding="utf-8", newline="")
        return source

    return make


@pytest.mark.parametrize("form", ["folder", "zip", "zip of a folder"])
def test_round_trip_as_published(data, published, tmp_path, capsys, form):
    source = published()
    given = {file.stem: file.read_bytes() for file in source.glob("Images/*")}
    if form != "folder":
        with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
            for file in source.rglob("*.*"):
                top = "FETAL_PLANES_ZENODO/" if form == "zip of a folder" else ""
                archive.write(file, f"{top}{file.relative_to(source)}")
        shutil.rmtree(source)
        source = tmp_path / "x.zip"
    assert main(["import", "fetal-planes", str(source), "--name", "planes", "--val", "0.25", "--keep-names"]) == 0
    assert capsys.readouterr().err == "Files keep their names (--keep-names): they may name a person.\n"
    dataset = open_dataset("planes")
    assert dataset.classes == CLASSES and dataset.n_samples == 72 and dataset.has_patients
    hashed = privacy_of("planes").patient
    made = {f"Images/{name_of(patient, kind)}.png": (patient, kind) for patient in range(1, 9) for kind in range(9)}
    for row in dataset.samples.itertuples():
        patient, kind = made.pop(row.key)
        plane, brain_plane = KINDS[kind]
        assert (row.patient, row.label) == (hashed(str(patient)), plane)
        assert row.labels == [plane, *([brain_plane] if brain_plane.startswith("Trans") else [])]
        assert row.device == ("Voluson E6", "Aloka")[patient % 2]
        assert row.split in (("train", "val") if patient % 2 else ("test",))
        assert (dataset.folder / row.path).read_bytes() == given[Path(row.key).stem]
    assert not made
    assert dataset.samples.groupby("split")["patient"].nunique().to_dict() == {"test": 4, "train": 3, "val": 1}
    assert not [finding for finding in check_dataset(dataset) if finding.level == "error"]
    assert all(b"Op. " not in file.read_bytes() for file in data.rglob("*.*"))


def test_quirks_of_names_headers_and_cells(published):
    """Upper-case files and endings, endings in the table, other cases and blanks, rows left out."""

    def change(rows: list[list[str]]) -> None:
        rows[1][0] += ".PNG"
        rows[2][0] = rows[2][0].upper()
        rows[4][2:4] = [" fetal BRAIN ", "other"]
        rows[5][5] = ""
        del rows[6:]

    source = published(change, HEADER.upper().replace("TRAIN ", " Train"))
    first = source / "Images" / "Patient00001_Plane1_1_of_3.png"
    first.rename(first.with_name(first.stem.upper() + ".PNG"))
    (source / TABLE).rename(source / TABLE.lower())
    draft = read_fetal_planes(source)
    assert draft.classes == ("Fetal abdomen", "Fetal brain", "Fetal femur", *CLASSES[-3:])
    assert [sample.key for sample in draft.samples] == [
        "Images/PATIENT00001_PLANE1_1_OF_3.PNG", *(f"Images/{name_of(1, kind)}.png" for kind in range(1, 6))
    ]  # fmt: skip
    assert [sample.labels for sample in draft.samples] == [
        ("Fetal abdomen",), ("Fetal brain", "Trans-cerebellum"), ("Fetal brain", "Trans-thalamic"),
        ("Fetal brain", "Trans-ventricular"), ("Fetal brain",), ("Fetal femur",),
    ]  # fmt: skip
    assert [sample.device for sample in draft.samples] == ["Aloka"] * 5 + [None]
    assert len(draft.notes) == 1 and draft.notes[0].startswith("66 images that no row names were left out: Images/")


def test_a_brain_plane_of_what_is_no_brain_is_told(published):
    draft = read_fetal_planes(published(lambda rows: rows[5].__setitem__(3, "Trans-thalamic")))
    assert draft.notes == ("1 brain plane of what is no brain was left out: Images/Patient00001_Plane2_3_of_3.png",)
    assert draft.samples[5].labels == ("Fetal femur",)


@pytest.mark.parametrize(
    "row, column, value, sentence",
    [
        (3, 0, "Patient99999_Plane1_1_of_1", "row 5: 'Patient99999_Plane1_1_of_1' is no image in folder "),
        (3, 0, "../secret", "row 5: '../secret' is no image in folder "),
        (3, 0, "", "row 5: its Image_name is empty"),
        (3, 0, "Patient00001_Plane1_1_of_3", "row 5: 'Images/Patient00001_Plane1_1_of_3.png' is in row 2 already"),
        (3, 1, " ", "row 5: its Patient_num is empty"),
        (3, 1, "2", "row 11: patient '2' is in test, but in train in row 5; keep each patient in one split"),
        (3, 2, "Fetal foot", "row 5: its Plane 'Fetal foot' is none of Fetal abdomen, Fetal brain, Fetal femur"),
        (3, 3, "Trans", "row 5: its Brain_plane 'Trans' is none of Trans-cerebellum, Trans-thalamic"),
        (3, 6, "2", "row 5: its Train '2' is none of 1, 0"),
        (3, 6, "1;", "row 5: it has 8 cells where the header has 7"),
        (3, 5, "Vol\0uson", "is no text in UTF-8, CP949 or UTF-16"),
    ],
)  # fmt: skip
def test_a_bad_row_is_one_sentence_with_file_and_row(data, published, capsys, row, column, value, sentence):
    source = published(lambda rows: rows[row].__setitem__(column, value))
    (source.parent / "secret.png").write_bytes(next(source.glob("Images/*")).read_bytes())
    assert main(["import", "fetal-planes", str(source), "--name", "planes"]) == 2
    said = capsys.readouterr()
    assert f"{TABLE} {sentence}" in said.err and said.err.count("\n") == 1 and said.out == ""
    assert not data.exists()


def test_another_form_is_one_sentence(published):
    with pytest.raises(
        CatalogError, match=f"{TABLE} has no column 'Patient_num'; its columns are Brain_plane, Image_name"
    ):
        read_fetal_planes(published(header=HEADER.replace("Patient_num", "Patient")))
    source = published()
    twin = source / "Images" / "PATIENT00001_PLANE1_1_OF_3.png"
    shutil.copy(source / "Images" / "Patient00001_Plane1_1_of_3.png", twin)
    with pytest.raises(CatalogError, match=r"row 2: 'Patient00001_Plane1_1_of_3' could be Images/P\S+ or Images/P"):
        read_fetal_planes(source)
    shutil.copy(source / TABLE, source / "Images" / TABLE)
    with pytest.raises(CatalogError, match=f"holds {TABLE} 2 times; name the folder or zip as published"):
        read_fetal_planes(source)
    (source / "Images" / TABLE).unlink()
    with pytest.raises(CatalogError, match=f"Images holds no {TABLE}; name the folder or zip as published"):
        read_fetal_planes(source / "Images")


def test_a_class_that_is_only_a_second_label_is_counted(data, published, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "fetal-planes", str(published()), "--name", "planes", "--val", "0.25"]) == 0
    said = capsys.readouterr().out
    assert "Fetal brain 32, " in said and "Trans-cerebellum 8, Trans-thalamic 8, Trans-ventricular 8." in said


def test_planes_and_splits_are_read_however_they_are_written(published):
    def change(rows):
        for place, row in enumerate(rows):
            row[2] = (row[2].upper(), row[2].replace(" ", "_"), row[2].replace(" ", "\u00a0 "), f"{row[2]}\u200b")[
                place % 4
            ]
            row[6] = {"1 ": ("1.0", "Train", "TRAINING")[place % 3], "0 ": ("0.0", "Test", "testing")[place % 3]}[
                row[6]
            ]

    plain, written = (read_fetal_planes(published(*change)) for change in ((), (change,)))
    seen = [[(sample.key, sample.labels, sample.split) for sample in draft.samples] for draft in (plain, written)]
    assert seen[0] == seen[1]
