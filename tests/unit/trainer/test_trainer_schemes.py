"""A run on a label scheme is one on the scheme's classes, from the recipe to the store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

import catalog
import store
from catalog.__main__ import main as catalog_main
from catalog.phantom import CLASSES
from catalog.schemes import Scheme
from dashboard.reads import table_frames
from recipes import Recipe
from trainer.__main__ import main
from trainer.errors import TrainerError
from trainer.labels import truth_of


@pytest.fixture(scope="module")
def phantom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[catalog.Dataset]:
    """480 images of 48 pixels, enough for a training image of all 16 classes."""
    root = tmp_path_factory.mktemp("schemes")
    with pytest.MonkeyPatch.context() as patch:
        for name, place in (("ODAP_DATA", "data"), ("ODAP_RUNS", "runs"), ("ODAP_RESULTS", "results.duckdb")):
            patch.setenv(name, str(root / place))
        arguments = ["phantom", "--name", "demo", "--images", "480", "--size", "48", "--workers", "1"]
        assert catalog_main(arguments) == 0
        yield catalog.open_dataset("demo")


def test_truth_is_of_the_schemes_classes(
    phantom: catalog.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ODAP_ROOTS", str(tmp_path))
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


@pytest.mark.parametrize("objective", ["softmax", "sigmoid"])
def test_scores_on_the_datasets_own_labels(phantom: catalog.Dataset, objective: str) -> None:
    truth = truth_of(phantom, objective, "split_negatives")
    assert truth.base is not None and truth_of(phantom, objective).base is None
    rng = np.random.default_rng(0)
    probs = rng.dirichlet(np.ones(16), len(truth.samples)) * 0.4 + truth.targets / truth.targets.sum(1)[:, None] * 0.6
    split = phantom.samples["split"].to_numpy()
    found = truth.base.metrics(probs, objective, split)
    test = split == "test"
    parts = Scheme.load("split_negatives").collapse_to
    whole = np.array([[parts[name] == base for base in CLASSES] for name in truth.classes])
    raw = phantom.samples["label"].map(CLASSES.index).to_numpy()
    collapsed = (
        probs @ whole
        if objective == "softmax"
        else 1 - np.stack([np.prod(1 - probs[:, column], axis=1) for column in whole.T], axis=1)
    )
    on_test = found[(found["split"] == "test") & found["class_name"].isna()].set_index("metric")
    assert on_test["value"]["base_accuracy"] == pytest.approx((collapsed.argmax(1) == raw)[test].mean())
    assert on_test["n"]["base_accuracy"] == test.sum()
    ap = found[(found["split"] == "test") & (found["class_name"] == "ac")].set_index("metric")["value"]
    shows = [("ac" in labels) if objective == "sigmoid" else label == "ac"
             for labels, label in zip(phantom.samples["labels"], phantom.samples["label"], strict=True)]  # fmt: skip
    expected = average_precision_score(np.array(shows)[test], collapsed[test, CLASSES.index("ac")])
    assert ap["base_average_precision"] == pytest.approx(expected)
    assert set(found["class_name"].dropna()) == set(CLASSES) and "base_loss" not in set(found["metric"])


@pytest.mark.slow
def test_a_run_stores_what_pages_need(phantom: catalog.Dataset) -> None:
    settings = ["full.epochs=1", "rounds=0", "image_size=32"]
    words = ["train", "split_negatives", "--run", "split", "--device", "cpu"]
    assert main(words + [part for setting in settings for part in ("--set", setting)]) == 0
    classes = Scheme.load("split_negatives").classes
    assert tuple(store.runs()["classes"][0]) == classes
    frame = store.predictions("split", 0, "full")
    expected = truth_of(phantom, "softmax", "split_negatives").samples.set_index("sample_id")["label"]
    assert frame.set_index("sample_id")["label"].to_dict() == expected.to_dict()
    counts = store.confusion_counts("split", 0, "full", "test")
    assert set(counts["true_class"]) <= set(classes) and counts["n"].sum() == (frame["split"] == "test").sum()
    base = store.metrics(["split"]).query("metric == 'base_accuracy' and split == 'test'")["value"].item()
    own = store.metrics(["split"]).query("metric == 'accuracy' and split == 'test'")["value"].item()
    assert own != base
    shown = table_frames.headlines(store.metrics(["split"]))
    assert shown["accuracy"].item() == base
    assert store.check() == []


def test_the_recipe_that_ships() -> None:
    recipe = Recipe.load("split_negatives")
    assert recipe.label_scheme == "split_negatives" and Recipe.load("demo").label_scheme == "base"
    plain = {"name", "description", "label_scheme"}
    assert recipe.model_dump(exclude=plain) == Recipe.load("demo").model_dump(exclude=plain)
