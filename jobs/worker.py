"""Take queued jobs one at a time, by priority, then age, and supervise each until it ends.

Run by `python -m jobs work`; the app and the command line start one when there is something to do and none lives.
It may die at any moment: the processes that it started go on, and the next worker supervises them first (one device,
one run).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import store
from jobs import commands, process
from jobs.errors import JobError
from jobs.kinds import QUEUED_KINDS, Job
from jobs.lifecycle import finish
from jobs.queued_recipe import write_recipe
from jobs.supervise import Supervisor
from jobs.timing import Timing
from jobs.worker_lock import WorkerLock
from system.job_states import ACTIVE, OPEN, JobState

_READ_EVERY = 5.0  # seconds after which the store is read again even though its file looks unchanged


@dataclass
class _OpenJobs:
    """Hold the unfinished jobs, oldest first, as they were when the store's file had this mark."""

    mark: str
    jobs: list[dict[str, Any]]
    read_at: float = field(default_factory=time.monotonic)
    claimed: bool = False  # a queued job was claimed since, or none was available: a second claim would find nothing


class Worker:
    """Take jobs while this process holds the lock of its device.

    Attributes:
        supervisor: looks after the processes of jobs.
    """

    def __init__(
        self,
        *,
        command: Callable[[Job], Sequence[str]] = commands.command,
        timing: Timing | None = None,
        device: str | None = None,
    ) -> None:
        """Prepare a worker; `work` starts it.

        Args:
            command: the command line of a job.
            timing: its intervals and time limits.
            device: the one that its trainings use, e.g. cuda:0; None: the trainer chooses, and this worker supervises
                every training on this machine.
        """
        self._command = command
        self._timing = timing or Timing()
        self._device = device
        self._lock = WorkerLock(device, self._timing.frozen)
        self._lease: store.Lease | None = None
        self._heartbeats, self._heartbeat_at = 0, float("-inf")
        self._open_jobs: _OpenJobs | None = None
        self.supervisor = Supervisor(self._timing, device)

    def work(self) -> bool:
        """Take jobs until there is nothing to do for a while; False where another has the device.

        Raises:
            Superseded: another worker took over while this one was frozen.
        """
        if not self._lock.acquire(timeout=3.0):
            return False
        try:
            while True:
                self._lease = None
                self._work_until_idle()
                self._lock.release()
                # A job queued while this worker still held the lock found no reason to start another one.
                if store.jobs(states=[JobState.QUEUED]).empty or not self._lock.acquire():
                    return True
        finally:
            self._lock.release()

    def tick(self) -> bool:
        """Record ends, supervise what runs, take the next job; return whether there is work."""
        self._lock.refresh()
        self._write_heartbeat()
        if self.supervisor.conclude():
            self._open_jobs = None
        seen = self._read_open_jobs()
        # A list, so that one process that is alive does not keep the others from being looked at.
        alive = [self.supervisor.supervise(job, self._heartbeats) for job in seen.jobs if job["state"] in ACTIVE]
        return any(alive) or self._take_job(seen)

    def _write_heartbeat(self) -> None:
        """Acquire the lease of the device, then renew it at intervals; apply spooled stages too.

        Raises:
            Superseded: another worker has the lease.
        """
        if time.monotonic() - self._heartbeat_at < self._timing.heartbeat:
            return
        if self._lease is None:
            own = process.identify(os.getpid())
            assert own is not None, "a process that runs has an identity"
            identity = {"pid": own.pid, "pid_started": own.started, "boot_id": own.boot_id}
            self._lease = store.acquire_lease(self._device, identity)
        else:
            store.renew_lease(self._lease)
        self._heartbeats, self._heartbeat_at = self._heartbeats + 1, time.monotonic()
        store.apply_waiting()

    def _read_open_jobs(self) -> _OpenJobs:
        """Return the unfinished jobs.

        They are read only where the store's file has changed: opening it costs more than all the rest.
        """
        mark = store.mark()
        last = self._open_jobs
        if last is None or not self._is_fresh(last, mark):
            last = self._open_jobs = _OpenJobs(mark, store.jobs(states=OPEN).to_dict("records"))
        return last

    def _is_fresh(self, last: _OpenJobs, mark: str) -> bool:
        age = time.monotonic() - last.read_at
        if mark == last.mark:
            return age < _READ_EVERY
        own = self.supervisor.own
        return own is not None and own.job["kind"] == "train" and age < self._timing.training

    def _work_until_idle(self) -> None:
        idle_since = time.monotonic()
        while True:
            try:
                busy = self.tick()
            except store.StoreBusy:
                busy = True  # the state is not known, so no job is ended
            if busy:
                idle_since = time.monotonic()
            elif time.monotonic() - idle_since >= self._timing.idle:
                return
            if self.supervisor.own is not None:
                self.supervisor.own.child.exit_code(wait=self._timing.tick)
            else:
                time.sleep(self._timing.tick)

    def _take_job(self, seen: _OpenJobs) -> bool:
        if seen.claimed or not any(job["state"] == JobState.QUEUED for job in seen.jobs):
            return False
        job = store.claim_job(list(QUEUED_KINDS), self._lease)
        seen.claimed = True
        if job is None:
            return False
        self._open_jobs = None
        try:
            write_recipe(job)
            child = process.spawn(
                self._command(job), commands.log_path(job), environment=commands.environment(job), low_priority=True
            )
        except JobError as error:
            finish(job, JobState.FAILED, str(error))
            return True
        except (OSError, ValueError, KeyError) as error:
            finish(job, JobState.FAILED, f"The process could not be started: {error}.")
            return True
        self.supervisor.adopt(job, child)
        return True
