"""Every model that is offered can be built; those that are meant for long schedules train well in a short one."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
import torch
from PIL import Image

from catalog.phantom import generate
from trainer import explain, models, optim
from trainer.batches import Plain
from trainer.errors import TrainerError
from trainer.images import Augment, Images
from trainer.loop import evaluate, train_one_epoch
from trainer.objectives import Objective
from trainer.recipe import Model, Recipe

CLASSES, SIZE, BATCH, EPOCHS = ("fl", "crl", "3d"), 64, 32, 9


@pytest.fixture(scope="module")
def planes() -> Images:
    """Phantom images of three planes that are easily told apart."""
    found = [p for p in generate(1500, size=SIZE, seed=0, workers=1) if p.label in CLASSES]
    pixels = np.stack([np.asarray(Image.fromarray(p.pixels).convert("L"))[None] for p in found])
    targets = torch.eye(len(CLASSES))[[CLASSES.index(p.label) for p in found]]
    return Images(pixels, targets, torch.device("cpu"))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mobilenet_v3_small", "mobilenet_v3_large", "mnasnet1_0"])
def test_a_short_run_is_good_in_evaluation_mode(name: str, planes: Images) -> None:
    rows = np.arange(len(planes.targets))
    train, held_out = rows[: len(rows) * 2 // 3], rows[len(rows) * 2 // 3 :]
    steps = EPOCHS * len(list(Plain(train, BATCH).epoch(np.random.default_rng(0))))
    recipe = Recipe(name="short")
    torch.manual_seed(0)
    model = models.build(name, len(CLASSES), image_size=SIZE, steps=steps)
    optimizer, schedule = optim.build(
        model, lr=recipe.full.lr * models.lr_scale(name), weight_decay=recipe.weight_decay, steps=steps
    )
    for epoch in range(EPOCHS):
        batches = Plain(train, BATCH).epoch(np.random.default_rng(epoch))
        train_one_epoch(model, batches, planes, Objective("softmax"), optimizer, schedule, Augment(), lambda _: None)
    right = evaluate(model, held_out, planes).argmax(1) == planes.targets[held_out].argmax(1)
    assert right.float().mean() > 0.85


@pytest.mark.parametrize(("steps", "momentum"), [(100, 0.1), (1000, 0.1), (20_000, 0.01)])
def test_batch_norm_follows_within_the_run(steps: int, momentum: float) -> None:
    model = models.build("mobilenet_v3_small", 3, image_size=SIZE, steps=steps)
    norms = [m for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert norms and all(m.momentum == pytest.approx(momentum) for m in norms)


def test_convnext_blocks_learn_from_the_start() -> None:
    model = models.build("convnext_tiny", 3, image_size=SIZE)
    scales = [value for name, value in model.named_parameters() if name.endswith("layer_scale")]
    assert len(scales) == 18 and all((value == 0.1).all() for value in scales)


@pytest.mark.slow
@pytest.mark.parametrize("name", get_args(Model))
def test_every_offered_model_has_a_fresh_head_and_a_layer_to_explain(name: str) -> None:
    model = models.build(name, 5, image_size=SIZE).eval()
    with torch.no_grad():
        assert model(torch.zeros(2, 3, SIZE, SIZE)).shape == (2, 5)
    assert explain.layer_name(model, explain.target_layer(model, name))


def test_an_image_size_that_a_model_cannot_take_is_refused() -> None:
    with pytest.raises(TrainerError, match=r"^vit_b_16 cannot take images of 40 pixels; set image_size to a multiple"):
        models.build("vit_b_16", 3, image_size=40)
    with pytest.raises(TrainerError, match=r"^alexnet cannot take .* 32 pixels; set image_size to a larger number\.$"):
        models.build("alexnet", 3, image_size=32)
