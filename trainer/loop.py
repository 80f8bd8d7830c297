"""Train one epoch and evaluate: the only two loops of the trainer."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import tee
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from trainer.errors import TrainerError
from trainer.images import Augment, Images, normalise
from trainer.mixing import Mixup, mixed
from trainer.network.devices import gather_shares, share_of, total
from trainer.network.finetuning import Freezer
from trainer.network.objectives import Objective

if TYPE_CHECKING:
    from lightning_fabric import Fabric

CLIP_NORM = 1.0


@dataclass
class Memory:
    """The number of parts of a mini-batch, which doubles when the device runs out of memory.

    tell: called with a sentence each time; alone: there is one process. Several cannot split, since none of them
    knows of the others' parts.
    """

    tell: Callable[[str], None]
    alone: bool = True
    parts: int = 1

    def halve(self, size: int) -> None:
        """Double the number of parts.

        Args:
            size: samples of the mini-batch in this process.
        Raises:
            TrainerError: parts would have less than the two samples that batch norm needs, or there are several
                processes.
        """
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
    """The result of one epoch of training.

    loss: mean over the samples learned from, NaN if there are none; samples: drawn; samples_used: learned from, the
    others were left out by a confidence filter or OHEM; seconds: wall time; cpu_seconds: processor time of all
    processes.
    """

    loss: float
    steps: int
    samples: int
    samples_used: int
    seconds: float
    cpu_seconds: float

    @property
    def share_used(self) -> float:
        """Return the share of the drawn samples that was learned from, in [0, 1]."""
        return self.samples_used / self.samples

    @property
    def images_per_s(self) -> float:
        """Return the samples drawn per second of wall time."""
        return self.samples / max(self.seconds, 1e-9)


@dataclass(frozen=True)
class _MiniBatch:
    """One mini-batch of B samples.

    rows (B,) and targets (B, C): of the whole mini-batch; own: the slice of it that this process takes; pixels: of that
    slice.
    """

    rows: NDArray[np.int64]
    targets: Tensor
    own: slice
    pixels: Tensor

    def parts(self, n: int) -> list[slice]:
        """Return n nearly equal slices of the whole mini-batch that cover this process's samples."""
        positions = np.array_split(np.arange(self.own.start, self.own.stop), n)
        return [slice(int(part[0]), int(part[-1]) + 1) for part in positions]

    def pixels_of(self, part: slice) -> Tensor:
        """Return the pixels of one slice that `parts` gave."""
        return self.pixels[part.start - self.own.start : part.stop - self.own.start]


@dataclass(frozen=True)
class _Learned:
    """The loss and the logits of one mini-batch whose gradients have been computed.

    loss: the sum over this process's samples; weights (B,) and logits (B, C): of the whole mini-batch.
    """

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
    mixup: Mixup | None = None,
    freezer: Freezer | None = None,
) -> EpochResult:
    """Train on the given mini-batches, one optimizer step each; every process takes its share.

    Args:
        model, optimizer: with several processes, or a precision other than float32, what `devices.prepare` and
            `devices.stepping` return.
        batches: rows of `images`, one array per mini-batch, the same in every process.
        after_step: called after every step with the number of its samples; may raise Stopped.
        observe: called with every whole mini-batch: its rows (B,), logits (B, C), targets (B, C), and which of its
            samples were learned from (B,).
        memory: how a mini-batch that does not fit the device is split into parts; None = it is not split.
        clip_norm: gradients are scaled down to this norm at most; None = never.
        mixup: how pictures and targets of a mini-batch are mixed; None = not at all.
        freezer: sets the network to training mode, but for its frozen layers; None = nothing is frozen.
    Raises:
        TrainerError: the loss is not a number any more, or the device has too little memory.
    """
    if freezer is None:
        model.train()
    else:
        freezer.train()
    fabric = images.fabric
    losses: list[Tensor] = []
    used: list[Tensor] = []
    sizes: list[int] = []
    start, cpu_start = time.perf_counter(), processor_seconds()
    for batch in _loaded(batches, images, augment, mixup):
        rows = batch.rows
        optimizer.zero_grad(set_to_none=True)
        learned = _gradients(model, batch, objective, memory, fabric)
        used_mask = learned.weights > 0
        if observe is not None:
            observe(rows, learned.logits, batch.targets, used_mask)
        if clip_norm is not None:
            fabric.clip_gradients(model, optimizer, max_norm=clip_norm, error_if_nonfinite=False)
        optimizer.step()
        schedule.step()

        losses.append(learned.loss * used_mask.sum())
        used.append(used_mask.sum())
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
    """Return the processor seconds of this process, its threads and its ended children.

    Unlike elapsed time they do not grow because other programs use the machine.
    """
    ended = os.times()
    return time.process_time() + ended.children_user + ended.children_system


