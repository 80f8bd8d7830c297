"""A run killed with -9 and gone on with ends with the very weights and rows of one never killed. Real processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import catalog
import store
from trainer.checkpoints import load_last, load_stage

ROOT = Path(__file__).parents[3]
SETTINGS = {
    "image_size": 32, "batch_size": 16, "rounds": 1, "model": "shufflenet_v2_x1_0", "full.epochs": 5,
    "hard_negative.epochs": 4, "refined.epochs": 2,
}  # fmt: skip
EPOCHS = (5, 4, 2)
STAGES = (("full", 0), ("hard_negative", 1), ("refined", 2))


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, place in (("RESULTS", "results.duckdb"), ("DATA", "data"), ("RUNS", "runs")):
        monkeypatch.setenv(f"ODAP_{name}", str(tmp_path / place))
    rng = np.random.default_rng(0)
    samples = []
    for i in range(120):
        pixels = rng.integers(0, 160, (32, 32), dtype=np.uint8)
        pixels[:, (i % 3) * 10 : (i % 3) * 10 + 10] += np.uint8(rng.integers(0, 60))  # sometimes hardly to be seen
        samples.append(catalog.NewSample(key=f"{i}.png", label="abc"[i % 3], content=pixels, patient=f"p{i // 2}"))
    catalog.save_dataset("tiny", samples, classes=("a", "b", "c"), source="test")
    return tmp_path


def begin(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "trainer", *words, "--device", "cpu"]
    return subprocess.Popen(command, cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"}, text=True)


def training(run_id: str) -> subprocess.Popen[str]:
    settings = [part for key, value in SETTINGS.items() for part in ("--set", f"{key}={value}")]
    return begin("train", "demo", "--dataset", "tiny", "--run", run_id, *settings)


def weights(run_id: str, stage: str, position: int) -> dict[str, bytes]:
    found = load_stage(store.runs_root() / run_id / "checkpoints", position, stage)
    return {name: value.numpy().tobytes() for name, value in found.items()}


def rows(run_id: str, stage: str, position: int) -> pd.DataFrame:
    frame = store.predictions(run_id, (position + 1) // 2, stage)
    return frame[["sample_id", "loss", "correct"]].assign(probs=frame["probs"].map(tuple))


@pytest.mark.slow
def test_a_run_killed_twice_ends_as_one_never_killed(house: Path) -> None:
    assert training("whole").wait(timeout=240) == 0

    for kill_at in ((0, 2), (1, 1)):  # in the midst of the full stage, then of the hard-negative stage
        first = store.run("killed") is None
        process = training("killed") if first else begin("resume", "killed")
        deadline = time.monotonic() + 200
        while time.monotonic() < deadline and process.poll() is None:
            last = load_last(store.runs_root() / "killed" / "checkpoints")
            if last is not None and (last.progress.position, last.progress.epoch) >= kill_at:
                break
            time.sleep(0.002)
        assert process.poll() is None, "the run ended before it could be killed"
        process.kill()
        process.wait()
        last = load_last(store.runs_root() / "killed" / "checkpoints")
        assert last is not None
        assert last.progress.position == kill_at[0], "killed too late to prove anything"
        assert last.progress.epoch < EPOCHS[kill_at[0]], "killed too late to prove anything"
    assert begin("resume", "killed").wait(timeout=240) == 0

    for stage, position in STAGES:
        assert weights("whole", stage, position) == weights("killed", stage, position)
        pd.testing.assert_frame_equal(rows("whole", stage, position), rows("killed", stage, position))
    # A stage hands on its best epoch, so what came after a kill shows in the curve first.
    curve = ["stage", "epoch", "global_epoch", "lr", "train_loss", "val_loss", "val_macro_f1"]
    pd.testing.assert_frame_equal(store.epochs(["whole"])[curve], store.epochs(["killed"])[curve], check_exact=True)
    mined = [store.mined(run_id).drop(columns="run_id") for run_id in ("whole", "killed")]
    pd.testing.assert_frame_equal(*mined)
    assert len(mined[0])
    assert store.check() == []
