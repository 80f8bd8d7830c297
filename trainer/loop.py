"""The only two loops: `train_one_epoch` and `evaluate`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import torch
from lightning_fabric import Fabric
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from trainer.device import put_together, share_of, total
from trainer.errors import TrainerError
from trainer.images import Augment, Images, normalise
from trainer.objectives import Objective

CLIP_NORM = 1.0


@dataclass
class Memory:
    """How many parts a mini-batch is taken in: twice as many whenever the device has run out of memory.

    tell: hears a sentence each time; alone: no other process trains along, which could not know of the parts.
    """

    tell: Callable[[str], None]
    alone: bool = True
    parts: int = 1

    def halve(self, size: int) -> None:
        """Raises TrainerError where parts of two, the fewest that batch norm can train on, are too much."""
        if not self.alone:
            raise TrainerError("A device has too little memory for its part of a mini-batch; set a lower batch_size.")
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
    """Train on the given mini-batches, one optimizer step each; of each, every process takes its share.

    Args:
        model, optimizer: where there are several processes, or a precision other than float32, as `device.prepare` and
            `device.stepping` give them.
        batches: rows of `images`, one array a mini-batch, the same in every process.
        after_step: called after every step with the samples it took; may raise Stopped.
        observe: told of every whole mini-batch its rows, logits (B, C) and targets (B, C).
        memory: how a mini-batch that the device cannot hold is taken in parts; None = it cannot be.
        clip_norm: gradients are scaled down to this norm at most; None = never.
    Raises:
        TrainerError: the loss is not a number any more, or the device has too little memory.
    """
    model.train()
    fabric = images.fabric
    losses: list[Tensor] = []
    used: list[Tensor] = []
    sizes: list[int] = []
    start = time.perf_counter()
    for rows in batches:
        own = share_of(fabric, len(rows))
        pixels, targets = images.batch(rows[own])
        if augment is not None:
            pixels = augment(pixels, len(rows), own.start)
        optimizer.zero_grad(set_to_none=True)
        loss, share, logits = _gradients(model, rows[own], pixels, targets, objective, memory, fabric, len(rows))
        if observe is not None:
            observe(rows, put_together(fabric, logits, len(rows)), images.targets[torch.from_numpy(rows)])
        if clip_norm is not None:
            fabric.clip_gradients(model, optimizer, max_norm=clip_norm, error_if_nonfinite=False)
        optimizer.step()
        schedule.step()

        losses.append(loss * len(logits))
        used.append(share * len(logits))
        sizes.append(len(rows))
        after_step(len(rows))
    sums = torch.stack([torch.stack(losses), torch.stack(used)]).double().sum(dim=1)
    mean_loss, share_used = (total(fabric, sums) / sum(sizes)).tolist()
    if not np.isfinite(mean_loss):
        raise TrainerError("The training loss is not a number any more; lower the learning rate of this stage.")
    return EpochResult(mean_loss, share_used, len(sizes), sum(sizes), time.perf_counter() - start)


def _gradients(
    model: nn.Module,
    rows: NDArray[np.int64],
    pixels: Tensor,
    targets: Tensor,
    objective: Objective,
    memory: Memory | None,
    fabric: Fabric,
    whole: int,
) -> tuple[Tensor, Tensor, Tensor]:
    """Add the gradients of these rows to the weights'; gives back their loss, the share used and their logits (B, C).

    They are all of a mini-batch, or this process's share of `whole` samples. Taken in parts, a mini-batch's loss is the
    mean of its parts' losses, weighed by their samples.
    """
    parts = 1 if memory is None else min(memory.parts, max(1, len(rows) // 2))
    try:
        found = [
            _part(model, rows[at], pixels[at[0] : at[-1] + 1], targets[at[0] : at[-1] + 1], objective, fabric, whole)
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
        return _gradients(model, rows, pixels, targets, objective, memory, fabric, whole)
    if len(found) == 1:
        return found[0]
    loss = torch.stack([part[0] * (len(part[2]) / len(rows)) for part in found]).sum()
    share = torch.stack([part[1] * (len(part[2]) / len(rows)) for part in found]).sum()
    return loss, share, torch.cat([part[2] for part in found])


def _part(
    model: nn.Module,
    rows: NDArray[np.int64],
    pixels: Tensor,
    targets: Tensor,
    objective: Objective,
    fabric: Fabric,
    whole: int,
) -> tuple[Tensor, Tensor, Tensor]:
    logits = model(normalise(pixels))
    loss, share = objective.training_loss(logits.float(), targets, rows)
    # gradients of several processes are averaged, where those of a mini-batch's parts add up
    fabric.backward(loss if len(rows) == whole else loss * (len(rows) * fabric.world_size / whole))
    return loss.detach(), share.detach(), logits.detach().float()


@torch.inference_mode()
def evaluate(model: nn.Module, rows: NDArray[np.int64], images: Images, batch_size: int = 256) -> Tensor:
    """Logits (len(rows), C) float32 on the CPU, without augmentation, in evaluation mode.

    Every process takes its share, and all get all. Where the device runs out of memory it goes on with half as many at
    a time. The model is the network itself, not what `device.prepare` made of it.

    Raises:
        TrainerError: the device has too little memory for a single image.
    """
    model.eval()
    fabric = images.fabric
    own = rows[share_of(fabric, len(rows))]
    logits: list[Tensor] = []
    done = 0
    while done < len(own):
        pixels, _ = images.batch(own[done : done + batch_size])
        try:
            with fabric.autocast():
                logits.append(model(normalise(pixels)).float())
            done += len(pixels)
        except torch.OutOfMemoryError:
            if batch_size == 1:
                raise TrainerError(
                    "The device has too little memory for one image; set a smaller image_size."
                ) from None
            batch_size //= 2
    return put_together(fabric, torch.cat(logits), len(rows)).cpu()