def _loaded(
    batches: Iterable[NDArray[np.int64]], images: Images, augment: Augment | None, mixup: Mixup | None
) -> Iterator[_MiniBatch]:
    """Yield the mini-batches, ready for the network."""
    whole, shares = tee(batches)
    loaded = images.stream(rows[share_of(images.fabric, len(rows))] for rows in shares)
    for rows, pixels in zip(whole, loaded, strict=True):
        own, targets = share_of(images.fabric, len(rows)), images.targets_of(rows)
        if augment is not None:
            pixels = augment(pixels, len(rows), own.start)
        if mixup is not None:
            share, partner = mixup.draw(len(rows), images.fabric.world_size)
            pixels, targets = mixed(pixels, share[own], partner[own] - own.start), mixed(targets, share, partner)
        yield _MiniBatch(rows, targets, own, pixels)


def _gradients(
    model: nn.Module, batch: _MiniBatch, objective: Objective, memory: Memory | None, fabric: Fabric
) -> _Learned:
    """Compute the gradients of a mini-batch's loss; in more parts if the device cannot hold it."""
    n_own = len(batch.pixels)
    n_parts = 1 if memory is None else min(memory.parts, max(1, n_own // 2))
    try:
        if n_parts == 1:
            return _in_one_pass(model, batch, objective, fabric)
        return _in_parts(model, batch, objective, fabric, n_parts)
    except torch.OutOfMemoryError:
        if memory is None:
            raise
    # after the handler, so that the memory that the error refers to is free again
    model.zero_grad(set_to_none=True)
    memory.halve(n_own)
    return _gradients(model, batch, objective, memory, fabric)


def _in_one_pass(model: nn.Module, batch: _MiniBatch, objective: Objective, fabric: Fabric) -> _Learned:
    logits = model(normalise(batch.pixels)).float()
    whole = gather_shares(fabric, logits.detach(), len(batch.rows))
    weights = objective.weights(batch.targets, batch.rows, whole)
    loss = objective.training_loss(logits, batch.targets[batch.own], weights[batch.own])
    fabric.backward(loss * fabric.world_size)  # processes average their gradients; the sum is needed
    return _Learned(loss.detach(), weights, whole)


def _in_parts(model: nn.Module, batch: _MiniBatch, objective: Objective, fabric: Fabric, n_parts: int) -> _Learned:
    """Compute the gradients part by part; they add up to those of the whole mini-batch.

    Which samples are learned from depends on the whole mini-batch. So if the objective leaves samples out, a first pass
    without gradients selects them. Batch norm takes its statistics over a part, as nothing larger is in memory.
    """
    parts = batch.parts(n_parts)
    logits_ahead = _logits_ahead(model, batch, parts, fabric) if objective.selects else None
    weights = objective.weights(batch.targets, batch.rows, logits_ahead)
    losses, logits = [], []
    for part in parts:
        logits.append(model(normalise(batch.pixels_of(part))).float())
        loss = objective.training_loss(logits[-1], batch.targets[part], weights[part])
        fabric.backward(loss * fabric.world_size)
        losses.append(loss.detach())
        logits[-1] = logits[-1].detach()
    whole = gather_shares(fabric, torch.cat(logits), len(batch.rows))
    return _Learned(torch.stack(losses).sum(), weights, whole)


@torch.no_grad()
def _logits_ahead(model: nn.Module, batch: _MiniBatch, parts: list[slice], fabric: Fabric) -> Tensor:
    """Return the logits (B, C) that a training pass over the parts will give.

    There are no side effects: the state of the random generators (CPU and CUDA) and of batch norm is restored, so that
    dropout draws the same masks again and batch norm counts each part once.
    """
    buffers = [buffer.clone() for buffer in model.buffers()]
    devices = [batch.pixels.device] if batch.pixels.device.type == "cuda" else []
    with torch.random.fork_rng(devices):
        logits = [model(normalise(batch.pixels_of(part))).float() for part in parts]
    for buffer, value in zip(model.buffers(), buffers, strict=True):
        buffer.copy_(value)
    return gather_shares(fabric, torch.cat(logits), len(batch.rows))


@torch.inference_mode()
def evaluate(model: nn.Module, rows: NDArray[np.int64], images: Images, batch_size: int = 256) -> Tensor:
    """Return logits (len(rows), C) float32 on the CPU, without augmentation, in evaluation mode.

    Every process computes its share and gets all logits. If the device runs out of memory, `batch_size` is halved.

    Args:
        model: the network itself, not what `devices.prepare` returned for it.

    Raises:
        TrainerError: the device has too little memory for a single image.
    """
    model.eval()
    fabric = images.fabric
    own = rows[share_of(fabric, len(rows))]
    logits: list[Tensor] = []
    chunks = (own[start : start + batch_size] for start in range(0, len(own), batch_size))
    for pixels in images.stream(chunks):
        done = 0
        while done < len(pixels):
            try:
                with fabric.autocast():
                    logits.append(model(normalise(pixels[done : done + batch_size])).float())
                done += batch_size
            except torch.OutOfMemoryError:
                if batch_size == 1:
                    raise TrainerError(
                        "The device has too little memory for one image; set a smaller image_size."
                    ) from None
                batch_size //= 2
    # with fewer samples than processes, some process has none
    whole = torch.cat(logits) if logits else torch.empty(0, images.targets.shape[1], device=fabric.device)
    return gather_shares(fabric, whole, len(rows)).cpu()
