"""Test the recipe key `compile`, with a compiler and, refused before work starts, without."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open

import catalog
import store
from trainer.__main__ import main
from trainer.errors import Stopped
from trainer.run import Run

ROOT = Path(__file__).parents[4]
SETTINGS = {
    "compile": True, "model": "timm/test_resnet", "image_size": 32, "batch_size": 16, "rounds": 0, "full.epochs": 2,
    "ema": 0.9,
}  # fmt: skip
TRAIN = ["train", "demo", "--dataset", "tiny", "--run", "r", "--device", "cpu"]
TRAIN += [f"--set={key}={value}" for key, value in SETTINGS.items()]


# Trains, and is stopped as its second epoch has been trained and is not recorded yet.
STOPPED = """
import sys
from trainer.__main__ import main
from trainer.errors import Stopped
from trainer.run import Run
record = Run._record_epoch
def stop(self, judged, plan, epoch, *rest):
    if epoch == 2:
        raise Stopped
    return record(self, judged, plan, epoch, *rest)
Run._record_epoch = stop
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def tiny(places: Path) -> Path:
    """Make 48 training images: mini-batches of one size, so the network is compiled once."""
    rng = np.random.default_rng(0)
    splits = ["train"] * 48 + ["val"] * 12 + ["test"] * 12
    samples = [
        catalog.NewSample(
            f"{i}.png", "abc"[i % 3], rng.integers(0, 255, (32, 32), dtype=np.uint8), patient=f"p{i}", split=split
        )
        for i, split in enumerate(splits)
    ]
    catalog.save_dataset("tiny", samples, classes=("a", "b", "c"), source="test")
    return places


@pytest.mark.slow
def test_without_a_compiler_it_is_refused_before_work_starts(tiny: Path) -> None:
    without = {"CXX": "no-such-compiler", "TORCHINDUCTOR_CACHE_DIR": str(tiny / "cache"), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "trainer", *TRAIN], cwd=ROOT, env=os.environ | without, timeout=240,
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    said = done.stderr.strip().splitlines()[-1]
    assert said.startswith("torch.compile does not work here (") and said.endswith("or set compile: false.")
    assert store.run("r") is None and not (store.runs_root() / "r").exists()


@pytest.mark.slow
def test_a_wrapped_run_goes_on_after_a_stop_and_its_network_serves_like_any_other(
    tiny: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that compiling changes of a run but the speed: networks are wrapped, and nothing is translated."""
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="eager"))
    record, locks = Run._record_epoch, []

    def stop(self: Run, judged: Any, plan: Any, epoch: int, *rest: Any) -> Any:
        if epoch == 2:
            locks.append(self.lock)
            raise Stopped
        return record(self, judged, plan, epoch, *rest)

    with monkeypatch.context() as stopped:
        stopped.setattr(Run, "_record_epoch", stop)
        assert main(TRAIN) == 3
    os.close(locks[0])  # it would be held until this process ends
    goes_on_and_serves(tiny, capsys)


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.skipif(shutil.which(os.environ.get("CXX", "g++")) is None, reason="there is no C++ compiler here")
def test_a_compiled_run_goes_on_after_a_stop_and_its_network_serves_like_any_other(
    tiny: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [sys.executable, "-c", STOPPED, *TRAIN]
    assert subprocess.run(words, cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"}, timeout=600).returncode == 3
    goes_on_and_serves(tiny, capsys)


def goes_on_and_serves(tiny: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(store.epochs(["r"])) == 1
    assert main(["resume", "r", "--device", "cpu"]) == 0
    assert len(store.epochs(["r"])) == 2

    files = list((tiny / "runs" / "r" / "checkpoints").glob("*.safetensors"))
    assert {file.name for file in files} == {
        "last.safetensors", "00-full.safetensors", "00-full.dynamics.safetensors",
    }  # fmt: skip
    for file in files:
        with safe_open(str(file), framework="pt") as opened:
            assert not [name for name in opened.keys() if "_orig_mod" in name]  # noqa: SIM118

    recorded = store.predictions("r", 0, "full").set_index("sample_id")
    dataset = catalog.open_dataset("tiny")
    capsys.readouterr()
    assert main(["predict", "r", str(dataset.image_path(recorded.index[0])), "--device", "cpu"]) == 0
    probs = [float(p) for p in capsys.readouterr().out.splitlines()[1].split(",")[2:]]
    np.testing.assert_allclose(probs, recorded["probs"].iloc[0], atol=1e-5)
    assert main(["explain", "r", "--sample", recorded.index[0], "--device", "cpu"]) == 0
    assert main(["export", "r", "--format", "torchscript", "--out", str(tiny / "r.pt")]) == 0
