"""The trainer is killed with -9 at random moments over a run, gone on with, and ends as one never killed."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import catalog
import jobs
import store
from trainer.checkpoints import load_stage

TRAIN = "import sys\nfrom trainer.__main__ import main\nsys.exit(main(sys.argv[1:]))"
SETTINGS = {
    "image_size": 32, "batch_size": 16, "rounds": 1, "model": "shufflenet_v2_x1_0", "full.epochs": 2,
    "hard_negative.epochs": 2, "refined.epochs": 1,
}  # fmt: skip
STAGES = (("full", 0), ("hard_negative", 1), ("refined", 2))


@pytest.fixture
def dataset(place: Path) -> None:
    rng = np.random.default_rng(0)
    samples = []
    for i in range(96):
        pixels = rng.integers(0, 160, (32, 32), dtype=np.uint8)
        pixels[:, (i % 3) * 10 : (i % 3) * 10 + 10] += np.uint8(rng.integers(0, 60))
        samples.append(catalog.NewSample(key=f"{i}.png", label="abc"[i % 3], content=pixels, patient=f"p{i // 2}"))
    catalog.save_dataset("tiny", samples, classes=("a", "b", "c"), source="test")


def words(run_id: str) -> list[str]:
    if store.run(run_id) is not None:
        return ["resume", run_id, "--device", "cpu"]
    settings = [part for key, value in SETTINGS.items() for part in ("--set", f"{key}={value}")]
    return ["train", "demo", "--dataset", "tiny", "--run", run_id, "--device", "cpu", *settings]


def weights(run_id: str) -> list[dict[str, bytes]]:
    folder = store.runs_root() / run_id / "checkpoints"
    found = [load_stage(folder, position, stage) for stage, position in STAGES]
    return [{name: value.numpy().tobytes() for name, value in each.items()} for each in found]


def finished(run_id: str) -> set[str]:
    return set(store.stages(run_id)["stage"])


@pytest.mark.slow
def test_trainer_killed_at_random_moments(
    dataset: None, zygote: Callable[..., Any], times: int, chance: random.Random, figures: Callable[..., None]
) -> None:
    make = zygote("torch", "trainer.run", "trainer.__main__")
    began = time.monotonic()
    assert make.start(TRAIN, *words("whole")).wait() == 0
    whole, reference = time.monotonic() - began, weights("whole")
    killed = runs = ended = 0
    run_id, before = "killed-0", set[str]()
    while killed < times or store.run(run_id) is not None:
        # After the last kill the run is let come to its end.
        moment = None if killed == times else chance.uniform(0.02, whole * 0.7)
        process = make.start(TRAIN, *words(run_id))
        if moment is not None:
            time.sleep(moment)
            process.kill()
        code = process.wait()
        killed += code == -9
        lost = jobs.reconcile()
        assert before <= finished(run_id), "a finished stage was lost"
        before = finished(run_id)
        assert store.check() == []
        for job_id in lost:
            job = store.job(job_id)
            assert job is not None and job["state"] == "lost"
            assert job["error"].startswith("The trainer process ended without a word (killed or machine restarted);")
        run = store.run(run_id)
        if code == 0:
            assert run is not None and run["status"] == "done"
            assert weights(run_id) == reference
            ended += 1
            if killed == times:
                break
            runs += 1
            run_id, before = f"killed-{runs}", set()
        else:
            assert code == -9, process.said()
        if run is None:  # killed before it had begun: its folder may be there, and a new name is taken
            runs += 1
            run_id = f"killed-{runs}"
    figures(kills=killed, runs_that_ended=ended, stages_lost=0, weights_that_differ=0)
