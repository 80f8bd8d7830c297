"""DICOM files as scanners write them: pixels are imported, identities are not."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    MPEG2MPML,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    UltrasoundMultiFrameImageStorage,
    generate_uid,
)  # fmt: skip

from catalog import CatalogError, open_dataset, save_dataset
from catalog.__main__ import main
from catalog.builder import decoded
from catalog.importers.dicom import read_dicom
from catalog.importers.dicom_frames import frame
from catalog.pictures import BadPicture

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # of pydicom about damage

H, W = 12, 16
IDENTITY = {
    "PatientID": "MRN-4711-XYZ",
    "PatientName": "Mustermann^Erika",
    "PatientBirthDate": "19870102",
    "AccessionNumber": "ACC99881",
    "InstitutionName": "Klinik am See",
    "OperatorsName": "Sonographer^Sam",
    "StudyDate": "20240229",
}


def noise(seed: int, *shape: int, most: int = 256) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, most, shape, dtype=np.uint16).astype("u1" if most <= 256 else "u2")


def dicom(pixels: np.ndarray, kind: str = "MONOCHROME2", syntax: str = ExplicitVRLittleEndian, **more) -> Dataset:
    """Make a DICOM dataset of (H, W), (H, W, 3), or with frames first, in the standard's form."""
    is_colour = kind.startswith(("RGB", "YBR"))
    frames = pixels.shape[0] if pixels.ndim == (4 if is_colour else 3) else None
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = UltrasoundMultiFrameImageStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = generate_uid()
    dataset.StudyInstanceUID = generate_uid()
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 3 if is_colour else 1, kind
    if is_colour:
        dataset.PlanarConfiguration = 0
    dataset.Rows, dataset.Columns = pixels.shape[-3:-1] if is_colour else pixels.shape[-2:]
    dataset.BitsAllocated = dataset.BitsStored = pixels.itemsize * 8
    if frames is not None:
        dataset.NumberOfFrames = frames
    dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
    for keyword, value in more.items():
        setattr(dataset, keyword, value)
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelData = pixels.tobytes()
    return dataset


def packed(dataset: Dataset) -> bytes:
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def seen(dataset: Dataset, index: int = 0) -> np.ndarray:
    return frame(io.BytesIO(packed(dataset)), index)


def write(folder: Path, files: dict[str, Dataset | bytes]) -> Path:
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else packed(content))
    return folder


def table_of(values: list[int], depth: int) -> Dataset:
    item = Dataset()
    item.LUTDescriptor = [len(values), 0, depth]
    item.add_new("LUTData", "US", values)
    return item


def test_eight_bits_are_shown_as_they_are_and_monochrome1_upside_down():
    pixels = noise(1, H, W)
    np.testing.assert_array_equal(seen(dicom(pixels)), pixels)
    np.testing.assert_array_equal(seen(dicom(pixels, syntax=ImplicitVRLittleEndian)), pixels)
    np.testing.assert_array_equal(seen(dicom(pixels, "MONOCHROME1")), 255 - pixels)


def test_a_window_over_twelve_bits_by_hand():
    deep = np.array([[0, 1000, 1001, 1500, 2000, 4095]], np.uint16)
    window = {
        "BitsStored": 12,
        "WindowCenter": 1500.5,
        "WindowWidth": 1001,
    }  # linear from 1000 to 2000, PS3.3 C.11.2.1.2
    assert seen(dicom(deep, **window)).tolist() == [[0, 0, 0, 128, 255, 255]]
    assert seen(dicom(deep, "MONOCHROME1", **window)).tolist() == [[255, 255, 255, 127, 0, 0]]
    several = window | {"WindowCenter": [1500.5, 40], "WindowWidth": [1001, 400]}
    assert seen(dicom(deep, **several)).tolist() == [[0, 0, 0, 128, 255, 255]]
    rescaled = window | {"RescaleSlope": 2, "RescaleIntercept": -1000, "WindowCenter": 2000.5, "WindowWidth": 2001}
    assert seen(dicom(deep, **rescaled)).tolist() == [[0, 0, 0, 128, 255, 255]]
    assert seen(dicom(deep, BitsStored=12)).tolist() == [[0, 62, 62, 93, 125, 255]]
    overlaid = np.array([[0xF000, 0x1000 | 2048]], np.uint16)  # old files keep overlays above the stored bits
    assert seen(dicom(overlaid, BitsStored=12)).tolist() == [[0, 128]]
    signed = np.array([[-2048, 0, 2047]], np.int16)
    assert seen(dicom(signed, BitsStored=12)).tolist() == [[0, 128, 255]]


