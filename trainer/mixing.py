"""Mix the pictures of a mini-batch in pairs, and observe its samples unmixed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from recipes import Recipe
from trainer.network.devices import to_device

Observe = Callable[[NDArray[np.int64], Tensor, Tensor, Tensor], None]


class Mixup:
    """Lay each picture of a mini-batch over another, and mix their targets alike.

    Source: Zhang et al. 2018 (mixup), with a share for each pair; the larger share is the sample's own, so that sample
    weights stay meaningful.
    """

    def __init__(self, alpha: float, seed: int) -> None:
        self.alpha = alpha
        self.rng = np.random.default_rng(seed)

    @classmethod
    def of(cls, recipe: Recipe, seed: int) -> Mixup | None:
        """Return the mixture of an epoch as a recipe has it; None if nothing is mixed."""
        return None if recipe.mixup is None else cls(recipe.mixup, seed)

    def draw(self, n: int, processes: int = 1) -> tuple[Tensor, NDArray[np.int64]]:
        """Draw the mixture of a mini-batch of n samples, the same in every process.

        Returns:
            (n,) float32 the share of each sample itself, in [0.5, 1]; (n,) the place of its partner, which is in the
            part of the mini-batch that the same process takes.
        """
        share = self.rng.beta(self.alpha, self.alpha, n)
        ends = [n * rank // processes for rank in range(processes + 1)]
        partner = [np.roll(np.arange(a, b), 1) for a, b in pairwise(ends)]
        return torch.from_numpy(np.maximum(share, 1 - share)).float(), np.concatenate(partner)


def mixed(values: Tensor, share: Tensor, partner: NDArray[np.int64]) -> Tensor:
    """Return share * value + (1 - share) * the partner's value, for (N, ...) values."""
    share = to_device(share, values.device).view(-1, *(1,) * (values.ndim - 1))
    partners = values.index_select(0, to_device(torch.from_numpy(partner), values.device))
    return torch.lerp(partners.float(), values.float(), share)


class Observer:
    """Observe the samples of an epoch by predictions of pictures that are not mixed.

    The logits of a training step on mixtures say nothing of one sample. So where pictures are mixed, each sample drawn
    is predicted once more at the epoch's end.

    observe: called with mini-batches as `train_one_epoch` calls its own; mixes: whether pictures are mixed.
    """

    def __init__(self, observe: Observe, mixes: bool) -> None:
        self._observe = observe
        self._mixes = mixes
        self._drawn: list[tuple[NDArray[np.int64], Tensor]] = []

    def __call__(self, rows: NDArray[np.int64], logits: Tensor, targets: Tensor, used: Tensor) -> None:
        """Observe a mini-batch of a step: now, or where pictures are mixed at the epoch's end."""
        if self._mixes:
            self._drawn.append((rows, used))
        else:
            self._observe(rows, logits, targets, used)

    def end(self, predict: Callable[..., Tensor], targets: Tensor) -> None:
        """Observe what is left to observe of the epoch, in the order in which it was drawn.

        Args:
            predict: called with the keyword `rows` (R,); returns their logits (R, C), on the CPU.
            targets: (N, C) of all samples.
        """
        if not self._drawn:
            return
        rows = np.unique(np.concatenate([drawn for drawn, _ in self._drawn]))
        logits = predict(rows=rows)
        for drawn, used in self._drawn:
            at = torch.from_numpy(np.searchsorted(rows, drawn))
            self._observe(drawn, logits[at], targets[torch.from_numpy(drawn)], used)
        self._drawn.clear()
