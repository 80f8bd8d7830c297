"""Test runs on CUDA devices: each is skipped where there are too few."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

import catalog
import store

ROOT = Path(__file__).parents[3]
SETTINGS = {
    "image_size": 32,
    "batch_size": 16,
    "model": "resnet18",
    "rounds": 1,
    "full.epochs": 8,
    "full.lr": 0.001,
    "augment": "none",
}
TORCHRUN = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "--"]

pytestmark = [
    pytest.mark.slow, pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device here"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def stripes(places: Path) -> None:
    """Make a dataset that is learned in a few epochs."""
    rng = np.random.default_rng(0)
    samples = []
    for i in range(160):
        pixels = rng.integers(0, 100, (32, 32), dtype=np.uint8)
        pixels[:, (i % 3) * 10 : (i % 3) * 10 + 10] += np.uint8(rng.integers(80, 100))
        samples.append(catalog.NewSample(f"{i}.png", "abc"[i % 3], pixels, patient=f"p{i}"))
    catalog.save_dataset("stripes", samples, classes=("a", "b", "c"), source="test")


def trained(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True)


def train(run_id: str, device: str, **settings: object) -> list[str]:
    words = [part for key, value in (SETTINGS | settings).items() for part in ("--set", f"{key}={value}")]
    return ["train", "demo", "--dataset", "stripes", "--run", run_id, "--device", device, *words]


def accuracy(run_id: str) -> float:
    """Return the test accuracy of a run's last stage, which must be whole."""
    run = store.run(run_id)
    assert run is not None and run["status"] == "done", run
    found = store.metrics([run_id])
    test = (found["metric"] == "accuracy") & (found["split"] == "test") & (found["stage"] == "refined")
    return float(found.loc[test, "value"].iloc[0])


@pytest.mark.parametrize(("first", "then"), [("cpu", "cuda"), ("cuda", "cpu")])
def test_a_run_goes_on_where_another_device_left_it(first: str, then: str) -> None:
    words = [sys.executable, "-m", "trainer", *train("moved", first, **{"full.epochs": 30})]
    start = subprocess.Popen(words, cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"})
    until = time.monotonic() + 120
    while len(store.epochs(["moved"])) < 2:
        assert start.poll() is None and time.monotonic() < until
        time.sleep(0.1)
    start.send_signal(signal.SIGTERM)
    assert start.wait(timeout=60) == 3
    begun = len(store.epochs(["moved"]))
    done = trained("-m", "trainer", "resume", "moved", "--device", then)
    assert done.returncode == 0, done.stderr
    epochs = store.epochs(["moved"])
    assert begun < len(epochs) and not epochs.duplicated(["position", "epoch"]).any()
    assert accuracy("moved") > 0.9


def test_the_same_seed_gives_the_same_result_on_one_device() -> None:
    for run_id in ("one", "again"):
        done = trained("-m", "trainer", *train(run_id, "cuda"))
        assert done.returncode == 0, done.stderr
    probs = [np.stack(store.predictions(run_id, 1, "refined")["probs"].to_list()) for run_id in ("one", "again")]
    assert np.array_equal(*probs)


def test_pixels_loaded_as_they_are_needed_give_the_result_of_those_kept_on_the_device(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from trainer import pixel_store
    from trainer.__main__ import main

    assert main(train("kept", "cuda")) == 0
    monkeypatch.setattr(pixel_store, "SHARE", 0.0)
    assert main(train("loaded", "cuda")) == 0
    probs = [np.stack(store.predictions(run_id, 1, "refined")["probs"].to_list()) for run_id in ("kept", "loaded")]
    assert np.array_equal(*probs)


@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="there are not two CUDA devices here")
def test_two_devices_learn_as_one_does() -> None:
    assert trained("-m", "trainer", *train("one", "cuda")).returncode == 0
    done = trained(*TORCHRUN, "trainer", *train("two", "cuda"))
    assert done.returncode == 0, done.stderr
    assert "(cuda, 2 processes)" in done.stdout
    assert accuracy("two") == pytest.approx(accuracy("one"), abs=0.1)
