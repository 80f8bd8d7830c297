"""Test --find-lr: what it trains on, what it leaves alone, and that its rate trains."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import catalog
import store
from catalog.__main__ import main as catalog_main
from recipes import Recipe
from trainer import range_test
from trainer.__main__ import main
from trainer.images import Images

WORDS = ["train", "demo", "--dataset", "demo", "--device", "cpu", "--set", "image_size=32"]


@pytest.fixture
def phantom(places: Path) -> Path:
    assert catalog_main(["phantom", "--name", "demo", "--images", "300", "--size", "48", "--workers", "1"]) == 0
    return places


@pytest.mark.slow
def test_it_sees_training_samples_alone_and_leaves_store_and_runs_alone(
    phantom: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(range_test, "STEPS", 40)
    seen: set[int] = set()  # rows of which pixels or labels were asked for
    stream, targets_of = Images.stream, Images.targets_of

    def spy(self: Images, rows: np.ndarray) -> object:
        seen.update(rows.tolist())
        return targets_of(self, rows)

    monkeypatch.setattr(Images, "targets_of", spy)
    monkeypatch.setattr(
        Images, "stream", lambda self, batches: stream(self, (seen.update(rows) or rows for rows in batches))
    )
    assert main([*WORDS, "--find-lr"]) in (0, 1)
    first = capsys.readouterr().out
    split = catalog.open_dataset("demo").samples["split"].to_numpy()
    assert set(split[sorted(seen)]) == {"train"} and len(seen) == (split == "train").sum()
    assert "rate     loss" in first
    assert not (phantom / "results.duckdb").exists() and not (phantom / "runs").exists()
    assert main([*WORDS, "--find-lr"]) in (0, 1)
    assert capsys.readouterr().out == first


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--run mine", "--find-lr trains no run; leave --run, --from, --stage and --round out."),
        ("--dataset nobody", "There is no dataset 'nobody'."),
    ],
)
def test_a_mistake_is_one_sentence(places: Path, capsys: pytest.CaptureFixture[str], words: str, sentence: str) -> None:
    assert main([*WORDS, "--find-lr", *words.split()]) == 2
    assert capsys.readouterr().err.startswith(sentence)
    assert list(places.glob("results*")) == []


def test_a_linear_probe_has_no_rate() -> None:
    with pytest.raises(range_test.TrainerError, match=r"^A linear probe has no learning rate to find"):
        range_test.find(Recipe.load("linear_probe", {}))


def test_rates_of_the_stages_keep_the_ratio_of_the_recipe() -> None:
    recipe = Recipe.load("demo", {})  # 0.002, then 0.0005 in both
    expected = {"full.lr": 0.0041, "hard_negative.lr": 0.001, "refined.lr": 0.001}
    assert range_test.rates_of_stages(recipe, 0.00412) == expected
    assert range_test.rates_of_stages(recipe.model_copy(update={"rounds": 0}), 3.0) == {"full.lr": 1.0}


@pytest.mark.long
def test_the_proposed_rate_trains_as_well_as_the_default_and_better_than_far_ones(phantom: Path) -> None:
    test, report = range_test.find(Recipe.load("demo", {"dataset": "demo", "image_size": 32}), "cpu")
    assert test.proposed is not None
    assert f"--set full.lr={test.proposed:.2g}" in report
    loss = {}
    for name, rate in (
        ("found", test.proposed), ("default", 0.002), ("low", test.proposed / 30), ("high", min(1, test.proposed * 30)),
    ):  # fmt: skip
        settings = {"rounds": 0, "full.epochs": 12, "full.lr": rate}
        words = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
        assert main([*WORDS, "--run", name, *words]) == 0
        loss[name] = store.epochs([name])["val_loss"].iloc[-1]
    assert loss["found"] < loss["default"] + 0.1
    assert loss["found"] < min(loss["low"], loss["high"]) - 0.2
