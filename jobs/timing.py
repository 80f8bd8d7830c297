"""Name the intervals and time limits of a worker."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.worker_lock import FROZEN_AFTER


@dataclass(frozen=True)
class Timing:
    """Hold the intervals and time limits of a worker, in seconds."""

    idle: float = 30.0  # without work, before it ends
    grace: float = 30.0  # from the request to stop to SIGTERM
    kill_after: float = 10.0  # from SIGTERM to SIGKILL
    tick: float = 0.5  # between two looks at processes, and at whether the store has changed
    frozen: float = FROZEN_AFTER  # without a sign of life of a trainer, or of another worker, before it is given up
    heartbeat: float = 5.0  # between two heartbeats of its own
    training: float = 3.0  # between two readings of the store while a training runs, which reads a stop by itself
