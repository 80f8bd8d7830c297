"""Compose mini-batches: shuffled, class-balanced, or built around mined samples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recipes import FocusSettings
from trainer.errors import TrainerError
from trainer.mining.miners import Mined

Indices = NDArray[np.int64]


class Batches(Protocol):
    """A source of mini-batches."""

    def epoch(self, rng: np.random.Generator) -> Iterator[Indices]:
        """Yield the mini-batches of one epoch; the same generator state gives the same batches."""


def steps_per_epoch(n_train: int, batch_size: int) -> int:
    """Return the number of mini-batches per epoch, the same in every kind of stage.

    So stages with equally many epochs have an equal budget.
    """
    return max(1, round(n_train / batch_size))


@dataclass(frozen=True)
class Plain:
    """Shuffled mini-batches of nearly equal size; every training sample comes once per epoch.

    No mini-batch is left with a single sample, on which batch norm could not train. steps: mini-batches per epoch; None
    = as many as `batch_size` gives.
    """

    train: Indices
    batch_size: int
    steps: int | None = None

    def epoch(self, rng: np.random.Generator) -> Iterator[Indices]:
        """Yield shuffled mini-batches, each sample once."""
        steps = self.steps or steps_per_epoch(len(self.train), self.batch_size)
        yield from np.array_split(rng.permutation(self.train), steps)


@dataclass(frozen=True)
class Balanced:
    """Class-balanced mini-batches, as many as those of `Plain` and as large.

    For each place a class is drawn, all with equal probability, then a sample of that class.
    """

    train: Indices
    class_of: NDArray[np.int64]
    batch_size: int

    def epoch(self, rng: np.random.Generator) -> Iterator[Indices]:
        """Yield mini-batches of evenly drawn classes."""
        pools = pools_of(self.train, self.class_of)
        for part in np.array_split(self.train, steps_per_epoch(len(self.train), self.batch_size)):
            yield draw_evenly(pools, len(part), rng)


class Focused:
    """Mini-batches composed by quota: mined samples, anchors and a replay.

    Anchors are samples of both classes of a mined pair that the stage before classified correctly. An epoch has as many
    steps as a plain one, and as many samples in each. Mined samples come in random order, each once before any is
    repeated; so does an unbalanced replay. A balanced replay draws classes evenly, then a sample of the class. Excluded
    samples are never drawn.

    Raises:
        TrainerError: a mined sample is not a training sample.
    """

    def __init__(
        self,
        train: Indices,
        class_of: NDArray[np.int64],
        right: NDArray[np.bool_],
        mined: Mined,
        quotas: FocusSettings,
        batch_size: int,
        excluded: Indices | None = None,
    ) -> None:
        """Prepare the pools to draw from.

        Args:
            train: indices of the training samples.
            class_of: (n_samples,) class of every sample of the dataset.
            right: (n_samples,) whether the stage before classified the sample correctly.
            mined: the mined samples, indices into the dataset.
            quotas: shares of a mini-batch.
            batch_size: as in the recipe.
            excluded: indices of samples that must not be drawn.
        """
        if not np.isin(mined.index, train).all():
            raise TrainerError("A mined sample is not in the training split; check the dataset's splits.")
        self.mined, self.balanced = mined, quotas.balanced
        self.steps = steps_per_epoch(len(train), batch_size)
        self.sizes = [len(part) for part in np.array_split(train, self.steps)]
        eligible = train if excluded is None else train[~np.isin(train, excluded)]
        smallest = min(self.sizes) if len(mined) else 0
        self.n_failed = round(smallest * quotas.failed)
        self.n_anchors = min(round(smallest * quotas.anchors), smallest - self.n_failed)
        self.eligible = eligible
        self.pools = pools_of(eligible, class_of)
        self.anchors: dict[int, Indices] = {c: pool[right[pool]] for c, pool in self.pools.items()}

    def epoch(self, rng: np.random.Generator) -> Iterator[Indices]:
        """Yield mini-batches of mined samples, anchors and replay."""
        order = _repeated_permutations(len(self.mined), self.steps * self.n_failed, rng)
        n_replayed = sum(self.sizes) - self.steps * (self.n_failed + self.n_anchors)
        rest = np.empty(0, np.int64)
        if not self.balanced:
            rest = self.eligible[_repeated_permutations(len(self.eligible), n_replayed, rng)]
        for step, size in enumerate(self.sizes):
            rows = order[step * self.n_failed : (step + 1) * self.n_failed]
            n_replay = size - self.n_failed - self.n_anchors
            if self.balanced:
                replay = draw_evenly(self.pools, n_replay, rng)
            else:
                replay, rest = np.split(rest, [n_replay])
            yield np.concatenate([self.mined.index[rows], self._anchors(rows, rng), replay])

    def _anchors(self, rows: Indices, rng: np.random.Generator) -> Indices:
        """Draw anchors, in turn of the true and of the rival class of this mini-batch's mined rows."""
        if not self.n_anchors:
            return np.empty(0, np.int64)
        rows_to_draw = rows if len(rows) else np.arange(len(self.mined))
        chosen = rng.choice(rows_to_draw, self.n_anchors)
        sides = np.where(np.arange(self.n_anchors) % 2 == 0, self.mined.true[chosen], self.mined.rival[chosen])
        return np.array([rng.choice(self._anchor_pool(side)) for side in sides], np.int64)

    def _anchor_pool(self, side: int) -> Indices:
        right = self.anchors.get(side)
        if right is not None and len(right):
            return right
        pool = self.pools.get(side)
        return pool if pool is not None else np.concatenate(list(self.pools.values()))


def pools_of(train: Indices, class_of: NDArray[np.int64]) -> dict[int, Indices]:
    """Return the training samples of each class that has any."""
    return {int(c): train[class_of[train] == c] for c in np.unique(class_of[train])}


def draw_evenly(pools: dict[int, Indices], n: int, rng: np.random.Generator) -> Indices:
    """Draw n samples with replacement: a class first, all equally likely, then a sample of it."""
    return np.array([rng.choice(pools[side]) for side in rng.choice(list(pools), n)], np.int64)


def _repeated_permutations(n: int, length: int, rng: np.random.Generator) -> Indices:
    """Return `length` numbers below n, taken from random permutations one after the other."""
    if not n or not length:
        return np.empty(0, np.int64)
    return np.concatenate([rng.permutation(n) for _ in range(-(-length // n))])[:length]
