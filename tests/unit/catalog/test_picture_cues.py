"""Cues of small pictures, worked out by hand, and the file in which they are kept."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

import catalog
from catalog import picture_cues

SIDE = 32


def dataset(pictures: Sequence[np.ndarray]) -> catalog.Dataset:
    """Training pictures of two classes in turn, and one picture of each other split."""
    others = np.random.default_rng(9).integers(0, 255, (2, SIDE, SIDE), dtype=np.uint8)
    made = [
        catalog.NewSample(f"{i:04d}.png", "ab"[i % 2], one, patient=f"p{i}", split=split)
        for i, (one, split) in enumerate(
            [*((one, "train") for one in pictures), (others[0], "val"), (others[1], "test")]
        )
    ]
    return catalog.save_dataset("cues", made, classes=("a", "b"), source="test")


def flat(*levels: int) -> np.ndarray:
    """One grey level, or one colour, everywhere."""
    return np.full((SIDE, SIDE) if len(levels) == 1 else (SIDE, SIDE, 3), levels, dtype=np.uint8)


def test_colour_brightness_and_contrast_are_those_of_the_pixels(data) -> None:
    halves = flat(0)
    halves[:, SIDE // 2 :] = 204
    cues = catalog.measure_cues(dataset([flat(51), halves, flat(204, 102, 0), flat(51, 51, 51)]))
    assert cues["brightness"].round(3).tolist()[:2] == [0.2, 0.4] and cues["contrast"].round(3).tolist()[:2] == [0, 0.4]
    assert cues["chroma"].round(3).tolist() == [0, 0, 0.8, 0] and cues["coloured"].tolist() == [0, 0, 1, 0]


def test_a_blurred_picture_is_less_sharp_whatever_its_contrast(data) -> None:
    rng = np.random.default_rng(0)
    sharp = rng.integers(0, 255, (SIDE, SIDE)).astype(np.float64)
    blurred = sum(np.roll(sharp, (i, j), (0, 1)) for i in range(3) for j in range(3)) / 9
    faint = 100 + sharp / 4
    cues = catalog.measure_cues(dataset([one.astype(np.uint8) for one in (sharp, blurred, faint)]))
    assert cues["sharpness"][1] < cues["sharpness"][0] - 1
    assert cues["sharpness"][2] == pytest.approx(cues["sharpness"][0], abs=0.1)


def test_crosses_are_found_where_the_manifest_names_no_marks(data) -> None:
    ground = np.random.default_rng(0).integers(20, 40, (64, 64), dtype=np.uint8)
    crossed = ground.copy()
    crossed[26:37, 31], crossed[31, 26:37] = 255, 255
    cues = catalog.measure_cues(dataset([ground, crossed]))
    assert cues["caliper_any"].tolist() == [0, 1]


def test_cues_are_measured_once_for_each_content(data, monkeypatch) -> None:
    made = dataset([flat(level) for level in (10, 20, 30)])
    assert catalog.stored_cues(made) is None
    told: list[tuple[int, int]] = []
    first = catalog.measure_cues(made, lambda done, total: told.append((done, total)))
    assert told[-1] == (3, 3)
    again = catalog.stored_cues(made)
    assert again is not None and again.equals(first)
    monkeypatch.setattr(picture_cues, "_FORM", b"2")
    assert catalog.stored_cues(made) is None, "cues of another form are measured again"
    (made.folder / "cache" / "cues.parquet").write_bytes(b"half a file")
    assert catalog.stored_cues(made) is None


def test_training_pictures_alone_are_measured_and_a_rare_class_is_among_them(data, monkeypatch) -> None:
    monkeypatch.setattr(picture_cues, "MOST_PICTURES", 10)
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 255, (8, 8), dtype=np.uint8) for _ in range(40)]
    made = [
        catalog.NewSample(f"{i:04d}.png", "b" if i % 10 == 0 else "a", one, patient=f"p{i}",
                          split="train" if i < 30 else "val" if i < 35 else "test")
        for i, one in enumerate(pictures)
    ]  # fmt: skip
    kept = catalog.save_dataset("cues", made, classes=("a", "b"), source="test")
    cues = catalog.measure_cues(kept)
    chosen = kept.samples.set_index("sample_id").loc[cues["sample_id"]]
    assert len(cues) == 10 and set(chosen["split"]) == {"train"}
    assert (chosen["label"] == "b").sum() == 3


def test_a_picture_that_is_gone_has_no_cues(data) -> None:
    made = dataset([flat(level) for level in (10, 20, 30)])
    made.image_path(made.samples["sample_id"][1]).unlink()
    cues = catalog.measure_cues(made)
    assert cues["brightness"].isna().tolist() == [False, True, False]
