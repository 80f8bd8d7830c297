"""Test that all models can be built, and those for long schedules train in short ones."""

from __future__ import annotations

import math
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch
from PIL import Image

from catalog.phantom import PhantomSettings, generate
from recipes import Model, Recipe, RecipeError
from trainer import checkpoints
from trainer.batches import Plain
from trainer.errors import TrainerError
from trainer.explain import target_layers
from trainer.images import Augment, Images, normalise
from trainer.loop import evaluate, train_one_epoch
from trainer.network import heads, models, optimization
from trainer.network.devices import open_fabric
from trainer.network.objectives import Objective

CLASSES, SIZE, BATCH, EPOCHS = ("fl", "crl", "3d"), 64, 32, 9
CLEAR = PhantomSettings(images=1500, size=SIZE, hard=0.0, toss=0.0)


@pytest.fixture(scope="module")
def planes() -> Images:
    """Phantom images of three planes that are easily told apart."""
    found = [p for p in generate(CLEAR, workers=1) if p.label in CLASSES]
    pixels = np.stack([np.asarray(Image.fromarray(p.pixels).convert("L"))[None] for p in found])
    targets = torch.eye(len(CLASSES))[[CLASSES.index(p.label) for p in found]]
    return Images(pixels, targets, open_fabric("cpu"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "mobilenet_v3_small",
        *(pytest.param(one, marks=pytest.mark.long) for one in ("mobilenet_v3_large", "mnasnet1_0")),
    ],
)
def test_a_short_run_is_good_in_evaluation_mode(name: str, planes: Images) -> None:
    rows = np.arange(len(planes.targets))
    train, held_out = rows[: len(rows) * 2 // 3], rows[len(rows) * 2 // 3 :]
    steps = EPOCHS * len(list(Plain(train, BATCH).epoch(np.random.default_rng(0))))
    recipe = Recipe(name="short")
    torch.manual_seed(0)
    model = models.build(name, len(CLASSES), image_size=SIZE, steps=steps)
    optimizer, schedule = optimization.build(
        model, lr=recipe.full.lr * models.lr_scale(name), weight_decay=recipe.weight_decay, steps=steps
    )
    for epoch in range(EPOCHS):
        batches = Plain(train, BATCH).epoch(np.random.default_rng(epoch))
        train_one_epoch(model, batches, planes, Objective("softmax"), optimizer, schedule, Augment(0), lambda _: None)
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
    torch.manual_seed(0)
    model = models.build(name, 5, image_size=SIZE)
    _first_losses_are_those_of_guessing(model, (True,))  # batch norm's running statistics are those of no picture yet
    assert target_layers.find(model.eval(), name).side >= 1


def _first_losses_are_those_of_guessing(model: torch.nn.Module, modes: tuple[bool, ...] = (True, False)) -> None:
    """Check the first losses of a network of 5 classes, in training (True) and in evaluation mode (False)."""
    pixels = (255 * torch.rand(8, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))).to(torch.uint8)
    targets = torch.eye(5)[torch.arange(8) % 5]
    for training in modes:
        with torch.no_grad():
            logits = model.train(training)(normalise(pixels))
        assert logits.shape == (8, 5)
        assert Objective("softmax").losses(logits, targets).mean() == pytest.approx(math.log(5), rel=0.05)
        assert Objective("sigmoid").losses(logits, targets).mean() == pytest.approx(math.log(2), rel=0.05)


@pytest.mark.parametrize("name", ["efficientnet_lite0", "mobilenet_v3_small", "squeezenet1_1", "timm/resnet10t"])
def test_the_first_loss_is_that_of_guessing_and_the_head_learns(name: str) -> None:
    torch.manual_seed(0)
    model = models.build(name, 5, weights="imagenet" if name == "efficientnet_lite0" else "none", image_size=SIZE)
    _first_losses_are_those_of_guessing(model)
    head = heads.head_of(model)[0].weight
    Objective("softmax").losses(model(torch.rand(2, 3, SIZE, SIZE)), torch.eye(5)[:2]).mean().backward()
    assert head.shape[0] == 5 and head.grad is not None and head.grad.any()


@pytest.mark.parametrize("seed", range(12))
def test_every_class_of_a_head_before_a_relu_can_be_learned_from_the_start(seed: int) -> None:
    torch.manual_seed(seed)
    model = models.build("squeezenet1_1", 5, image_size=SIZE).eval()
    assert (model(normalise(torch.randint(0, 256, (8, 3, SIZE, SIZE), dtype=torch.uint8))) > 0).all()


def test_all_heads_of_a_network_with_two_start_near_zero() -> None:
    model = models.build("timm/deit_tiny_distilled_patch16_224", 5, image_size=SIZE)
    assert [tuple(head.weight.shape) for head in heads.head_of(model)] == [(5, 192), (5, 192)]
    assert all(head.weight.std() <= heads.NEW_HEAD * 1.001 and not head.bias.any() for head in heads.head_of(model))


