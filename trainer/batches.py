"""Compose mini-batches: shuffled, class-balanced, or built around mined samples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recipes import FocusSettings
from trainer.errors import TrainerError
from trainer.mining.anchors import Anchors
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
    repeated (in its pair, where pairs come in turn); so does an unbalanced replay. A balanced replay draws classes
    evenly, then a sample of the class. Excluded samples are never drawn.

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
        embeddings: NDArray[np.floating] | None = None,
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
            embeddings: (n_samples, D) of length 1, by the stage before; anchors are the nearest ones then.
        """
        if not np.isin(mined.index, train).all():
            raise TrainerError("A mined sample is not in the training split; check the dataset's splits.")
        self.mined, self.balanced, self.pairs = mined, quotas.balanced, quotas.pairs
        self.steps = steps_per_epoch(len(train), batch_size)
        self.sizes = [len(part) for part in np.array_split(train, self.steps)]
        eligible = train if excluded is None else train[~np.isin(train, excluded)]
        smallest = min(self.sizes) if len(mined) else 0
        self.n_failed = round(smallest * quotas.failed)
        self.n_anchors = min(round(smallest * quotas.anchors), smallest - self.n_failed)
        self.eligible = eligible
        self.pools = pools_of(eligible, class_of)
        self.anchors = Anchors(mined, self.pools, right, embeddings)

    def epoch(self, rng: np.random.Generator) -> Iterator[Indices]:
        """Yield mini-batches of mined samples, anchors and replay."""
        order = self._order(rng)
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
        return self.anchors.draw(rng.choice(rows_to_draw, self.n_anchors), rng)

    def _order(self, rng: np.random.Generator) -> Indices:
        """Return the rows of `mined` that the mini-batches of one epoch take, one after the other."""
        if self.pairs == "mixed" or not len(self.mined):
            return _repeated_permutations(len(self.mined), self.steps * self.n_failed, rng)
        ends = np.sort(np.stack([self.mined.true, self.mined.rival]), axis=0)
        pair = np.unique(ends, axis=1, return_inverse=True)[1].ravel()
        members = [np.flatnonzero(pair == number) for number in rng.permutation(pair.max() + 1)]
        turns = [len(range(turn, self.steps, len(members))) for turn in range(len(members))]
        drawn = [
            own[_repeated_permutations(len(own), n * self.n_failed, rng)].reshape(n, self.n_failed)
            for own, n in zip(members, turns, strict=True)
        ]
        return np.concatenate([drawn[step % len(members)][step // len(members)] for step in range(self.steps)])


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
