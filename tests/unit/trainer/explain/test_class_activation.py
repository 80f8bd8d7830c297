"""Test Grad-CAM against its formula and the library, the other methods, and named layers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

from trainer.errors import TrainerError
from trainer.explain import class_activation, target_layers
from trainer.images import normalise
from trainer.network import models

PIXELS = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (3, 1, 96, 96), dtype=np.uint8))
CLASSES = np.array([0, 2, 1])


class Library(GradCAM):  # type: ignore[misc]
    """The library's Grad-CAM, which also keeps its map as it was before scaling."""

    def get_cam_image(self, *args: Any, **kwargs: Any) -> Any:
        self.raw = np.maximum(super().get_cam_image(*args, **kwargs), 0)
        return self.raw


def built(name: str, image_size: int = 96) -> torch.nn.Module:
    torch.manual_seed(0)
    model = models.build(name, 3, image_size=image_size)  # at 64 pixels alexnet's last map is one point
    for parameter in model.parameters():  # torchvision begins a vit's head with zeros, of which no map can be made
        if parameter.ndim == 2 and not parameter.any():
            torch.nn.init.normal_(parameter)
    return model.eval()


@pytest.mark.parametrize(
    "name",
    ["mobilenet_v3_small", "shufflenet_v2_x1_0", "mnasnet1_0", "squeezenet1_1", "resnet18", "regnet_y_400mf",
     "densenet121", "googlenet", "efficientnet_b0", "alexnet", "convnext_tiny", "swin_t", "vit_b_16"],
)  # fmt: skip
@pytest.mark.slow
def test_plain_grad_cam_is_the_librarys_for_every_family(name: str) -> None:
    model = built(name)
    layer = target_layers.find(model, name)
    with Library(model=model, target_layers=[layer.module], reshape_transform=layer.layout) as library:
        theirs = library(input_tensor=normalise(PIXELS), targets=[ClassifierOutputTarget(int(c)) for c in CLASSES])
        theirs_raw = library.raw
    raw = class_activation.grad_cam(model, layer, normalise(PIXELS), CLASSES)
    assert raw.max() > 0
    np.testing.assert_allclose(raw, theirs_raw, rtol=1e-3, atol=1e-3 * raw.max())
    maps = class_activation.cam(model, name, PIXELS, CLASSES)
    assert maps.shape == (3, 96, 96) and maps.dtype == np.float32
    assert maps.min() >= 0 and maps.max() <= 1
    np.testing.assert_allclose(maps, theirs, atol=1e-3)
    assert (layer.side, layer.side) == raw.shape[1:]


def test_plain_grad_cam_is_the_formula_and_leaves_the_network_as_it_was() -> None:
    model = built("resnet18")
    layer = target_layers.find(model, "resnet18")
    seen: list[torch.Tensor] = []
    hook = layer.module.register_forward_hook(lambda _module, _inputs, output: seen.append(output))
    logits = model(normalise(PIXELS))
    hook.remove()
    (slope,) = torch.autograd.grad(logits[range(3), CLASSES.tolist()].sum(), seen[0])
    by_hand = F.relu((slope.mean((2, 3), keepdim=True) * seen[0]).sum(1)).detach().numpy()
    np.testing.assert_allclose(class_activation.grad_cam(model, layer, normalise(PIXELS), CLASSES), by_hand, atol=1e-6)
    assert all(parameter.requires_grad and parameter.grad is None for parameter in model.parameters())
    assert not layer.module._forward_hooks


@pytest.mark.parametrize("method", class_activation.METHODS)
@pytest.mark.parametrize("name", ["shufflenet_v2_x1_0", "timm/vit_tiny_patch16_224"])
def test_every_method_gives_maps_between_0_and_1_and_no_gradients_stay(method: str, name: str) -> None:
    model = built(name)
    maps = class_activation.cam(model, name, PIXELS, CLASSES, method)
    assert maps.shape == (3, 96, 96) and maps.any()
    assert maps.min() >= 0 and maps.max() <= 1
    assert all(parameter.grad is None for parameter in model.parameters())


def test_methods_differ_and_a_finer_layer_can_be_chosen() -> None:
    model = built("resnet18")
    at = "layer3.1"  # at the last layer, before mere pooling, HiResCAM is Grad-CAM
    maps = {
        method: class_activation.cam(model, "resnet18", PIXELS, CLASSES, method, at)
        for method in class_activation.METHODS
    }
    assert all(np.abs(maps["gradcam"] - maps[other]).max() > 0.01 for other in class_activation.LIBRARY)
    assert str(target_layers.find(model, "resnet18", "layer3.1")) == "layer3.1 (6 x 6)"
    assert str(target_layers.find(model, "resnet18")) == "layer4.1 (3 x 3)"
    assert np.abs(class_activation.cam(model, "resnet18", PIXELS, CLASSES) - maps["gradcam"]).max() > 0.01


def test_small_images_may_leave_a_map_of_one_point() -> None:
    model = built("shufflenet_v2_x1_0", image_size=32)
    assert class_activation.describe_layer(model, "shufflenet_v2_x1_0", 32) == "conv5.2 (1 x 1)"


def test_a_layer_that_is_not_there_or_has_no_map_is_said() -> None:
    model = built("resnet18")
    with pytest.raises(TrainerError, match=r"^resnet18 has no layer 'layer5'; near to it are layer\d, layer\d, "):
        target_layers.find(model, "resnet18", "layer5")
    with pytest.raises(
        TrainerError, match=r"^The layer fc gives no map; name another one with .*, such as layer4\.1\.$"
    ):
        target_layers.find(model, "resnet18", "fc")
