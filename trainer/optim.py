"""How a stage's weights move: AdamW, its learning rate warmed up and then let down along a cosine."""

from __future__ import annotations

import math

from torch import nn
from torch.optim import AdamW, Optimizer
from torch.optim.lr_scheduler import LambdaLR

WARM_UP = 0.1  # share of a stage's steps
FLOOR = 0.01  # of the peak, at the end


def build(model: nn.Module, lr: float, weight_decay: float, steps: int) -> tuple[Optimizer, LambdaLR]:
    """The optimizer of one stage of `steps` steps, and the schedule that goes from warm-up to `lr` to almost none.

    Source: AdamW, Loshchilov and Hutter 2019; the cosine, Loshchilov and Hutter 2017 (SGDR), without restarts.
    """
    optimizer = AdamW(model.parameters(), lr=lr, weight_decay=weight_decay)
    warm = max(1, round(WARM_UP * steps))

    def factor(step: int) -> float:
        if step < warm:
            return (step + 1) / (warm + 1)
        return FLOOR + (1 - FLOOR) * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))

    return optimizer, LambdaLR(optimizer, factor)
