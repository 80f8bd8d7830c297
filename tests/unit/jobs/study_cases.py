"""Make a small study on a tiny dataset, and runs that look as if they had been trained."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import yaml

import catalog
import store
from recipes import Recipe

VALUES: dict[str, Any] = {
    "name": "small",
    "description": "For tests.",
    "datasets": {"tiny": {"name": "tiny@1"}},
    "settings": {
        "image_size": 32, "batch_size": 8, "rounds": 1, "full.epochs": 2, "hard_negative.epochs": 1,
        "refined.epochs": 1, "augment": False,
    },
    "arms": {
        "control": {"recipe": "demo_control"},
        "hnl": {"recipe": "demo"},
        "sigmoid": {"recipe": "demo_multi_label", "settings": {"rounds": 0, "full.epochs": 4}},
    },
    "seeds": [0, 1, 2],
    "questions": [
        {"name": "helps", "asks": "Does it?", "contrast": ["hnl", "control"], "learn": "Whether."},
        {"name": "after_full", "asks": "More?", "contrast": ["hnl", "hnl@0"], "learn": "Whether.", "main": False},
        {"name": "equals", "asks": "The same?", "contrast": ["sigmoid", "hnl"], "learn": "Whether.", "margin": 0.1},
    ],
}  # fmt: skip
N_TRAIN = 20
N_TEST = 6


def make_dataset(name: str = "tiny") -> catalog.Dataset:
    """Save 30 pictures of two classes: 20 to train, 4 to validate, 6 to test."""
    rng = np.random.default_rng(0)
    splits = ["train"] * N_TRAIN + ["val"] * 4 + ["test"] * N_TEST
    pixels = rng.integers(0, 60, (30, 32, 32)) + 120 * (np.arange(30) % 2)[:, None, None]
    samples = [
        catalog.NewSample(
            f"{number:02d}.png", "ab"[number % 2], pixels[number].astype(np.uint8), patient=str(number), split=split,
        )
        for number, split in enumerate(splits)
    ]  # fmt: skip
    return catalog.save_dataset(name, samples, classes=("a", "b"), source="test")


def shorten(values: dict[str, Any]) -> None:
    """Leave two arms, which share their full stage, and let so small a study mine too."""
    values["settings"].update({"miner.min_count": 1, "miner.margin": 1.0})
    del values["arms"]["sigmoid"], values["questions"][-1]


def write_study(folder: Path, *changes: Callable[[dict[str, Any]], object]) -> Path:
    """Write the study as a file, some of its values changed."""
    values = copy.deepcopy(VALUES)
    for change in changes:
        change(values)
    file = folder / "small.yaml"
    file.write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")
    return file


def pretend_run(run_id: str, recipe: Recipe, status: str = "done", seed: int | None = None) -> None:
    """Write a run with its stages, as if it had been trained, but weakly: many probabilities are near one another."""
    dataset = catalog.open_dataset(recipe.dataset)
    d = dataset
    store.register_dataset(d.dataset_id, d.name, d.version, list(d.classes), d.content_hash, str(d.folder), d.samples)
    store.create_run(
        run_id, recipe_name=recipe.name, recipe=json.loads(recipe.model_dump_json()), objective=recipe.objective,
        model=recipe.model, dataset_id=d.dataset_id, classes=list(d.classes), seed=recipe.seed, control=recipe.control,
        rounds=recipe.rounds, device="cpu", environment={"odap": "0"},
    )  # fmt: skip
    hard = "control" if recipe.control else "hard_negative"
    stages = [(0, "full"), *((number, stage) for number in range(1, recipe.rounds + 1) for stage in (hard, "refined"))]
    for position, (round_, stage) in enumerate(stages):
        _pretend_stage(run_id, recipe, dataset, position, round_, stage, seed)
    if status != "running":
        store.finish_run(run_id, status, None if status == "done" else "The disk is full; free some.")


def _pretend_stage(
    run_id: str, recipe: Recipe, dataset: catalog.Dataset, position: int, round_: int, stage: str, seed: int | None
) -> None:
    samples = dataset.samples
    rng = np.random.default_rng([recipe.seed if seed is None else seed, position])
    positive = (samples["label"] == "b").to_numpy()
    second = (0.5 + 0.3 * (positive - 0.5) + rng.normal(0, 0.2, len(samples))).clip(0, 1)
    probs = np.stack([1 - second, second], axis=1).astype(np.float32)
    targets = np.stack([~positive, positive], axis=1).astype(np.float32)
    sigmoid = recipe.objective == "sigmoid"
    thresholds = [0.45, 0.55] if sigmoid else None
    correct = ((probs >= thresholds) == (targets > 0)).all(axis=1) if sigmoid else probs.argmax(1) == targets.argmax(1)
    mined = None
    if recipe.mines and stage == "full":
        wrong = samples[(samples["split"] == "train") & ~correct][["sample_id", "label"]]
        mined = wrong.rename(columns={"label": "true_class"}).assign(
            rival_class="a", margin=-0.1, loss=0.9, reason="wrong"
        )
    store.record_epoch(run_id, round_, stage, position=position, epoch=1, global_epoch=position + 1, train_loss=0.5)
    store.record_stage(
        run_id, round_, stage,
        columns={
            "position": position, "epochs": 1, "steps": 3, "samples_seen": N_TRAIN, "samples_used": N_TRAIN,
            "seconds": 2.0, "thresholds": thresholds, "n_mined": None if mined is None else len(mined),
        },
        metrics=pd.DataFrame(
            {"split": ["test", "val"], "class_name": [None, None], "metric": ["accuracy"] * 2,
             "value": [float(correct[-N_TEST:].mean()), 0.5], "n": [N_TEST, 4]}
        ),
        predictions=pa.table(
            {
                "sample_id": samples["sample_id"].to_list(), "split": samples["split"].to_list(),
                "targets": targets.tolist(), "probs": probs.tolist(), "loss": [0.5] * len(samples),
                "correct": correct.tolist(),
            }
        ),
        mined=mined,
    )  # fmt: skip
