"""Define the states of a job; SQL texts and tests of states are made from these."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class JobState(StrEnum):
    """Name the states of a job, in the order in which it may go through them."""

    QUEUED = "queued"  # waits for a worker, or for another job
    STARTING = "starting"  # claimed; its process is about to start
    RUNNING = "running"
    STOPPING = "stopping"  # asked to stop; its process has not ended yet
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    LOST = "lost"  # its process vanished, or gave no sign of life, and nobody knows how far it came

    @property
    def is_final(self) -> bool:
        """Return whether a job in this state has ended, and keeps this state."""
        return self in (JobState.DONE, JobState.FAILED, JobState.STOPPED, JobState.LOST)

    @property
    def is_open(self) -> bool:
        """Return whether a job in this state has not ended."""
        return not self.is_final

    @property
    def is_active(self) -> bool:
        """Return whether a job in this state has a process, or is about to."""
        return self.is_open and self is not JobState.QUEUED

    @property
    def is_wanted(self) -> bool:
        """Return whether a job in this state waits or runs, and nobody has asked it to stop."""
        return self.is_open and self is not JobState.STOPPING


FINAL = tuple(state for state in JobState if state.is_final)
OPEN = tuple(state for state in JobState if state.is_open)
ACTIVE = tuple(state for state in JobState if state.is_active)
WANTED = tuple(state for state in JobState if state.is_wanted)


def sql_list(states: Iterable[JobState]) -> str:
    """Return states as a list in SQL, e.g. `('queued', 'starting')`."""
    return f"({', '.join(repr(state.value) for state in states)})"
