"""DICOM of every depth, sign and header: true values, whole range, higher is brighter."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset, dcmwrite
from pydicom.dataset import FileMetaDataset
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    UltrasoundMultiFrameImageStorage,
    generate_uid,
)

from catalog import CatalogError
from catalog.builder import decoded
from catalog.importers.dicom import read_dicom
from catalog.importers.dicom_frames import frame

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # of pydicom about odd headers

RAMP = np.tile(np.arange(256, dtype=np.uint16), (4, 1))  # every grey level, from black to white


def header(pixels: np.ndarray, bits: int, kind: str = "MONOCHROME2", syntax: str = ExplicitVRLittleEndian) -> Dataset:
    """Make a dataset of (H, W) or (H, W, 3) pixels, values in the lowest allocated bits."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = UltrasoundMultiFrameImageStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = generate_uid()
    dataset.StudyInstanceUID, dataset.PatientID = generate_uid(), "P1"
    dataset.Rows, dataset.Columns = pixels.shape[:2]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = pixels[0, 0].size, kind
    if pixels.ndim == 3:
        dataset.PlanarConfiguration = 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = pixels.itemsize * 8, bits, bits - 1
    dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
    dataset.PixelData = pixels.tobytes()
    return dataset


def shown(dataset: Dataset, **more: object) -> np.ndarray:
    for keyword, value in more.items():
        setattr(dataset, keyword, value)
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return frame(stream, 0) if not stream.seek(0) else np.empty(0)


def without_mark(dataset: Dataset, implicit: bool, little: bool) -> bytes:
    """Write the file as old scanners do: no preamble, no transfer syntax."""
    del dataset.file_meta
    stream = io.BytesIO()
    dcmwrite(stream, dataset, implicit_vr=implicit, little_endian=little)
    return stream.getvalue()


@pytest.mark.parametrize("declared", [10, 12, 16])
@pytest.mark.parametrize("used", [8, 10, 12])
def test_the_bits_in_use_count_whatever_is_declared(declared, used):
    if used > declared:
        pytest.skip("more in use than there are")
    deep = (RAMP << used - 8).astype(np.uint16)
    np.testing.assert_array_equal(shown(header(deep, declared)), RAMP)
    np.testing.assert_array_equal(shown(header(deep, declared, "MONOCHROME1")), 255 - RAMP)
    np.testing.assert_array_equal(shown(header(deep.astype(np.int16), 16)), RAMP)


def test_signed_values_in_sixteen_bits_keep_their_contrast_and_direction():
    signed = (RAMP.astype(np.int16) - 128) * 8  # -1024 to 1016, as of a CT
    np.testing.assert_array_equal(shown(header(signed, 16)), RAMP)
    np.testing.assert_array_equal(shown(header(signed, 16), RescaleSlope=1, RescaleIntercept=-1024), RAMP)
    np.testing.assert_array_equal(shown(header(signed, 16), RescaleSlope=0.5, RescaleIntercept=0), RAMP)
    np.testing.assert_array_equal(shown(header(signed, 16), RescaleSlope=-1, RescaleIntercept=0), 255 - RAMP)
    eight = (RAMP.astype(np.int16) - 128).astype(np.int8)
    np.testing.assert_array_equal(shown(header(eight, 8)), RAMP)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("high", [11, 13, 15])
def test_the_high_bit_says_where_the_values_are(high, signed):
    values = RAMP.astype(np.int32) * 16 - (2048 if signed else 0)
    noise = np.random.default_rng(0).integers(0, 2**16, values.shape, np.uint16)  # overlays, or what was in memory
    mask = np.uint16((1 << 12) - 1 << high - 11 & 0xFFFF)
    stored = (values << high - 11).astype(np.uint16) & mask | noise & ~mask
    dataset = header(stored, 12)
    dataset.HighBit, dataset.PixelRepresentation = high, int(signed)
    np.testing.assert_array_equal(shown(dataset), RAMP)


@pytest.mark.parametrize("width", [0, 1, -5, "", None])
def test_a_window_that_shows_nothing_gives_way_to_the_next_or_to_the_whole_range(width):
    deep = (RAMP * 16).astype(np.uint16)
    np.testing.assert_array_equal(shown(header(deep, 16), WindowCenter="600", WindowWidth=width), RAMP)
    if width not in ("", None):
        both = shown(header(deep, 16), WindowCenter=["600", "1000.5"], WindowWidth=[str(width), "1001"])
        assert both[0, [31, 32, 93, 94]].tolist() == [0, 3, 252, 255]  # 500 to 1500


