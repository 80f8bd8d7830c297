"""Load images of a dataset as mini-batches of tensors, and augment them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from trainer.network.devices import to_device
from trainer.pixel_store import PixelStore, Where

if TYPE_CHECKING:
    from lightning_fabric import Fabric

# The usual ImageNet statistics, so that pretrained and fresh networks see images alike.
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Images:
    """Pixels and targets of a whole dataset.

    pixels: (N, 1 or 3, S, S) uint8, memory-mapped; targets: (N, C) float32 in {0, 1}; fabric: names the device that
    mini-batches are resampled to; where: the pixels are kept, as for PixelStore. Training takes each many times, so
    it is "auto" there; work that takes each once leaves them on the host.
    """

    pixels: NDArray[np.uint8]
    targets: Tensor
    fabric: Fabric
    where: Where = "host"

    @property
    def device(self) -> torch.device:
        """Return the device that mini-batches are resampled to."""
        return self.fabric.device

    @cached_property
    def pixel_store(self) -> PixelStore:
        """Return the pixels where mini-batches are taken from; made when the first one is."""
        return PixelStore(self.pixels, self.device, self.where)

    def batch(self, rows: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """Return pixels (B, 1 or 3, S, S) uint8 and targets (B, C) of these rows, on the device."""
        return self.pixel_store.take(rows), self.targets_of(rows)

    def stream(self, batches: Iterable[NDArray[np.int64]]) -> Iterator[Tensor]:
        """Yield the pixels of one mini-batch after another, loaded ahead where that helps."""
        return self.pixel_store.stream(batches)

    def targets_of(self, rows: NDArray[np.int64]) -> Tensor:
        """Return the targets (B, C) of these rows, on the device."""
        return to_device(self.targets[torch.from_numpy(rows)], self.device)


def normalise(pixels: Tensor) -> Tensor:
    """Convert pixels (B, 1 or 3, S, S) in [0, 255] to the input of a network.

    Returns:
        (B, 3, S, S) float32, normalised, channels last in memory.
    """
    offset, gain = _statistics(pixels.device)
    return torch.addcmul(offset, pixels.permute(0, 2, 3, 1).float(), gain).permute(0, 3, 1, 2)


@cache
def _statistics(device: torch.device) -> tuple[Tensor, Tensor]:
    """Return what is added to a pixel, and its factor; kept, as a GPU waits for each copy."""
    with torch.inference_mode(False):  # training needs them too, whoever asks first
        mean, std = torch.tensor(MEAN), torch.tensor(STD)
        return (-mean / std).to(device), (1 / (255 * std)).to(device)


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
        """Start the random numbers anew, the same for the same seed."""
        self.rng = torch.Generator().manual_seed(seed)

    @staticmethod
    def of(strength: str, seed: int) -> Augment | None:
        """Return what a recipe's `augment` names: none, light or strong."""
        if strength == "none":
            return None
        return StrongAugment(seed) if strength == "strong" else Augment(seed)

    def __call__(self, pixels: Tensor, n: int | None = None, first: int = 0) -> Tensor:
        """Augment images (B, 1 or 3, S, S) uint8; returns float32 in [0, 255] of the same shape.

        Args:
            n, first: the images are those from `first` on of a mini-batch of n, and get the random numbers of their
                places in it; None = they are the whole mini-batch.
        """
        draws = torch.rand(7, len(pixels) if n is None else n, generator=self.rng)[:, first : first + len(pixels)]
        draws = to_device(draws, pixels.device)
        flip, (turn, scale, right, down, bright, contrast) = draws[0], 2 * draws[1:] - 1
        angle, size = turn * math.radians(self.DEGREES), 1 / (1 + self.SCALE * scale)
        cos, sin = angle.cos() * size, angle.sin() * size
        side = torch.where(flip < 0.5, -1.0, 1.0)
        shift = 2 * self.SHIFT  # grid_sample's sides run from -1 to 1
        rows = (torch.stack([cos * side, -sin, right * shift]), torch.stack([sin * side, cos, down * shift]))
        grid = F.affine_grid(torch.stack(rows).permute(2, 0, 1), [len(pixels), 1, *pixels.shape[2:]], False)
        resampled = F.grid_sample(pixels.float(), grid, align_corners=False)
        bright, contrast = 1 + self.LIGHT * bright, 1 + self.LIGHT * contrast
        grey = resampled.mean((1, 2, 3)) * bright
        offset, gain = (value.view(-1, 1, 1, 1) for value in ((1 - contrast) * grey, contrast * bright))
        return torch.addcmul(offset, resampled, gain).clamp_(0, 255)


class StrongAugment(Augment):
    """Augment more, as scanners, settings and hands do, and leave the label what it is.

    Turned further and re-lit more, then gamma, speckle, blur, and one small blank. What is laid over a picture is small
    and weak enough that a lesion stays visible; nothing is turned upside down, since sound comes from above.
    """

    DEGREES = 15.0
    LIGHT = 0.3
    GAMMA = 0.35  # the exponent is at most e to this
    SPECKLE = 0.15  # highest standard deviation of the factor on a pixel, in half of the images
    BLUR = 0.3  # share of the images that are blurred, from hardly to by 3 x 3 pixels
    BLANK, SIDES = 0.3, (0.05, 0.15)  # share of the images with a blank; its sides, of the image's

    def __call__(self, pixels: Tensor, n: int | None = None, first: int = 0) -> Tensor:
        """Augment images, as `Augment` does."""
        own = slice(first, first + len(pixels))
        images = super().__call__(pixels, n, first)
        n, side, device = (len(pixels) if n is None else n), pixels.shape[-1], pixels.device
        draws = to_device(torch.rand(10, n, generator=self.rng)[:, own], device)[..., None, None, None]
        grain = to_device(torch.randn(n, 1, side // 2, side // 2, generator=self.rng)[own], device)
        images = 255 * (images / 255).clamp(min=1e-4) ** torch.exp(self.GAMMA * (2 * draws[0] - 1))
        strength = self.SPECKLE * draws[1] * (draws[2] < 0.5)
        images = images * (1 + strength * F.interpolate(grain, size=(side, side), mode="bilinear"))
        blurred = F.avg_pool2d(F.pad(images, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
        images = torch.lerp(images, blurred, draws[3] * (draws[4] < self.BLUR))
        low, high = self.SIDES
        at = torch.linspace(0, 1, side, device=device)
        within = (draws[5] < self.BLANK).expand(-1, 1, side, side)
        for size, place, axis in ((draws[6], draws[7], at.view(-1, 1)), (draws[8], draws[9], at.view(1, -1))):
            length = low + (high - low) * size
            start = (1 - length) * place
            within = within & (axis >= start) & (axis < start + length)
        return torch.where(within, images.mean((1, 2, 3), keepdim=True), images).clamp_(0, 255)
