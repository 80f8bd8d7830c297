"""Cached pixels equal Pillow's, are made once, and are made again when the file is changed."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from catalog import CatalogError, NewSample, cache, open_dataset, save_dataset


@pytest.fixture(autouse=True)
def forget(monkeypatch):
    """Forget which files were checked, as in a new process."""
    monkeypatch.setattr(cache, "_checked", {})


def save(samples, **more):
    return save_dataset("tiny", samples, classes=("a", "b"), source="test", **more)


def reference(path: Path, size: int, mode: str) -> np.ndarray:
    picture = Image.open(path).convert(mode)
    scale = size / max(picture.size)
    fitted = picture.resize(
        (max(1, round(picture.width * scale)), max(1, round(picture.height * scale))), Image.Resampling.BICUBIC
    )
    canvas = Image.new(mode, (size, size))
    canvas.paste(fitted, ((size - fitted.width) // 2, (size - fitted.height) // 2))
    return np.atleast_3d(np.asarray(canvas)).transpose(2, 0, 1)


def shapes(colour: bool) -> list[NewSample]:
    rng = np.random.default_rng(0)
    sides = [(20, 14), (14, 20), (32, 32), (33, 7), (1, 50), (100, 99)]
    return [
        NewSample(f"{i}.png", "ab"[i % 2], rng.integers(0, 256, (*side, 3) if colour else side, dtype=np.uint8))
        for i, side in enumerate(sides)
    ]


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("size", [16, 32, 41])
def test_pixels_are_those_of_pillow(data, colour, size):
    dataset = save(shapes(colour))
    pixels = dataset.images(size)
    assert isinstance(pixels, np.memmap) and pixels.dtype == np.uint8
    assert pixels.shape == (6, 3 if colour else 1, size, size)
    for row, path in enumerate(dataset.samples["path"]):
        expected = reference(dataset.folder / path, size, "RGB" if colour else "L")
        np.testing.assert_array_equal(pixels[row], expected)
    with pytest.raises(ValueError):
        pixels[0] = 0


def test_grey_stored_as_colour_is_grey_and_one_coloured_picture_makes_all_colour(data, samples):
    grey = [replace(sample, content=np.repeat(sample.content[..., None], 3, axis=2)) for sample in samples]
    dataset = save(grey)
    assert dataset.channels == 1
    np.testing.assert_array_equal(dataset.images(20)[0, 0, 3:17], grey[0].content[..., 0])
    tinted = grey[4].content.copy()
    tinted[0, 0, 2] ^= 1
    assert save([*grey[:4], replace(grey[4], content=tinted), *grey[5:]]).channels == 3


def test_it_is_made_once_and_told_of(data, samples):
    dataset, told = save(samples), []
    dataset.images(16, lambda done, total: told.append((done, total)))
    assert told == [(i + 1, 30) for i in range(30)]
    file = dataset.folder / "cache" / "16.npy"
    before = file.stat()
    open_dataset("tiny").images(16, lambda *_: pytest.fail("made again"))
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("harm", ["flip", "cut", "empty", "no description", "other content", "nonsense"])
def test_it_is_made_again_when_it_is_damaged(data, samples, harm, monkeypatch):
    dataset = save(samples)
    good = np.array(dataset.images(16))
    file = dataset.folder / "cache" / "16.npy"
    whole = file.read_bytes()
    if harm == "flip":
        file.write_bytes(whole[:-5] + bytes([whole[-5] ^ 255]) + whole[-4:])
    elif harm == "cut":
        file.write_bytes(whole[:-100])
    elif harm == "empty":
        file.write_bytes(b"")
    elif harm == "no description":
        file.with_suffix(".json").unlink()
    elif harm == "other content":
        text = file.with_suffix(".json").read_text()
        file.with_suffix(".json").write_text(text.replace(dataset.content_hash, "0" * 64))
    else:
        file.write_bytes(b"nonsense" * 100)
        file.with_suffix(".json").write_text("[]")
    monkeypatch.setattr(cache, "_checked", {})
    np.testing.assert_array_equal(dataset.images(16), good)
    assert file.read_bytes() == whole
    assert sorted(path.name for path in file.parent.iterdir()) == ["16.json", "16.lock", "16.npy"]


def test_what_a_killed_builder_left_is_removed(data, samples):
    dataset = save(samples)
    (dataset.folder / "cache").mkdir()
    left = dataset.folder / "cache" / ".16.npy.01234567.tmp"
    left.write_bytes(b"half")
    dataset.images(16)
    assert not left.exists()


def test_builders_at_once_agree(data, samples):
    dataset = save(samples)
    code = (
        "import catalog, hashlib; print(hashlib.sha256(catalog.open_dataset('tiny').images(48).tobytes()).hexdigest())"
    )
    runs = [
        subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[3], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert len({run.communicate()[0] for run in runs}) == 1 and all(run.returncode == 0 for run in runs)
    assert sorted(path.name for path in (dataset.folder / "cache").iterdir()) == ["48.json", "48.lock", "48.npy"]


def test_a_picture_that_went_bad_is_named_and_nothing_is_left(data, samples):
    dataset = save(samples)
    file = dataset.folder / dataset.samples["path"][7]
    file.write_bytes(file.read_bytes()[:60])
    with pytest.raises(CatalogError, match=rf"{file.name} is .*; see: python -m catalog check tiny@1"):
        dataset.images(16)
    assert [path.name for path in (dataset.folder / "cache").iterdir()] == ["16.lock"]


def test_a_mad_size_is_refused(data, samples):
    with pytest.raises(CatalogError, match="it must be from 8 to 4096"):
        save(samples).images(0)
