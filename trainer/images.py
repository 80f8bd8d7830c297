"""Images of a dataset as mini-batches of tensors, and their augmentation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torchvision.transforms import v2

# The usual ImageNet statistics, so that pretrained and fresh networks see images alike.
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

# torchvision's v2 transforms draw one set of parameters a call; a mini-batch is cut into this many groups, each
# with its own draw: nearly as varied as one draw an image, at a fraction of the calls.
GROUPS = 16


@dataclass(frozen=True)
class Images:
    """Pixels and targets of a whole dataset.

    pixels: (N, 1 or 3, S, S) uint8, memory-mapped; targets: (N, C) float32 in {0, 1}.
    """

    pixels: NDArray[np.uint8]
    targets: Tensor
    device: torch.device

    def batch(self, rows: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """Pixels (B, 1 or 3, S, S) uint8 and targets (B, C) of these rows, on the device."""
        pixels = torch.from_numpy(np.ascontiguousarray(self.pixels[rows]))
        return pixels.to(self.device, non_blocking=True), self.targets[torch.from_numpy(rows)].to(self.device)


def normalise(pixels: Tensor) -> Tensor:
    """uint8 (B, 1 or 3, S, S) to the float32 (B, 3, S, S), channels last, that networks take."""
    mean = torch.tensor(MEAN, device=pixels.device).view(1, 3, 1, 1)
    std = torch.tensor(STD, device=pixels.device).view(1, 3, 1, 1)
    return ((pixels.float() / 255 - mean) / std).contiguous(memory_format=torch.channels_last)


class Augment:
    """Flip, shift, turn, scale and re-light; what a probe held a little differently would give."""

    def __init__(self) -> None:
        self.transform = v2.Compose(
            [
                v2.RandomHorizontalFlip(0.5),
                v2.RandomAffine(degrees=10, translate=(0.06, 0.06), scale=(0.9, 1.1), interpolation=_BILINEAR),
                v2.ColorJitter(brightness=0.2, contrast=0.2),
            ]
        )

    def __call__(self, pixels: Tensor) -> Tensor:
        """(B, 1 or 3, S, S) uint8 in, the same out; random from torch's global generator."""
        return torch.cat([self.transform(group) for group in pixels.chunk(GROUPS)])


_BILINEAR = v2.InterpolationMode.BILINEAR
