"""Load images of a dataset as mini-batches of tensors, and augment them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from lightning_fabric import Fabric
from numpy.typing import NDArray
from torch import Tensor

# The usual ImageNet statistics, so that pretrained and fresh networks see images alike.
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Images:
    """Pixels and targets of a whole dataset.

    pixels: (N, 1 or 3, S, S) uint8, memory-mapped; targets: (N, C) float32 in {0, 1}; fabric: names the device that
    mini-batches are resampled to.
    """

    pixels: NDArray[np.uint8]
    targets: Tensor
    fabric: Fabric

    @property
    def device(self) -> torch.device:
        """Return the device that mini-batches are resampled to."""
        return self.fabric.device

    def batch(self, rows: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """Return pixels (B, 1 or 3, S, S) uint8 and targets (B, C) of these rows, on the device."""
        pixels = torch.from_numpy(np.ascontiguousarray(self.pixels[rows]))
        return pixels.to(self.device, non_blocking=True), self.targets[torch.from_numpy(rows)].to(self.device)


def normalise(pixels: Tensor) -> Tensor:
    """Convert pixels (B, 1 or 3, S, S) in [0, 255] to the input of a network.

    Returns:
        (B, 3, S, S) float32, normalised, channels last in memory.
    """
    mean, std = torch.tensor(MEAN, device=pixels.device), torch.tensor(STD, device=pixels.device)
    by_pixel = pixels.permute(0, 2, 3, 1).float()
    return torch.addcmul(-mean / std, by_pixel, 1 / (255 * std)).permute(0, 3, 1, 2)


class Augment:
    """Flip, rotate, scale, shift and re-light each image, as another hand on the probe would.

    The whole mini-batch is resampled once by torch's `grid_sample`. torchvision's transforms draw once per call, and
    one call per image costs several times as much.
    """

    DEGREES = 10.0
    SCALE = 0.1
    SHIFT = 0.06  # of the side
    LIGHT = 0.2  # brightness, then contrast

    def __init__(self, seed: int) -> None:
        self.rng = torch.Generator().manual_seed(seed)

    def __call__(self, pixels: Tensor, n: int | None = None, first: int = 0) -> Tensor:
        """Augment images (B, 1 or 3, S, S) uint8; returns float32 in [0, 255] of the same shape.

        Args:
            n, first: the images are those from `first` on of a mini-batch of n, and get the random numbers of their
                places in it; None = they are the whole mini-batch.
        """
        draws = torch.rand(7, len(pixels) if n is None else n, generator=self.rng)[:, first : first + len(pixels)]
        flip, (turn, scale, right, down, bright, contrast) = draws[0], (2 * draws[1:] - 1).to(pixels.device)
        angle, size = turn * math.radians(self.DEGREES), 1 / (1 + self.SCALE * scale)
        cos, sin = angle.cos() * size, angle.sin() * size
        side = torch.where(flip < 0.5, -1.0, 1.0).to(pixels.device)
        shift = 2 * self.SHIFT  # grid_sample's sides run from -1 to 1
        rows = (torch.stack([cos * side, -sin, right * shift]), torch.stack([sin * side, cos, down * shift]))
        grid = F.affine_grid(torch.stack(rows).permute(2, 0, 1), [len(pixels), 1, *pixels.shape[2:]], False)
        resampled = F.grid_sample(pixels.float(), grid, align_corners=False)
        bright, contrast = 1 + self.LIGHT * bright, 1 + self.LIGHT * contrast
        grey = resampled.mean((1, 2, 3)) * bright
        offset, gain = (value.view(-1, 1, 1, 1) for value in ((1 - contrast) * grey, contrast * bright))
        return torch.addcmul(offset, resampled, gain).clamp_(0, 255)