def test_lookup_tables_of_values_by_hand():
    deep = np.array([[0, 255, 256, 4095]], np.uint16)
    squeezed = table_of([value >> 4 for value in range(4096)], 8)
    assert seen(dicom(deep, BitsStored=12, VOILUTSequence=[squeezed])).tolist() == [[0, 15, 16, 255]]
    upside = table_of([255 - value for value in range(256)], 8)
    assert seen(dicom(np.array([[0, 7, 255]], np.uint8), ModalityLUTSequence=[upside])).tolist() == [[255, 248, 0]]


def test_windows_of_single_frames_in_enhanced_files():
    def window(center: float, width: float) -> Dataset:
        groups, item = Dataset(), Dataset()
        item.WindowCenter, item.WindowWidth = center, width
        groups.FrameVOILUTSequence = [item]
        return groups

    frames = np.stack([np.full((2, 2), 100, np.uint8)] * 2)
    enhanced = dicom(frames, PerFrameFunctionalGroupsSequence=[window(100.5, 101), window(50, 20)])
    assert seen(enhanced, 0)[0, 0] == 128 and seen(enhanced, 1)[0, 0] == 255


def test_colours_of_every_interpretation():
    colours = noise(3, H, W, 3)
    np.testing.assert_array_equal(seen(dicom(colours, "RGB")), colours)
    planes = dicom(np.ascontiguousarray(colours.transpose(2, 0, 1)).reshape(H, W, 3), "RGB", PlanarConfiguration=1)
    np.testing.assert_array_equal(seen(planes), colours)
    red = np.full((H, W, 3), (76, 85, 255), np.uint8)  # JFIF: Y, Cb, Cr of pure red
    assert np.abs(seen(dicom(red, "YBR_FULL")).astype(int) - (255, 0, 0)).max() <= 2
    palette = {
        f"{name}PaletteColorLookupTable{part}": value
        for name, table in (("Red", [0, 10, 20, 30]), ("Green", [5, 5, 5, 5]), ("Blue", [255, 254, 253, 252]))
        for part, value in (("Descriptor", [4, 0, 8]), ("Data", bytes(table)))
    }
    shown = seen(dicom(np.array([[0, 1], [3, 9]], np.uint8), "PALETTE COLOR", **palette))
    assert shown.tolist() == [[[0, 5, 255], [10, 5, 254]], [[30, 5, 252], [30, 5, 252]]]


def recoded(dataset: Dataset, kind: int, folder: Path) -> bytes:
    """Compress the file with gdcm in one of its transfer syntaxes."""
    import gdcm

    plain = write(folder, {"plain.dcm": dataset}) / "plain.dcm"
    reader, change, writer = gdcm.ImageReader(), gdcm.ImageChangeTransferSyntax(), gdcm.ImageWriter()
    reader.SetFileName(str(plain))
    assert reader.Read()
    change.SetTransferSyntax(gdcm.TransferSyntax(kind))
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer.SetFileName(str(folder / "packed.dcm"))
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    assert writer.Write()
    return (folder / "packed.dcm").read_bytes()


@pytest.mark.parametrize("kind", ["RLELossless", "JPEGLosslessProcess14_1", "JPEGLSLossless", "JPEG2000Lossless"])
def test_compressed_frames_come_back_exactly(tmp_path, kind):
    import gdcm

    deep = noise(5, 3, H, W, most=4096)
    dataset = dicom(deep, BitsStored=12)
    plain = [seen(dataset, index) for index in range(3)]
    raw = recoded(dataset, getattr(gdcm.TransferSyntax, kind), tmp_path)
    assert deep.tobytes() not in raw
    for index in range(3):
        np.testing.assert_array_equal(frame(io.BytesIO(raw), index), plain[index])


