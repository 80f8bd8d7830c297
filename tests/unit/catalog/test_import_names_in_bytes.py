"""File names that are not UTF-8 are left out or escaped, and never give a traceback."""

from __future__ import annotations

import csv
import json
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from catalog import CatalogError, NewSample, left_out, open_dataset, save_dataset
from catalog.__main__ import main
from catalog.importers import read_draft

LATIN = os.fsdecode(b"M\xdcLLER")  # as Latin-1 spells it
SHOWN = r"M\udcdcLLER"


def pictures(folder: Path, names: list[str], first: int = 0) -> None:
    for seed, name in enumerate(names, first):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.random.default_rng(seed).integers(0, 256, (14, 20), np.uint8)).save(folder / name)


def write_dicom(file: Path, seed: int, n_missing: int = 0) -> None:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    dataset.PatientID = f"P{seed}"
    dataset.Rows = dataset.Columns = 16
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 8, 8, 7, 0
    dataset.BurnedInAnnotation = "YES"
    dataset.PixelData = np.random.default_rng(seed).integers(0, 256, 256 - n_missing, np.uint8).tobytes()
    file.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(file, enforce_file_format=True)


def test_a_folder_leaves_the_picture_out_and_says_so(data, tmp_path, capsys):
    pictures(tmp_path / "src", [f"{c}/{i}.png" for c in "ab" for i in range(4)] + [f"a/{LATIN}.png"])
    for dry in (["--dry-run"], []):
        assert main(["import", "folder", str(tmp_path / "src"), "--name", "x", *dry]) == 0
        said = "".join(capsys.readouterr())
        assert f"1 image whose name is no plain text was left out: 'a/{SHOWN}.png'" in said
    assert open_dataset("x").n_samples == 8 and main(["check", "x"]) in (0, 1)


def test_a_class_that_would_be_lost_is_refused(data, tmp_path, capsys):
    pictures(tmp_path / "src", [f"{c}/{i}.png" for c in ("a", "b", LATIN) for i in range(4)])
    assert main(["import", "folder", str(tmp_path / "src"), "--name", "x"]) == 2
    assert f"'{SHOWN}/0.png' of" in capsys.readouterr().err


def test_a_folder_around_everything_is_told_escaped(data, tmp_path, capsys):
    pictures(tmp_path / LATIN, [f"{c}/{i}.png" for c in "ab" for i in range(4)])
    (tmp_path / "link").symlink_to(tmp_path / LATIN)  # a command line takes UTF-8 only
    assert main(["import", "folder", str(tmp_path / "link"), "--name", "x"]) == 0
    assert open_dataset("x").source == f"folder {tmp_path}/{SHOWN}"


@pytest.mark.parametrize("n_missing", [0, 40])
def test_dicom_names_the_file_escaped_in_notes_and_in_the_list_of_those_left_out(data, tmp_path, capsys, n_missing):
    for seed in range(8):
        write_dicom(tmp_path / "src" / "ab"[seed % 2] / f"x{seed}.dcm", seed)
    write_dicom(tmp_path / "src" / "a" / f"{LATIN}.dcm", 9, n_missing)
    assert main(["import", "dicom", str(tmp_path / "src"), "--name", "x"]) == 0
    dataset = open_dataset("x")
    assert dataset.n_samples == (8 if n_missing else 9)
    assert len(left_out(dataset)) == bool(n_missing)
    said = capsys.readouterr().err
    assert said.encode() and (SHOWN in said) and ("left out" in said) == bool(n_missing)


def test_a_patient_in_latin_letters_is_hashed_all_the_same(data, tmp_path):
    for seed in range(8):
        file = tmp_path / "src" / "ab"[seed % 2] / f"{seed}.dcm"
        write_dicom(file, seed)
        file.write_bytes(file.read_bytes().replace(b"LO\x02\x00P", b"LO\x02\x00\xdc"))
        assert dcmread(file).PatientID != f"P{seed}"
    assert main(["import", "dicom", str(tmp_path / "src"), "--name", "x"]) == 0
    assert open_dataset("x").samples["patient"].nunique() == 8


