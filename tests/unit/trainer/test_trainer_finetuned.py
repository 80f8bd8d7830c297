"""Test a run that fine-tunes pretrained weights with all that recipes have for small data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import catalog
import store
from catalog.__main__ import main as catalog_main
from trainer import checkpoints, predict
from trainer.__main__ import main
from trainer.network import models

SETTINGS = {
    "image_size": 32, "batch_size": 16, "model": "squeezenet1_1", "rounds": 1, "full.epochs": 3,
    "hard_negative.epochs": 1, "refined.epochs": 1, "miner.min_count": 1, "augment": "strong", "mixup": 0.2,
    "mirror": True, "keep": "last", "ema": 0.99, "finetune.head_epochs": 1, "finetune.layer_decay": 0.1,
    "finetune.frozen": 0.2,
}  # fmt: skip


@pytest.mark.slow
def test_a_run_with_every_key_for_small_data(places: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["phantom", "--name", "demo", "--images", "120", "--size", "48", "--workers", "1"]
    assert catalog_main(words) == 0
    torch.manual_seed(5)
    start = models.build("squeezenet1_1", 1000, image_size=32).state_dict()
    torch.save(start, places / "data" / "weights.pt")
    settings = {**SETTINGS, "weights": places / "data" / "weights.pt"}
    words = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
    assert main(["train", "demo", "--run", "small", "--device", "cpu", *words]) == 0, capsys.readouterr().err

    stages = store.stages("small")
    assert stages["best_epoch"].tolist() == stages["epochs"].tolist() == [3, 1, 1]
    folder = store.runs_root() / "small" / "checkpoints"
    last = checkpoints.load_stage(folder, 0, "full")
    convolutions = [name for name in start if name.endswith("weight") and not name.startswith("classifier")]
    same = [name for name in convolutions if torch.equal(start[name], last[name])]
    assert same == convolutions[: len(same)] and 0 < len(same) < len(convolutions)  # the frozen first layers
    dynamics = store.dynamics("small", 0, "full")
    assert np.isfinite(dynamics["aum"]).all() and (dynamics["drawn"] == 3).all()
    assert len(store.mined("small")) and store.check() == []

    classifier = predict.load("small", "full", "cpu")
    assert classifier.facts.mirror
    dataset = catalog.open_dataset("demo")
    probs = classifier.probs(np.asarray(dataset.images(32)))
    stored = store.predictions("small", 0, "full").set_index("sample_id").loc[dataset.samples["sample_id"]]
    np.testing.assert_allclose(probs, np.stack(stored["probs"]), atol=1e-5)
    np.testing.assert_allclose(classifier.probs(np.asarray(dataset.images(32))[..., ::-1]), probs, atol=1e-5)
