"""Train every offered model for a few steps on phantom images.

    python benchmarks/models.py [--steps 100] [--threads 1] [MODEL ...]

It trains every model that recipes offer for a few steps, from scratch, on some hundred phantom images of three
classes, with the trainer's own model set-up, optimizer, schedule, augmentation and loops; print a table of each
model's accuracy on images of unseen patients in evaluation mode. The results are in models.md.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import get_args

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from catalog.phantom import PhantomSettings, generate
from recipes import Model, Recipe
from trainer.batches import Plain, steps_per_epoch
from trainer.images import Augment, Images
from trainer.loop import evaluate, train_one_epoch
from trainer.network import models, optimization
from trainer.network.devices import open_fabric
from trainer.network.objectives import Objective

CLASSES = ("fl", "crl", "3d")  # three planes that are told apart without doubt, so that every model can reach the top
SIZE, BATCH, N_IMAGES = 64, 32, 1600
Rows = NDArray[np.int64]


def phantom() -> tuple[Images, Rows, Rows]:
    """Return images of three classes, and the rows to train on and to evaluate.

    No patient is in both.
    """
    clear = PhantomSettings(images=N_IMAGES, size=SIZE, hard=0.0, toss=0.0)
    found = [p for p in generate(clear, workers=1) if p.label in CLASSES]
    pixels = np.stack([np.asarray(Image.fromarray(p.pixels).convert("L"))[None] for p in found])
    targets = np.eye(len(CLASSES), dtype=np.float32)[[CLASSES.index(p.label) for p in found]]
    patients = np.unique([p.patient for p in found], return_inverse=True)[1]
    held_out = patients % 3 == 0
    return (
        Images(pixels, torch.from_numpy(targets), open_fabric("cpu")),
        np.flatnonzero(~held_out),
        np.flatnonzero(held_out),
    )


def trial(name: str, steps: int, images: Images, train: Rows, held_out: Rows) -> tuple[float, float, float]:
    """Train one model and return its seconds, training loss and held-out accuracy.

    The loss is the mean of the last epoch; the accuracy is in [0, 1].
    """
    recipe = Recipe(name="models")
    torch.manual_seed(0)
    model = models.build(name, len(CLASSES), image_size=SIZE, steps=steps)
    optimizer, schedule = optimization.build(
        model, lr=recipe.full.lr * models.lr_scale(name), weight_decay=recipe.weight_decay, steps=steps
    )
    start, loss = time.perf_counter(), float("nan")
    for epoch in range(steps // steps_per_epoch(len(train), BATCH)):
        batches = Plain(train, BATCH).epoch(np.random.default_rng(epoch))
        loss = train_one_epoch(
            model, batches, images, Objective("softmax"), optimizer, schedule, Augment(0), lambda _: None
        ).loss
    seconds = time.perf_counter() - start
    said = evaluate(model, held_out, images).argmax(dim=1)
    return seconds, loss, float((said == images.targets[held_out].argmax(dim=1)).float().mean())


def main() -> None:
    """Train the chosen models and print their table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", metavar="MODEL", help="torchvision names (default: all that are offered)")
    parser.add_argument("--steps", type=int, default=100, help="optimizer steps a model (default: 100)")
    parser.add_argument("--threads", type=int, default=1, help="processor threads (default: 1)")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    images, train, held_out = phantom()
    steps = max(1, args.steps // steps_per_epoch(len(train), BATCH)) * steps_per_epoch(len(train), BATCH)
    share = float(images.targets[held_out].mean(dim=0).max())
    print(f"{len(train)} training and {len(held_out)} held-out images; {share:.0%} of these are of one class.\n")
    print("| model | steps | seconds | training loss | held-out accuracy |\n|---|---|---|---|---|")
    for name in args.models or get_args(Model):
        seconds, loss, accuracy = trial(name, steps, images, train, held_out)
        print(f"| {name} | {steps} | {seconds:.0f} | {loss:.3f} | {accuracy:.3f} |", flush=True)


if __name__ == "__main__":
    main()
