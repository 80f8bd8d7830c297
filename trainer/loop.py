"""The only two loops: `train_one_epoch` and `evaluate`."""

from __future__ import annotations

import os
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

from trainer.errors import TrainerError
from trainer.images import Augment, Images, normalise
from trainer.network.devices import put_together, share_of, total
from trainer.network.objectives import Objective

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
    """What one epoch of training came to.

    loss: mean over the samples learned from; NaN = none was. samples: served; samples_used: learned from, so that a
    confidence filter or OHEM left out the others. seconds: wall time; cpu_seconds: processor time of all processes.
    """

    loss: float
    steps: int
    samples: int
    samples_used: int
    seconds: float
    cpu_seconds: float

    @property
    def share_used(self) -> float:
        """In [0, 1]; the share of the samples served that was learned from."""
        return self.samples_used / self.samples

    @property
    def images_per_s(self) -> float:
        return self.samples / max(self.seconds, 1e-9)


@dataclass(frozen=True)
class _MiniBatch:
    """One mini-batch of B samples.

    rows (B,) and targets (B, C): of the whole mini-batch; own: this process's stretch of it; pixels: of that stretch.
    """

    rows: NDArray[np.int64]
    targets: Tensor
    own: slice
    pixels: Tensor

    def parts(self, n: int) -> list[slice]:
        """Return n nearly equal stretches of this process's samples, as places in the whole mini-batch."""
        places = np.array_split(np.arange(self.own.start, self.own.stop), n)
        return [slice(int(part[0]), int(part[-1]) + 1) for part in places]

    def pixels_of(self, part: slice) -> Tensor:
        return self.pixels[part.start - self.own.start : part.stop - self.own.start]


@dataclass(frozen=True)
class _Learned:
    """loss: the sum over this process's samples; weights (B,) and logits (B, C): of the whole mini-batch."""

    loss: Tensor
    weights: Tensor
    logits: Tensor


