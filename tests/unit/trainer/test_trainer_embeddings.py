"""What the network sees before its head: taken along while judging, for every kind of head."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import store
from recipes import Recipe
from trainer import embeddings
from trainer.curriculum import plan
from trainer.errors import TrainerError
from trainer.images import Images
from trainer.loop import evaluate
from trainer.network import models
from trainer.network.devices import open_fabric


def images(n: int = 7) -> Images:
    pixels = np.random.default_rng(0).integers(0, 256, (n, 1, 64, 64), dtype=np.uint8)
    return Images(pixels, torch.zeros(n, 3), open_fabric("cpu"))


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v3_small"])
def test_the_head_of_what_was_seen_gives_the_logits(name: str) -> None:
    model = models.build(name, 3, image_size=64)
    with embeddings.collect_embeddings(model) as collector:
        logits = evaluate(model, np.arange(7), images(), batch_size=3)
    features = torch.from_numpy(np.concatenate(collector.parts)).float()
    head = [module for module in model.modules() if isinstance(module, torch.nn.Linear)][-1]
    assert [len(part) for part in collector.parts] == [3, 3, 1]
    assert torch.allclose(features.norm(dim=1), torch.ones(7), atol=1e-2)
    said, wanted = (
        of.double() / of.double().norm(dim=1, keepdim=True) for of in (features @ head.weight.T, logits - head.bias)
    )
    assert (said * wanted).sum(dim=1).min() > 0.999
    evaluate(model, np.arange(7), images())
    assert len(collector.parts) == 3, "outside nothing is taken along"


def test_a_head_of_convolutions_is_averaged_over_its_map() -> None:
    model = models.build("squeezenet1_1", 3, image_size=64)
    with embeddings.collect_embeddings(model) as collector:
        evaluate(model, np.arange(7), images())
    assert collector.parts[0].shape == (7, 512)


def test_they_are_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ODAP_RUNS", str(tmp_path))
    full, hard = list(plan(Recipe.load("demo", {})))[:2]
    collector = embeddings.EmbeddingCollector()
    collector.parts = [np.array([[3.0, 4.0], [0.0, 0.0]], np.float32)]
    collector.save("r", full, np.array(["a", "b"], object))
    collector.save("r", hard, np.array(["a", "b"], object))
    known = store.embeddings("r")
    assert known is not None and (known.position, known.stage) == (1, hard.stage) and known.ids.tolist() == ["a", "b"]
    np.testing.assert_allclose(np.asarray(known.vectors, float), [[0.6, 0.8], [0, 0]], atol=1e-3)
    collector.save("r", full, np.array(["a"], object))
    assert [path.stem for path in (tmp_path / "r" / "embeddings").iterdir()] == [f"01-{hard.stage}"]
    (tmp_path / "r" / "embeddings" / f"01-{hard.stage}.npy").write_bytes(b"broken")
    assert store.embeddings("r") is None and store.embeddings("nobody") is None
    (tmp_path / "file").write_text("")
    with pytest.raises(TrainerError, match="could not be written"):
        collector.save("file", full, np.array(["a", "b"], object))
