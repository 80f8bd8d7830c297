"""Test the linear probe against scikit-learn on the same features, and as a run like any other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import catalog
import store
from catalog.__main__ import main as catalog_main
from recipes import Recipe, RecipeError
from trainer import linear_probe, predict
from trainer.__main__ import main
from trainer.images import normalise
from trainer.network import models


@pytest.fixture
def words(places: Path) -> list[str]:
    """Make a phantom and a file of weights; return the command that probes it."""
    assert catalog_main(["phantom", "--name", "demo", "--images", "120", "--size", "48", "--workers", "1"]) == 0
    torch.manual_seed(5)
    torch.save(models.build("resnet18", 1000, image_size=32).state_dict(), places / "data" / "weights.pt")
    settings = {"image_size": 32, "model": "resnet18", "weights": places / "data" / "weights.pt"}
    set_ = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
    return ["train", "linear_probe", "--dataset", "demo", "--device", "cpu", *set_]


@pytest.mark.slow
def test_a_probe_is_scikit_learns_regression_and_a_run_like_any_other(
    words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linear_probe, "STRENGTHS", np.array([0.01]))
    assert main([*words, "--run", "probe", "--set", "mirror=false"]) == 0, capsys.readouterr().err
    assert store.check() == []
    stored = store.predictions("probe", 0, "full").set_index("sample_id")
    assert stored["correct"].mean() > 0.3 and store.stages("probe")["steps"].tolist() == [1]

    dataset = catalog.open_dataset("demo")
    model = predict.load("probe", device="cpu").model
    model.fc = torch.nn.Identity()
    with torch.no_grad():
        features = model(normalise(torch.from_numpy(np.array(dataset.images(32))))).numpy()
    train = (dataset.samples["split"] == "train").to_numpy()
    label = dataset.samples["label"].to_numpy()
    own = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=2000, class_weight="balanced"))
    expected = own.fit(features[train], label[train]).predict_proba(features)
    order = [list(own.classes_).index(name) for name in dataset.classes]
    np.testing.assert_allclose(
        np.stack(stored.loc[dataset.samples["sample_id"], "probs"]), expected[:, order], atol=2e-3
    )


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["softmax", "sigmoid"])
def test_a_probe_chooses_its_strength_and_mirrors(words: list[str], objective: str) -> None:
    assert main([*words, "--run", "probe", "--set", f"objective={objective}"]) == 0
    dataset = catalog.open_dataset("demo")
    pixels = np.asarray(dataset.images(32))[:5]
    classifier = predict.load("probe", device="cpu")
    np.testing.assert_allclose(classifier.probs(pixels), classifier.probs(pixels[..., ::-1]), atol=1e-5)
    metrics = store.metrics(["probe"])
    train = metrics[(metrics["split"] == "train") & metrics["class_name"].isna()].set_index("metric")["value"]
    assert train["macro_f1"] > 0.3


def test_two_classes_and_one_that_nobody_shows() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(60, 4))
    label = (features[:, 0] + 0.1 * rng.normal(size=60) > 0).astype(int) * 2  # class 1 is never shown
    weight, bias = linear_probe._regression(features, label, np.arange(60), 3, False, 0)
    predicted = (features @ weight.T + bias).argmax(axis=1)
    assert (predicted == label).mean() > 0.9


@pytest.mark.parametrize("settings", [{"weights": "none"}, {"rounds": 1}, {"full.epochs": 2}, {"ema": 0.9}])
def test_a_probe_takes_pretrained_weights_and_one_stage(settings: dict[str, object]) -> None:
    with pytest.raises(RecipeError, match="'probe': a linear probe takes pretrained weights"):
        Recipe.load("linear_probe", settings)
