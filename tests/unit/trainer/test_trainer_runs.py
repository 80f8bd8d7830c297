"""Whole tiny runs: the budget, the seed, and the multi-label path."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

import catalog
import store
from analysis.thresholds import best_f1_thresholds
from trainer.__main__ import main

ROOT = Path(__file__).parents[3]
SETTINGS = {
    "image_size": 32, "batch_size": 16, "model": "mobilenet_v3_small", "full.epochs": 3, "hard_negative.epochs": 2,
    "refined.epochs": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two datasets of a few images: one class each, and one or two classes each."""
    root = tmp_path_factory.mktemp("house")
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        for name, place in (("RESULTS", "results.duckdb"), ("DATA", "data"), ("RUNS", "runs")):
            patch.setenv(f"ODAP_{name}", str(root / place))
        rng = np.random.default_rng(0)
        single, multi = [], []
        for i in range(130):  # 130 images: epochs do not divide evenly into mini-batches
            first, second = i % 3, (i // 3) % 3
            for samples, shown in ((single, {first}), (multi, {first, second})):
                pixels = rng.integers(0, 150, (32, 32), dtype=np.uint8)
                for c in shown:
                    pixels[:, c * 10 : c * 10 + 10] += np.uint8(rng.integers(0, 100))
                labels = tuple("abc"[c] for c in sorted(shown))
                samples.append(catalog.NewSample(f"{i}.png", "abc"[first], pixels, labels=labels, patient=f"p{i // 2}"))
        catalog.save_dataset("single", single, classes=("a", "b", "c"), source="test")
        catalog.save_dataset("multi", multi, classes=("a", "b", "c"), source="test")
        yield root


def words(recipe: str, dataset: str, run_id: str, **settings: object) -> list[str]:
    given = [part for key, value in {**SETTINGS, **settings}.items() for part in ("--set", f"{key}={value}")]
    return ["train", recipe, "--dataset", dataset, "--run", run_id, "--device", "cpu", *given]


def train(recipe: str, dataset: str, run_id: str, **settings: object) -> None:
    """Train in this process: to start torch takes longer than the training."""
    assert main(words(recipe, dataset, run_id, **settings)) == 0


def train_in_a_process(recipe: str, dataset: str, run_id: str, **settings: object) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "trainer", *words(recipe, dataset, run_id, **settings)], cwd=ROOT, timeout=240,
        env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_the_control_has_the_budget_of_the_mining_run_and_a_seed_decides_everything(house: Path) -> None:
    train("demo", "single", "mining", rounds=1)
    train_in_a_process("demo", "single", "again", rounds=1)
    train("demo_control", "single", "control", rounds=1)

    budget = ["round", "position", "epochs", "steps", "samples_seen"]
    pd.testing.assert_frame_equal(store.stages("mining")[budget], store.stages("control")[budget])
    assert len(store.mined("mining")) and store.mined("control").empty

    for round_, stage in ((0, "full"), (1, "hard_negative"), (1, "refined")):
        first, second = (
            store.predictions(run, round_, stage).drop(columns="run_id", errors="ignore") for run in ("mining", "again")
        )
        assert first["probs"].map(tuple).tolist() == second["probs"].map(tuple).tolist()
        assert first["sample_id"].tolist() == second["sample_id"].tolist()
    full = [store.predictions(run, 0, "full")["probs"].map(tuple).tolist() for run in ("mining", "control")]
    assert full[0] == full[1]  # the same until mining begins

    seen = store.embeddings("mining")
    assert seen is not None and (seen.position, seen.stage) == (2, "refined"), "of the last stage alone"
    assert seen.ids.tolist() == store.predictions("mining", 1, "refined")["sample_id"].tolist()
    assert seen.vectors.shape == (130, 1024)
    assert len(list((house / "runs" / "mining" / "embeddings").iterdir())) == 1


@pytest.mark.slow
def test_a_multi_label_run_predicts_every_class_by_thresholds_of_the_validation_split(house: Path) -> None:
    # Long enough to tell classes apart: where a network sees every class everywhere, all splits give one threshold.
    train("multi_label", "multi", "multi", **{"full.epochs": 15})
    run = store.run("multi")
    assert run is not None and (run["status"], run["objective"]) == ("done", "sigmoid")
    stages = store.stages("multi")
    assert stages["stage"].tolist() == ["full"]
    assert store.mined("multi").empty

    predictions = store.predictions("multi", 0, "full")
    samples = catalog.open_dataset("multi").samples.set_index("sample_id")
    assert sorted(predictions["sample_id"]) == sorted(samples.index)
    targets, probs = np.stack(predictions["targets"].to_list()), np.stack(predictions["probs"].to_list())
    expected = [["abc"[c] in samples.loc[i, "labels"] for c in range(3)] for i in predictions["sample_id"]]
    assert (targets == np.array(expected)).all() and (targets.sum(1) == 2).any()
    assert probs.min() >= 0 and probs.max() <= 1 and not np.allclose(probs.sum(1), 1)

    thresholds = np.array(stages["thresholds"].iloc[0])
    val = (predictions["split"] == "val").to_numpy()
    np.testing.assert_allclose(thresholds, best_f1_thresholds(targets[val], probs[val]), atol=1e-6)
    assert not np.allclose(thresholds, best_f1_thresholds(targets, probs), atol=1e-6)  # nor any other split's
    correct = ((probs >= thresholds) == (targets > 0)).all(1)
    assert (correct == predictions["correct"].to_numpy()).mean() > 0.98  # stored as float32: ties may fall otherwise
    assert store.check() == []
