"""Measure a training's rate by its threads and how they wait, alone and beside other work.

    python benchmarks/threads.py [--seconds 4] [--repeats 5] [--quick]

It trains a small network on random pictures, alone and beside two processes that are always busy, with 1, 2 and torch's
default number of threads and with as many as `trainer/threads.py` chooses. Threads wait as OpenMP does by default
(they spin for a while), actively (they spin) or passively (they sleep). Rates are medians; ratios are to the best under
the same load. The results are in threads.md. --quick shows in seconds that it works; its figures mean nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from system import cores
from trainer import threads

MODEL, BATCH, STEPS = "mobilenet_v3_small", 32, 4  # steps between two looks at the clock
LOADS = {"alone": 0, "beside two busy processes": 2}
WAITING = {"OpenMP's default": None, "active": "ACTIVE", "passive": "PASSIVE"}
TRAINERS_WAITING = "passive"
AIM = 0.85
RESULTS = Path(__file__).with_suffix(".md")


@dataclass(frozen=True)
class Rates:
    """Images a second by number of threads, as one process measured them."""

    default: int  # torch's own
    chosen: int  # by trainer/threads.py under this load
    images_per_s: dict[int, float]


def end_with_parent() -> None:
    """End this process when its parent ends, which closes its standard input."""

    def watch() -> None:
        while os.read(0, 1):
            pass
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def be_busy() -> None:
    """Keep one core busy until the parent ends."""
    end_with_parent()
    while True:
        pass


@contextmanager
def busy(number: int) -> Iterator[list[int]]:
    """Run processes that are always busy; yield their ids.

    They end with the block, or with this process however it ends.
    """
    processes = [subprocess.Popen([sys.executable, __file__, "--busy"], stdin=subprocess.PIPE) for _ in range(number)]
    try:
        yield [process.pid for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def measured(waiting: str | None, options: argparse.Namespace) -> Rates:
    """Measure in a process of its own, as the way of waiting is read when torch is imported."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OMP_", "GOMP_", "KMP_"))}
    words = ["--measure", f"--seconds={options.seconds}", f"--repeats={options.repeats}", f"--size={options.size}"]
    with subprocess.Popen(
        [sys.executable, __file__, *words],
        env=environment | ({} if waiting is None else {"OMP_WAIT_POLICY": waiting}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        said = process.stdout.read()  # not communicate: it closes stdin, at whose end the process ends
    if process.returncode:
        raise SystemExit(f"The measurement with waiting {waiting} failed; what it said is above.")
    found: dict[str, Any] = json.loads(said)
    return Rates(found["default"], found["chosen"], {int(n): rate for n, rate in found["images_per_s"].items()})


def measure(seconds: float, repeats: int, size: int) -> Rates:
    """Train with each number of threads in turn, several times over."""
    chosen = threads.choose()  # before torch is imported, as at the start of a training
    epoch = _training(size)
    import torch

    default = torch.get_num_threads()
    rates: dict[int, list[float]] = {number: [] for number in sorted({1, 2, default, chosen})}
    for _ in range(repeats):
        for number, of_number in rates.items():
            torch.set_num_threads(number)
            epoch()  # the first one starts threads, and shapes are new to it
            n_images, start = 0, time.perf_counter()
            while time.perf_counter() - start < seconds:
                n_images += epoch()
            of_number.append(n_images / (time.perf_counter() - start))
    return Rates(default, chosen, {number: statistics.median(of_number) for number, of_number in rates.items()})


def _training(size: int) -> Callable[[], int]:
    """Return a function that trains for STEPS steps and returns the number of images."""
    import numpy as np
    import torch

    from recipes import Recipe
    from trainer.batches import Plain
    from trainer.images import Augment, Images
    from trainer.loop import train_one_epoch
    from trainer.network import models, optimization
    from trainer.network.devices import open_fabric
    from trainer.network.objectives import Objective

    rng, recipe, n_images = np.random.default_rng(0), Recipe(name="threads"), STEPS * BATCH
    pixels = rng.integers(0, 256, (n_images, 1, size, size), dtype=np.uint8)
    targets = torch.eye(4)[torch.arange(n_images) % 4]
    images = Images(pixels, targets, open_fabric("cpu"))
    model = models.build(MODEL, 4, image_size=size)
    optimizer, schedule = optimization.build(
        model, lr=recipe.full.lr, weight_decay=recipe.weight_decay, steps=1_000_000
    )

    def epoch() -> int:
        batches = Plain(np.arange(n_images), BATCH).epoch(rng)
        return train_one_epoch(
            model, batches, images, Objective("softmax"), optimizer, schedule, Augment(0), lambda _: None
        ).samples

    return epoch


def table(of_load: dict[str, dict[str, Rates]]) -> str:
    """Format the rates as a table, and say how near the trainer's choice comes to the best.

    Args:
        of_load: by load, then by way of waiting.
    """
    lines = ["| load | waiting | threads | images/s | of the best |", "|---|---|---|---|---|"]
    reached = []
    for load, of_waiting in of_load.items():
        best = max(rate for rates in of_waiting.values() for rate in rates.images_per_s.values())
        for waiting, rates in of_waiting.items():
            for number, rate in rates.images_per_s.items():
                names = [name for name, of in (("default", rates.default), ("chosen", rates.chosen)) if of == number]
                threads_ = f"{number} ({', '.join(names)})" if names else str(number)
                lines.append(f"| {load} | {waiting} | {threads_} | {rate:.1f} | {rate / best:.2f} |")
        own = of_waiting[TRAINERS_WAITING]
        reached.append(f"{own.images_per_s[own.chosen] / best:.2f} {load}")
    said = f"What the trainer chooses, waiting passively, reaches {' and '.join(reached)} of the best (aim: {AIM:.2f})."
    return "\n".join([*lines, "", said])


def main() -> None:
    """Measure every way of waiting under every load, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=4.0, help="of one measurement (default: 4)")
    parser.add_argument("--repeats", type=int, default=5, help="measurements whose median is taken (default: 5)")
    parser.add_argument("--size", type=int, default=128, help="pixels along a side (default: 128)")
    parser.add_argument("--quick", action="store_true", help="one short measurement of passive waiting, not written")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--busy", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.busy:
        be_busy()
    if options.measure:
        end_with_parent()
        print(json.dumps(vars(measure(options.seconds, options.repeats, options.size))))
        return
    if options.quick:
        options.seconds, options.repeats, options.size = 0.1, 1, 32
    ways = {TRAINERS_WAITING: WAITING[TRAINERS_WAITING]} if options.quick else WAITING
    idle, n_cores, of_load = cores.idle(), cores.allowed(), {}
    for load, number in LOADS.items():
        with busy(number):
            of_load[load] = {name: measured(waiting, options) for name, waiting in ways.items()}
    import torch

    text = (
        f"{date.today():%-d %B %Y}, {n_cores} cores ({idle:.1f} idle at the start), torch "
        f"{torch.__version__} on the CPU: `{MODEL}` at {options.size} pixels, mini-batches of {BATCH}.\n\n"
        f"{table(of_load)}\n"
    )
    print(text)
    if not options.quick:
        words = " ".join(["python benchmarks/threads.py", *sys.argv[1:]])
        RESULTS.write_text(f"# Threads of a training\n\n```\n{words}\n```\n{text}", encoding="utf-8")


if __name__ == "__main__":
    main()
