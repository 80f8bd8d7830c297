"""A small house full of results, written by the production writers: a dataset, runs of every kind, maps and jobs."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import streamlit as st
from PIL import Image
from streamlit.components.v2.manifest_scanner import scan_component_manifests
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

import catalog
import store
from analysis.metrics import decide, stage_metrics
from analysis.thresholds import best_f1_thresholds

APP = Path(__file__).parents[3] / "app.py"
CLASSES = ("ac", "<b>bpd</b>", "f*l*")
STAGES = ((0, "full"), (1, "hard_negative"), (1, "refined"), (2, "hard_negative"), (2, "refined"))


@dataclass
class House:
    """Writes datasets and runs as the catalog and the trainer do."""

    results: Path
    data: Path
    runs: Path

    def dataset(
        self, name: str = "tiny", n: int = 90, classes: tuple[str, ...] = CLASSES, several: int = 9
    ) -> catalog.Dataset:
        """Make a dataset of noise, three images per patient, and register it in the store.

        Every `several`th image (of 9: in training alone) has two labels or more.
        """
        rng = np.random.default_rng(len(name))
        made = [
            catalog.NewSample(
                key=f"{i:03d}.png",
                label=classes[i % len(classes)],
                content=rng.integers(0, 255, (40, 56), dtype=np.uint8),
                labels=(classes[0], classes[1]) if i % several == 0 else (classes[i % len(classes)],),
                patient=f"p{i // 3:02d}",
                split=("train", "val", "test")[i // 3 % 3],
            )
            for i in range(n)
        ]
        return self.register(catalog.save_dataset(name, made, classes=classes, source="test"))

    def register(self, dataset: catalog.Dataset) -> catalog.Dataset:
        """Register a dataset version in the store, as the first training on it does."""
        store.register_dataset(
            dataset.dataset_id, dataset.name, dataset.version, list(dataset.classes), dataset.content_hash,
            str(dataset.folder), dataset.samples,
        )  # fmt: skip
        return dataset

    def start(self, run_id: str, dataset: catalog.Dataset, *, objective: str = "softmax", control: bool = False) -> str:
        """A run that has just begun."""
        rounds = 0 if objective == "sigmoid" else 2
        recipe = {"name": "demo", "objective": objective, "rounds": rounds, "control": control}
        store.create_run(
            run_id, recipe_name=run_id.split("-")[0], recipe=recipe, objective=objective,
            model="mobilenet_v3_small", dataset_id=dataset.dataset_id, classes=list(dataset.classes), seed=0,
            control=control, rounds=rounds, device="cpu",
        )  # fmt: skip
        return run_id

    def epoch(
        self, run_id: str, round_: int, stage: str, position: int, epoch: int, global_epoch: int, share: float = 1.0
    ) -> None:
        """One finished epoch; share: of its samples that it learned from."""
        store.record_epoch(
            run_id, round_, stage, position=position, epoch=epoch, global_epoch=global_epoch, lr=1e-3,
            train_loss=1 / global_epoch, val_loss=1.2 / global_epoch, val_accuracy=1 - 0.5 / global_epoch,
            val_macro_f1=1 - 0.6 / global_epoch, share_used=share, images_per_s=310.0, seconds=2.0,
        )  # fmt: skip

    def stage(self, run_id: str, dataset: catalog.Dataset, position: int, *, kinds: Any = STAGES) -> None:
        """One finished stage: epochs, metrics, predictions, and mined samples where the next stage needs them."""
        round_, stage = kinds[position]
        for epoch in (1, 2):
            self.epoch(run_id, round_, stage, position, epoch, 2 * position + epoch)
        run = store.run(run_id) or {}
        samples, classes = dataset.samples, dataset.classes
        sigmoid = run["objective"] == "sigmoid"
        said = _answers(
            tuple(samples["label"]), tuple(map(tuple, samples["labels"])), tuple(samples["split"]), tuple(classes),
            sigmoid, position, len(run_id),
        )  # fmt: skip
        now = datetime.now(UTC).replace(tzinfo=None)
        store.record_stage(
            run_id, round_, stage,
            columns={
                "position": position, "epochs": 2, "best_epoch": 2, "steps": 40, "samples_seen": 600, "seconds": 65.0,
                "images_per_s": 310.0, "thresholds": None if said.thresholds is None else said.thresholds.tolist(),
                "n_mined": None, "started_at": now - timedelta(seconds=65), "finished_at": now,
            },
            metrics=said.metrics[["split", "class_name", "metric", "value", "n"]],
            predictions=pa.table(
                {
                    "sample_id": samples["sample_id"].tolist(),
                    "split": samples["split"].tolist(),
                    "targets": said.targets.astype(np.float32).tolist(),
                    "probs": said.probs.astype(np.float32).tolist(),
                    "loss": said.losses.astype(np.float32).tolist(),
                    "correct": said.correct.tolist(),
                }
            ),
            mined=_mined(samples, said, classes) if not sigmoid and not run["control"] and (
                stage in {"full", "refined"} and position + 1 < len(kinds)
            ) else None,
        )  # fmt: skip

    def complete(self, run_id: str, dataset: catalog.Dataset, **kind: Any) -> str:
        """A run with all its stages."""
        self.start(run_id, dataset, **kind)
        kinds: Any = STAGES
        if kind.get("objective") == "sigmoid":
            kinds = STAGES[:1]
        elif kind.get("control"):
            kinds = tuple((round_, stage.replace("hard_negative", "control")) for round_, stage in STAGES)
        for position in range(len(kinds)):
            self.stage(run_id, dataset, position, kinds=kinds)
        store.finish_run(run_id, "done")
        return run_id

    def maps(self, run_id: str, dataset: catalog.Dataset, sample_id: str) -> None:
        """A map of every class at every finished stage."""
        ramp = np.tile(np.linspace(0, 255, 64).astype(np.uint8), (64, 1))
        for stage in store.stages(run_id).to_dict("records"):
            rows = []
            for index, name in enumerate(dataset.classes):
                path = Path(run_id) / "cams" / f"{stage['position']:02d}-{stage['stage']}" / f"{sample_id}-{index}.png"
                (self.runs / path).parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(ramp).save(self.runs / path)
                rows.append((sample_id, name, "gradcam", "features", str(path)))
            columns = ["sample_id", "class_name", "method", "layer", "path"]
            store.record_cams(run_id, stage["round"], stage["stage"], pd.DataFrame(rows, columns=columns))


@dataclass(frozen=True)
class _Answers:
    """What a stage said of every sample, and what that is worth."""

    labels: Any
    targets: Any
    probs: Any
    losses: Any
    correct: Any
    thresholds: Any
    metrics: pd.DataFrame


@cache  # one that many tests share; to measure it takes as long as to write it
def _answers(
    label: tuple[str, ...], there: tuple[tuple[str, ...], ...], split: tuple[str, ...], classes: tuple[str, ...],
    sigmoid: bool, position: int, seed: int,
) -> _Answers:  # fmt: skip
    labels, splits = np.array([classes.index(name) for name in label]), np.array(split)
    rng = np.random.default_rng(position + seed)
    logits = rng.normal(size=(len(labels), len(classes)))
    logits[np.arange(len(labels)), labels] += 1.0 + 0.3 * position
    probs = 1 / (1 + np.exp(-logits)) if sigmoid else np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    targets = np.array([[float(name in names) for name in classes] for names in there])
    targets = targets if sigmoid else np.eye(len(classes))[labels]
    thresholds = best_f1_thresholds(targets, probs) if sigmoid else None
    decided = decide(probs, "sigmoid" if sigmoid else "softmax", thresholds)
    losses = -np.log(probs[np.arange(len(labels)), labels])
    correct = (decided == targets.astype(bool)).all(axis=1)
    metrics = pd.concat(
        stage_metrics(targets[at], probs[at], decided[at], classes, labels[at], losses[at]).assign(split=name)
        for name in ("train", "val", "test")
        for at in [splits == name]
    )
    return _Answers(labels, targets, probs, losses, correct, thresholds, metrics)


def _mined(samples: pd.DataFrame, said: _Answers, classes: tuple[str, ...]) -> pd.DataFrame:
    """Wrong training samples, with the class that took them."""
    train = (samples["split"] == "train").to_numpy()
    labels, probs = said.labels, said.probs
    at = np.flatnonzero(train & (probs.argmax(1) != labels))
    rows = [
        (
            samples["sample_id"].iloc[i], classes[labels[i]], classes[int(probs[i].argmax())],
            float(probs[i, labels[i]] - probs[i].max()), float(said.losses[i]), "wrong",
        )
        for i in at
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["sample_id", "true_class", "rival_class", "margin", "loss", "reason"])


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """An empty house of its own; no job ever starts a process."""
    made = House(tmp_path / "results.duckdb", tmp_path / "data", tmp_path / "runs")
    for name, path in (("ODAP_RESULTS", made.results), ("ODAP_DATA", made.data), ("ODAP_RUNS", made.runs)):
        monkeypatch.setenv(name, str(path))
    monkeypatch.setattr("jobs.submit.ensure_worker", lambda: None)
    monkeypatch.setattr("jobs.queue.ensure_worker", lambda: None)
    monkeypatch.setattr("jobs.ensure_worker", lambda: None)
    monkeypatch.setattr("jobs.reconcile", lambda: None)
    st.cache_data.clear()
    st.cache_resource.clear()
    assert os.environ["ODAP_RESULTS"]
    return made


class _Navigated(PagesManager):
    """AppTest begins every rerun as if `st.navigation` had never been called in the process; a server does not."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        PagesManager.uses_pages_directory = False


_components = cache(scan_component_manifests)  # reads what every installed package says of itself; AppTest each time


@pytest.fixture
def texts() -> Callable[[Any], str]:
    """All words of a page or of a part of it, without Markdown's escapes."""
    kinds = ("markdown", "caption", "info", "warning", "error", "success", "title", "header", "subheader")
    return lambda part: "\n".join(element.value for kind in kinds for element in part.get(kind)).replace("\\", "")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Open a page of the app as a browser would; checks that nothing on it is an exception."""
    monkeypatch.setattr("streamlit.testing.v1.app_test.PagesManager", _Navigated)
    monkeypatch.setattr("streamlit.components.v2.manifest_scanner.scan_component_manifests", _components)

    def open_page(page: str = "overview", **view: str) -> AppTest:
        at = AppTest.from_file(str(APP), default_timeout=30)
        at.run()
        assert not at.exception
        if view or page != "overview":
            at.query_params.update(view)
            at.switch_page(f"pages/{page}.py").run()
        assert not at.exception
        assert not [error.value for error in at.error if "could not be shown" in error.value]
        return at

    return open_page