def test_an_image_size_that_a_model_cannot_take_is_refused() -> None:
    for name, size, other in (("vit_b_16", 40, 48), ("alexnet", 32, 64), ("timm/crossvit_9_240", 224, 240)):
        sentence = rf"^{name} cannot take images of {size} pixels; set image_size to {other}\.$"
        with pytest.raises(TrainerError, match=sentence):
            models.build(name, 3, image_size=size)


def test_where_no_size_is_found_in_time_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "SEARCH_SECONDS", 0)
    monkeypatch.setattr(models, "_accepts", lambda *_: False)
    with pytest.raises(TrainerError, match=r"40 pixels; take another network, or another image_size\.$"):
        models.build("vit_b_16", 3, image_size=40)


@pytest.mark.parametrize(
    "name", ["timm/resnet10t", "timm/vit_tiny_patch16_224", "timm/convnext_atto", "timm/swin_tiny_patch4_window7_224"]
)
def test_networks_of_timm_have_a_fresh_head_and_a_layer_to_explain(name: str) -> None:
    model = models.build(name, 5, image_size=SIZE)
    _first_losses_are_those_of_guessing(model, (True,))  # batch norm's running statistics are those of no picture yet
    assert target_layers.find(model.eval(), name).side >= 2


def test_the_installed_weights_are_in_efficientnet_lite0_and_its_head_is_fresh() -> None:
    first, second, fresh = (
        models.build("efficientnet_lite0", 5, weights=weights).state_dict()
        for weights in ("imagenet", "imagenet", "none")
    )
    same = [key for key in first if torch.equal(first[key], second[key])]
    assert set(first) - set(same) == {"classifier.weight"}  # the head's bias begins at 0 in both
    assert not torch.equal(first["conv_stem.weight"], fresh["conv_stem.weight"])


def test_weights_of_a_file_are_loaded_and_code_in_one_is_never_run(tmp_path: Path) -> None:
    torch.manual_seed(1)
    trained = models.build("resnet18", 7)
    state = trained.state_dict()
    parallel = {"model": {f"module.{name}": value for name, value in state.items()}}  # as of several processes
    for name, content in (("a.pt", {"state_dict": state}), ("b.pth", state), ("c.pt", parallel)):
        torch.save(content, tmp_path / name)
    facts = checkpoints.StageFacts("resnet18", "softmax", tuple("abcdefg"), 64, None, 3, "base")
    checkpoints.save_stage(tmp_path, 0, "full", checkpoints.weights_of(trained), facts)
    for name in ("a.pt", "b.pth", "c.pt", "00-full.safetensors"):
        model = models.build("resnet18", 5, weights=str(tmp_path / name))
        assert torch.equal(model.state_dict()["conv1.weight"], trained.state_dict()["conv1.weight"])

    class Code:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (tmp_path / "ran",)  # type: ignore[return-value]

    torch.save({"conv1.weight": Code()}, tmp_path / "code.pt")
    (tmp_path / "cut.safetensors").write_bytes(b"12345")
    for name, sentence in (
        ("code.pt", r"cannot be read: neither tensors of safetensors nor of torch\.save"),
        ("cut.safetensors", "cannot be read"),
        ("nobody.pt", "^There is no file of weights "),
    ):
        with pytest.raises(TrainerError, match=sentence):
            models.build("resnet18", 5, weights=str(tmp_path / name))
    assert not (tmp_path / "ran").exists()
    with pytest.raises(TrainerError, match=r"a\.pt do not fit shufflenet_v2_x1_0; name its own"):
        models.build("shufflenet_v2_x1_0", 5, weights=str(tmp_path / "a.pt"))


def test_weights_that_cannot_be_downloaded_are_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # nobody listens there
    with pytest.raises(TrainerError, match=r"^The ImageNet weights of resnet18 could not be downloaded \(.*efficientn"):
        models.build("resnet18", 5, weights="imagenet")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(TrainerError, match=r"^The ImageNet weights of timm/resnet10t could not be downloaded \("):
        models.build("timm/resnet10t", 5, weights="imagenet")


def test_a_network_that_is_not_there_is_said() -> None:
    with pytest.raises(TrainerError, match=r"^timm has no network 'resnet19'; near to it are resnet\d"):
        models.build("timm/resnet19", 5)
    with pytest.raises(RecipeError, match=r"'model': a model is 'mobilenet.* or 'timm/NAME', not 'resnet19'"):
        Recipe.parse({"name": "x", "model": "resnet19"})
    with pytest.raises(RecipeError, match=r"'weights': weights are none, imagenet or a file \(.*\), not 'imagnet'"):
        Recipe.parse({"name": "x", "weights": "imagnet"})
