"""Find how the output of a layer is laid out as a map of the picture, by experiment.

Test pictures have a patch of noise in one quarter, on a flat background or on noise. Read as a map, the output must
change more in the quarter that has the patch than elsewhere. The logits must depend on the output, or no class
activation map can be pictures.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import isqrt
from typing import Any, Literal

import torch
from torch import Tensor, nn

PREFIX_AT_MOST = 32  # class token and registers; no known network has more
# A flat background suits deep convolutions; noise suits layer norms, which amplify small differences on a flat one.
# Of each there is the background itself, then with the patch top left, top right, bottom left and bottom right.
N_PATCH_PICTURES = 2 * 5
_QUARTERS = ((0, 0), (0, 1), (1, 0), (1, 1))
_LEAST_CONTRAST = 0.03  # between halves of the map, in log energy; 0 if every point depends on the whole picture

Problem = Literal["no map", "misplaced", "unused"]


@dataclass(frozen=True)
class Layout:
    """The layout of a layer's output; called on an output it returns maps (B, K, H, W).

    kind: `NCHW`; `NHWC`, as in Swin; `tokens` (B, T, K); or `tokens_last` (B, K, T).
    prefix: number of tokens before those of the picture (class token and registers).
    """

    kind: Literal["NCHW", "NHWC", "tokens", "tokens_last"] = "NCHW"
    prefix: int = 0

    def __call__(self, output: Tensor) -> Tensor:
        """Return the output as maps (B, K, H, W)."""
        if self.kind == "NCHW":
            return output
        if self.kind == "NHWC":
            return output.permute(0, 3, 1, 2)
        channels_first = output.transpose(1, 2) if self.kind == "tokens" else output
        square = channels_first[..., self.prefix :]
        side = isqrt(square.shape[-1])
        return square.reshape(*square.shape[:2], side, side)


@dataclass(frozen=True)
class LayoutResult:
    """The result of `find_layout`: the layer's layout and resolution, or what is wrong with it."""

    layout: Layout | None = None
    side: int = 0
    problem: Problem | None = None


def find_layout(model: nn.Module, layer: nn.Module, image_size: int) -> LayoutResult:
    """Find the layout in which a layer's output is a map, and verify it.

    A map of 1 x 1 has no quarters and is not verified. The network, its mode and the state of the random generators
    are not changed.
    """
    outputs, slopes = _outputs_and_slopes(model, layer, image_size)
    if outputs is None:
        return LayoutResult(problem="no map")
    if not layouts(model, tuple(outputs.shape)):
        return LayoutResult(problem="no map")
    layout = verified_layout(model, outputs)
    if layout is None:
        return LayoutResult(problem="misplaced")
    if slopes is None or not layout(slopes).any():
        return LayoutResult(problem="unused")
    return LayoutResult(layout, layout(outputs).shape[-1])


def layouts(model: nn.Module, shape: tuple[int, ...]) -> list[Layout]:
    """List the layouts in which an output of this shape is a square map.

    The layout that the network declares comes first.
    """
    if len(shape) == 4:
        kinds: list[Literal["NCHW", "NHWC"]] = ["NHWC", "NCHW"] if _channels_last(model) else ["NCHW", "NHWC"]
        sides = {"NCHW": shape[2:], "NHWC": shape[1:3]}
        return [Layout(kind) for kind in kinds if sides[kind][0] == sides[kind][1]]
    if len(shape) != 3:
        return []
    declared = getattr(model, "num_prefix_tokens", None)
    prefixes = [declared] if isinstance(declared, int) else []
    prefixes += [prefix for prefix in range(PREFIX_AT_MOST + 1) if prefix != declared]
    options = [Layout("tokens", prefix) for prefix in prefixes if _is_square(shape[1] - prefix)]
    return [*options, Layout("tokens_last")] if _is_square(shape[2]) else options


def make_patch_pictures(image_size: int, device: torch.device) -> Tensor:
    """Make the pictures with patches, (N_PATCH_PICTURES, 3, S, S), normalised, always the same."""
    half, margin = image_size // 2, image_size // 16
    side = half - 2 * margin
    generator = torch.Generator().manual_seed(1)
    patch = 2 * torch.randn(3, side, side, generator=generator)
    noise = torch.randn(3, image_size, image_size, generator=generator)
    pictures = torch.stack([torch.zeros_like(noise), noise]).repeat_interleave(5, dim=0)
    for number, (bottom, right) in enumerate(_QUARTERS, start=1):
        top, left = bottom * half + margin, right * half + margin
        pictures[number::5, :, top : top + side, left : left + side] = patch
    return pictures.to(device)


