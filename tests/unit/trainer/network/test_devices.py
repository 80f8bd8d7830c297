"""Test that two processes under torchrun train as one does, stop together, and one writes."""

from __future__ import annotations

import os
import runpy
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
import torch
from lightning_fabric import Fabric
from lightning_fabric.plugins.precision import MixedPrecision, Precision

import catalog
import store
from trainer.__main__ import main
from trainer.errors import TrainerError
from trainer.images import Images
from trainer.loop import train_one_epoch
from trainer.network import optimization
from trainer.network.devices import allows_fused, open_fabric, prepare, refuse_small_batches, stepping
from trainer.network.objectives import Objective

ROOT = Path(__file__).parents[4]
# `--`, since torchrun takes --run for the beginning of an option of its own
TORCHRUN = [
    sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "--", "trainer",
]  # fmt: skip
SETTINGS = {
    "image_size": 32, "batch_size": 15, "model": "resnet18", "rounds": 1, "full.epochs": 3, "full.lr": 0.001,
    "hard_negative.epochs": 1, "refined.epochs": 1, "clip_norm": 0.5, "miner.predictions": "out_of_fold",
    "miner.folds": 2, "miner.fold_epochs": 1, "augment": False,
}  # fmt: skip


@pytest.fixture
def stripes(places: Path) -> None:
    """Make a dataset that is learned in a few steps, of an odd size."""
    rng = np.random.default_rng(0)
    samples = []
    for i in range(101):
        c = i % 3
        pixels = rng.integers(0, 100, (32, 32), dtype=np.uint8)
        pixels[:, c * 10 : c * 10 + 10] += np.uint8(rng.integers(80, 100))
        samples.append(catalog.NewSample(f"{i}.png", "abc"[c], pixels, patient=f"p{i}"))
    catalog.save_dataset("stripes", samples, classes=("a", "b", "c"), source="test")


def command(run_id: str, **settings: object) -> list[str]:
    words = [part for key, value in {**SETTINGS, **settings}.items() for part in ("--set", f"{key}={value}")]
    return ["train", "demo", "--dataset", "stripes", "--run", run_id, "--device", "cpu", *words]


def run(words: list[str], **more: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"OMP_NUM_THREADS": "1"} | more
    return subprocess.run(words, cwd=ROOT, env=environment, timeout=300, capture_output=True, text=True)


STEPS = """
import sys
import numpy as np, torch
from trainer.network import models
from trainer.network.devices import close, open_fabric, prepare, stepping
from trainer.images import Augment, Images
from trainer.loop import evaluate, train_one_epoch
from trainer.network.objectives import Objective
fabric = open_fabric("cpu")
pixels = np.random.default_rng(0).integers(0, 256, (60, 1, 32, 32), dtype=np.uint8)
images = Images(pixels, torch.eye(3)[np.arange(60) % 3], fabric)
torch.manual_seed(0)
model = models.build("resnet18", 3, image_size=32)
forward, optimizer = prepare(fabric, model), torch.optim.SGD(model.parameters(), lr=0.001)
schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda _: 1.0)
batches, seen = [np.arange(15 * i, 15 * i + 15) for i in range(1)], []
result = train_one_epoch(
    forward, batches, images, Objective("softmax"), stepping(fabric, optimizer), schedule, Augment(0), lambda _: None,
    lambda rows, logits, *_: seen.append(logits), clip_norm=None,
)
kept = model.state_dict() | {"seen": torch.cat(seen), "judged": evaluate(model, np.arange(60), images)}
torch.save(kept | {"loss": torch.tensor(result.loss)}, f"{sys.argv[1]}-{fabric.world_size}-{fabric.global_rank}.pt")
close()
"""


