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


@dataclass
class Memory:
    """How many parts a mini-batch is taken in: twice as many whenever the device has run out of memory.

    tell: hears a sentence each time.
    """

    tell: Callable[[str], None]
    parts: int = 1

    def halve(self, size: int) -> None:
        """Raises TrainerError where parts of two, the fewest that batch norm can train on, are too much."""
        if size // (2 * self.parts) < 2:
            raise TrainerError(
                "The device has too little memory for two images at once; set a smaller image_size or model."
            )
        self.parts *= 2
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        self.tell(f"Out of memory: mini-batches are taken in {self.parts} parts, their gradients added up.")


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
    memory: Memory | None = None,
    clip_norm: float | None = CLIP_NORM,
) -> EpochResult:
    """Train on the given mini-batches, one optimizer step each.

    Args:
        batches: rows of `images`, one array a mini-batch.
        after_step: called after every step with the samples it took; may raise Stopped.
        observe: told of every mini-batch its rows, logits (B, C) and targets (B, C).
        memory: how a mini-batch that the device cannot hold is taken in parts; None = it cannot be.
        clip_norm: gradients are scaled down to this norm at most; None = never.
    Raises:
        TrainerError: the loss is not a number any more, or the device has too little memory.
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
        optimizer.zero_grad(set_to_none=True)
        loss, share, logits = _gradients(model, rows, pixels, targets, objective, memory)
        if observe is not None:
            observe(rows, logits, targets)
        if clip_norm is not None:
            nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
        optimizer.step()
        schedule.step()

        losses.append(loss)
        used.append(share)
        sizes.append(len(rows))
        after_step(len(rows))
    weights = np.array(sizes) / sum(sizes)
    mean_loss = float(torch.stack(losses).cpu().double().numpy() @ weights)
    if not np.isfinite(mean_loss):
        raise TrainerError("The training loss is not a number any more; lower the learning rate of this stage.")
    share_used = float(torch.stack(used).cpu().double().numpy() @ weights)
    return EpochResult(mean_loss, share_used, len(sizes), sum(sizes), time.perf_counter() - start)


def _gradients(
    model: nn.Module,
    rows: NDArray[np.int64],
    pixels: Tensor,
    targets: Tensor,
    objective: Objective,
    memory: Memory | None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Add the gradients of a mini-batch to the weights'; gives back its loss, the share used and its logits (B, C).

    Taken in parts, a mini-batch's loss is the mean of its parts' losses, weighed by their samples.
    """
    parts = 1 if memory is None else min(memory.parts, max(1, len(rows) // 2))
    try:
        found = [
            _part(model, rows[at], pixels[at[0] : at[-1] + 1], targets[at[0] : at[-1] + 1], objective, len(rows))
            for at in np.array_split(np.arange(len(rows)), parts)
        ]
    except torch.OutOfMemoryError:
        if memory is None:
            raise
        found = []
    if not found:  # past the handler, so that what the error held on to is free again
        assert memory is not None
        model.zero_grad(set_to_none=True)
        memory.halve(len(rows))
        return _gradients(model, rows, pixels, targets, objective, memory)
    if len(found) == 1:
        return found[0]
    loss = torch.stack([part[0] * (len(part[2]) / len(rows)) for part in found]).sum()
    share = torch.stack([part[1] * (len(part[2]) / len(rows)) for part in found]).sum()
    return loss, share, torch.cat([part[2] for part in found])


def _part(
    model: nn.Module, rows: NDArray[np.int64], pixels: Tensor, targets: Tensor, objective: Objective, whole: int
) -> tuple[Tensor, Tensor, Tensor]:
    with precision(pixels.device):
        logits = model(normalise(pixels))
    loss, share = objective.training_loss(logits.float(), targets, rows)
    torch.autograd.backward(loss if len(rows) == whole else loss * (len(rows) / whole))
    return loss.detach(), share.detach(), logits.detach().float()


@torch.inference_mode()
def evaluate(model: nn.Module, rows: NDArray[np.int64], images: Images, batch_size: int = 256) -> Tensor:
    """Logits (len(rows), C) float32 on the CPU, without augmentation, in evaluation mode.

    Where the device runs out of memory it goes on with half as many at a time.

    Raises:
        TrainerError: the device has too little memory for a single image.
    """
    model.eval()
    logits: list[Tensor] = []
    done = 0
    while done < len(rows):
        pixels, _ = images.batch(rows[done : done + batch_size])
        try:
            with precision(images.device):
                logits.append(model(normalise(pixels)).float())
            done += len(pixels)
        except torch.OutOfMemoryError:
            if batch_size == 1:
                raise TrainerError(
                    "The device has too little memory for one image; set a smaller image_size."
                ) from None
            batch_size //= 2
    return torch.cat(logits).cpu()


def precision(device: torch.device) -> AbstractContextManager[None]:
    """bfloat16 where CUDA is, plain float32 elsewhere; bfloat16 needs no loss scaling."""
    return torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda")
