"""Metadata is removed from every format, no pixel changes, and the orientation stays."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin, TiffImagePlugin

from catalog import NewSample, check_dataset, open_dataset, save_dataset
from catalog.metadata import metadata_in, without_metadata
from catalog.pictures import decode
from catalog.revision import SampleChange, revise

WHO = b"KIM_YOUNGHEE"
NAME = WHO.decode()
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="%d" who="KIM_YOUNGHEE"/></x:xmpmeta>'
ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def picture(mode: str = "RGB", side: int = 24) -> Image.Image:
    rng = np.random.default_rng(len(mode))
    smooth = np.linspace(0, 200, side * (side + 8) * 3).reshape(side, side + 8, 3) + rng.integers(0, 50, (side, 1, 3))
    if mode == "I;16":
        return Image.fromarray((smooth[..., 0] * 200).astype(np.uint16))
    return Image.fromarray(smooth.astype(np.uint8)).convert(mode)


def exif(turn: int = 1) -> bytes:
    tags = Image.Exif()
    tags[0x010E], tags[0x013B], tags[0x0112] = NAME, NAME, turn
    tags.get_ifd(0x8825)[2] = (37.0, 33.0, 36.0)
    return tags.tobytes()


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def jpeg(mode: str = "RGB", turn: int = 1, **options: object) -> bytes:
    """Write a JPEG with all metadata that a camera, an archive and an editor add."""
    raw = saved(picture(mode), "JPEG", exif=exif(turn), comment=WHO, icc_profile=ICC, **options)
    iptc = b"Photoshop 3.0\0" + WHO
    return raw[:2] + b"\xff\xed" + struct.pack(">H", len(iptc) + 2) + iptc + raw[2:] + b"after " + WHO


def png(mode: str, turn: int = 1, xmp: bytes = b"") -> bytes:
    text = PngImagePlugin.PngInfo()
    text.add_text("Patient", NAME)
    text.add_text("Comment", NAME, zip=True)
    text.add_itxt("XML:com.adobe.xmp", (xmp or XMP % 1).decode())
    raw = saved(picture(mode), "PNG", pnginfo=text, exif=exif(turn), icc_profile=ICC)
    body = b"prVt" + WHO
    private = struct.pack(">I", len(WHO)) + body + struct.pack(">I", zlib.crc32(body))
    return raw[:33] + private + raw[33:] + WHO


def tiff(mode: str, turn: int = 1, order: str = "II", **options: object) -> bytes:
    tags = TiffImagePlugin.ImageFileDirectory_v2(prefix=order.encode())
    tags[270], tags[315], tags[274], tags[700], tags[65000] = NAME, NAME, turn, XMP % 1, NAME
    return saved(picture(mode), "TIFF", tiffinfo=tags, **options)


def gif() -> bytes:
    return saved(picture("P"), "GIF", comment=WHO, transparency=3) + WHO


def bmp() -> bytes:
    return saved(picture(), "BMP") + WHO


FILES = {
    "plain.jpg": jpeg(),
    "grey.jpg": jpeg("L"),
    "cmyk.jpg": jpeg("CMYK"),
    "progressive.jpg": jpeg(progressive=True, quality=60),
    "restart.jpg": jpeg(restart_marker_rows=1),
    "mpo.jpg": saved(picture(), "MPO", save_all=True, append_images=[picture("RGB", 16)], exif=exif()),
    **{f"turned{turn}.jpg": jpeg(turn=turn) for turn in range(2, 9)},
    **{f"{mode.replace(';', '')}.png": png(mode) for mode in ("L", "RGB", "RGBA", "LA", "P", "1", "I;16")},
    **{f"turned{turn}.png": png("RGB", turn) for turn in range(2, 9)},
    "by_xmp.png": png("RGB", xmp=XMP % 6),
    "lossy.webp": saved(picture(), "WEBP", exif=exif(6), xmp=XMP % 6, icc_profile=ICC),
    "lossless.webp": saved(picture("RGBA"), "WEBP", lossless=True, exif=exif()[6:]),
    **{f"{mode.replace(';', '')}.tif": tiff(mode) for mode in ("L", "RGB", "P", "1", "I;16", "CMYK")},
    "turned.tif": tiff("L", 8),
    "lzw.tif": tiff("RGB", compression="tiff_lzw"),
    "deflate.tif": tiff("L", compression="tiff_adobe_deflate"),
    "jpeg.tif": tiff("RGB", compression="jpeg"),
    "big.tif": tiff("RGB", big_tiff=True),
    "palette.gif": gif(),
    "after.bmp": bmp(),
}


@pytest.mark.parametrize("name", FILES)
def test_what_says_who_it_is_leaves_and_no_pixel_changes(name):
    raw = FILES[name]
    before = decode(raw, name)
    assert metadata_in(raw) and (WHO in raw or b"Photo" in raw or b"Exif" in raw)
    clean, is_png = without_metadata(raw, name, before)
    assert not is_png and len(clean) < len(raw)
    after = decode(clean, name)
    assert after.mode == before.mode
    np.testing.assert_array_equal(np.asarray(after), np.asarray(before))
    assert WHO not in clean and metadata_in(clean) == ()
    assert without_metadata(clean, name, after) == (clean, False)


def test_big_tiff_and_other_orders_are_taken_apart():
    """Pillow writes little-endian; scanners do not."""
    pixels = np.arange(12, dtype=">u2").tobytes()
    tags = [(256, 3, 4), (257, 3, 3), (258, 3, 16), (259, 3, 1), (262, 3, 1), (273, 4, 0), (277, 3, 1), (278, 3, 3)]
    tags += [(279, 4, len(pixels)), (305, 2, 0)]
    start = 8 + 2 + 12 * len(tags) + 4
    text = WHO + b"\0"
    entries = b""
    for number, kind, value in tags:
        if number == 305:
            entries += struct.pack(">HHII", number, kind, len(text), start + len(pixels))
            continue
        value = start if number == 273 else value
        entries += struct.pack(">HHI", number, kind, 1) + struct.pack(">HH" if kind == 3 else ">I", *(
            (value, 0) if kind == 3 else (value,)
        ))  # fmt: skip
    raw = b"MM" + struct.pack(">HIH", 42, 8, len(tags)) + entries + bytes(4) + pixels + text
    before = decode(raw, "x.tif")
    clean, is_png = without_metadata(raw, "x.tif", before)
    assert not is_png and WHO not in clean and clean.startswith(b"MM")
    np.testing.assert_array_equal(np.asarray(decode(clean, "x.tif")), np.asarray(before))


@pytest.mark.parametrize(
    "name, raw", [("x.jpg", saved(picture(), "JPEG")), ("x.png", saved(picture("I;16"), "PNG")),
                  ("x.tif", saved(picture("L"), "TIFF")), ("x.gif", saved(picture("P"), "GIF")),
                  ("x.bmp", saved(picture(), "BMP")), ("x.webp", saved(picture(), "WEBP"))],
)  # fmt: skip
def test_a_file_without_any_stays_byte_for_byte(name, raw):
    assert metadata_in(raw) == () and without_metadata(raw, name, decode(raw, name)) == (raw, False)


def test_colours_stay_right_that_a_marker_or_a_profile_tells():
    clean, _ = without_metadata(jpeg("CMYK"), "x.jpg", decode(jpeg("CMYK"), "x.jpg"))
    assert b"Adobe" in clean and b"ICC_PROFILE" in clean
    clean, _ = without_metadata(png("RGB"), "x.png", decode(png("RGB"), "x.png"))
    assert b"iCCP" in clean


def test_a_file_that_cannot_be_put_together_again_becomes_png():
    raw = saved(picture("L"), "TIFF", compression="jpeg") + b""
    odd = raw[:2] + raw[2:].replace(struct.pack("<HH", 279, 4), struct.pack("<HH", 65001, 4))  # lengths are gone
    image = picture("L")
    stored, is_png = without_metadata(odd, "x.tif", image)
    assert is_png
    np.testing.assert_array_equal(np.asarray(decode(stored, "x.png")), np.asarray(image))


@pytest.fixture
def pictured(data):
    names = ["turned6.jpg", "by_xmp.png", "I16.tif", "palette.gif", "lossy.webp", "after.bmp"]
    samples = [NewSample(f"{i}/{n}", "ab"[i % 2], FILES[n]) for i, n in enumerate(names)]
    return save_dataset("mine", samples, classes=("a", "b"), source="test")


def test_nothing_of_it_is_in_a_dataset_nor_found_by_its_check(data, pictured):
    assert all(WHO not in file.read_bytes() for file in data.rglob("*") if file.is_file())
    assert "metadata" not in {finding.code for finding in check_dataset(pictured)}


def test_a_revision_keeps_its_samples_as_they_are(data, pictured, monkeypatch):
    new = revise("mine", [SampleChange(pictured.samples["sample_id"][0], "relabelled", "b")])
    assert new.samples["sample_id"].tolist() == pictured.samples["sample_id"].tolist()
    monkeypatch.setattr("catalog.builder.without_metadata", lambda *_: pytest.fail("a stored picture is rewritten"))
    revise("mine", [SampleChange(pictured.samples["sample_id"][1], "relabelled", "a")])
    assert open_dataset("mine").version == 3


def test_check_tells_what_a_stored_picture_says(data, monkeypatch):
    monkeypatch.setattr("catalog.builder.without_metadata", lambda raw, name, picture: (raw, False))
    samples = [NewSample(f"{n}", "ab"[i % 2], FILES[n]) for i, n in enumerate(("plain.jpg", "L.png", "L.tif"))]
    samples.append(NewSample("clean.png", "b", np.asarray(picture("L"))))
    dataset = save_dataset("old", samples, classes=("a", "b"), source="test")
    [finding] = [one for one in check_dataset(dataset) if one.code == "metadata"]
    assert finding.level == "warning" and len(finding.samples) == 3
    assert finding.message.startswith("3 pictures hold more than pixels (") and "import them again" in finding.message
    for kind in ("EXIF", "IPTC", "comment", "text", "XMP"):
        assert kind in finding.message
