"""Supervise the processes of jobs: pass on stops, end frozen ones, record progress and ends.

A worker calls this at each of its ticks. A process that this worker started is known by its exit code; one that an
earlier worker or the app started only by its identity, and how it ended is read from what it wrote (see `lifecycle`).
"""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass, field
from typing import Any

import store
from jobs import commands, process
from jobs.kinds import CATALOG_KINDS, QUEUED_KINDS, Job
from jobs.lifecycle import (
    current_state,
    ending_of_run,
    find_process,
    finish,
    is_complete,
    is_gone,
    is_here,
    lost_message,
    may_still_start,
    read_progress,
    settle,
    value,
)
from jobs.logs import last_message
from jobs.process import Child, Identity
from jobs.timing import Timing
from jobs.worker_lock import is_held
from system.job_states import ACTIVE, JobState

# These listen to Ctrl-C and clean up at once; a trainer polls the store, finishes its batch and saves first.
_ENDED_BY_INTERRUPT = (*CATALOG_KINDS, "explain")

# Signals that come from outside; the others are crashes of the program itself.
_KILLED_BY = {signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP}

_PROGRESS_INTERVAL = 1.0  # seconds between two writes of progress
_HEARTBEAT_INTERVAL = 5.0  # seconds after which a heartbeat is due, progress or not


@dataclass
class OwnJob:
    """Hold the job whose process this worker started."""

    job: dict[str, Any]
    child: Child
    recorded: bool = False  # its process is in the store


@dataclass
class _Observed:
    """Hold what the worker remembers of the process of a job."""

    since: float = field(default_factory=time.monotonic)
    stop_requested: float | None = None
    heartbeat: object = None  # of the trainer, as read last
    heartbeat_read: float = field(default_factory=time.monotonic)  # when that heartbeat was first read
    worker_heartbeats: int = 0  # how many heartbeats this worker had written by then
    frozen: bool = False
    signals_sent: set[signal.Signals] = field(default_factory=set)
    progress: tuple[int, int, str] | None = None  # as written last
    progress_written: float = float("-inf")


