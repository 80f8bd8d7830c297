"""Measure the label-noise guard on a phantom whose flipped labels are known.

    python benchmarks/guard.py [--images 2000] [--size 64] [--noise 0.03] [--epochs 20] [--seeds 0 1 2]

It trains one full stage per seed with the trainer's own loop, then applies every guard to the predictions for the
training samples, in-sample and out-of-fold. A flip is a training sample whose label is not its clean label. It prints
precision and recall of each guard over all seeds. The results are in guard.md.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import torch
from numpy.typing import NDArray

import catalog
from recipes import GuardSettings, Recipe
from trainer.batches import Plain, steps_per_epoch
from trainer.images import Augment, Images
from trainer.labels import Truth, truth_of
from trainer.loop import train_one_epoch
from trainer.mining import label_noise
from trainer.mining.training_dynamics import Dynamics
from trainer.network import models, optimization
from trainer.network.devices import open_fabric
from trainer.network.objectives import Objective
from trainer.out_of_fold import predict_out_of_fold

SETTINGS = [
    GuardSettings(name="aum", aum=0.0),
    GuardSettings(name="aum", aum=-1.0),
    GuardSettings(name="confident"),
    GuardSettings(name="both", aum=0.0),
    GuardSettings(name="both", aum=-1.0),
]


def main() -> None:
    """Run one trial per seed and print the table of guards."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--noise", type=float, default=0.03)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    options = parser.parse_args()
    counts: dict[tuple[str, str], NDArray[np.int64]] = {}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ODAP_DATA"] = folder
        for seed in options.seeds:
            for key, found in trial(options, seed).items():
                counts[key] = counts.get(key, np.zeros(3, np.int64)) + found
            print(f"seed {seed} done", flush=True)
    print("| guard | probabilities | set aside | of them flips | flips | precision | recall |")
    print("|---|---|---|---|---|---|---|")
    for (name, source), (apart, hits, flips) in counts.items():
        print(f"| {name} | {source} | {apart} | {hits} | {flips} | {hits / max(apart, 1):.2f} | {hits / flips:.2f} |")


def trial(options: argparse.Namespace, seed: int) -> dict[tuple[str, str], NDArray[np.int64]]:
    """Return what each guard sets aside on one phantom.

    Keys are (guard, source of probabilities); values are counts: set aside, flips among them, flips in total.
    """
    name = f"noisy{seed}"
    words = ["phantom", "--name", name, "--images", str(options.images), "--size", str(options.size)]
    words += ["--label-noise", str(options.noise), "--seed", str(seed), "--workers", "1"]
    from catalog.__main__ import main as make

    make(words)
    dataset = catalog.open_dataset(name)
    truth = truth_of(dataset, "softmax")
    rows = truth.rows("train")
    samples = dataset.samples.iloc[rows]
    flipped = (samples["label"] != samples["clean_label"]).to_numpy()
    recipe = Recipe(name="guard", image_size=options.size, seed=seed)
    images = Images(
        dataset.images(options.size), torch.from_numpy(truth.targets.astype(np.float32)), open_fabric("cpu")
    )
    seen = watched_training(recipe, truth, images, rows, options.epochs)
    objective = Objective("softmax")
    logits = predict_out_of_fold(recipe, truth, images, objective, seed, lambda _: None).logits
    unseen = objective.probs(logits).double().numpy()
    found = {}
    for settings in SETTINGS:
        for source, probs in (("mean while training", seen.probs[rows]), ("out of fold", unseen)):
            if settings.name == "aum" and source == "out of fold":
                continue  # it uses no probabilities
            apart = label_noise.suspects(settings, rows, truth.targets[rows], probs, seen.aum[rows], several=False)
            hits = flipped[np.isin(rows, apart.index)].sum()
            label = settings.name if settings.name == "confident" else f"{settings.name}, aum < {settings.aum:g}"
            found[label, source] = np.array([len(apart), hits, flipped.sum()])
    return found


def watched_training(recipe: Recipe, truth: Truth, images: Images, rows: NDArray[np.int64], epochs: int) -> Dynamics:
    """Train one full stage and return its training dynamics."""
    steps = steps_per_epoch(len(rows), recipe.batch_size) * epochs
    torch.manual_seed(recipe.seed)
    model = models.build(recipe.model, len(truth.classes), image_size=recipe.image_size, steps=steps)
    optimizer, schedule = optimization.build(model, lr=recipe.full.lr, weight_decay=recipe.weight_decay, steps=steps)
    dynamics = Dynamics(len(truth.samples), len(truth.classes))
    objective = Objective("softmax")
    for epoch in range(epochs):
        batches = Plain(rows, recipe.batch_size).epoch(np.random.default_rng([recipe.seed, epoch]))
        train_one_epoch(
            model, batches, images, objective, optimizer, schedule, Augment(0), lambda _: None, dynamics.observe
        )
        dynamics.accumulate(objective, False, epoch + 1)
    return dynamics


if __name__ == "__main__":
    main()
