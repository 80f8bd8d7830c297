"""Collect the embedding of each sample (the input of the network's head) during evaluation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

import store
from trainer.curriculum import StagePlan
from trainer.errors import TrainerError
from trainer.network.devices import gather_shares, share_of
from trainer.network.heads import head_of

if TYPE_CHECKING:
    from lightning_fabric import Fabric


class EmbeddingCollector:
    """Collect embeddings batch by batch, in the order in which samples are judged.

    every: the head is called so many times for each batch; the first call is of the pictures as they are.
    """

    def __init__(self, every: int = 1) -> None:
        self.parts: list[NDArray[np.floating]] = []
        self.every = every
        self.calls = 0

    def take(self, _module: nn.Module, inputs: tuple[Any, ...]) -> None:
        """Store the head's input for a batch: (B, D), or maps (B, D, H, W) averaged over H and W.

        A forward pre-hook of the head.
        """
        self.calls += 1
        if self.every > 1 and self.calls % self.every != 1:
            return
        features: Tensor = inputs[0].detach().float()
        rows = features.flatten(2).mean(dim=2) if features.ndim > 2 else features
        self.parts.append(store.unit(rows.cpu().numpy()))

    def share(self, fabric: Fabric, n: int) -> None:
        """Gather the embeddings of all processes, each of which judged its share of n samples.

        All embeddings are dropped if some process has a sample twice, as happens after a lack of memory.
        """
        if fabric.world_size == 1 or not self.parts:
            return
        own = np.concatenate(self.parts).astype(np.float32)
        judged = share_of(fabric, n)
        if len(own) != judged.stop - judged.start:
            own = np.full((judged.stop - judged.start, own.shape[1]), np.nan, np.float32)
        whole = gather_shares(fabric, torch.from_numpy(own), n).numpy()
        self.parts = [] if np.isnan(whole).any() else [whole]

    def save(self, run_id: str, plan: StagePlan, ids: NDArray[Any]) -> None:
        """Write the embeddings into the run's folder, if every sample has exactly one.

        Raises:
            TrainerError: the file cannot be written.
        """
        if sum(map(len, self.parts)) != len(ids):
            return
        try:
            store.save_embeddings(run_id, plan.position, plan.stage, ids, self.parts)
        except OSError as error:
            raise TrainerError(f"The embeddings could not be written ({error.strerror}); free some disk.") from None


@contextmanager
def collect_embeddings(model: nn.Module, every: int = 1) -> Iterator[EmbeddingCollector]:
    """Collect inside the context what the head takes; `every` as for EmbeddingCollector."""
    collector = EmbeddingCollector(every)
    handle = head_of(model)[-1].register_forward_pre_hook(collector.take)
    try:
        yield collector
    finally:
        handle.remove()
