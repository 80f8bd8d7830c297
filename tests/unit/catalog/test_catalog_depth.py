"""Values deeper than eight bits become grey levels by one rule, in any file format."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from catalog.depth import eight_bits
from catalog.pictures import BadPicture, decode

RAMP = np.tile(np.arange(256, dtype=np.uint8), (4, 1))  # every grey level, from black to white
FORMATS = {"u": 1, "i": 2, "f": 3}  # TIFF's names of kinds of numbers


def tiff(pixels: np.ndarray, photometric: int = 1, order: str = "<", deflated: bool = False, bits: int = 0) -> bytes:
    """Write a TIFF of grey pixels in one strip by hand, in forms that libraries cannot write."""
    data = pixels.astype(pixels.dtype.newbyteorder(order)).tobytes()
    data = zlib.compress(data) if deflated else data
    height, width = pixels.shape
    entries = [
        *[(256, width), (257, height), (258, bits or pixels.itemsize * 8), (259, 8 if deflated else 1)],
        *[(262, photometric), (273, 8), (277, 1), (278, height), (279, len(data)), (339, FORMATS[pixels.dtype.kind])],
    ]
    directory = struct.pack(f"{order}H", len(entries))
    directory += b"".join(struct.pack(f"{order}HHII", tag, 4, 1, value) for tag, value in entries)
    start = struct.pack(f"{order}2sHI", b"II" if order == "<" else b"MM", 42, 8 + len(data))
    return start + data + directory + bytes(4)


def shown(data: bytes, name: str = "x.tif") -> np.ndarray:
    return np.asarray(decode(data, name))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("deflated", [False, True])
@pytest.mark.parametrize(
    "pixels, top",
    [
        (RAMP, 255),
        (RAMP.astype(np.uint16) * 257, 65535),
        (RAMP.astype(np.uint16) * 16, 4095),  # twelve bits in sixteen
        (RAMP.astype(np.uint32) * 257, 65535),
        (RAMP.astype(np.float32) / 255, 1),
        (RAMP.astype(np.float32), 255),
    ],
)
def test_a_ramp_comes_out_whole_and_white_is_zero_the_other_way(pixels, top, order, deflated):
    np.testing.assert_array_equal(shown(tiff(pixels, order=order, deflated=deflated)), RAMP)
    upside_down = (np.array(top, pixels.dtype) - pixels).astype(pixels.dtype)
    found = shown(tiff(upside_down, 0, order, deflated))
    off = 1 if pixels.dtype.kind == "f" else 0  # what is cut off below a level is cut off above it
    np.testing.assert_allclose(found.astype(int), RAMP, atol=off)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("deflated", [False, True])
@pytest.mark.parametrize("photometric", [0, 1])
def test_signed_pixels_do_not_wrap(order, deflated, photometric):
    meant = RAMP if photometric else 255 - RAMP
    eight = (RAMP.astype(np.int16) - 128).astype(np.int8)
    np.testing.assert_array_equal(shown(tiff(eight, photometric, order, deflated)), meant)
    sixteen = (RAMP.astype(np.int16) - 128) * 256
    np.testing.assert_array_equal(shown(tiff(sixteen, photometric, order, deflated)), meant)


def test_twelve_packed_bits_of_white_is_zero():
    values = 4095 - RAMP.astype(np.uint16) * 16
    first, second = values[:, ::2], values[:, 1::2]
    packed = np.stack([first >> 4, (first & 15) << 4 | second >> 8, second & 255], axis=-1).astype(np.uint8)
    data = tiff(packed.reshape(4, -1), 0, bits=12)
    at = data.index(struct.pack("<HHI", 256, 4, 1)) + 8
    np.testing.assert_array_equal(shown(data[:at] + struct.pack("<I", 256) + data[at + 4 :]), RAMP)


@pytest.mark.parametrize("most", [255, 1000, 4095, 65535])
def test_a_grey_map_counts_from_black_to_the_brightest_that_it_names(most):
    pixels = (RAMP.astype(np.float64) / 255 * most).round()
    data = b"P5\n256 4\n%d\n" % most + pixels.astype(">u2" if most > 255 else "u1").tobytes()
    np.testing.assert_allclose(shown(data, "x.pgm").astype(int), RAMP, atol=1)


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_few_bits_reach_from_black_to_white(bits):
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    values = np.arange(2**bits, dtype=np.uint8).repeat(8)
    row = np.packbits(np.unpackbits(values[:, None], axis=1)[:, -bits:].ravel()).tobytes()
    head = struct.pack(">IIBBBBB", len(values), 1, bits, 0, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" + row)) + chunk(b"IEND", b"")
    found = shown(b"\x89PNG\r\n\x1a\n" + body, "x.png")
    assert found[0].tolist() == (values.astype(int) * 255 // (2**bits - 1)).tolist()


@pytest.mark.parametrize("bits", [12, 16])
def test_sixteen_bit_grey_beside_alpha_is_the_grey(bits):
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    grey = RAMP.astype(np.uint16) * 2 ** (bits - 8)
    rows = np.stack([grey, np.full_like(grey, 65535)], axis=-1).astype(">u2")
    head = struct.pack(">IIBBBBB", 256, 4, 16, 4, 0, 0, 0)
    packed = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))
    body = chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    found = shown(b"\x89PNG\r\n\x1a\n" + body, "x.png")
    np.testing.assert_array_equal(found if found.ndim == 2 else found[..., 0], RAMP)


def test_cmyk_of_adobe_and_of_others_is_no_negative():
    colours = np.zeros((16, 32, 3), np.uint8)
    colours[:, :16] = 230
    stream = io.BytesIO()
    Image.fromarray(colours).convert("CMYK").save(stream, "JPEG", quality=95)
    found = shown(stream.getvalue(), "x.jpg")
    assert found[:, :14].min() > 215 and found[:, 18:].max() < 15


def test_ranges_by_hand():
    deep = np.array([-5, 0, 1200], np.int16)
    assert eight_bits(deep).tolist() == [14, 15, 85]  # -256 to 4095
    hounsfield = np.array([-1000, 0, 1000], np.int16)
    assert eight_bits(hounsfield).tolist() == [3, 128, 253]  # -1024 to 1023
    assert eight_bits(np.array([0, 1024, 2047], np.uint16), declared=11).tolist() == [0, 128, 255]
    offset = np.array([32768, 32768 + 1024, 32768 + 2048], np.uint16)  # as files that hold no negative numbers have it
    assert eight_bits(offset).tolist() == [0, 64, 128]
    assert eight_bits(np.array([30000, 30001, 30003], np.uint16)).tolist() == [0, 1, 3]  # no noise is blown up
    assert eight_bits(np.array([-1, 0, 0.5], np.float32)).tolist() == [0, 128, 192]
    assert eight_bits(np.array([0, 0.01, np.nan, np.inf], np.float32)).tolist() == [0, 163, 0, 0]
    assert eight_bits(np.array([0, 0.75, 1.5], np.float64)).tolist() == [0, 96, 192]
    assert eight_bits(np.array([7, 7], np.float32)).tolist() == [7, 7]


def test_padding_has_no_part_in_the_range():
    values = np.array([-32768, 0, 128, 255], np.int16)
    assert eight_bits(values, ignored=values == -32768).tolist() == [0, 0, 128, 255]


@given(st.sampled_from(["u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8"]), st.data())
def test_brighter_is_never_darker_and_contrast_is_kept(kind, data):
    kind = np.dtype(kind)
    bounds = np.iinfo(kind) if kind.kind != "f" else None
    number = (
        st.floats(-(2.0**90), 2.0**90, width=32) if bounds is None else st.integers(int(bounds.min), int(bounds.max))
    )
    values = np.array(sorted(data.draw(st.lists(number, min_size=2, max_size=20))), kind)
    levels = eight_bits(values).astype(int)
    assert (np.diff(levels) >= 0).all()
    if kind.itemsize > 1 and float(values[-1]) - float(values[0]) >= 255:
        assert levels[-1] - levels[0] >= 7


@pytest.mark.parametrize(
    ("kind", "said"),
    [(np.float16, "16-bit floats"), (np.float64, "64-bit floats"), (np.int64, "64-bit signed whole numbers"),
     (np.uint64, "64-bit whole numbers"), (np.complex64, "64-bit complex numbers")],
)  # fmt: skip
def test_values_that_cannot_be_read_are_told_by_their_kind(kind, said):
    sample_format = {"u": 1, "i": 2, "f": 3, "c": 6}[np.dtype(kind).kind]
    pixels = np.arange(12).reshape(3, 4).astype(kind)
    tags = [(256, 4), (257, 3), (258, 8 * pixels.itemsize), (259, 1), (262, 1), (273, 8), (277, 1), (278, 3),
            (279, pixels.nbytes), (339, sample_format)]  # fmt: skip
    entries = b"".join(struct.pack("<HHII", number, 4, 1, value) for number, value in tags)
    directory = struct.pack("<H", len(tags)) + entries + bytes(4)
    data = b"II*\0" + struct.pack("<I", 8 + pixels.nbytes) + pixels.tobytes() + directory
    with pytest.raises(BadPicture, match=f"is a TIFF of {said}, which cannot be read; save it with 32-bit floats"):
        decode(data, "x.tif")
    with pytest.raises(BadPicture, match="nor any other that can be read"):
        decode(data[:20], "x.tif")