def test_tables_and_annotations_pass_over_what_they_do_not_name(data, tmp_path, capsys):
    names = [f"{i}.png" for i in range(8)]
    pictures(tmp_path, [*names, f"{LATIN}.png"])
    with (tmp_path / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["path", "label"], *([name, "ab"[i % 2]] for i, name in enumerate(names))])
    coco = {
        "images": [{"id": i, "file_name": name} for i, name in enumerate(names)],
        "categories": [{"id": 0, "name": "a"}, {"id": 1, "name": "b"}],
        "annotations": [
            {"id": i, "image_id": i, "category_id": i % 2, "bbox": [1, 1, 9, 9]} for i in range(len(names))
        ],
    }
    (tmp_path / "instances.json").write_text(json.dumps(coco))
    for i, name in [*enumerate(names), (8, "")]:
        box = "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox>"
        text = f"<annotation><filename>{name}</filename><object><name>{'ab'[i % 2]}</name>{box}</object></annotation>"
        (tmp_path / f"{name.removesuffix('.png') or LATIN}.xml").write_text(text)
    for kind, source in (("csv", "labels.csv"), ("coco", ""), ("voc", "")):
        code = main(["import", kind, str(tmp_path / source), "--name", kind])
        said = capsys.readouterr()
        "".join(said).encode()
        assert code == 0 and open_dataset(kind).n_samples == 8, said


LINE = "x\n1"  # the stem of a name with a control character in it


def annotated(folder: Path, odd: str) -> None:
    """Write images with COCO, VOC and a table, and one image with an odd name in all of them."""
    names = [*(f"{i}.png" for i in range(6)), f"{odd}.png"]
    pictures(folder, names)
    rows = [(name, "ab"[i % 2]) for i, name in enumerate(names)]
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8", errors="surrogateescape") as file:
        csv.writer(file).writerows([["path", "label"], *rows])
    coco = {
        "images": [{"id": i, "file_name": name} for i, name in enumerate(names)],
        "categories": [{"id": 0, "name": "a"}, {"id": 1, "name": "b"}],
        "annotations": [{"id": i, "image_id": i, "category_id": i % 2} for i in range(len(names))],
    }
    (folder / "instances.json").write_text(json.dumps(coco))
    for i, name in enumerate(names):
        text = f"<annotation><filename></filename><object><name>{'ab'[i % 2]}</name></object></annotation>"
        (folder / f"{Path(name).stem}.xml").write_text(text)


def packed(folder: Path) -> Path:
    with zipfile.ZipFile(folder.with_suffix(".zip"), "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder))
    return folder.with_suffix(".zip")


@pytest.mark.parametrize("pack", [Path, packed])
@pytest.mark.parametrize("kind", ["coco", "voc", "csv"])
def test_an_annotated_picture_is_left_out_for_the_reason_that_is_true(pack, kind, tmp_path):
    annotated(tmp_path / "src", LINE)
    draft = read_draft(kind, [str(pack(tmp_path / "src"))])
    said = [note for note in draft.notes if "no plain text" in note]
    assert len(draft.samples) == 6 and len(said) == 1 and "1 " in said[0] and "\n" not in said[0]
    assert not any("missing" in note for note in draft.notes)


@pytest.mark.parametrize("kind", ["coco", "voc"])
def test_a_name_that_is_not_utf_8_is_no_missing_image(kind, tmp_path):
    annotated(tmp_path / "src", LATIN)
    draft = read_draft(kind, [str(tmp_path / "src")])
    assert len(draft.samples) == 6
    assert "1 annotated image whose name is no plain text was left out" in " ".join(draft.notes)
    assert not any("missing" in note for note in draft.notes)


@pytest.mark.parametrize("pack", [Path, packed])
def test_one_odd_name_in_a_folder_of_its_own_does_not_refuse_the_rest(pack, tmp_path):
    pictures(tmp_path / "src", [f"{c}/P{i}/1.png" for c in "ab" for i in range(3)] + [f"a/P9/{LINE}.png"])
    draft = read_draft("folder", [str(pack(tmp_path / "src"))])
    assert len(draft.samples) == 6
    assert "1 image whose name is no plain text was left out: 'a/P9/x\\n1.png'" in draft.notes


def test_dicom_in_a_zip_may_be_called_anything(tmp_path):
    for seed in range(6):
        write_dicom(tmp_path / "src" / "ab"[seed % 2] / f"{seed}.dcm", seed)
    write_dicom(tmp_path / "src" / "a" / f"{LINE}.dcm", 9)
    assert len(read_draft("dicom", [str(packed(tmp_path / "src"))]).samples) == 7


def test_whatever_a_caller_says_is_kept_as_text(data, samples, tmp_path):
    bad = NewSample("a/bad.png", "a", tmp_path / LATIN / "none.png", patient="P99")
    dataset = save_dataset("x", [*samples, bad], classes=["a", "b"], source=f"of {LATIN}", on_bad=lambda _: None)
    assert dataset.source == f"of {SHOWN}" and "cannot be read" in left_out(dataset)[0]
    assert str(CatalogError(LATIN)) == SHOWN


def test_datasets_are_not_kept_where_parquet_could_not_be_written(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ODAP_DATA", str(tmp_path / LATIN))
    assert main(["list"]) == 2
    assert f"{SHOWN} is no folder for datasets, as its name is not UTF-8; name another" in capsys.readouterr().err
