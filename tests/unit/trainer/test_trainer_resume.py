"""Test that a killed and resumed run ends with the weights and rows of one never killed.

The processes are real, the kill is -9.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import catalog
import store
from trainer.checkpoints import load_last, load_stage
from trainer.errors import TrainerError
from trainer.explain import stage_maps

ROOT = Path(__file__).parents[3]
KILLS = min(20, int(os.environ.get("ODAP_FAULTS", "4")))
SETTINGS = {
    "image_size": 32, "batch_size": 16, "rounds": 1, "model": "shufflenet_v2_x1_0", "full.epochs": 5,
    "hard_negative.epochs": 4, "refined.epochs": 2,
}  # fmt: skip
EPOCHS = (5, 4, 2)
SHORT = {"full.epochs": 3, "hard_negative.epochs": 2, "refined.epochs": 1, "ema": 0.9}
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


# Imports once, then makes a process of its own for every command that it reads; says its number and how it ended.
FORKING = """
import os, sys
import trainer.run, trainer.__main__
for line in sys.stdin:
    pid = os.fork()
    if not pid:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os._exit(trainer.__main__.main(line.split()))
    print(pid, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


class Trainers:
    """Trainer processes that start at once, so that many can be killed in little time."""

    def __init__(self) -> None:
        self.parent = subprocess.Popen(
            [sys.executable, "-c", FORKING], cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def run(self, run_id: str, kill_when: Callable[[float], bool] = lambda _: False) -> int:
        """Start or resume the run, kill -9 it when it is time; return its exit code (-9 if killed)."""
        settings = [f"--set={key}={value}" for key, value in {**SETTINGS, **SHORT}.items()]
        words = ["train", "demo", "--dataset", "tiny", "--run", run_id, *settings]
        if (store.runs_root() / run_id / "recipe.yaml").exists() and store.run(run_id) is not None:
            words = ["resume", run_id]
        assert self.parent.stdin is not None and self.parent.stdout is not None
        self.parent.stdin.write(" ".join([*words, "--device", "cpu"]) + "\n")
        self.parent.stdin.flush()
        pid, start = int(self.parent.stdout.readline()), time.monotonic()
        ended = threading.Event()

        def watch() -> None:
            while not ended.wait(0.001):
                if kill_when(time.monotonic() - start):
                    os.kill(pid, signal.SIGKILL)
                    return

        watcher = threading.Thread(target=watch)
        watcher.start()
        code = int(self.parent.stdout.readline())
        ended.set()
        watcher.join()
        return code

    def close(self) -> None:
        self.parent.communicate(timeout=60)


def same(run_id: str) -> None:
    """Assert that a run has the weights, the rows and the maps of the one never killed."""
    for stage, position in STAGES:
        assert weights("whole", stage, position) == weights(run_id, stage, position)
        pd.testing.assert_frame_equal(rows("whole", stage, position), rows(run_id, stage, position))
        learned = [store.dynamics(name, (position + 1) // 2, stage) for name in ("whole", run_id)]
        assert len(learned[0]) and learned[0]["learned_epoch"].notna().any()
        pd.testing.assert_frame_equal(*learned)
    curve = ["stage", "epoch", "global_epoch", "lr", "train_loss", "val_loss", "val_macro_f1"]
    pd.testing.assert_frame_equal(store.epochs(["whole"])[curve], store.epochs([run_id])[curve], check_exact=True)
    for table in (store.mined, store.cams):
        keys = (
            ["round", "stage", "sample_id", "class_name"] if table is store.cams else ["round", "sample_id", "reason"]
        )
        whole, killed = (table(name)[keys].sort_values(keys, ignore_index=True) for name in ("whole", run_id))
        assert len(whole)
        pd.testing.assert_frame_equal(whole, killed)
    assert not list((store.runs_root() / run_id / "checkpoints").glob("*.tmp"))


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(900)
def test_kills_at_random_moments_change_nothing(house: Path) -> None:
    trainers, rng = Trainers(), np.random.default_rng()
    try:
        start = time.monotonic()
        assert trainers.run("whole") == 0
        lasts = time.monotonic() - start
        kills, finished = 0, 0
        while kills < KILLS:
            run_id = f"killed-{finished}"
            folder = store.runs_root() / run_id / "checkpoints"
            if kills % 4 == 3:  # in the midst of writing a checkpoint
                code = trainers.run(run_id, lambda _, folder=folder: any(folder.glob("*.tmp")))
            else:
                moment = rng.uniform(0, lasts / 3)
                code = trainers.run(run_id, lambda seconds, moment=moment: seconds > moment)
            assert code in (0, -9)
            kills += code == -9
            if code == 0:
                same(run_id)
                finished += 1
        assert trainers.run(f"killed-{finished}") == 0
        same(f"killed-{finished}")
        assert store.check() == []
    finally:
        trainers.close()


@pytest.mark.slow
def test_a_run_killed_twice_ends_as_one_never_killed(house: Path) -> None:
    assert training("whole").wait(timeout=240) == 0

    for kill_at in ((0, 2), (1, 1)):  # in the midst of the full stage, then of the hard-negative stage
        first = store.run("killed") is None
        process = training("killed") if first else begin("resume", "killed")
        deadline = time.monotonic() + 200
        while time.monotonic() < deadline and process.poll() is None:
            last = None
            with suppress(TrainerError):  # another file was put in its place between two looks at it
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


def test_a_stage_that_was_killed_before_its_maps_gets_them_on_resume(house: Path) -> None:
    settings = {"rounds": 0, "full.epochs": 1, "image_size": 32, "model": "shufflenet_v2_x1_0"}
    words = ["train", "demo", "--dataset", "tiny", "--run", "r", "--device", "cpu"]
    words += [f"--set={key}={value}" for key, value in settings.items()]
    code = (
        "import os, signal, sys; from trainer.explain import class_activation; from trainer.__main__ import main;"
        "class_activation.record = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL); main(sys.argv[1:])"
    )
    assert subprocess.run([sys.executable, "-c", code, *words], cwd=ROOT, timeout=120).returncode == -signal.SIGKILL
    assert len(store.stages("r")) == 1 and store.cams("r").empty
    (store.runs_root() / "r" / "checkpoints" / "last.123.tmp").write_bytes(b"half")
    assert begin("resume", "r").wait(timeout=120) == 0
    assert store.cams("r")["sample_id"].nunique() == stage_maps.WATCHED_TEST
    assert [path.name for path in (store.runs_root() / "r" / "checkpoints").glob("*.tmp")] == []