def train_one_epoch(
    model: nn.Module,
    batches: Iterable[NDArray[np.int64]],
    images: Images,
    objective: Objective,
    optimizer: Optimizer,
    schedule: LRScheduler,
    augment: Augment | None,
    after_step: Callable[[int], None],
    observe: Callable[[NDArray[np.int64], Tensor, Tensor, Tensor], None] | None = None,
    memory: Memory | None = None,
    clip_norm: float | None = CLIP_NORM,
) -> EpochResult:
    """Train on the given mini-batches, one optimizer step each; of each, every process takes its share.

    Args:
        model, optimizer: where there are several processes, or a precision other than float32, as `device.prepare` and
            `device.stepping` give them.
        batches: rows of `images`, one array a mini-batch, the same in every process.
        after_step: called after every step with the samples it took; may raise Stopped.
        observe: called with every whole mini-batch: its rows (B,), logits (B, C), targets (B, C), and which of its
            samples were learned from (B,).
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
    start, cpu_start = time.perf_counter(), processor_seconds()
    for rows in batches:
        batch = _load(rows, images, augment)
        optimizer.zero_grad(set_to_none=True)
        learned = _gradients(model, batch, objective, memory, fabric)
        kept = learned.weights > 0
        if observe is not None:
            observe(rows, learned.logits, batch.targets, kept)
        if clip_norm is not None:
            fabric.clip_gradients(model, optimizer, max_norm=clip_norm, error_if_nonfinite=False)
        optimizer.step()
        schedule.step()

        losses.append(learned.loss * kept.sum())
        used.append(kept.sum())
        sizes.append(len(rows))
        after_step(len(rows))
    n_used = int(torch.stack(used).sum())
    loss = float(total(fabric, torch.stack(losses).double().sum()))
    if not np.isfinite(loss):
        raise TrainerError("The training loss is not a number any more; lower the learning rate of this stage.")
    mean_loss = loss / n_used if n_used else float("nan")
    cpu = float(total(fabric, torch.tensor(processor_seconds() - cpu_start, device=fabric.device)))
    return EpochResult(mean_loss, len(sizes), sum(sizes), n_used, time.perf_counter() - start, cpu)


def processor_seconds() -> float:
    """Return the processor seconds of this process, all its threads, and of its children that have ended.

    Unlike elapsed time they do not grow because others use the machine.
    """
    ended = os.times()
    return time.process_time() + ended.children_user + ended.children_system


def _load(rows: NDArray[np.int64], images: Images, augment: Augment | None) -> _MiniBatch:
    own = share_of(images.fabric, len(rows))
    pixels, _ = images.batch(rows[own])
    if augment is not None:
        pixels = augment(pixels, len(rows), own.start)
    targets = images.targets[torch.from_numpy(rows)].to(images.device)
    return _MiniBatch(rows, targets, own, pixels)


def _gradients(
    model: nn.Module, batch: _MiniBatch, objective: Objective, memory: Memory | None, fabric: Fabric
) -> _Learned:
    """Add the gradients of a mini-batch's loss to the weights'; in more parts where the device cannot hold it."""
    n_own = len(batch.pixels)
    n_parts = 1 if memory is None else min(memory.parts, max(1, n_own // 2))
    try:
        if n_parts == 1:
            return _at_once(model, batch, objective, fabric)
        return _in_parts(model, batch, objective, fabric, n_parts)
    except torch.OutOfMemoryError:
        if memory is None:
            raise
    # past the handler, so that what the error held on to is free again
    model.zero_grad(set_to_none=True)
    memory.halve(n_own)
    return _gradients(model, batch, objective, memory, fabric)


def _at_once(model: nn.Module, batch: _MiniBatch, objective: Objective, fabric: Fabric) -> _Learned:
    logits = model(normalise(batch.pixels)).float()
    whole = put_together(fabric, logits.detach(), len(batch.rows))
    weights = objective.weights(batch.targets, batch.rows, whole)
    loss = objective.training_loss(logits, batch.targets[batch.own], weights[batch.own])
    fabric.backward(loss * fabric.world_size)  # gradients of several processes are averaged, and are to be added up
    return _Learned(loss.detach(), weights, whole)


def _in_parts(model: nn.Module, batch: _MiniBatch, objective: Objective, fabric: Fabric, n_parts: int) -> _Learned:
    """Take one part after the other; their gradients add up to those of the whole mini-batch.

    What is learned from depends on all of it. So where the objective leaves samples out, a first pass without gradients
    tells which. Batch norm takes its statistics over a part, as nothing larger is in memory.
    """
    parts = batch.parts(n_parts)
    foreseen = _foresee(model, batch, parts, fabric) if objective.selects else None
    weights = objective.weights(batch.targets, batch.rows, foreseen)
    losses, logits = [], []
    for part in parts:
        logits.append(model(normalise(batch.pixels_of(part))).float())
        loss = objective.training_loss(logits[-1], batch.targets[part], weights[part])
        fabric.backward(loss * fabric.world_size)
        losses.append(loss.detach())
        logits[-1] = logits[-1].detach()
    whole = put_together(fabric, torch.cat(logits), len(batch.rows))
    return _Learned(torch.stack(losses).sum(), weights, whole)


@torch.no_grad()
def _foresee(model: nn.Module, batch: _MiniBatch, parts: list[slice], fabric: Fabric) -> Tensor:
    """Return the logits (B, C) that a training pass over the parts will give, and leave everything as it was.

    So dropout draws the same masks again (on the CPU and CUDA), and batch norm counts each part once.
    """
    buffers = [buffer.clone() for buffer in model.buffers()]
    devices = [batch.pixels.device] if batch.pixels.device.type == "cuda" else []
    with torch.random.fork_rng(devices):
        logits = [model(normalise(batch.pixels_of(part))).float() for part in parts]
    for buffer, value in zip(model.buffers(), buffers, strict=True):
        buffer.copy_(value)
    return put_together(fabric, torch.cat(logits), len(batch.rows))


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
    # of fewer samples than processes, some process has none
    whole = torch.cat(logits) if logits else torch.empty(0, images.targets.shape[1], device=fabric.device)
    return put_together(fabric, whole, len(rows)).cpu()
