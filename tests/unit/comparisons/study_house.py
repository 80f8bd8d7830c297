"""A small study in a store of its own: datasets and runs as catalog and trainer write them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

import catalog
import store
from analysis.metrics import decide, stage_metrics
from studies import Study, cells

CLASSES = ("ac", "bpd", "<b>fl</b>")
FILE = """
name: small
description: Does mining <b>help</b>?
datasets:
  tiny: {preset: demo, images: 600, size: 48}
  knobs: {preset: demo, images: 600, size: 48, grid: {label_noise: [0.0, 0.1], seed: [1, 2]}}
settings: {image_size: 48, batch_size: 32, full.epochs: 2, rounds: 1, hard_negative.epochs: 1, refined.epochs: 1}
arms:
  control: {recipe: demo_control}
  hnl: {recipe: demo}
  other: {recipe: demo_control, settings: {weight_decay: 0.03}, datasets: [tiny]}
  multi: {recipe: multi_label, settings: {rounds: 0}, datasets: [tiny]}
seeds: [0, 1, 2, 3]
questions:
  - name: mining
    asks: Does mining *help*?
    contrast: [hnl, control]
    datasets: [tiny]
    margin: 0.02
    learn: Whether a hard stage is worth its steps.
  - name: mining_ac
    asks: Does it help on ac and bpd?
    contrast: [hnl, control]
    datasets: [tiny]
    samples: "pair:ac,bpd"
    score: macro_f1
    learn: Whether the pair gains.
  - name: still
    asks: Is mining needed where everything is trained multi-label?
    interaction: [[multi, other], [hnl, control]]
    score: balanced_accuracy
    learn: The claim of the rival.
  - name: rounds
    asks: Does the round help?
    contrast: [hnl, hnl@0]
    datasets: [tiny]
    learn: When rounds stop.
    main: false
  - name: noise
    asks: When does mining turn harmful?
    contrast: [hnl, control]
    datasets: [knobs]
    learn: Where the map turns.
    main: false
"""
_MADE: dict[tuple[Any, ...], Path] = {}
SKILL: Mapping[str, float] = {"control": 1.6, "hnl": 2.6, "other": 1.6, "multi": 1.7}


def study() -> Study:
    return Study.parse(FILE, "small")


def dataset(name: str, n: int = 240, seed: int = 0) -> catalog.Dataset:
    """Images of noise, three a patient; a half is for testing."""
    rng = np.random.default_rng(seed)
    made = [
        catalog.NewSample(
            key=f"{number:04d}.png", label=CLASSES[number % 3], content=rng.integers(0, 255, (24, 24), dtype=np.uint8),
            labels=(CLASSES[number % 3],), patient=f"p{number // 3:03d}",
            split=("train", "val", "test", "test")[number // 3 % 4],
        )
        for number in range(n)
    ]  # fmt: skip
    saved = catalog.save_dataset(name, made, classes=CLASSES, source="test")
    store.register_dataset(
        saved.dataset_id, saved.name, saved.version, list(saved.classes), saved.content_hash, str(saved.folder),
        saved.samples,
    )  # fmt: skip
    return saved


def register() -> Study:
    """The study is known to the store; nothing is trained."""
    made = study()
    store.register_study(made.study_id, made.name, FILE)
    return made


def train(
    made: Study, seeds: Sequence[int] = (0, 1, 2, 3), arms: Sequence[str] = tuple(SKILL),
    keys: Sequence[str] = ("tiny",), running: Sequence[tuple[str, int]] = (), skill: Mapping[str, float] = SKILL,
) -> None:  # fmt: skip
    """Write the runs of these cells; those in `running` have ended their full stage only.

    A store that another test of this process has made in the same way is copied.
    """
    key = (tuple(seeds), tuple(arms), tuple(keys), tuple(running), tuple(skill.items()))
    if key in _MADE:
        shutil.copyfile(_MADE[key], store.results_path())
        return
    places = {key: dataset(f"data{number}-{len(key)}", seed=number) for number, key in enumerate(keys)}
    for cell in cells(made):
        if cell.dataset not in places or cell.arm not in arms or cell.seed not in seeds:
            continue
        run_id = f"{cell.arm}-s{cell.seed}-{len(cell.dataset)}{list(places).index(cell.dataset)}"
        under_way = (cell.arm, cell.seed) in running
        _write_run(run_id, places[cell.dataset], cell.arm, cell.seed, cell.recipe, skill[cell.arm], under_way)
        store.link_study_run(made.study_id, cell.dataset, cell.arm, cell.seed, run_id)
    _MADE[key] = Path(tempfile.mkdtemp()) / "results.duckdb"
    shutil.copyfile(store.results_path(), _MADE[key])


def _write_run(run_id, of, arm, seed, recipe, skill, under_way):
    plan = recipe.model_dump(mode="json") | {"seed": seed}
    store.create_run(
        run_id, recipe_name=arm, recipe=plan, objective=recipe.objective, model=recipe.model, dataset_id=of.dataset_id,
        classes=list(of.classes), seed=seed, control=recipe.control, rounds=recipe.rounds, device="cpu",
    )  # fmt: skip
    stages = [(0, "full")] if under_way or not recipe.rounds else [(0, "full"), (1, "refined")]
    for position, (round_, stage) in enumerate(stages):
        gained = skill if position or not recipe.rounds else 1.4
        _write_stage(run_id, of, recipe.objective, position, round_, stage, gained, seed)
    if not under_way:
        store.finish_run(run_id, "done")


def _write_stage(run_id, of, objective, position, round_, stage, skill, seed):
    samples, classes = of.samples, list(of.classes)
    labels = np.array([classes.index(name) for name in samples["label"]])
    shared = np.random.default_rng(5).normal(size=(len(samples), len(classes)))  # what makes an image hard for all
    rng = np.random.default_rng([seed, position, len(run_id), *run_id.encode()])
    logits = shared + 0.6 * rng.normal(size=shared.shape)
    logits[np.arange(len(labels)), labels] += skill + 0.1 * rng.normal()
    targets = np.eye(len(classes))[labels]
    sigmoid = objective == "sigmoid"
    probs = 1 / (1 + np.exp(-logits)) if sigmoid else np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    limits = np.full(len(classes), 0.5) if sigmoid else None
    decided = decide(probs, objective, limits)
    losses = -np.log(probs[np.arange(len(labels)), labels])
    metrics = pd.concat(
        stage_metrics(targets[at], probs[at], decided[at], classes, labels[at], losses[at]).assign(split=name)
        for name in ("train", "val", "test")
        for at in [(samples["split"] == name).to_numpy()]
    )
    now = datetime(2026, 1, 2, 3, 4, 5)
    store.record_stage(
        run_id, round_, stage,
        columns={
            "position": position, "epochs": 2, "best_epoch": 2, "steps": 40 + 20 * position, "samples_seen": 1280,
            "samples_used": 1000, "seconds": 65.0, "images_per_s": 310.0,
            "thresholds": None if limits is None else limits.tolist(), "n_mined": None,
            "started_at": now - timedelta(seconds=65), "finished_at": now,
        },
        metrics=metrics[["split", "class_name", "metric", "value", "n"]],
        predictions=pa.table(
            {
                "sample_id": samples["sample_id"].tolist(), "split": samples["split"].tolist(),
                "targets": targets.astype(np.float32).tolist(), "probs": probs.astype(np.float32).tolist(),
                "loss": losses.astype(np.float32).tolist(),
                "correct": (decided == targets.astype(bool)).all(axis=1).tolist(),
            }
        ),
        mined=None,
    )  # fmt: skip
