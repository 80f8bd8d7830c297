"""Test folds: views of a dataset whose test splits are its parts, and divide no group."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import catalog
from catalog import CatalogError, Fold, NewSample, open_dataset, save_dataset


@pytest.fixture
def dataset(data: object) -> catalog.Dataset:
    """Make 60 pictures of two classes: every third nearly the one before, under another patient."""
    rng = np.random.default_rng(0)
    samples = []
    for i in range(60):
        if i % 3 != 1:
            pixels = rng.integers(0, 256, (8, 8), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
        else:
            pixels = np.clip(pixels.astype(int) + 3, 0, 255).astype(np.uint8)
        label = "ab"[(i // 3) % 2]
        samples.append(NewSample(key=f"{i:02d}.png", label=label, patient=None, content=pixels))
    return save_dataset("parts", samples, classes=("a", "b"), source="made here")


def test_the_folds_test_every_picture_once_and_divide_no_group(dataset: catalog.Dataset) -> None:
    groups = dataset.groups(5)
    assert len(np.unique(groups)) == 40  # twenty pairs of near-duplicates
    tested = np.zeros(60, int)
    for number in range(1, 6):
        fold = open_dataset(f"parts@1-{number}of5")
        assert (fold.dataset_id, fold.fold) == (f"parts@1-{number}of5", Fold(number, 5))
        split = fold.samples["split"].to_numpy()
        tested += split == "test"
        assert set(split) == {"train", "val", "test"} and (split == "train").sum() >= 40
        assert all(len(set(split[groups == group])) == 1 for group in np.unique(groups))
        assert fold.samples.drop(columns="split").equals(dataset.samples.drop(columns="split"))
        assert fold.images(16).shape == (60, 1, 16, 16)
    assert (tested == 1).all()


def test_fingerprints_are_read_from_the_cache_the_second_time(
    dataset: catalog.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = dataset.groups(5)
    monkeypatch.setattr("catalog.folds.fingerprint", lambda _: pytest.fail("made twice"))
    assert np.array_equal(open_dataset("parts").groups(5), first)
    assert replace(dataset, fold=Fold(2, 5)).samples["split"].eq("test").any()


@pytest.mark.parametrize(
    "name", ["parts@1-0of5", "parts@1-6of5", "parts@1-1of1", "parts@1-1of21", "parts@1-2", "parts@1-"]
)
def test_a_fold_that_is_not_there_is_refused(dataset: catalog.Dataset, name: str) -> None:
    with pytest.raises(CatalogError, match=rf"There is no dataset '{name}'\. Known: parts@1\."):
        open_dataset(name)