def test_jpeg_colours_come_back_nearly():
    colours = np.full((H, W, 3), (200, 40, 90), np.uint8)
    stream = io.BytesIO()
    Image.fromarray(colours).save(stream, "JPEG", quality=95, subsampling=0)
    dataset = dicom(colours, "YBR_FULL")
    dataset.PixelData = encapsulate([stream.getvalue()])
    dataset["PixelData"].VR = "OB"
    dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    assert np.abs(seen(dataset).astype(int) - colours).max() <= 4


@pytest.fixture
def source(tmp_path) -> Path:
    """Write images of three patients in two classes; file and folder names identify them."""
    other = IDENTITY | {"PatientID": "MRN-0815", "PatientName": "Musterfrau^Anna"}
    films = {f"ac/Mustermann/film{i}": dicom(noise(i, 3, H, W), **IDENTITY) for i in range(2)}
    single = {f"fl/MRN-0815_{i}.dcm": dicom(noise(10 + i, H, W), **other) for i in range(2)}
    nobody = {"fl/x.dcm": dicom(noise(20, H, W), BurnedInAnnotation="YES"), "ac/y.dcm": dicom(noise(21, H, W))}
    return write(tmp_path / "Mustermann" / "source", films | single | nobody | {"ac/README.txt": b"no DICOM"})


