"""Grad-CAM maps against the formula by hand and against the library."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

from trainer import explain, models
from trainer.images import normalise

PIXELS = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (3, 1, 96, 96), dtype=np.uint8))
CLASSES = np.array([0, 2, 1])


@pytest.mark.parametrize(
    "name",
    ["mobilenet_v3_small", "shufflenet_v2_x1_0", "mnasnet1_0", "squeezenet1_1", "resnet18", "regnet_y_400mf",
     "densenet121", "googlenet", "efficientnet_b0", "alexnet", "convnext_tiny", "swin_t", "vit_b_16"],
)  # fmt: skip
@pytest.mark.slow
def test_every_family_gives_maps_between_0_and_1(name: str) -> None:
    torch.manual_seed(0)
    model = models.build(name, 3, image_size=96)  # at 64 pixels alexnet's last map is one point
    for parameter in model.parameters():  # torchvision begins a vit's head with zeros, of which no map can be made
        if parameter.ndim == 2 and not parameter.any():
            torch.nn.init.normal_(parameter)
    maps = explain.grad_cam(model, name, PIXELS, CLASSES)
    assert maps.shape == (3, 96, 96) and maps.dtype == np.float32
    assert maps.min() >= 0 and maps.max() <= 1
    assert maps.any()


def test_maps_are_the_formulas_and_the_librarys() -> None:
    torch.manual_seed(0)
    model = models.build("resnet18", 3, image_size=96).eval()
    maps = explain.grad_cam(model, "resnet18", PIXELS, CLASSES)

    layer = model.get_submodule("layer4")[-1]  # type: ignore[index]
    with GradCAM(model=model, target_layers=[layer]) as cam:
        theirs = cam(input_tensor=normalise(PIXELS), targets=[ClassifierOutputTarget(int(c)) for c in CLASSES])
    np.testing.assert_allclose(maps, theirs, atol=1e-5)

    seen: list[torch.Tensor] = []
    hook = layer.register_forward_hook(lambda _module, _inputs, output: seen.append(output))
    logits = model(normalise(PIXELS))
    hook.remove()
    (slope,) = torch.autograd.grad(logits[range(3), CLASSES.tolist()].sum(), seen[0])
    by_hand = F.relu((slope.mean((2, 3), keepdim=True) * seen[0]).sum(1, keepdim=True)).detach()
    by_hand /= by_hand.amax((1, 2, 3), keepdim=True) + 1e-7
    coarse = F.adaptive_avg_pool2d(torch.from_numpy(maps)[:, None], by_hand.shape[-2:])
    flat = np.corrcoef(coarse.flatten().numpy(), by_hand.flatten().numpy())[0, 1]
    assert flat > 0.9  # theirs is upsampled and rescaled, so not equal to the last digit
