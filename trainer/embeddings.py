"""What a network sees in each sample just before its head, taken along while every sample is judged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from lightning_fabric import Fabric
from numpy.typing import NDArray
from torch import Tensor, nn

import store
from trainer.curriculum import StagePlan
from trainer.errors import TrainerError
from trainer.network.devices import put_together, share_of


class Seen:
    """Features of the samples judged so far, in their order."""

    def __init__(self) -> None:
        self.parts: list[NDArray[np.floating]] = []

    def take(self, _module: nn.Module, inputs: tuple[Any, ...]) -> None:
        """Hook: keep a batch of what the head is about to be given, (B, D) or maps (B, D, H, W)."""
        features: Tensor = inputs[0].detach().float()
        rows = features.flatten(2).mean(dim=2) if features.ndim > 2 else features
        self.parts.append(store.unit(rows.cpu().numpy()))

    def share(self, fabric: Fabric, n: int) -> None:
        """Where several processes each judged their share of n samples, take in what the others saw too.

        A share in which some sample was seen twice, as after a lack of memory, counts as not seen.
        """
        if fabric.world_size == 1 or not self.parts:
            return
        own = np.concatenate(self.parts).astype(np.float32)
        judged = share_of(fabric, n)
        if len(own) != judged.stop - judged.start:
            own = np.full((judged.stop - judged.start, own.shape[1]), np.nan, np.float32)
        whole = put_together(fabric, torch.from_numpy(own), n).numpy()
        self.parts = [] if np.isnan(whole).any() else [whole]

    def save(self, run_id: str, plan: StagePlan, ids: NDArray[Any]) -> None:
        """Write them beside the run's checkpoints; nothing where not every sample was seen exactly once.

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
def seen(model: nn.Module) -> Iterator[Seen]:
    """While inside, take along what the head is given: the last linear layer, or convolution where there is none."""
    kinds: tuple[type[nn.Module], ...] = (nn.Linear, nn.Conv2d)
    of_kind = [[module for module in model.modules() if isinstance(module, kind)] for kind in kinds]
    found = Seen()
    handle = next(modules for modules in of_kind if modules)[-1].register_forward_pre_hook(found.take)
    try:
        yield found
    finally:
        handle.remove()
