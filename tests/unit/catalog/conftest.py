"""Small datasets and folders of images for the catalog's tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from catalog import Dataset, NewSample


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Name an empty folder for datasets in the environment; it does not exist yet."""
    monkeypatch.setenv("ODAP_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("ODAP_PROGRESS", raising=False)
    return tmp_path / "data"


def noise(seed: int, width: int = 20, height: int = 14) -> np.ndarray:
    """Grey pixels (height, width) that no other seed has."""
    return np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)


@pytest.fixture
def samples() -> list[NewSample]:
    """30 samples of 10 patients in two classes."""
    return [NewSample(f"{'ab'[i % 2]}/{i:02d}.png", "ab"[i % 2], noise(i), patient=f"P{i // 3}") for i in range(30)]


@pytest.fixture
def tree(tmp_path: Path) -> Callable[[Mapping[str, int]], Path]:
    """Write images under relative paths, each with pixels of its seed, and return the folder."""

    def make(pictures: Mapping[str, int]) -> Path:
        for name, seed in pictures.items():
            file = tmp_path / "source" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(noise(seed)).save(file)
        return tmp_path / "source"

    return make


@pytest.fixture
def one_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Dataset], int]:
    """Train the smallest network on a dataset for one epoch by command; count its predictions."""
    for place in ("RESULTS", "RUNS"):
        monkeypatch.setenv(f"ODAP_{place}", str(tmp_path / place.lower()))

    def run(dataset: Dataset) -> int:
        import store
        from trainer.__main__ import main as trainer

        recipe = "demo_multi_label" if dataset.samples["labels"].map(len).max() > 1 else "demo"
        settings = ("rounds=0", "full.epochs=1", "image_size=32", "batch_size=8", "model=shufflenet_v2_x1_0")
        words = [part for setting in settings for part in ("--set", setting)]
        assert trainer(["train", recipe, "--dataset", dataset.name, "--run", "r", "--device", "cpu", *words]) == 0
        trained = store.run("r")
        assert trained is not None and trained["status"] == "done" and tuple(trained["classes"]) == dataset.classes
        assert store.check() == []
        return len(store.predictions("r", 0, "full"))

    return run