def test_films_and_pictures_come_in_and_nobody_with_them(data, source, capsys):
    assert main(["import", "dicom", str(source), "--name", "us"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("us@1: 10 images")
    dataset = open_dataset("us")
    table = dataset.samples.set_index("key")
    keys = [f"ac/{file:06d}_{index:03d}.png" for file in (1, 2) for index in (1, 2, 3)]
    assert list(table.index) == [
        *keys,
        "ac/000003_001.png",
        "fl/000004_001.png",
        "fl/000005_001.png",
        "fl/000006_001.png",
    ]
    for number in range(2):
        for index in range(3):
            path = dataset.folder / table.loc[f"ac/{number + 1:06d}_{index + 1:03d}.png", "path"]
            with Image.open(path) as stored:
                np.testing.assert_array_equal(np.asarray(stored), noise(number, 3, H, W)[index])
    assert table.loc[keys, "patient"].nunique() == 1 and table["patient"].nunique() == 4
    assert table.loc["fl/000004_001.png", "patient"] == table.loc["fl/000005_001.png", "patient"]
    assert table["patient"].str.fullmatch("[0-9a-f]{16}").all()
    assert table.groupby("patient")["split"].nunique().max() == 1
    identifying = re.compile("|".join([*IDENTITY.values(), "Muster", "MRN", "1\\.2\\.826"]).encode(), re.IGNORECASE)
    stored = [file for file in data.rglob("*") if file.is_file()]
    assert len(stored) == 13
    assert [
        file for file in stored if identifying.search(file.read_bytes() + str(file.relative_to(data)).encode())
    ] == []
    notes = said.err.splitlines()
    assert notes[0] == "1 file that is no DICOM was left out: ac/README.txt"
    (dropped,) = [line for line in notes if line.startswith("Tags dropped")]
    assert (
        "PatientID 4, PatientName 4," in dropped and "StudyInstanceUID 6" in dropped and "AccessionNumber 4" in dropped
    )
    assert "PixelData" not in dropped and not identifying.search(dropped.encode())
    assert "Without PatientID, so that each study counts as a patient: ac/y.dcm, fl/x.dcm" in notes
    (warning,) = [line for line in notes if line.startswith("Warning")]
    assert "BurnedInAnnotation YES" in warning and warning.endswith("fl/x.dcm")
    assert any(line.startswith("5 files do not say whether text is burned") for line in notes)


def test_a_zip_gives_the_same_pictures_and_patients_in_the_next_version_and_others_elsewhere(data, source, tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in source.rglob("*"):
            archive.write(file, file.relative_to(source))
    tables = []
    for name, place in (("us", source), ("us", tmp_path / "x.zip"), ("other", source)):
        assert main(["import", "dicom", str(place), "--name", name]) == 0
        tables.append(open_dataset(name).samples)
    assert tables[0].equals(tables[1])
    assert tables[0][["key", "sha256", "split"]].equals(tables[2][["key", "sha256", "split"]])
    assert not set(tables[0]["patient"]) & set(tables[2]["patient"])


def test_a_table_may_have_the_classes(source, tmp_path):
    rows = ["path;labels;split;patient", "ac/Mustermann/film1;bpd|ac;train;Erika", "fl/x.dcm;ac;val;Max"]
    rows += ["ac/README.txt;bpd;train;Erika", "fl/MRN-0815_0.dcm;bpd;test;Eva"]
    (tmp_path / "labels.csv").write_text("\n".join(rows))
    draft = read_dicom(source, tmp_path / "labels.csv")
    assert draft.classes == ("ac", "bpd")
    assert [(s.key, s.label, s.labels, s.split) for s in draft.samples] == [
        *((f"bpd/000001_{index:03d}.png", "bpd", ("bpd", "ac"), "train") for index in (1, 2, 3)),
        ("bpd/000002_001.png", "bpd", ("bpd",), "test"),
        ("ac/000003_001.png", "ac", ("ac",), "val"),
    ]
    assert not {sample.patient for sample in draft.samples} & {"Erika", "Max", "Eva"}
    assert draft.notes[-2:] == (
        "1 row that names no readable DICOM was left out: ac/README.txt",
        "3 DICOM files in no row were left out: ac/Mustermann/film0, ac/y.dcm, fl/MRN-0815_1.dcm",
    )


@pytest.mark.parametrize("who", ["ANONYMOUS", "Anony^mized ", "anonymised", "_ANON_", "Unknown", "none", "0", "^"])
def test_a_placeholder_is_no_patient_and_each_study_counts(data, tmp_path, who):
    studies = [generate_uid() for _ in range(6)]
    files = {
        f"{'ab'[i % 2]}/{i}": dicom(noise(i, H, W), PatientID=who, StudyInstanceUID=studies[i // 2]) for i in range(12)
    }
    draft = read_dicom(write(tmp_path / "source", files))
    table = save_dataset("us", draft.samples, classes=draft.classes, source=draft.source).samples
    assert table["patient"].nunique() == 6 and set(table["split"]) == {"train", "val", "test"}
    assert table.groupby("patient")["split"].nunique().max() == 1
    assert (
        f"Without PatientID or with a placeholder for it ({who.strip()}), so that each study counts as a patient: "
        "a/0, a/10, a/2 and 9 more"
    ) in draft.notes


def test_what_merely_begins_like_a_placeholder_is_a_patient(tmp_path):
    ids = ["ANON001", "ANON001", "00", "none-7"]
    files = {f"{'ab'[i % 2]}/{i}": dicom(noise(i, H, W), PatientID=who) for i, who in enumerate(ids)}
    draft = read_dicom(write(tmp_path, files))
    assert len({sample.patient for sample in draft.samples}) == 3
    assert not any("Without PatientID" in note for note in draft.notes)


def test_names_in_a_table_may_lack_an_ending_whatever_dots_they_have(tmp_path):
    uid = "1.2.840.113619.2.0"
    files = {f"{uid}.77.dcm": dicom(noise(1, H, W)), f"deep/{uid}.78.IMA": dicom(noise(2, H, W))}
    files |= {f"{uid}.79": dicom(noise(3, H, W)), "a.dicom": dicom(noise(4, H, W)), "a.png": b"a look at it"}
    source = write(tmp_path / "source", files)
    (tmp_path / "labels.csv").write_text(f"path,label\n{uid}.77,a\n{uid}.78,b\n{uid}.79,c\na,d\n")
    draft = read_dicom(source, tmp_path / "labels.csv")
    assert [sample.label for sample in draft.samples] == ["a", "c", "d", "b"]


def broken(change: Callable[[bytes], bytes]) -> bytes:
    return change(packed(dicom(noise(1, 2, H, W))))


def encapsulated(content: bytes, syntax: str) -> bytes:
    dataset = dicom(noise(1, H, W))
    dataset.PixelData = encapsulate([content])
    dataset["PixelData"].VR = "OB"
    dataset.file_meta.TransferSyntaxUID = syntax
    return packed(dataset)


BAD = [
    (broken(lambda raw: raw[:-40]), r"^a/000007_002.png \(frame 2 of a/bad.dcm\) cannot be decoded \(its pixels are"),
    (packed(dicom(noise(1, H, W), Rows=65535, Columns=65535)), r"\(a/bad.dcm\) has 65535 x 65535 pixels"),
    (packed(dicom(noise(1, H, W), NumberOfFrames=2_000_000)), r"says that it has 2,000,000 frames; 1 to 10,000"),
    (packed(dicom(noise(1, H, W), syntax=DeflatedExplicitVRLittleEndian)), "is a deflated DICOM file; export it"),
    (encapsulated(b"no JPEG at all", JPEGLSLossless), r"\(frame 1 of a/bad.dcm\) cannot be decoded \(its compressed "),
    (encapsulated(b"no video", MPEG2MPML), r"\(frame 1 of a/bad.dcm\) cannot be decoded \(.+ not supported\)\.$"),
]  # fmt: skip


@pytest.mark.parametrize("raw, sentence", BAD)
def test_a_bad_file_is_one_sentence_that_names_it(data, tmp_path, raw, sentence, capsys):
    good = {f"{'ab'[i % 2]}/{i}.dcm": dicom(noise(i, H, W), PatientID=f"P{i}") for i in range(12)}
    source = write(tmp_path / "source", good | {"a/bad.dcm": raw})
    assert main(["import", "dicom", str(source), "--name", "us"]) == 0
    said = capsys.readouterr().err.splitlines()
    place = next(place for place, line in enumerate(said) if line.endswith("left out:"))
    assert re.search(sentence, said[place + 1].strip()) and "Traceback" not in "".join(said)
    assert main(["import", "dicom", str(source), "--name", "us", "--strict"]) == 2
    assert re.search(sentence.lstrip("^"), capsys.readouterr().err.strip())
    assert sorted(file.name for file in (data / "us").iterdir()) == ["1", "patients.key"]


@pytest.mark.parametrize("keep, new", [(140, b""), (250, b""), (300, b"\xff" * 60), (140, b"\xff" * 300)])
def test_a_broken_header_is_reported_by_the_name_of_its_file(tmp_path, keep, new):
    raw = broken(lambda raw: raw[:keep] + new + raw[keep + len(new) :] if new else raw[:keep])
    good = {name: dicom(noise(1, H, W)) for name in ("a/1.dcm", "b/1.dcm")}
    draft = read_dicom(write(tmp_path, good | {"a/bad.dcm": raw}))
    found = [decoded(sample) for sample in draft.samples]
    said = [one for one in (*draft.notes, *found) if isinstance(one, str) and "a/bad.dcm" in one]
    assert len(said) == 1 and re.search("is a broken DICOM file|without a readable picture", said[0]), (
        said,
        draft.notes,
    )


def test_a_source_of_another_form_is_one_sentence(tmp_path):
    with pytest.raises(CatalogError, match="holds no DICOM file with a picture; name a folder or zip"):
        read_dicom(write(tmp_path / "none", {"a/1.dcm": b"", "b/report.dcm": b"x" * 500}))
    one = dicom(noise(1, H, W))
    with pytest.raises(CatalogError, match=r"has only one class folder with images \('a'\)"):
        read_dicom(write(tmp_path / "one", {"a/1.dcm": one}))
    report = dicom(noise(1, H, W))
    del report.Rows, report.Columns, report.PixelData
    draft = read_dicom(write(tmp_path / "r", {"a/1.dcm": one, "b/1": one, "DICOMDIR": report, "loose.dcm": one}))
    assert draft.notes[0] == "1 DICOM file without a readable picture was left out: DICOMDIR"
    assert draft.notes[-1] == "1 DICOM file outside a class folder was left out: loose.dcm"


WHOLE = packed(dicom(noise(1, 2, H, W), **IDENTITY))


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(132, len(WHOLE) - 1), st.binary(min_size=1, max_size=8)), max_size=6),
    st.integers(140, len(WHOLE)),
)
def test_no_damage_raises_anything_but_a_sentence(tmp_path_factory, damage, keep):
    raw = bytearray(WHOLE)
    for place, new in damage:
        raw[place : place + len(new)] = new
    folder = write(tmp_path_factory.mktemp("damaged"), {"a/1.dcm": bytes(raw[:keep]), "b/1.dcm": WHOLE})
    try:
        draft = read_dicom(folder)
    except CatalogError as error:
        assert "\n" not in str(error)
        return
    for sample in draft.samples[:8]:
        found = decoded(sample)
        assert not isinstance(found, str) or "\n" not in found


def test_frames_out_of_range_are_refused():
    with pytest.raises(BadPicture, match="cannot be decoded"):
        seen(dicom(noise(1, 2, H, W)), 2)
