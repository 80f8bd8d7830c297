"""Test the choice of the map layer: its verified layout, fallbacks, and networks without."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from trainer.errors import TrainerError
from trainer.explain import class_activation, target_layers
from trainer.explain.map_layout import (
    Layout,
    find_layout,
    layouts,
    make_patch_pictures,
    nonzero_weights,
    verified_layout,
)
from trainer.network import models

SIZE = 64
PIXELS = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (2, 1, SIZE, SIZE), dtype=np.uint8))


class Network(nn.Module):
    """A network on patches of 16 pixels; layer `body` has the given layout, the head is zeros."""

    def __init__(self, arrange: str) -> None:
        super().__init__()
        self.arrange = arrange
        self.stem = nn.Conv2d(3, 12, 16, 16)
        self.body = Passing()
        self.head = nn.Linear(12, 3)
        nn.init.zeros_(self.head.weight)

    def forward(self, inputs: Tensor) -> Tensor:
        maps = self.stem(inputs)
        tokens = maps.flatten(2).transpose(1, 2)
        first = tokens.new_ones(len(tokens), 3, tokens.shape[2])
        if self.arrange == "NHWC":
            return self.head(self.body(maps.permute(0, 2, 3, 1)).mean((1, 2)))
        if self.arrange == "registers":
            return self.head(self.body(torch.cat([first, tokens], 1))[:, 3:].mean(1))
        if self.arrange == "tokens_last":
            return self.head(self.body(tokens.transpose(1, 2)).mean(2))
        if self.arrange == "class token":  # the body's patch tokens are never read
            return self.head(self.body(torch.cat([first, tokens], 1))[:, 0] + tokens.mean(1))
        if self.arrange == "shuffled":
            return self.head(self.body(maps.flatten(2)[..., ORDER].reshape(maps.shape)).mean((2, 3)))
        if self.arrange == "several":
            return self.head(self.body([maps, maps])[0].mean((2, 3)))
        return self.head(self.body(self.body(maps)).mean((2, 3)))  # twice


class Passing(nn.Module):
    def forward(self, inputs: list[Tensor] | Tensor) -> list[Tensor] | Tensor:
        return inputs if isinstance(inputs, list) else 2 * inputs


ORDER = torch.randperm(16, generator=torch.Generator().manual_seed(3))


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


@pytest.mark.parametrize(
    ("arrange", "layout"),
    [
        ("NHWC", Layout("NHWC")),
        ("registers", Layout("tokens", 3)),
        ("tokens_last", Layout("tokens_last")),
    ],
)
def test_the_layout_comes_from_the_probe_where_the_network_declares_none(arrange: str, layout: Layout) -> None:
    model = Network(arrange)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    drawn = torch.get_rng_state()
    found = target_layers.find(model, "mine", "body", SIZE)
    assert (found.layout, found.side) == (layout, 4)
    assert torch.equal(torch.get_rng_state(), drawn), "a run's random numbers must not depend on the probe"
    assert model.training and model.body.training and all(p.requires_grad for p in model.parameters())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not model.body._forward_hooks


@pytest.mark.parametrize(
    ("arrange", "sentence"),
    [
        ("class token", r"^The layer body gives no map that the network's answer depends on; name .* such as stem\.$"),
        ("shuffled", r"^The layer body gives no map: a change in one quarter .* such as stem\.$"),
        ("several", r"^The layer body gives no map; name another one with --layer, such as stem\.$"),
        ("twice", r"^The layer body gives no map; name another one with --layer, such as stem\.$"),
    ],
)
def test_a_layer_that_gives_no_map_is_refused_and_another_is_taken(arrange: str, sentence: str) -> None:
    model = Network(arrange)
    with pytest.raises(TrainerError, match=sentence):
        target_layers.find(model, "mine", "body", SIZE)
    assert str(target_layers.find(model, "mine", None, SIZE)) == "stem (4 x 4)"


def test_a_network_without_any_map_says_so() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(3 * SIZE * SIZE, 8), nn.ReLU(), nn.Linear(8, 3))
    with pytest.raises(TrainerError, match=r"^No layer of mine is known to give a map of the picture; name one with"):
        target_layers.find(model, "mine", None, SIZE)


def test_each_layer_is_probed_once() -> None:
    model = Network("NHWC")
    first = target_layers.find(model, "mine", "body", SIZE)
    calls: list[object] = []
    model.register_forward_hook(lambda *_: calls.append(0))
    assert target_layers.find(model, "mine", "body", SIZE) is first and not calls


def test_maps_of_one_point_are_taken_as_declared_only() -> None:
    model = nn.Identity()
    assert verified_layout(model, torch.randn(10, 7, 1, 1)) == Layout("NCHW")
    assert verified_layout(model, torch.randn(10, 1, 1, 7)) == Layout("NHWC")
    assert verified_layout(model, torch.randn(10, 9, 7)) is None, "9 tokens may be 3 x 3, or 1 x 1 behind 8 others"
    assert layouts(model, (10, 7, 4, 5)) == layouts(model, (10, 7)) == []


def test_a_layer_without_response_is_no_map() -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 16, 16), nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(64, 3))
    for parameter in model[0].parameters():
        nn.init.constant_(parameter, float("nan"))
    assert find_layout(model, model[0], SIZE).problem == "misplaced"


@pytest.mark.parametrize(
    ("name", "size", "seen_by"),
    [
        ("timm/vit_small_patch16_dinov3", 32, "blocks.11.norm1 (2 x 2)"),
        ("timm/pit_ti_224", 64, "transformers.2.blocks.3.norm1 (2 x 2)"),
        ("timm/volo_d1_224", 64, "network.4 (4 x 4)"),
        ("timm/twins_svt_small", 64, "norm (2 x 2)"),
    ],
)
def test_families_that_declare_nothing_or_have_no_usual_layer(name: str, size: int, seen_by: str) -> None:
    model = models.build(name, 3, image_size=size)
    assert class_activation.describe_layer(model, name, size) == seen_by
    pixels = PIXELS[..., :size, :size].contiguous()
    for method in ("gradcam", "layercam"):
        assert class_activation.cam(model, name, pixels, np.array([1, 2]), method).shape == (2, size, size)


@pytest.mark.parametrize(
    ("name", "where"), [("resnet18", None), ("timm/regnetx_002", (0.5, 32.5)), ("timm/twins_svt_small", None)]
)
def test_a_map_of_two_by_two_is_the_right_way_round(name: str, where: tuple[float, float] | None) -> None:
    """Check by gradients: each point of the map depends on the pixels of its own quarter.

    Convolutions of stride 2 sample at multiples of their stride. RegNet as it is built has nothing else, so that its
    four points are about pixels 0 and 32, not 16 and 48: the largest change is no measure of the layout.
    """
    model = models.build(name, 3, image_size=SIZE).eval()
    found = target_layers.find(model, name, None, SIZE)
    assert found.side == 2
    outputs: list[Tensor] = []
    found.module.register_forward_hook(lambda _module, _inputs, output: outputs.append(output))
    inputs = torch.randn(4, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(3)).requires_grad_()
    model(inputs)
    maps = found.layout(outputs[0])
    place = torch.arange(SIZE) + 0.5
    seen = torch.zeros(2, 2, 2)  # centre of the pixels that a point depends on: down, right
    for y, x in ((0, 0), (0, 1), (1, 0), (1, 1)):
        (slopes,) = torch.autograd.grad(maps[:, :, y, x].square().sum(), inputs, retain_graph=True)
        energy = slopes.square().sum((0, 1))
        seen[y, x] = torch.stack([energy.sum(1) @ place, energy.sum(0) @ place]) / energy.sum()
    assert (seen[1, :, 0] > seen[0, :, 0] + 0.5).all() and (seen[:, 1, 1] > seen[:, 0, 1] + 0.5).all(), seen
    if where is not None:
        assert (seen[..., 0].mean(1) - torch.tensor(where)).abs().max() < 1
        assert (seen[..., 1].mean(0) - torch.tensor(where)).abs().max() < 1


def test_a_map_of_two_by_two_that_is_turned_is_refused() -> None:
    model = models.build("resnet18", 3, image_size=SIZE)
    layer = target_layers.find(model, "resnet18", None, SIZE).module
    outputs: list[Tensor] = []
    layer.register_forward_hook(lambda _module, _inputs, output: outputs.append(output))
    with torch.no_grad(), nonzero_weights(model):
        model(make_patch_pictures(SIZE, torch.device("cpu")))
    assert verified_layout(model, outputs[0]) == Layout("NCHW")
    for turned in (outputs[0].transpose(2, 3), outputs[0].flip(2), outputs[0].flip(3), outputs[0].flip(2, 3)):
        assert verified_layout(model, turned) is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "size", "side"),
    [("samvit_base_patch16", 64, 4), ("coat_lite_tiny", 64, 2), ("mvitv2_tiny", 64, 2), ("tnt_s_patch16_224", 64, 4),
     ("hrnet_w18_small", 64, 2), ("crossvit_9_240", 120, 10), ("mixer_s16_224", 64, 4),
     ("swinv2_tiny_window8_256", 64, 2),
     ("resnetv2_50", 64, 2), ("regnetx_002", 64, 2), ("xcit_nano_12_p16_224", 64, 4), ("hiera_tiny_224", 224, 7),
     ("deit_tiny_distilled_patch16_224", 64, 4), ("levit_128s", 224, 4), ("cait_xxs24_224", 64, 4)],
)  # fmt: skip
def test_maps_of_many_families_of_timm(name: str, size: int, side: int) -> None:
    model = models.build(f"timm/{name}", 3, image_size=size)
    assert target_layers.find(model, name).side >= side
    assert target_layers.as_maps(model) == target_layers.find(model, name).layout
