"""Build a stage's optimizer: AdamW, with warm-up and cosine decay of the learning rate."""

from __future__ import annotations

import math

from torch import nn
from torch.optim import AdamW, Optimizer
from torch.optim.lr_scheduler import LambdaLR
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

WARM_UP = 0.1  # share of a stage's steps
FLOOR = 0.01  # of the peak, at the end


def averaged(model: nn.Module, decay: float) -> AveragedModel:
    """Return a copy of the network that holds an exponential moving average of its weights.

    Buffers are averaged too.

    Args:
        decay: in (0, 1), the weight of the old average at every step; the average spans about 1 / (1 - decay) steps.
    Source: Polyak and Juditsky 1992, through torch.
    """
    average = get_ema_multi_avg_fn(decay)  # type: ignore[no-untyped-call]
    return AveragedModel(model, multi_avg_fn=average, use_buffers=True)


def build(
    model: nn.Module, lr: float, weight_decay: float, steps: int, fused: bool = True
) -> tuple[Optimizer, LambdaLR]:
    """Build the optimizer of a stage of `steps` steps, and its schedule of the learning rate.

    The rate rises to `lr` in the warm-up, then falls to FLOOR times `lr`.

    Args:
        fused: update all weights in one kernel, a third of the time on a CPU; what `devices.allows_fused` returns.
    Source: AdamW, Loshchilov and Hutter 2019; the cosine, Loshchilov and Hutter 2017 (SGDR), without restarts.
    """
    optimizer = AdamW(model.parameters(), lr=lr, weight_decay=weight_decay, fused=fused)
    warm = max(1, round(WARM_UP * steps))

    def factor(step: int) -> float:
        if step < warm:
            return (step + 1) / (warm + 1)
        return FLOOR + (1 - FLOOR) * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))

    return optimizer, LambdaLR(optimizer, factor)
