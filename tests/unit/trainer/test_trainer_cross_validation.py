"""Test cross-validation: a run per fold, pooled scores, going on after a stop, and all networks together."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

import catalog
import store
from catalog.__main__ import main as catalog_main
from trainer import cross_validation, predict
from trainer.__main__ import main

SETTINGS = {"image_size": 32, "batch_size": 16, "model": "squeezenet1_1", "rounds": 0, "full.epochs": 1}
WORDS = [part for key, value in SETTINGS.items() for part in ("--set", f"{key}={value}")]
COMMAND = ["cross-validate", "demo", "--folds", "2", "--device", "cpu", *WORDS]


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["softmax", "sigmoid"])
def test_every_picture_is_tested_once_and_all_networks_answer_together(
    places: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, objective: str
) -> None:
    words = ["phantom", "--name", "demo", "--images", "80", "--size", "48", "--workers", "1"]
    assert catalog_main(words) == 0
    command = [*COMMAND, "--set", f"objective={objective}"]
    with monkeypatch.context() as stopped:
        stopped.setattr(cross_validation, "folds_of", lambda *_: {catalog.Fold(1, 2): "demo@1-1of2"})
        assert main(command) == 2  # as if stopped after the first fold
    assert "has not finished demo-demo-s0-2of2; go on with the same command" in capsys.readouterr().err
    assert main(command) == 0
    told = capsys.readouterr().out
    assert told.count("Done.") == 1 and "80 pictures, each tested once" in told
    runs = store.runs().set_index("run_id")
    assert sorted(runs.index) == ["demo-demo-s0-1of2", "demo-demo-s0-2of2"]
    assert runs["dataset_id"].to_dict() == {f"demo-demo-s0-{n}of2": f"demo@1-{n}of2" for n in (1, 2)}
    assert store.check() == []

    ids, pooled = cross_validation.pooled(sorted(runs.index))
    assert ids.is_unique and len(ids) == 80
    of_folds = [store.predictions(run, 0, "full", "test") for run in sorted(runs.index)]
    right = np.concatenate([frame["correct"] for frame in of_folds]).mean()
    assert f"accuracy           {right:.3f}" in told
    assert (pooled.targets == pooled.decided).all(axis=1).mean() == pytest.approx(right)

    dataset = catalog.open_dataset("demo")
    pictures = [str(dataset.folder / path) for path in dataset.samples["path"][:3]]
    assert main(["predict", "demo-demo-s0", *pictures, "--device", "cpu", "--csv", str(places / "out.csv")]) == 0
    rows = list(csv.DictReader((places / "out.csv").open()))
    of_each = [predict.load(run, device="cpu").probs(np.asarray(dataset.images(32)[:3])) for run in sorted(runs.index)]
    got = np.array([[float(row[name]) for name in dataset.classes] for row in rows])
    np.testing.assert_allclose(got, np.mean(of_each, axis=0), atol=1e-6)

    assert main([*command, "--set", "full.lr=0.1"]) == 2
    assert "demo-demo-s0-1of2 was trained with other settings; name other runs with --run" in capsys.readouterr().err


def test_what_cannot_be_divided_is_refused(places: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["phantom", "--name", "demo", "--images", "40", "--size", "48", "--workers", "1"]
    assert catalog_main(words) == 0
    assert main(["cross-validate", "demo", "--folds", "1"]) == 2
    assert "1 folds are asked for; set --folds from 2 to 20." in capsys.readouterr().err
    assert main(["cross-validate", "demo", "--dataset", "demo@1-1of2"]) == 2
    assert "demo@1-1of2 is one fold already; name the dataset itself, as demo@1." in capsys.readouterr().err
