"""A run on a label scheme is one on the scheme's classes, from the recipe to the store."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import catalog
import store
from catalog.phantom import CLASSES
from catalog.schemes import Scheme
from trainer.errors import TrainerError
from trainer.recipe import Recipe
from trainer.run import truth_of


@pytest.fixture
def phantom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> catalog.Dataset:
    """480 images of 48 pixels, enough for a training image of all 16 classes."""
    for name, place in (("ODAP_DATA", "data"), ("ODAP_RUNS", "runs"), ("ODAP_RESULTS", "results.duckdb")):
        monkeypatch.setenv(name, str(tmp_path / place))
    arguments = ["phantom", "--name", "demo", "--images", "480", "--size", "48", "--workers", "1"]
    subprocess.run([sys.executable, "-m", "catalog", *arguments], check=True, env=dict(os.environ))
    return catalog.open_dataset("demo")


def test_truth_is_of_the_schemes_classes(phantom: catalog.Dataset, tmp_path: Path) -> None:
    truth = truth_of(phantom, "softmax", "split_negatives")
    scheme = Scheme.load("split_negatives")
    assert truth.classes == scheme.classes and truth.targets.shape == (480, 16)
    raw = phantom.samples["label"].map(CLASSES.index).to_numpy()
    np.testing.assert_array_equal(scheme.collapse(truth.targets, "softmax", CLASSES).argmax(axis=1), raw)
    assert truth_of(phantom, "softmax").classes == tuple(CLASSES)
    assert truth_of(phantom, "sigmoid", "split_negatives").targets.sum() == phantom.samples["labels"].map(len).sum()

    odd = tmp_path / "odd.yaml"
    odd.write_text(
        "name: odd\nclasses: [ac, fl]\nrules:\n  - {label: ac, class: ac}\n  - {label: fl, class: fl}\n"
        "collapse: {ac: ac, fl: fl}\n"
    )
    with pytest.raises(TrainerError, match=r"has no class for \d+ samples of demo@1; add a rule for them"):
        truth_of(phantom, "softmax", str(odd))


@pytest.mark.slow
def test_a_run_stores_what_pages_need(phantom: catalog.Dataset, tmp_path: Path) -> None:
    settings = ["full.epochs=1", "rounds=0", "image_size=32"]
    command = [sys.executable, "-m", "trainer", "train", "split_negatives", "--run", "split"]
    command += [part for setting in settings for part in ("--set", setting)]
    subprocess.run(command, check=True, env=dict(os.environ))
    classes = Scheme.load("split_negatives").classes
    assert tuple(store.runs()["classes"][0]) == classes
    frame = store.predictions("split", 0, "full")
    expected = truth_of(phantom, "softmax", "split_negatives").samples.set_index("sample_id")["label"]
    assert frame.set_index("sample_id")["label"].to_dict() == expected.to_dict()
    counts = store.confusion_counts("split", 0, "full", "test")
    assert set(counts["true_class"]) <= set(classes) and counts["n"].sum() == (frame["split"] == "test").sum()
    assert store.check() == []


def test_the_recipe_that_ships() -> None:
    recipe = Recipe.load("split_negatives")
    assert recipe.label_scheme == "split_negatives" and Recipe.load("demo").label_scheme == "base"
    plain = {"name", "description", "label_scheme"}
    assert recipe.model_dump(exclude=plain) == Recipe.load("demo").model_dump(exclude=plain)
