"""Build a stage's optimizer: AdamW, with warm-up and cosine decay of the learning rate."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer
from torch.optim.lr_scheduler import LambdaLR
from torch.optim.swa_utils import AveragedModel

from recipes import FinetuneSettings
from trainer.network import finetuning

Tensors = tuple[Tensor, ...] | list[Tensor]

WARM_UP = 0.1  # share of a stage's steps
FLOOR = 0.01  # of the peak, at the end


def averaged(model: nn.Module, decay: float) -> AveragedModel:
    """Return a copy of the network that holds an exponential moving average of its weights.

    Buffers are averaged too. After t steps the old average weighs (1 + t) / (10 + t) at most: so a stage of fewer steps
    than the average spans does not end with the weights that it began with.

    Args:
        decay: in (0, 1), the weight of the old average at every step; the average spans about 1 / (1 - decay) steps.
    Source: Polyak and Juditsky 1992; the limit as in TensorFlow's ExponentialMovingAverage.
    """

    @torch.no_grad()
    def average(old: Tensors, new: Tensors, count: Tensor | int) -> None:
        if not old[0].is_floating_point():  # counters
            torch._foreach_copy_(old, new)
            return
        steps = torch.as_tensor(count)  # and not a number, for which a GPU would have to be waited for
        weight = ((1 + steps) / (10 + steps)).clamp(max=decay).to(old[0].dtype)
        change = torch._foreach_sub(new, old)  # none, to the last bit, in weights that are frozen
        torch._foreach_mul_(change, 1 - weight)
        torch._foreach_add_(old, change)

    return AveragedModel(model, multi_avg_fn=average, use_buffers=True)


def follow(average: AveragedModel | None, model: nn.Module, then: Callable[[int], None]) -> Callable[[int], None]:
    """Return what updates the average after each step, and then calls `then`."""
    if average is None:
        return then

    def after(n_samples: int) -> None:
        average.update_parameters(model)
        then(n_samples)

    return after


def build(
    model: nn.Module,
    lr: float,
    weight_decay: float,
    steps: int,
    tuning: FinetuneSettings | None = None,
    head_steps: int = 0,
    fused: bool = True,
) -> tuple[Optimizer, LambdaLR]:
    """Build the optimizer of a stage of `steps` steps, and its schedule of the learning rate.

    The rate rises to `lr` in the warm-up, then falls to FLOOR times `lr`. Pretrained layers have their own factors of
    it, and their own warm-up after the steps of the head alone. The head's rate comes first in the schedule.

    Args:
        tuning: how pretrained weights are fine-tuned; None = the weights are not pretrained.
        head_steps: at the stage's start, in which the head learns alone.
        fused: update all weights in one kernel, a third of the time on a CPU; what `devices.allows_fused` returns.
    Source: AdamW, Loshchilov and Hutter 2019; the cosine, Loshchilov and Hutter 2017 (SGDR), without restarts.
    """
    parts = finetuning.groups(model, tuning)
    optimizer = _adamw(parts, lr, weight_decay, fused)
    return optimizer, LambdaLR(optimizer, [_schedule(steps, head_steps if part.waits else 0) for part in parts])


def build_rising(
    model: nn.Module,
    rates: NDArray[np.float64],
    weight_decay: float,
    tuning: FinetuneSettings | None = None,
    fused: bool = True,
) -> tuple[Optimizer, LambdaLR]:
    """Build the optimizer of a range test, and its schedule: each step has its own rate.

    Pretrained layers have their own factors of it, as in `build`.

    Args:
        rates: (T,) learning rates of the head; the last one holds for all steps after them too.
    """
    parts = finetuning.groups(model, tuning)
    optimizer = _adamw(parts, float(rates[0]), weight_decay, fused)
    return optimizer, LambdaLR(optimizer, lambda step: float(rates[min(step, len(rates) - 1)] / rates[0]))


def _adamw(parts: list[finetuning.Group], lr: float, weight_decay: float, fused: bool) -> Optimizer:
    groups = [{"params": part.parameters, "lr": lr * part.factor} for part in parts]
    return AdamW(groups, lr=lr, weight_decay=weight_decay, fused=fused)


def _schedule(steps: int, start: int) -> Callable[[int], float]:
    """Return the factor on a learning rate at each step of a stage; 0 before the step `start`."""
    warm = max(1, round(WARM_UP * (steps - start)))

    def factor(step: int) -> float:
        step -= start
        if step < 0:
            return 0.0
        if step < warm:
            return (step + 1) / (warm + 1)
        return FLOOR + (1 - FLOOR) * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - start - warm)))

    return factor
