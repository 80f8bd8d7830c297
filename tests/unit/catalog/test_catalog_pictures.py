"""Image files that are accepted, and the pixels they decode to."""

from __future__ import annotations

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from catalog.pictures import BadPicture, decode, decode_file, encode_png, is_grey, is_picture_name, letterbox


def stored(picture: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, format=kind, **options)
    return stream.getvalue()


GREY = Image.fromarray(np.arange(48, dtype=np.uint8).reshape(6, 8) * 5)


@pytest.mark.parametrize(
    "kind, name", [("PNG", "x.PNG"), ("TIFF", "x.tif"), ("BMP", "x.bmp"), ("PNG", "초.png"), ("GIF", "x.GIF")]
)
def test_lossless_formats_come_back_exactly(kind, name):
    np.testing.assert_array_equal(np.asarray(decode(stored(GREY, kind), name).convert("L")), np.asarray(GREY))


@pytest.mark.parametrize("kind, name", [("JPEG", "x.jpg"), ("JPEG", "x.JPEG"), ("WEBP", "x.webp")])
def test_lossy_formats_come_back(kind, name):
    assert decode(stored(GREY, kind), name).size == (8, 6)


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("kind, name", [("PNG", "x.png"), ("TIFF", "x.tiff")])
def test_of_sixteen_bits_the_upper_eight_in_use_are_kept(kind, name, bits):
    deep = np.array([[0, 1, 2 ** (bits - 2), 2**bits - 1]], dtype=np.uint16)
    assert np.asarray(decode(stored(Image.fromarray(deep), kind), name)).tolist() == [[0, int(bits == 8), 64, 255]]
    if kind == "TIFF":
        big_endian = stored(Image.fromarray(deep.astype(">u2")), kind)
        assert np.asarray(decode(big_endian, name)).tolist() == [[0, int(bits == 8), 64, 255]]
    if bits < 16:
        beyond = np.array([[0, 2**bits]], dtype=np.uint16)
        assert np.asarray(decode(stored(Image.fromarray(beyond), kind), name)).tolist() == [[0, 64]]


def deep_colours(ending: str, most: int, channels: int = 3) -> bytes:
    pixels = np.linspace(0, most, 6 * 8 * channels).astype(np.uint16).reshape(6, 8, channels)
    return cv2.imencode(ending, pixels)[1].tobytes()


@pytest.mark.parametrize("ending", [".png", ".tif"])
@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("bits", [8, 12, 14, 16])
def test_sixteen_bit_colours_keep_the_upper_eight_in_use(ending, channels, bits):
    shown = np.asarray(decode(deep_colours(ending, 2**bits - 1, channels), f"x{ending}"))
    sent = np.linspace(0, 2**bits - 1, 6 * 8 * channels).astype(np.uint16).reshape(6, 8, channels)
    np.testing.assert_array_equal(shown, sent[..., 2::-1] >> bits - 8)  # OpenCV writes blue first


@pytest.mark.parametrize("kind, name", [("PNG", "x.png"), ("TIFF", "x.tif"), ("BMP", "x.bmp"), ("WEBP", "x.webp")])
def test_colours_come_back_exactly_from_lossless_formats(kind, name):
    colours = np.random.default_rng(0).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    lossless = {"lossless": True} if kind == "WEBP" else {}
    np.testing.assert_array_equal(decode(stored(Image.fromarray(colours), kind, **lossless), name), colours)


@pytest.mark.parametrize("kind, name", [("JPEG", "x.jpg"), ("WEBP", "x.webp")])
def test_colours_come_back_nearly_from_lossy_formats(kind, name):
    colours = np.full((16, 16, 3), (200, 40, 90), np.uint8)
    shown = decode(stored(Image.fromarray(colours), kind, quality=95), name)
    assert shown.mode == "RGB" and np.abs(np.asarray(shown, int) - colours).max() <= 4


