"""Test odd datasets: classes that are only a second label, given splits that share patients."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import catalog
import store
from trainer.__main__ import main

SMALL = ("image_size=32", "batch_size=16", "model=shufflenet_v2_x1_0")
STAGED = (*SMALL, "rounds=1", "full.epochs=1", "hard_negative.epochs=1", "refined.epochs=1")


@pytest.fixture
def odd(places: Path) -> set[str]:
    """Make a dataset: `d` is only a second label, half of the training patients are in test too.

    Returns the sample_ids of training samples whose patients are in no other split.
    """
    rng = np.random.default_rng(0)
    samples = []
    for i in range(144):
        split = ("train", "train", "val", "test")[i % 4]
        patient = f"p{i // 4}" if split == "val" or i % 4 == 1 else f"both {i // 4}"
        label = "abc"[i // 4 % 3]
        pixels = rng.integers(0, 200, (32, 32), dtype=np.uint8)  # noise: there is always something to mine
        labels = (label, "d") if label == "a" else (label,)
        patient += split if not patient.startswith("both") else ""
        samples.append(
            catalog.NewSample(key=f"{i}.png", label=label, labels=labels, content=pixels, patient=patient, split=split)
        )
    dataset = catalog.save_dataset("odd", samples, classes=("a", "b", "c", "d"), source="test")
    found = dataset.samples
    elsewhere = set(found.loc[found["split"] != "train", "patient"])
    sound = found[(found["split"] == "train") & ~found["patient"].isin(elsewhere)]
    assert 0 < len(sound) < (found["split"] == "train").sum()
    return set(sound["sample_id"])


def train(recipe: str, run_id: str, *settings: str) -> int:
    words = [part for setting in settings for part in ("--set", setting)]
    return main(["train", recipe, "--dataset", "odd", "--run", run_id, "--device", "cpu", *words])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("recipe", "settings"),
    [
        ("demo", STAGED),
        ("demo", (*STAGED, "miner.name=top_loss", "miner.predictions=out_of_fold", "loss=class_weighted")),
        ("demo", (*STAGED, "miner.name=errors", "guard.name=confident", "focus.balanced=true")),
        ("demo_multi_label", (*SMALL, "full.epochs=1")),
    ],
)
def test_a_run_on_odd_data_comes_to_its_end_and_mines_no_patient_of_another_split(
    odd: set[str], recipe: str, settings: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(recipe, "r", *settings) == 0
    n = int((store.samples("odd@1")["split"] == "train").sum()) - len(odd)
    assert f"{n} training samples are of patients who are in validation or test too" in capsys.readouterr().out
    run = store.run("r")
    assert run is not None and run["status"] == "done" and list(run["classes"]) == ["a", "b", "c", "d"]
    mined = store.mined("r")
    assert set(mined["sample_id"]) <= odd and (recipe != "demo" or len(mined))
    assert "d" not in set(mined["true_class"])
    metrics = store.metrics(["r"])
    overall = metrics[metrics["class_name"].isna() & (metrics["split"] == "test")]
    assert overall.set_index("metric")["value"].loc[["accuracy", "macro_f1"]].notna().all()
    assert store.check() == []


def test_a_class_that_no_training_sample_shows_is_refused(places: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(0)
    samples = [
        catalog.NewSample(
            key=f"{i}.png", label="ab"[i % 2], labels=("ab"[i % 2], "d") if i % 4 == 3 else ("ab"[i % 2],),
            content=rng.integers(0, 200, (32, 32), dtype=np.uint8), split=("train", "train", "val", "test")[i % 4],
        )
        for i in range(32)
    ]  # fmt: skip
    catalog.save_dataset("odd", samples, classes=("a", "b", "d"), source="test")
    assert train("demo", "r", *STAGED) == 2
    assert "has no training sample of d;" in capsys.readouterr().err and store.run("r") is None


def many_labels(rows: list[tuple[str, tuple[str, ...], str, str]]) -> None:
    """Make a dataset of samples given as key, labels, split and patient."""
    rng = np.random.default_rng(0)
    samples = [
        catalog.NewSample(
            key=f"{key}.png", label=labels[0], labels=labels, content=rng.integers(0, 200, (32, 32), dtype=np.uint8),
            split=split, patient=patient,
        )
        for key, labels, split, patient in rows
    ]  # fmt: skip
    catalog.save_dataset("odd", samples, classes=("a", "b"), source="test")


@pytest.mark.parametrize("recipe", ["demo_multi_label", "demo"])
def test_a_single_training_sample_is_refused(places: Path, capsys: pytest.CaptureFixture[str], recipe: str) -> None:
    many_labels([("0", ("a", "b"), "train", "p"), ("1", ("a",), "val", "q"), ("2", ("b",), "test", "r")])
    assert train(recipe, "r", *SMALL, "full.epochs=1") == 2
    assert "has a single training sample, and a mini-batch takes two" in capsys.readouterr().err
    assert store.run("r") is None


@pytest.mark.slow
def test_two_training_samples_train(places: Path) -> None:
    held = [("2", ("a",), "val", "q"), ("3", ("b",), "test", "r")]
    many_labels([("0", ("a", "b"), "train", "p"), ("1", ("a",), "train", "o"), *held])
    assert train("demo_multi_label", "r", *SMALL, "full.epochs=1") == 0


@pytest.mark.slow
def test_a_quick_model_of_few_samples_takes_fewer_steps(places: Path) -> None:
    """Make a dataset of mostly one patient: a model without it has three samples."""
    rows = [(f"{i}", ("ab"[i % 2],), "train", "p0" if i < 85 else f"p{i}") for i in range(88)]
    many_labels([*rows, *[(f"h{i}", ("ab"[i % 2],), ("val", "test")[i // 2], f"h{i}") for i in range(4)]])
    few = ("miner.predictions=out_of_fold", "miner.folds=2", "miner.fold_epochs=1", "batch_size=4")
    assert train("demo", "r", *STAGED, *few) == 0
    assert store.check() == []


def test_a_quick_model_of_a_single_sample_is_refused(places: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [(f"{i}", ("ab"[i % 2],), "train", "p0" if i < 29 else "p1") for i in range(30)]
    many_labels([*rows, *[(f"h{i}", ("ab"[i % 2],), ("val", "test")[i // 2], f"h{i}") for i in range(4)]])
    assert train("demo", "r", *STAGED, "miner.predictions=out_of_fold", "miner.folds=2") == 2
    assert "a quick model would be trained on 1 of 30 samples" in capsys.readouterr().err
    assert store.run("r") is None
