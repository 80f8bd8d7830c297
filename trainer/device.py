"""Where a run is computed, and how: the same seed gives the same result."""

from __future__ import annotations

import os

import torch

from trainer.errors import TrainerError


def choose_device(device: str | None = None) -> torch.device:
    """The named device, else CUDA, else Apple's GPU, else the CPU."""
    if device is None:
        device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError):
        raise TrainerError(f"There is no device '{device}' here; leave --device out to have one chosen.") from None
    return torch.device(device)


def be_deterministic() -> None:
    """Same seed, same result: no autotuned kernels, deterministic ones where they exist."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.backends.cudnn.benchmark = False
    torch.use_deterministic_algorithms(True, warn_only=True)