@pytest.mark.slow
def test_two_processes_take_the_steps_of_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Train by plain gradient descent, since AdamW magnifies rounding differences.

    Batch norm over maps of one point makes up to 0.0003 of rounding; gradients or statistics of one process only make
    0.001 to 0.01.
    """
    steps, out = tmp_path / "steps.py", str(tmp_path / "w")
    steps.write_text(STEPS)
    monkeypatch.setattr(sys, "argv", [str(steps), out])
    runpy.run_path(str(steps))
    done = run([*TORCHRUN[:-3], str(steps), out], PYTHONPATH=str(ROOT))
    assert done.returncode == 0, done.stderr
    one, first, second = (torch.load(tmp_path / f"w-{name}.pt") for name in ("1-0", "2-0", "2-1"))
    assert one.keys() == first.keys() == second.keys()
    for key, value in one.items():
        torch.testing.assert_close(first[key], value, atol=5e-4, rtol=0, check_dtype=False)
        assert torch.equal(first[key], second[key])


SELECTING = """
import sys
import numpy as np, torch
from trainer.network.devices import close, open_fabric, prepare, stepping
from trainer.images import Images
from trainer.loop import train_one_epoch
from trainer.network.objectives import Objective
fabric, weights = open_fabric("cpu"), torch.linspace(0.1, 5, 15)
pixels = np.random.default_rng(0).integers(0, 256, (15, 1, 8, 8), dtype=np.uint8)
images, kept = Images(pixels, torch.eye(3)[np.arange(15) % 3], fabric), {}
for number, objective in enumerate([
    Objective("softmax", confidence_filter=0.5),
    Objective("softmax", ohem=0.3),
    Objective("sigmoid", confidence_filter=0.6, ohem=0.5),
    Objective("softmax", sample_weights=weights),
]):
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(192, 3))
    forward, optimizer = prepare(fabric, model), torch.optim.SGD(model.parameters(), lr=0.0)
    schedule, used = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda _: 1.0), []
    result = train_one_epoch(
        forward, [np.arange(15)], images, objective, stepping(fabric, optimizer), schedule, None, lambda _: None,
        lambda *batch: used.append(batch[-1]), clip_norm=None,
    )
    kept |= {f"{number} gradient": model[1].weight.grad, f"{number} used": used[0].float()}
    kept[f"{number} loss"] = torch.tensor([result.loss, result.samples_used])
