"""BUSI with masks, FETAL_PLANES_DB and a DICOM series: preview, import, one epoch."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from pydicom import Dataset as Header
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, UltrasoundImageStorage, generate_uid

from catalog import Dataset, open_dataset
from catalog.__main__ import main

BUSI = Path(__file__).parents[4] / "shared" / "data" / "busi"
PLANES = ("Fetal abdomen", "Fetal brain", "Fetal femur", "Other")
BRAIN = ("Trans-thalamic", "Trans-cerebellum", "Trans-ventricular")


def grey(seed: int, width: int = 48, height: int = 40) -> np.ndarray:
    """(height, width) uint8: smooth blobs, unlike those of any other seed."""
    small = Image.fromarray(np.random.default_rng(seed).integers(10, 190, (6, 5), dtype=np.uint8))
    return np.asarray(small.resize((width, height), Image.Resampling.BICUBIC))


def walked(kind: str, source: Path, n: int, capsys: pytest.CaptureFixture[str]) -> tuple[Dataset, str]:
    """Preview, import and check a source; return the dataset, and the output of both."""
    command = ["import", kind, str(source), "--name", "known"]
    assert main([*command, "--dry-run"]) == 0
    preview = capsys.readouterr().out
    assert f"would make {n} images" in preview and "all can be used" in preview
    assert main(command) == 0
    said = preview + capsys.readouterr().err
    assert main(["check", "known"]) == 0
    checked = capsys.readouterr().out
    assert "known@1: 0 errors" in checked
    return open_dataset("known"), said + checked


@pytest.mark.slow
@pytest.mark.realdata
def test_busi_with_its_masks_walks_through(data, tmp_path, capsys, one_epoch):
    if not BUSI.is_dir():
        pytest.skip("the real images of ../shared/data/busi are not here")
    n_of = {}
    for folder in ("benign", "malignant", "normal"):
        (tmp_path / "busi" / folder).mkdir(parents=True)
        files = sorted((BUSI / folder).glob("*.png"))[:: 16 if folder == "benign" else 10]
        n_of[folder] = len(files)
        for number, file in enumerate(files):
            copy = Path(shutil.copy(file, tmp_path / "busi" / folder))
            with Image.open(file) as image:
                masks = [Image.new("L", image.size) for _ in range(1 + (number % 5 == 0 and folder == "benign"))]
            for place, mask in enumerate(masks):  # that of a normal image is black, as published
                x, y = 20 + 5 * number, 30 + 90 * place
                if folder != "normal":
                    ImageDraw.Draw(mask).ellipse((x, y, x + 80, y + 60), fill=255)
                mask.save(copy.with_name(f"{copy.stem}_mask{f'_{place}' if place else ''}.png"))
    n_masks = len(list((tmp_path / "busi").rglob("*_mask*.png")))
    dataset, said = walked("folder", tmp_path / "busi", sum(n_of.values()), capsys)
    assert dataset.classes == tuple(n_of) and dataset.samples["label"].value_counts().to_dict() == n_of
    assert f"{n_masks} masks of images were left out" in said and "mask_like" not in said
    assert set(dataset.samples["split"]) == {"train", "val", "test"}
    assert one_epoch(dataset) == dataset.n_samples


@pytest.fixture
def fetal_planes(tmp_path: Path) -> Path:
    """Write FETAL_PLANES_DB as published: folder, columns with the last one's blank, splits."""
    lines = ["Image_name;Patient_num;Plane;Brain_plane;Operator;US_Machine;Train "]
    (tmp_path / "FETAL_PLANES_ZENODO" / "Images").mkdir(parents=True)
    for i in range(32):
        patient, plane = 1 + i // 4, PLANES[i % 4]
        name = f"Patient{patient:05d}_Plane{1 + i % 4}_1_of_1"
        brain = BRAIN[patient % 3] if plane == "Fetal brain" else "Not A Brain"
        lines.append(f"{name};{patient};{plane};{brain};Op. {i % 3};Voluson E6;{int(patient > 2)} ")
        Image.fromarray(grey(i)).save(tmp_path / "FETAL_PLANES_ZENODO" / "Images" / f"{name}.png")
    table = tmp_path / "FETAL_PLANES_ZENODO" / "FETAL_PLANES_DB_data.csv"
    table.write_text("".join(f"{line}\r\n" for line in lines), newline="")
    return table.parent


@pytest.mark.slow
def test_fetal_planes_db_walks_through(data, fetal_planes, capsys, one_epoch):
    dataset, _ = walked("fetal-planes", fetal_planes, 32, capsys)
    assert dataset.classes == tuple(sorted({*PLANES, *BRAIN})) and dataset.samples["patient"].nunique() == 8
    by_split = dataset.samples.groupby("split")["patient"].nunique()
    assert by_split["test"] == 2 and by_split["train"] + by_split["val"] == 6 and by_split["val"] > 0
    assert one_epoch(dataset) == dataset.n_samples


@pytest.fixture
def series(tmp_path: Path) -> Path:
    """Write DICOM of twelve patients in two classes: series of three slices, 12 bits."""
    for patient in range(12):
        study, serial = generate_uid(), generate_uid()
        for place in range(3):
            pixels = (grey(3 * patient + place).astype(np.uint16) * 16)[:, ::-1]
            header = Header()
            header.file_meta = FileMetaDataset()
            header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
            header.file_meta.MediaStorageSOPClassUID = header.SOPClassUID = UltrasoundImageStorage
            header.file_meta.MediaStorageSOPInstanceUID = header.SOPInstanceUID = generate_uid()
            header.StudyInstanceUID, header.SeriesInstanceUID, header.InstanceNumber = study, serial, place + 1
            header.PatientID, header.PatientName, header.Modality = f"MRN-{4711 + patient}", "Doe^Jane", "US"
            header.Rows, header.Columns = pixels.shape
            header.SamplesPerPixel, header.PhotometricInterpretation = 1, "MONOCHROME2"
            header.BitsAllocated, header.BitsStored, header.HighBit, header.PixelRepresentation = 16, 12, 11, 0
            header.PixelData = pixels.tobytes()
            file = tmp_path / "series" / ("cyst", "mass")[patient % 2] / f"IM{patient:04d}" / f"{place + 1:03d}.dcm"
            file.parent.mkdir(parents=True, exist_ok=True)
            header.save_as(file, enforce_file_format=True)
    return tmp_path / "series"


@pytest.mark.slow
def test_a_dicom_series_walks_through(data, series, capsys, one_epoch):
    dataset, said = walked("dicom", series, 36, capsys)
    assert dataset.classes == ("cyst", "mass") and dataset.samples["patient"].nunique() == 12
    assert (dataset.samples.groupby("patient")["split"].nunique() == 1).all()
    assert all(re.fullmatch("[0-9a-f]{16}", patient) for patient in dataset.samples["patient"])
    kept = b"".join(file.read_bytes() for file in data.rglob("*") if file.is_file() and file.name != "patients.key")
    assert b"4711" not in kept and b"Doe" not in kept and "Doe" not in said
    levels = [np.unique(np.asarray(Image.open(file))).size for file in data.rglob("images/**/*.png")]
    assert len(levels) == 36 and min(levels) > 100  # of 12 bits, not the lowest eight
    assert one_epoch(dataset) == dataset.n_samples
