"""Choose anchors, right predictions of both classes of a confused pair, for hard stages."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from trainer.mining.miners import Mined

Indices = NDArray[np.int64]
NEAREST = 8  # anchors of each class that a mined sample chooses among


class Anchors:
    """The samples that may be anchors of each mined sample.

    They are of its true class or of its rival, and the stage before had them right. A class that has none of these
    gives any of its samples, and a class without samples any sample at all. With embeddings only those are chosen that
    are most like the mined sample, NEAREST of each class.
    """

    def __init__(
        self,
        mined: Mined,
        pools: Mapping[int, Indices],
        right: NDArray[np.bool_],
        embeddings: NDArray[np.floating] | None = None,
    ) -> None:
        """Prepare the pools to draw from.

        Args:
            pools: the samples of each class that may be drawn.
            right: (n_samples,) whether the stage before classified the sample correctly.
            embeddings: (n_samples, D) of length 1; None = any anchor of the class will do.
        """
        self.mined, self.pools = mined, dict(pools)
        self.right = {side: pool[right[pool]] for side, pool in pools.items()}
        self.nearest: list[NDArray[np.int64]] = []
        if embeddings is not None:
            self.nearest = [self._nearest(sides, embeddings) for sides in (mined.true, mined.rival)]

    def draw(self, rows: Indices, rng: np.random.Generator) -> Indices:
        """Draw one anchor for each of some rows of `mined`, in turn of its true and rival class."""
        places = np.arange(len(rows)) % 2
        if self.nearest:
            return np.array([rng.choice(self.nearest[place][row]) for place, row in zip(places, rows, strict=True)])
        sides = np.where(places == 0, self.mined.true[rows], self.mined.rival[rows])
        return np.array([rng.choice(self._pool(side)) for side in sides], np.int64)

    def _nearest(self, sides: Indices, embeddings: NDArray[np.floating]) -> NDArray[np.int64]:
        """Return the anchors of one class most like each mined sample, (M, NEAREST).

        Small pools repeat themselves.
        """
        chosen = np.empty((len(sides), NEAREST), np.int64)
        for side in np.unique(sides):
            rows, pool = np.flatnonzero(sides == side), self._pool(int(side))
            alike = embeddings[self.mined.index[rows]].astype(np.float32) @ embeddings[pool].astype(np.float32).T
            alike[self.mined.index[rows][:, None] == pool] = -np.inf  # a sample is no anchor of itself
            order = np.argsort(-alike, axis=1, kind="stable")[:, :NEAREST]
            chosen[rows] = pool[np.take(order, np.arange(NEAREST) % order.shape[1], axis=1)]
        return chosen

    def _pool(self, side: int) -> Indices:
        right = self.right.get(side)
        if right is not None and len(right):
            return right
        pool = self.pools.get(side)
        return pool if pool is not None else np.concatenate(list(self.pools.values()))