def test_windows_of_every_function_by_hand():
    values = np.array([[0, 100, 150, 200, 4000]], np.uint16)
    window = {"WindowCenter": 150, "WindowWidth": 100}
    assert shown(header(values, 12), **window, VOILUTFunction="LINEAR_EXACT").tolist() == [[0, 0, 128, 255, 255]]
    assert shown(header(values, 12), **window, VOILUTFunction="SIGMOID").tolist() == [[1, 30, 128, 225, 255]]
    small = {"WindowCenter": 0.3, "WindowWidth": 0.2, "RescaleSlope": 0.002, "RescaleIntercept": 0}
    assert shown(header(values, 12), **small, VOILUTFunction="LINEAR_EXACT").tolist() == [[0, 0, 128, 255, 255]]


def test_padding_is_black_and_has_no_part_in_the_range():
    signed = (RAMP.astype(np.int16) - 128) * 8
    padded = np.concatenate([np.full((2, 256), -32000, np.int16), signed])
    for padding in (-32000, 2**16 - 32000):  # some write it as if it were unsigned
        dataset = header(padded, 16)
        dataset.add_new("PixelPaddingValue", "SS" if padding < 0 else "US", padding)
        found = shown(dataset)
        assert not found[:2].any()
        np.testing.assert_array_equal(found[2:], RAMP)
    dataset = header(padded, 16, "MONOCHROME1")
    dataset.add_new("PixelPaddingValue", "SS", -32000)
    assert not shown(dataset)[:2].any()


def test_tables_that_declare_more_bits_than_they_use():
    table = Dataset()
    table.LUTDescriptor = [256, 0, 16]
    table.add_new("LUTData", "US", [value * 4 for value in range(256)])  # ten bits in use
    np.testing.assert_array_equal(shown(header(RAMP, 12), VOILUTSequence=[table]), RAMP)
    palette = {
        f"{name}PaletteColorLookupTable{part}": value
        for name in ("Red", "Green", "Blue")
        for part, value in (("Descriptor", [256, 0, 16]), ("Data", np.arange(256, dtype="<u2").tobytes()))
    }
    found = shown(header(RAMP.astype(np.uint8), 8, "PALETTE COLOR"), **palette)
    np.testing.assert_array_equal(found, np.repeat(RAMP[..., None], 3, axis=-1))


def test_deep_colours_keep_the_bits_in_use():
    colours = np.stack([RAMP, RAMP[:, ::-1], RAMP // 2], axis=-1).astype(np.uint16)
    np.testing.assert_array_equal(shown(header(colours * 16, 16, "RGB")), colours)


@pytest.mark.parametrize("keyword, kind", [("FloatPixelData", np.float32), ("DoubleFloatPixelData", np.float64)])
def test_floats_keep_their_range(keyword, kind):
    for values in (RAMP / 255, RAMP.astype(float)):
        dataset = header(values.astype(kind), 8)
        for absent in ("PixelData", "BitsStored", "HighBit", "PixelRepresentation"):
            delattr(dataset, absent)
        setattr(dataset, keyword, values.astype(kind).tobytes())
        np.testing.assert_array_equal(shown(dataset), RAMP)


@pytest.mark.parametrize("syntax, implicit, little", [
    (ImplicitVRLittleEndian, True, True), (ExplicitVRLittleEndian, False, True), (ExplicitVRBigEndian, False, False),
])  # fmt: skip
def test_files_without_the_mark_are_read_where_the_rest_is_sound(tmp_path: Path, syntax, implicit, little):
    for label in "ab":
        (tmp_path / label).mkdir()
        deep = (RAMP * 16).astype("<u2" if little else ">u2")
        raw = without_mark(header(deep, 12, syntax=syntax), implicit, little)
        assert raw[128:132] != b"DICM"
        (tmp_path / label / "1").write_bytes(raw)
        (tmp_path / label / "cut").write_bytes(raw[:150])
        (tmp_path / label / "text").write_bytes(b"\x08\x00" + b"no DICOM at all. " * 30)
    draft = read_dicom(tmp_path)
    assert len(draft.samples) == 2 and draft.notes[0].startswith("4 files that are no DICOM were left out")
    for sample in draft.samples:
        found = decoded(sample)
        assert not isinstance(found, str), found
        np.testing.assert_array_equal(np.asarray(found[1]), RAMP)


def test_a_folder_of_nothing_readable_says_so(tmp_path: Path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.dcm").write_bytes(b"\x08\x00" + bytes(500))
    with pytest.raises(CatalogError, match="holds no DICOM file with a picture"):
        read_dicom(tmp_path)