class Supervisor:
    """Supervise the processes of jobs for the worker of one device.

    Attributes:
        own: the job whose process this worker started; None = it has started none, or that one's end is recorded.
    """

    def __init__(self, timing: Timing, device: str | None) -> None:
        """Create a supervisor without a process.

        `device` is the worker's; None: it supervises every training on this machine.
        """
        self.own: OwnJob | None = None
        self._timing = timing
        self._device = device
        self._observed: dict[str, _Observed] = {}

    def adopt(self, job: dict[str, Any], child: Child) -> None:
        """Supervise a process that this worker has just started."""
        self.own = OwnJob(job, child)
        self._record_process(self.own)

    def conclude(self) -> bool:
        """Record the end of the job this worker started; return whether it has ended."""
        own = self.own
        if own is None:
            return False
        if not own.recorded:
            self._record_process(own)
        code = own.child.exit_code()
        if code is None:
            return False
        state = current_state(own.job)
        if state in ACTIVE:
            finish(own.job, *self._outcome(own, code, state))
        self._observed.pop(str(own.job["job_id"]), None)
        self.own = None
        return True

    def supervise(self, job: Job, worker_heartbeats: int) -> bool:
        """Supervise a job that should have a process; return whether that process keeps the device.

        Args:
            job: a job in one of the states ACTIVE.
            worker_heartbeats: how many heartbeats this worker has written so far.
        """
        job_id = str(job["job_id"])
        own = self.own if self.own is not None and self.own.job["job_id"] == job_id else None
        if own is None and self._belongs_to_another_worker(job):
            return False
        if own is None and not is_here(job):
            if is_gone(job):
                settle(job)
            return False
        identity = find_process(job) if own is None else own.child.identity
        if identity is None:
            self._observed.pop(job_id, None)
            return self._supervise_without_process(job)
        observed = self._observed.setdefault(job_id, _Observed())
        if job["state"] == JobState.STOPPING:
            self._send_due_signals(job, identity, observed)
        if self._is_frozen(job, identity, observed, worker_heartbeats):
            observed.frozen = True
            process.send(identity, signal.SIGKILL)
            if own is None:
                settle(job, frozen=True)
        if job["kind"] in CATALOG_KINDS:
            self._record_progress(job, observed)
        return job["kind"] in QUEUED_KINDS

    def _record_process(self, own: OwnJob) -> None:
        identity = own.child.identity
        columns: dict[str, Any] = {"pid": identity.pid, "pid_started": identity.started, "boot_id": identity.boot_id}
        if own.job["kind"] == "phantom":
            # A trainer writes itself that it runs, once it does; the catalog knows nothing of jobs.
            # The store keeps `stopping` where a stop was requested meanwhile.
            columns["state"] = JobState.RUNNING
        store.update_job(str(own.job["job_id"]), log=str(own.child.log), **columns)
        own.recorded = True

    def _outcome(self, own: OwnJob, code: int, state: str) -> tuple[str, str | None]:
        """Return the final state and the error of a process that has written neither itself."""
        job = own.job
        ending = ending_of_run(job)
        if ending is not None:
            return ending
        observed = self._observed.get(str(job["job_id"]))
        signalled = observed is not None and bool(observed.signals_sent)
        if code == 0 and job["kind"] == "phantom":
            return JobState.DONE, None
        if state == JobState.STOPPING and (code == 0 or signalled):
            return JobState.STOPPED, None
        message = last_message(own.child.log, since=own.child.log_offset)
        if code < 0 and -code in _KILLED_BY:
            frozen = observed is not None and observed.frozen
            return JobState.LOST, lost_message(job, frozen=frozen)
        how = f"crashed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        return JobState.FAILED, message or f"The process {how} and said nothing; its log is {own.child.log.name}."

    def _belongs_to_another_worker(self, job: Job) -> bool:
        """Return whether the worker of another device of this machine supervises this job."""
        device = value(job, "device")
        return device != self._device and is_here(job) and is_held(device, self._timing.frozen)

    def _is_frozen(self, job: Job, identity: Identity, observed: _Observed, worker_heartbeats: int) -> bool:
        """Return whether a training from the queue has given no sign of life for too long.

        Counted in heartbeats that this worker itself has written meanwhile: where another process holds the store,
        nobody's heartbeat is written, and no clock but this process's own is asked.
        """
        if job["kind"] != "train" or job["state"] != JobState.RUNNING:
            return False
        moment = time.monotonic()
        if job["heartbeat_at"] != observed.heartbeat:
            observed.heartbeat, observed.heartbeat_read = job["heartbeat_at"], moment
            observed.worker_heartbeats = worker_heartbeats
        silent = moment - observed.heartbeat_read >= self._timing.frozen
        enough = self._timing.frozen / self._timing.heartbeat / 2
        store_written = worker_heartbeats - observed.worker_heartbeats >= enough
        return silent and store_written and process.was_spawned_for(identity, str(job["job_id"]))

    def _supervise_without_process(self, job: Job) -> bool:
        if not may_still_start(job):
            settle(job)
            return False
        return job["kind"] in QUEUED_KINDS

    def _send_due_signals(self, job: Job, identity: Identity, observed: _Observed) -> None:
        """Send the signals that are due after a request to stop.

        First SIGINT where it helps, then SIGTERM, then SIGKILL.
        """
        if observed.stop_requested is None:
            observed.stop_requested = time.monotonic()
        waited = time.monotonic() - observed.stop_requested
        steps = [
            (0.0 if job["kind"] in _ENDED_BY_INTERRUPT else float("inf"), signal.SIGINT),
            (self._timing.grace, signal.SIGTERM),
            (self._timing.grace + self._timing.kill_after, signal.SIGKILL),
        ]
        for due, number in steps:
            if waited >= due and number not in observed.signals_sent:
                observed.signals_sent.add(number)
                process.send(identity, number)

    def _record_progress(self, job: Job, observed: _Observed) -> None:
        """Write the catalog's progress to the job's row, at most once a second."""
        moment = time.monotonic()
        if moment - observed.progress_written < _PROGRESS_INTERVAL:
            return
        progress = read_progress(commands.progress_path(job))
        try:
            done, total = int(progress["done"]), int(progress["total"])
        except (KeyError, TypeError, ValueError):
            done = total = 0
        latest = (done, total, str(progress.get("message") or ""))
        if latest == observed.progress and moment - observed.progress_written < _HEARTBEAT_INTERVAL:
            return
        rate = done / max(moment - observed.since, 1e-9) if done else None
        try:
            store.update_job(
                str(job["job_id"]),
                timeout=2,
                step=done or None,
                steps=total or None,
                message=latest[2] or None,
                images_per_s=rate,
                seconds_left=None if rate is None or is_complete(progress) else (total - done) / rate,
            )
        except store.StoreBusy:
            return  # the next second brings newer figures anyway
        observed.progress, observed.progress_written = latest, moment
