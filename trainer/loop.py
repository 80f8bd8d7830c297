"""The only two loops: `train_one_epoch` and `evaluate`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from trainer.errors import TrainerError
from trainer.images import Augment, Images, normalise
from trainer.objectives import Objective

CLIP_NORM = 1.0


@dataclass(frozen=True)
class EpochResult:
    """loss: mean over samples; share_used: in [0, 1], what a confidence filter let through; seconds: wall time."""

    loss: float
    share_used: float
    steps: int
    samples: int
    seconds: float

    @property
    def images_per_s(self) -> float:
        return self.samples / max(self.seconds, 1e-9)


def train_one_epoch(
    model: nn.Module,
    batches: Iterable[NDArray[np.int64]],
    images: Images,
    objective: Objective,
    optimizer: Optimizer,
    schedule: LRScheduler,
    augment: Augment | None,
    after_step: Callable[[int], None],
    observe: Callable[[NDArray[np.int64], Tensor, Tensor], None] | None = None,
) -> EpochResult:
    """Train on the given mini-batches, one optimizer step each.

    Args:
        batches: rows of `images`, one array a mini-batch.
        after_step: called after every step with the samples it took; may raise Stopped.
        observe: told of every mini-batch its rows, logits (B, C) and targets (B, C).
    Raises:
        TrainerError: the loss is not a number any more.
    """
    model.train()
    losses: list[Tensor] = []
    used: list[Tensor] = []
    sizes: list[int] = []
    start = time.perf_counter()
    for rows in batches:
        pixels, targets = images.batch(rows)
        if augment is not None:
            pixels = augment(pixels)
        with precision(images.device):
            logits = model(normalise(pixels))
        loss, share = objective.training_loss(logits.float(), targets, rows)
        if observe is not None:
            observe(rows, logits.detach().float(), targets)

        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(model.parameters(), CLIP_NORM)
        optimizer.step()
        schedule.step()

        losses.append(loss.detach())
        used.append(share.detach())
        sizes.append(len(rows))
        after_step(len(rows))
    weights = np.array(sizes) / sum(sizes)
    mean_loss = float(torch.stack(losses).cpu().double().numpy() @ weights)
    if not np.isfinite(mean_loss):
        raise TrainerError("The training loss is not a number any more; lower the learning rate of this stage.")
    share_used = float(torch.stack(used).cpu().double().numpy() @ weights)
    return EpochResult(mean_loss, share_used, len(sizes), sum(sizes), time.perf_counter() - start)


@torch.inference_mode()
def evaluate(model: nn.Module, rows: NDArray[np.int64], images: Images, batch_size: int = 256) -> Tensor:
    """Logits (len(rows), C) float32 on the CPU, without augmentation, in evaluation mode."""
    model.eval()
    logits = []
    for start in range(0, len(rows), batch_size):
        pixels, _ = images.batch(rows[start : start + batch_size])
        with precision(images.device):
            logits.append(model(normalise(pixels)).float())
    return torch.cat(logits).cpu()


def precision(device: torch.device) -> AbstractContextManager[None]:
    """bfloat16 where CUDA is, plain float32 elsewhere; bfloat16 needs no loss scaling."""
    return torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda")