torch.save(kept, f"{sys.argv[1]}-{fabric.world_size}-{fabric.global_rank}.pt")
close()
"""


@pytest.mark.slow
def test_what_two_processes_learn_from_is_that_of_the_whole_mini_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps, out = tmp_path / "selecting.py", str(tmp_path / "w")
    steps.write_text(SELECTING)
    monkeypatch.setattr(sys, "argv", [str(steps), out])
    runpy.run_path(str(steps))
    done = run([*TORCHRUN[:-3], str(steps), out], PYTHONPATH=str(ROOT))
    assert done.returncode == 0, done.stderr
    one, first, second = (torch.load(tmp_path / f"w-{name}.pt") for name in ("1-0", "2-0", "2-1"))
    assert all(0 < one[f"{number} used"].sum() < 15 for number in range(3))
    for key, value in one.items():
        torch.testing.assert_close(first[key], value, atol=1e-6, rtol=1e-4)
        assert torch.equal(first[key], second[key])


@pytest.mark.slow
@pytest.mark.long  # that two take the steps of one is shown step by step above
def test_two_processes_give_the_metrics_of_one(stripes: None) -> None:
    assert main(command("one")) == 0
    done = run([*TORCHRUN, *command("two")])
    assert done.returncode == 0, done.stderr
    assert "(cpu, 2 processes)" in done.stdout

    budget = ["round", "stage", "position", "epochs", "steps", "samples_seen"]
    one, two = store.stages("one"), store.stages("two")
    assert two[budget].equals(one[budget]) and len(two) == 3
    for stage in one.itertuples():
        first, second = (store.predictions(name, stage.round, stage.stage) for name in ("one", "two"))
        assert first["sample_id"].tolist() == second["sample_id"].tolist() and len(first) == 101
    seen = [store.embeddings(name) for name in ("one", "two")]
    assert seen[0] is not None and seen[1] is not None
    assert seen[0].ids.tolist() == seen[1].ids.tolist() and seen[0].vectors.shape == seen[1].vectors.shape
    same = ["round", "stage", "split", "metric", "class_name"]
    metrics = store.metrics(["one"]).merge(store.metrics(["two"]), on=same, suffixes=("", "_two"))
    assert len(metrics) == len(store.metrics(["one"]))
    ends = metrics[(metrics["stage"] == "refined") & metrics["metric"].isin(["accuracy", "macro_f1", "f1"])]
    assert len(ends) >= 15 and ends["value"].min() > 0.9
    np.testing.assert_allclose(ends["value_two"], ends["value"], atol=0.05)
    assert store.check() == []


@pytest.mark.slow
def test_two_processes_stop_together_and_go_on_together(stripes: None) -> None:
    start = subprocess.Popen(
        [*TORCHRUN, *command("two", **{"full.epochs": 200})], cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    until = time.monotonic() + 120
    while len(store.epochs(["two"])) < 2:
        assert start.poll() is None and time.monotonic() < until, start.communicate()
        time.sleep(0.2)
    start.send_signal(signal.SIGTERM)
    out, err = start.communicate(timeout=60)
    run_row = store.run("two")
    assert run_row is not None and run_row["status"] == "stopped", (out, err)
    assert err.count("Stopped on request") == 1


@pytest.mark.slow
def test_mistakes_under_torchrun_are_said_once(places: Path) -> None:
    done = run([*TORCHRUN, *command("two")])
    assert done.stderr.count("There is no dataset 'stripes'") == 1
    assert done.returncode != 0 and store.run("two") is None


def test_mini_batches_that_processes_cannot_share_are_refused() -> None:
    refuse_small_batches(open_fabric("cpu"), 1)
    several = cast(Fabric, SimpleNamespace(world_size=3))  # all that is asked of it
    refuse_small_batches(several, 6)
    with pytest.raises(TrainerError, match=r"^A mini-batch of 5 is too small for 3 processes; set batch_size higher"):
        refuse_small_batches(several, 5)


def test_a_device_or_a_precision_that_is_not_there_is_refused() -> None:
    with pytest.raises(TrainerError, match=r"^There is no device 'cuda:63' here; leave --device out"):
        open_fabric("cuda:63")
    with pytest.raises(TrainerError, match=r"^There is no device 'gpu' here"):
        open_fabric("gpu")
    if not torch.cuda.is_available():
        with pytest.raises(TrainerError, match=r"^'precision' float16 needs a CUDA device"):
            open_fabric("cpu", "float16")


def test_the_optimizer_is_fused_where_gradients_can_still_be_clipped() -> None:
    """Loss scaling runs on the CPU too, by the plugin that CUDA devices without bfloat16 get."""
    pixels = np.random.default_rng(0).integers(0, 256, (8, 1, 8, 8), dtype=np.uint8)
    for precision, fused in (("32-true", True), ("bf16-mixed", True), ("16-mixed", False)):
        plugin = Precision() if precision == "32-true" else MixedPrecision(precision, "cpu")  # type: ignore[arg-type]
        fabric = Fabric(accelerator="cpu", devices=1, plugins=plugin)
        assert allows_fused(fabric) == fused
        network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(192, 2))
        before = network[1].weight.detach().clone()
        optimizer, schedule = optimization.build(network, 0.01, 0.0, steps=1, fused=allows_fused(fabric))
        train_one_epoch(
            prepare(fabric, network), [np.arange(8)], Images(pixels, torch.eye(2)[np.arange(8) % 2], fabric),
            Objective("softmax"), stepping(fabric, optimizer), schedule, None, lambda _: None, clip_norm=0.5,
        )  # fmt: skip
        assert not torch.equal(network[1].weight, before), precision
    refused = stepping(fabric, optimization.build(network, 0.01, 0.0, steps=1)[0])
    with pytest.raises(NotImplementedError, match="Gradient clipping is not implemented"):
        fabric.clip_gradients(fabric.setup_module(network), refused, max_norm=0.5)


def test_bfloat16_is_used_where_it_is_asked_for() -> None:
    layer = torch.nn.Linear(4, 2)
    for precision, dtype in (("float32", torch.float32), ("bfloat16", torch.bfloat16), ("auto", torch.float32)):
        with open_fabric("cpu", precision).autocast():  # type: ignore[arg-type]
            assert layer(torch.zeros(1, 4)).dtype == dtype
    assert layer.weight.dtype == torch.float32
