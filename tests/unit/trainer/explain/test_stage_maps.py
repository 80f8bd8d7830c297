"""Test a run's own maps: verified before the first epoch, at a named layer, or none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import catalog
import store
from trainer.__main__ import main
from trainer.checkpoints import load_stage, weights_of
from trainer.explain import target_layers
from trainer.network import models

SETTINGS = {"rounds": 0, "full.epochs": 1, "image_size": 32, "model": "shufflenet_v2_x1_0"}


@pytest.fixture
def house(places: Path) -> Path:
    rng = np.random.default_rng(0)
    samples = [
        catalog.NewSample(
            key=f"{label}{split}{n}.png", label=label, split=split,
            content=rng.integers(0, 255, (32, 32), dtype=np.uint8),
        )
        for label in ("a", "b") for split in ("train", "val", "test") for n in range(4)
    ]  # fmt: skip
    catalog.save_dataset("tiny", samples, classes=("a", "b"), source="test")
    return places


def train(*words: str) -> int:
    settings = [f"--set={key}={value}" for key, value in SETTINGS.items()]
    return main([*["train", "demo", "--dataset", "tiny", "--run", "r", "--device", "cpu"], *settings, *words])


def test_the_layer_asked_for_is_the_runs_and_what_is_explained_later_takes_it_too(house: Path) -> None:
    assert train("--layer", "stage3") == 0
    assert set(store.cams("r")["layer"]) == {"stage3 (2 x 2)"}
    sample = catalog.open_dataset("tiny").samples["sample_id"].iloc[0]
    assert main(["explain", "r", "--sample", str(sample), "--device", "cpu"]) == 0
    assert set(store.cams("r", str(sample))["layer"]) == {"stage3 (2 x 2)"}
    assert store.run("r")["no_maps"] is None


def test_what_is_explained_later_is_probed_with_the_weights_of_the_run(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.save(models.build("shufflenet_v2_x1_0", 5, image_size=32).state_dict(), house / "data" / "mine.pt")
    assert train("--set", f"weights={house / 'data' / 'mine.pt'}") == 0
    (house / "data" / "mine.pt").unlink()  # it is not needed any more
    probed: list[dict[str, torch.Tensor]] = []
    find_layout = target_layers.find_layout
    monkeypatch.setattr(
        target_layers, "find_layout", lambda model, *more: probed.append(weights_of(model)) or find_layout(model, *more)
    )
    sample = catalog.open_dataset("tiny").samples["sample_id"].iloc[0]
    assert main(["explain", "r", "--sample", str(sample), "--device", "cpu"]) == 0
    own = load_stage(house / "runs" / "r" / "checkpoints", 0, "full")
    assert probed and all(torch.equal(probed[0][name], value) for name, value in own.items())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--layer", "stage9"), "shufflenet_v2_x1_0 has no layer 'stage9'; near to it are stage"),
        (("--set", "layer=fc"), "The layer fc gives no map; name another one with --layer, such as conv5.2."),
        (("--layer", "a b"), "'layer': 'a b' is not the dotted name of a layer, such as layer4 or blocks.11.norm1."),
    ],
)
def test_a_layer_without_a_map_is_refused_before_work_starts(
    house: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    assert train(*words) == 2
    assert sentence in capsys.readouterr().err
    assert store.run("r") is None and not (house / "runs" / "r").exists()


def test_a_network_without_maps_is_trained_without_them_and_the_run_says_so(
    house: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    flat = lambda *_, **__: nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 2))  # noqa: E731
    monkeypatch.setattr(models, "_create", flat)
    assert train() == 0
    said = "No layer of shufflenet_v2_x1_0 is known to give a map of the picture; name one with --layer. The run is"
    assert said in capsys.readouterr().out
    assert store.run("r")["no_maps"].startswith(said) and store.run("r")["status"] == "done"
    assert len(store.stages("r")) == 1 and store.cams("r").empty
    assert store.check() == []


def test_maps_that_are_all_empty_are_told_as_such(
    house: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert train() == 0  # at 32 pixels the last map is one point, the same everywhere
    assert "maps of stage full are empty: at conv5.2 (1 x 1) no place speaks for a class" in capsys.readouterr().out
    sample = str(catalog.open_dataset("tiny").samples["sample_id"].iloc[0])
    assert main(["explain", "r", "--sample", sample, "--device", "cpu"]) == 0
    assert "maps of stage full are empty: at conv5.2 (1 x 1)" in capsys.readouterr().out