@pytest.mark.parametrize("mode, expected", [("1", "L"), ("LA", "L"), ("P", "RGB"), ("RGBA", "RGB"), ("RGB", "RGB")])
def test_every_mode_becomes_grey_or_rgb(mode, expected):
    assert decode(stored(GREY.convert(mode), "PNG"), "x.png").mode == expected


@pytest.mark.parametrize("orientation", range(9))
def test_a_picture_is_turned_as_its_exif_says(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    sent = stored(GREY, "PNG", exif=exif)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(sent)))
    np.testing.assert_array_equal(np.asarray(decode(sent, "x.png")), np.asarray(upright))
    assert decode(sent, "x.png").size == ((6, 8) if orientation >= 5 else (8, 6))


def test_a_broken_exif_turns_nothing():
    sent = stored(GREY, "PNG", exif=b"Exif\0\0MM\0*\0\0\xff\xff")
    np.testing.assert_array_equal(np.asarray(decode(sent, "x.png")), np.asarray(GREY))


def huge_png() -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "data, name, sentence",
    [
        (b"", "x.png", "is empty"),
        (b"hello", "x.png", "is no PNG picture"),
        (stored(GREY, "JPEG"), "x.png", "is not what its name says: it holds JPEG, not PNG"),
        (stored(GREY, "PNG"), "x.jpg", "it holds PNG, not JPEG"),
        (stored(Image.effect_noise((64, 64), 50), "PNG")[:900], "x.png", "is cut off or broken"),
        (stored(Image.effect_noise((64, 64), 50), "JPEG")[:400], "x.jpg", "is cut off or broken"),
        (stored(GREY, "TIFF", save_all=True, append_images=[GREY]), "x.tif", "holds several frames"),
        (stored(GREY, "GIF", save_all=True, append_images=[GREY.rotate(180)]), "x.gif", "holds several frames"),
        (stored(Image.fromarray(np.full((2, 2), np.nan, np.float32)), "TIFF"), "x.tif", "no finite pixel"),
        (huge_png(), "x.png", "pixels"),
    ],
)
def test_what_is_no_sound_picture_is_said_so(data, name, sentence):
    with pytest.raises(BadPicture, match=sentence):
        decode(data, name)


@settings(deadline=None)
@given(st.binary(max_size=200), st.integers(0, 80))
def test_no_bytes_raise_anything_else(tail, keep):
    try:
        decode(stored(GREY, "PNG")[:keep] + tail, "x.png")
    except BadPicture as error:
        assert "\n" not in str(error)


def test_names():
    assert is_picture_name("a/b.PNG") and is_picture_name("x.jpeg")
    assert not any(map(is_picture_name, ["SOURCE.md", "x", "x.heic", "x.png.zip", ".png"]))


def test_a_file_is_seen_as_a_model_gets_it(tmp_path):
    deep = np.array([[0, 256, 1024, 4095]], dtype=np.uint16)
    (tmp_path / "x.png").write_bytes(stored(Image.fromarray(deep), "PNG"))
    assert np.asarray(decode_file(tmp_path / "x.png")).tolist() == [[0, 16, 64, 255]]
    (tmp_path / "y.png").write_bytes(b"x")
    assert decode_file(tmp_path / "y.png") is None and decode_file(tmp_path / "none.png") is None


def test_letterbox_by_hand():
    wide = Image.fromarray(np.full((2, 4), 9, np.uint8))
    assert letterbox(wide, 4, 1).tolist() == [[[0] * 4, [9] * 4, [9] * 4, [0] * 4]]
    assert letterbox(wide, 4, 3).shape == (3, 4, 4)


def test_grey():
    colour = np.repeat(np.asarray(GREY)[..., None], 3, axis=2)
    assert is_grey(decode(encode_png(colour), "x.png"))
    colour[2, 3, 1] ^= 1
    assert not is_grey(decode(encode_png(colour), "x.png"))
