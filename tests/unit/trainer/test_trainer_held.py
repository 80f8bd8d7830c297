"""Test a training that ends while a DuckDB shell holds the store open; real processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import numpy as np
import pytest

import catalog
import store
from store import spool

ROOT = Path(__file__).parents[3]
SETTINGS = ("image_size=32", "batch_size=16", "rounds=1", "model=shufflenet_v2_x1_0", "full.epochs=1",
            "hard_negative.epochs=1", "refined.epochs=1")  # fmt: skip
# The trainer, less patient than it is.
TRAIN = """
import sys
import store
from trainer.__main__ import main
for module in (sys.modules["store.jobs"], sys.modules["store.results"]):
    module.write = lambda timeout=30.0, write=module.write: write(min(timeout, 0.3))
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("read_only", [True, False])
def test_a_training_is_not_told_failed_because_the_store_was_held_at_its_end(places: Path, read_only: bool) -> None:
    rng = np.random.default_rng(0)
    samples = [
        catalog.NewSample(key=f"{i}.png", label="ab"[i % 2], patient=f"p{i // 2}",
                          content=rng.integers(0, 80 + 90 * (i % 2), (32, 32), dtype=np.uint8))
        for i in range(96)
    ]  # fmt: skip
    catalog.save_dataset("tiny", samples, classes=("a", "b"), source="test")
    settings = [part for setting in SETTINGS for part in ("--set", setting)]
    log = places / "said"
    with log.open("w") as said, subprocess.Popen(
        [sys.executable, "-c", TRAIN, "train", "demo", "--dataset", "tiny", "--run", "r", "--device", "cpu", *settings],
        cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"}, stdout=said, stderr=subprocess.STDOUT,
    ) as trainer:  # fmt: skip
        while not (store.results_path().exists() and len(store.epochs(["r"]))):  # at its start it reads the store
            assert trainer.poll() is None, log.read_text()
            time.sleep(0.1)
        with held(read_only):
            while "The run's end (done) waits for it." not in log.read_text():
                assert trainer.poll() is None and "(failed)" not in log.read_text(), log.read_text()
                time.sleep(0.1)
            assert spool.waiting()
        assert trainer.wait(60) == 0, log.read_text()
    run = store.run("r")
    assert run is not None and run["status"] == "done" and store.jobs()["state"].tolist() == ["done"]
    assert store.stages("r")["stage"].tolist() == ["full", "hard_negative", "refined"]
    assert set(store.cams("r")["stage"]) == {"full", "hard_negative", "refined"}
    assert store.check() == [] and spool.waiting() == [] and spool.set_aside() == []


def held(read_only: bool) -> duckdb.DuckDBPyConnection:
    """Hold the store open in this process, as a forgotten shell does."""
    while True:
        try:
            return duckdb.connect(str(store.results_path()), read_only=read_only)
        except duckdb.Error:  # the trainer writes
            time.sleep(0.01)