@contextmanager
def nonzero_weights(model: nn.Module) -> Iterator[None]:
    """Evaluate inside with random values in place of all-zero weights, then restore the network.

    Heads and the last norms of residual blocks are often initialised with zeros: no output would depend on their input.
    No gradients of parameters are computed inside the context.
    """
    training = [module for module in model.modules() if module.training]
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    zeros = [weight for path, weight in model.named_parameters() if path.endswith("weight") and not weight.any()]
    generator = torch.Generator().manual_seed(0)
    model.eval()
    for parameter in trainable:
        parameter.requires_grad_(False)
    for weight in zeros:
        weight.copy_(0.02 * torch.randn(weight.shape, generator=generator) if weight.ndim > 1 else torch.tensor(0.5))
    try:
        yield
    finally:
        for weight in zeros:
            weight.zero_()
        for parameter in trainable:
            parameter.requires_grad_(True)
        for module in training:
            module.training = True


def _outputs_and_slopes(model: nn.Module, layer: nn.Module, image_size: int) -> tuple[Tensor | None, Tensor | None]:
    """Return the layer's output for the patch pictures, and the gradient of the first logit.

    The gradient is with respect to that output. Either is None if it does not exist.
    """
    outputs: list[Any] = []

    def cut(_module: nn.Module, _inputs: Any, output: Any) -> Any:
        if not isinstance(output, Tensor) or not output.is_floating_point() or output.shape[0] != N_PATCH_PICTURES:
            outputs.append(None)
            return output
        leaf = output.detach().requires_grad_()
        outputs.append(leaf)
        return leaf.clone()  # the next layer may work in place, which is not allowed on a leaf

    inputs = make_patch_pictures(image_size, next(model.parameters()).device)
    with nonzero_weights(model):
        handle = layer.register_forward_hook(cut)
        try:
            with torch.enable_grad():
                logits = model(inputs)
                if len(outputs) != 1 or outputs[0] is None:
                    return None, None
                if not logits.requires_grad:
                    return outputs[0].detach(), None
                (slopes,) = torch.autograd.grad(logits[:, 0].sum(), outputs[0], allow_unused=True)
        finally:
            handle.remove()
    return outputs[0].detach(), slopes


def verified_layout(model: nn.Module, outputs: Tensor) -> Layout | None:
    """Return the first layout in which the output for patch pictures changes most at the patch."""
    options = layouts(model, tuple(outputs.shape))
    for layout in options:
        maps = layout(outputs).double()
        if maps.shape[-1] == 1:
            if layout is options[0]:
                return layout
        elif any(_follows(group) for group in (maps[:5], maps[5:])):
            return layout
    return None


def _follows(maps: Tensor) -> bool:
    """Return whether maps (5, K, H, W) change most in the half with the patch, on both axes.

    Logarithms of the changes' energy are compared, relative to the same point for patches elsewhere. So a point that
    changes with every patch does not count, nor does a patch that changes every point. The place of the largest change
    alone would not do: convolutions of stride 2 with padding put the points of a 2 x 2 map not at a quarter and three
    quarters of the picture but at 0 and a half. The second point then sees a patch top left as well as the first does,
    and all other patches better.
    """
    side = maps.shape[-1]
    energy = (maps[1:] - maps[:1]).square().sum(dim=1)
    if not energy.isfinite().all() or not energy.any():
        return False
    level = (energy + 1e-12 * energy.max()).log()
    level = level - level.mean(dim=0)
    level = (level - level.mean(dim=(1, 2), keepdim=True)).cpu()
    half = torch.linspace(-1, 1, side, dtype=torch.float64).sign()
    lower, right = (level.mean(dim=2) * half).mean(dim=1), (level.mean(dim=1) * half).mean(dim=1)  # (4,) each
    is_lower, is_right = torch.tensor([-1, -1, 1, 1]), torch.tensor([-1, 1, -1, 1])
    straight = torch.stack([lower * is_lower, right * is_right])
    across = torch.stack([lower * is_right, right * is_lower]).mean(dim=1).abs()
    return bool(straight.min() > _LEAST_CONTRAST and straight.mean() > 2 * across.max())


def _channels_last(model: nn.Module) -> bool:
    return getattr(model, "output_fmt", None) == "NHWC" or type(model).__name__ == "SwinTransformer"


def _is_square(n: int) -> bool:
    return n > 0 and isqrt(n) ** 2 == n
