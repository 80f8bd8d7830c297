"""Measure what a run's time is spent on.

    python benchmarks/overhead.py [RECIPE] [--images 2000] [--size 128] [--set KEY=VALUE ...]

The parts are training, one inference pass per stage, and everything else. It times the calls of
a real run of the recipe on a phantom made for it, in processor time and in wall time: processor time does not depend
on other work of the machine. The results are in overhead.md.
"""

from __future__ import annotations

import argparse
import functools
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import torch

PASS, TRAINING = "predicting every sample (one pass per stage)", "training"
AIM = 0.10

spent: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
_inside: list[list[float]] = []


def _now() -> list[float]:
    return [time.process_time(), time.perf_counter()]


def timed(what: str, work: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a function so that its time is added to `what`.

    The time of timed parts within it counts for those parts only.
    """

    @functools.wraps(work)
    def around(*args: Any, **options: Any) -> Any:
        began, within = _now(), [0.0, 0.0]
        _inside.append(within)
        try:
            return work(*args, **options)
        finally:
            _inside.pop()
            took = [now - then for now, then in zip(_now(), began, strict=True)]
            for i in (0, 1):
                spent[what][i] += took[i] - within[i]
                if _inside:
                    _inside[-1][i] += took[i]

    return around


def watch() -> None:
    """Time the parts of a run."""
    import store
    from trainer import checkpoints, recorder, run
    from trainer.explain import class_activation

    for owner, name, what in (
        (run, "train_one_epoch", TRAINING),
        (run.Run, "_judge", PASS),
        (run.Run, "_record_epoch", "validation after each epoch"),
        (run, "out_of_fold", "quick models to mine by"),
        (run.Run, "_mine", "mining"),
        (run.Run, "_close_round", "mining"),
        (checkpoints, "save_last", "checkpoint after each epoch"),
        (checkpoints, "weights_of", "checkpoint after each epoch"),
        (run.Run, "_keep_weights", "weights and embeddings of a stage"),
        (recorder, "record_stage", "metrics, predictions and mined rows"),
        (store, "record_epoch", "learning curve"),
        (class_activation, "record", "Grad-CAM of the watched samples"),
        (run.Run, "__init__", "opening the dataset, building the network"),
        (run.Run, "train", "everything else"),
    ):
        setattr(owner, name, timed(what, getattr(owner, name)))


def main() -> None:
    """Make the phantom, train the recipe on it and print the shares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", nargs="?", default="demo")
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--size", type=int, default=128, help="side of the phantom's pictures")
    parser.add_argument("--threads", type=int, default=1, help="processor threads of torch (default: 1)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change a recipe key")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    with tempfile.TemporaryDirectory() as folder:
        for name, place in (("RESULTS", "results.duckdb"), ("DATA", "data"), ("RUNS", "runs")):
            os.environ[f"ODAP_{name}"] = str(Path(folder) / place)
        from catalog.__main__ import main as make

        make(["phantom", "--name", "timed", "--images", str(args.images), "--size", str(args.size), "--seed", "0"])
        from trainer.__main__ import main as trainer

        watch()
        words = ["train", args.recipe, "--dataset", "timed", "--seed", "0", "--device", "cpu"]
        code = trainer([*words, *(word for setting in args.set for word in ("--set", setting))])
        if code:
            raise SystemExit(code)
    report()


def report() -> None:
    """Print the time of each part, and the share beyond training and inference passes."""
    totals = [sum(part[i] for part in spent.values()) for i in (0, 1)]
    print("\n| | processor seconds | share | wall seconds | share |\n|---|---|---|---|---|")
    for what, part in sorted(spent.items(), key=lambda item: -item[1][0]):
        print(f"| {what} | {part[0]:.1f} | {part[0] / totals[0]:.1%} | {part[1]:.1f} | {part[1] / totals[1]:.1%} |")
    rest = [totals[i] - spent[TRAINING][i] - spent[PASS][i] for i in (0, 1)]
    shares = [rest[i] / totals[i] for i in (0, 1)]
    print(
        f"| **all but training and the passes** | {rest[0]:.1f} | {shares[0]:.1%} | {rest[1]:.1f} | {shares[1]:.1%} |"
    )
    print(f"\nThe aim is at most {AIM:.0%}. Load of the machine: {os.getloadavg()[0]:.1f}.")


if __name__ == "__main__":
    main()
