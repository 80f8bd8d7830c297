"""Test the shortcut probe with networks that depend on burned-in marks, and that do not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import catalog
from trainer.explain import shortcut_probe

SIZE = 64
TISSUE = {"a": 60, "b": 120}  # grey of the two classes
MARKED = {"a": 3, "b": 2}  # of five each


@pytest.fixture
def dataset(places: Path) -> catalog.Dataset:
    samples = []
    for label, grey in TISSUE.items():
        for i in range(5):
            pixels = np.full((SIZE, SIZE), grey, np.uint8)
            pixels[5, 5 + i] = grey + 1  # no two pictures alike
            mask = np.zeros_like(pixels)
            if i < MARKED[label]:
                pixels[20:31, 25] = pixels[25, 20:31] = 255
                mask[20:31, 25] = mask[25, 20:31] = 1
            samples.append(catalog.NewSample(f"{label}{i}.png", label, pixels, patient=f"{label}{i}", mask=mask))
    return catalog.save_dataset("crosses", samples, classes=("a", "b"), source="test")


def bright(pixels: np.ndarray) -> np.ndarray:
    return pixels.reshape(len(pixels), -1).max(axis=1) > 180


def test_marks_are_painted_out_and_in_and_nothing_else_is_touched(dataset: catalog.Dataset) -> None:
    pairs = shortcut_probe.pairs(dataset, dataset.samples, SIZE, seed=0)
    marked = pairs.change == "painted out"
    assert marked.sum() == 5 and set(pairs.change[~marked]) == {"painted in"}
    assert (bright(pairs.before) == marked).all() and (bright(pairs.after) == ~marked).all()
    tissue = np.array([TISSUE[label] for label in dataset.samples["label"]])
    cleaned = pairs.after[marked].astype(int) - tissue[marked, None, None, None]
    assert np.abs(cleaned).max() <= 3, "what was under the cross is filled in from beside it"
    assert (pairs.marks.any(axis=(1, 2)) == marked).all() and pairs.marks[marked].sum() == 5 * 21
    touched = (pairs.before != pairs.after).mean(axis=(1, 2, 3))
    assert (touched > 0).all() and (touched < 0.25).all()


def test_a_network_that_reads_marks_flips_and_one_that_sees_tissue_does_not(dataset: catalog.Dataset) -> None:
    pairs = shortcut_probe.pairs(dataset, dataset.samples, SIZE, seed=0)

    def tissue(pixels: np.ndarray) -> np.ndarray:
        darker = np.median(pixels.reshape(len(pixels), -1), axis=1) < 100
        return np.stack([darker, ~darker], axis=1)

    def marks_of_a(pixels: np.ndarray) -> np.ndarray:
        return tissue(pixels) & np.stack([bright(pixels), np.ones(len(pixels), bool)], axis=1)

    assert not shortcut_probe.flips(pairs, tissue).any()
    flipped = pd.DataFrame(
        {"change": pairs.change, "label": dataset.samples["label"], "flips": shortcut_probe.flips(pairs, marks_of_a)}
    )
    assert flipped.groupby(["change", "label"])["flips"].agg(["size", "mean"]).apply(tuple, axis=1).to_dict() == {
        ("painted out", "a"): (3, 1.0), ("painted out", "b"): (2, 0.0),
        ("painted in", "a"): (2, 1.0), ("painted in", "b"): (3, 0.0),
    }  # fmt: skip
