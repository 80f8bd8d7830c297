"""The trainer is killed with -9 at random moments over a run, gone on with, and ends as one never killed."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import catalog
import jobs
import store
from tests.faults.conftest import ROOT, on_a_small_disk
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
@pytest.mark.long  # two kills at chosen moments are in tests/unit/trainer/test_trainer_resume.py
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
        run = store.run(run_id)
        told_its_end = run is not None and run["status"] == "done"  # and was killed before its job was told too
        for job_id in lost:
            job = store.job(job_id)
            assert job is not None and job["state"] == ("done" if told_its_end else "lost")
            begun = "before its run began " if run is None else ""
            said = f"The trainer process ended without a word {begun}(killed or machine restarted);"
            assert told_its_end or job["error"].startswith(said)
        if code == 0 or told_its_end:
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


# On a small disk that is filled up once the first epoch is recorded; later there is room again.
FULL = """
import json, os, subprocess, sys
from pathlib import Path
import store
disk, own_disk, words, resume = Path(sys.argv[1]), sys.argv[2] == "1", json.loads(sys.argv[3]), json.loads(sys.argv[4])
os.environ["ODAP_RUNS"] = str(disk / "runs")
trainer = [sys.executable, "-m", "trainer"]
if own_disk:
    room = os.statvfs(disk)
    (disk / "filler").write_bytes(b"x" * (room.f_bavail * room.f_frsize - 3_000_000))
    first = subprocess.run([*trainer, *words], capture_output=True, text=True)
    (disk / "filler").unlink()
else:
    limited = ["sh", "-c", 'ulimit -f 6000 && exec "$0" "$@"', *trainer, *words]
    first = subprocess.run(limited, capture_output=True, text=True)
print(first.returncode, first.stderr.strip().splitlines()[-1])
assert store.check() == [], store.check()
assert not [path for path in disk.rglob("*.tmp")]
again = subprocess.run([*trainer, *resume], capture_output=True, text=True)
print(again.returncode, *(line for line in again.stdout.splitlines() if line == "Done."))
assert store.check() == [], store.check()
"""


@pytest.mark.slow
def test_disk_full_while_a_checkpoint_is_written(dataset: None, place: Path, figures: Callable[..., None]) -> None:
    """The run fails with a sentence that names the remedy, and goes on once there is room."""
    train = words("full-disk")
    command, own_disk = on_a_small_disk(place, 200, [sys.executable, "-c", FULL, str(place / "disk")])
    done = subprocess.run(
        [*command, str(int(own_disk)), json.dumps(train), json.dumps(["resume", "full-disk", "--device", "cpu"])],
        capture_output=True, text=True, cwd=ROOT, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    failed, ended = done.stdout.splitlines()
    assert failed.startswith("1 The checkpoint last.safetensors could not be written (")
    assert failed.endswith("); free some disk.")
    assert ended == "0 Done."
    assert finished("full-disk") == {stage for stage, _ in STAGES}
    figures(full_disks=1, stages_lost=0, sentence=failed[2:])
