"""Which samples make a mini-batch: plain shuffles, or batches built around what the model got wrong."""

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
    """Gives the mini-batches of one epoch; the same generator state gives the same batches."""

    def epoch(self, rng: np.random.Generator) -> Iterator[Indices]: ...


def steps_per_epoch(n_train: int, batch_size: int) -> int:
    """Mini-batches of an epoch, in every kind of stage, so that equal epochs are an equal budget."""
    return max(1, round(n_train / batch_size))


@dataclass(frozen=True)
class Plain:
    """Every training sample once an epoch, in random order, in mini-batches of (nearly) the same size.

    No mini-batch is left with a single odd sample, on which batch norm could not train. steps: how many an epoch has;
    None = as many as make batches of `batch_size`.
    """

    train: Indices
    batch_size: int
    steps: int | None = None

    def epoch(self, rng: np.random.Generator) -> Iterator[Indices]:
        steps = self.steps or steps_per_epoch(len(self.train), self.batch_size)
        yield from np.array_split(rng.permutation(self.train), steps)


@dataclass(frozen=True)
class Balanced:
    """As many mini-batches as `Plain`, and as large, of classes drawn evenly, then a sample of the class."""

    train: Indices
    class_of: NDArray[np.int64]
    batch_size: int

    def epoch(self, rng: np.random.Generator) -> Iterator[Indices]:
        pools = pools_of(self.train, self.class_of)
        for part in np.array_split(self.train, steps_per_epoch(len(self.train), self.batch_size)):
            yield draw_evenly(pools, len(part), rng)


class Focused:
    """Mini-batches composed by quota: mined samples, right answers from both classes of their pair, and a replay.

    An epoch has as many steps as a plain one, and as many samples in each. Mined samples go round in random order, all
    of them before any comes again; so does an unbalanced replay, while a balanced one draws classes evenly, then a
    sample of the class. Samples that are set apart are not served at all.
    """

    def __init__(
        self,
        train: Indices,
        class_of: NDArray[np.int64],
        right: NDArray[np.bool_],
        mined: Mined,
        quotas: FocusSettings,
        batch_size: int,
        apart: Indices | None = None,
    ) -> None:
        """
        Args:
            train: indices of the training samples.
            class_of: (n_samples,) class of every sample of the dataset.
            right: (n_samples,) whether the stage before had it right.
            mined: what was mined, indices into the dataset.
            apart: indices of samples that must not be served.
        Raises:
            TrainerError: a mined sample is not a training sample.
        """
        if not np.isin(mined.index, train).all():
            raise TrainerError("A mined sample is not in the training split; check the dataset's splits.")
        self.mined, self.balanced = mined, quotas.balanced
        self.steps = steps_per_epoch(len(train), batch_size)
        self.sizes = [len(part) for part in np.array_split(train, self.steps)]
        served = train if apart is None else train[~np.isin(train, apart)]
        smallest = min(self.sizes) if len(mined) else 0
        self.n_failed = round(smallest * quotas.failed)
        self.n_anchors = min(round(smallest * quotas.anchors), smallest - self.n_failed)
        self.served = served
        self.pools = pools_of(served, class_of)
        self.anchors: dict[int, Indices] = {c: pool[right[pool]] for c, pool in self.pools.items()}

    def epoch(self, rng: np.random.Generator) -> Iterator[Indices]:
        order = _rounds_of(len(self.mined), self.steps * self.n_failed, rng)
        n_replayed = sum(self.sizes) - self.steps * (self.n_failed + self.n_anchors)
        rest = np.empty(0, np.int64) if self.balanced else self.served[_rounds_of(len(self.served), n_replayed, rng)]
        for step, size in enumerate(self.sizes):
            rows = order[step * self.n_failed : (step + 1) * self.n_failed]
            n_here = size - self.n_failed - self.n_anchors
            replay, rest = (draw_evenly(self.pools, n_here, rng), rest) if self.balanced else np.split(rest, [n_here])
            yield np.concatenate([self.mined.index[rows], self._anchors(rows, rng), replay])

    def _anchors(self, rows: Indices, rng: np.random.Generator) -> Indices:
        """Right answers, alternately of the true class and of the rival of the mined rows of this mini-batch."""
        if not self.n_anchors:
            return np.empty(0, np.int64)
        among = rows if len(rows) else np.arange(len(self.mined))
        chosen = rng.choice(among, self.n_anchors)
        sides = np.where(np.arange(self.n_anchors) % 2 == 0, self.mined.true[chosen], self.mined.rival[chosen])
        return np.array([rng.choice(self._anchor_pool(side)) for side in sides], np.int64)

    def _anchor_pool(self, side: int) -> Indices:
        right = self.anchors.get(side)
        if right is not None and len(right):
            return right
        pool = self.pools.get(side)
        return pool if pool is not None else np.concatenate(list(self.pools.values()))


def pools_of(train: Indices, class_of: NDArray[np.int64]) -> dict[int, Indices]:
    """The training samples of each class that has any."""
    return {int(c): train[class_of[train] == c] for c in np.unique(class_of[train])}


def draw_evenly(pools: dict[int, Indices], n: int, rng: np.random.Generator) -> Indices:
    """n samples with replacement: a class first, each as likely, then a sample of it."""
    return np.array([rng.choice(pools[side]) for side in rng.choice(list(pools), n)], np.int64)


def _rounds_of(n: int, length: int, rng: np.random.Generator) -> Indices:
    """`length` numbers below n: whole random permutations one after the other."""
    if not n or not length:
        return np.empty(0, np.int64)
    return np.concatenate([rng.permutation(n) for _ in range(-(-length // n))])[:length]
