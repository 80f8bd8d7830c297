"""The worker of a device: takes queued jobs one at a time, priority then age, and follows each to its end.

Run by `python -m jobs work`; the app and the command line start one when there is something to do and none lives.
It may die at any moment: what it started goes on, and the next worker follows that first (one device, one run).
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import store
from jobs import commands, process
from jobs.commands import Job
from jobs.errors import JobError
from jobs.lifecycle import (
    ACTIVE,
    being_started,
    finish,
    is_complete,
    is_gone,
    is_here,
    live_process,
    lost_sentence,
    read_progress,
    reconcile_jobs,
    run_ending,
    settle,
    state_now,
    value,
)
from jobs.lock import FROZEN_AFTER, WorkerLock, any_held, is_held
from jobs.logs import last_words
from jobs.process import Child, Identity
from jobs.queued_recipe import write_recipe

QUEUED_KINDS = ("train", "phantom")

# These listen to Ctrl-C and clean up at once; a trainer polls the store, finishes its batch and saves first.
_ENDED_BY_INTERRUPT = (*commands.CATALOG_KINDS, "explain")

# Signals that come from outside; the others are crashes of the program itself.
_KILLED_BY = {signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP}

_NOTE_EVERY = 1.0  # seconds between two notes of progress
_BEAT_EVERY = 5.0  # seconds after which a heartbeat is due, progress or not
_READ_EVERY = 5.0  # seconds after which the store is read again even though its file looks unchanged


@dataclass(frozen=True)
class Patience:
    """How long the worker waits for what, in seconds."""

    idle: float = 30.0  # without work, before it ends
    grace: float = 30.0  # from the wish to stop to SIGTERM
    kill_after: float = 10.0  # from SIGTERM to SIGKILL
    tick: float = 0.5  # between two looks at processes, and at whether the store has changed
    frozen: float = FROZEN_AFTER  # without a sign of life of a trainer, or of another worker, before it is given up
    beat: float = 5.0  # between two heartbeats of its own
    training: float = 3.0  # between two readings of the store while a training runs, which hears of a stop by itself


@dataclass
class _Following:
    """What the worker remembers of a job it follows."""

    since: float = field(default_factory=time.monotonic)
    asked_to_stop: float | None = None
    heartbeat: object = None  # of the trainer, as read last
    heard_at: float = field(default_factory=time.monotonic)  # when that heartbeat was first read
    beats_then: int = 0  # how many times this worker had beaten by then
    frozen: bool = False
    sent: set[signal.Signals] = field(default_factory=set)
    noted: tuple[int, int, str] | None = None
    noted_at: float = float("-inf")


@dataclass
class _Seen:
    """What the store said of unfinished jobs, oldest first, when its file was so marked."""

    mark: str
    jobs: list[dict[str, Any]]
    at: float = field(default_factory=time.monotonic)
    claimed: bool = False  # a queued job was asked for since; what none could be had of then, cannot be had now


@dataclass
class _Charge:
    """The job whose process this worker started."""

    job: dict[str, Any]
    child: Child
    written: bool = False  # its process is in the store


class Worker:
    """Takes jobs while it holds the lock.

    Args:
        command: the command line of a job.
        patience: how long it waits for what.
        device: the one that its trainings use, e.g. cuda:0; None: whichever the trainer chooses, and it follows every
            training on this machine.
    """

    def __init__(
        self,
        *,
        command: Callable[[Job], Sequence[str]] = commands.command,
        patience: Patience | None = None,
        device: str | None = None,
    ) -> None:
        self._command = command
        self._patience = patience or Patience()
        self._charge: _Charge | None = None
        self._following: dict[str, _Following] = {}
        self._last_seen: _Seen | None = None
        self._device = device
        self._lock = WorkerLock(device, self._patience.frozen)
        self._seat: store.Seat | None = None
        self._beats, self._beaten_at = 0, float("-inf")

    def work(self) -> bool:
        """Take jobs until there has been nothing to do for a while; False when another worker is at it.

        Raises:
            Superseded: another worker took over while this one was frozen.
        """
        if not self._lock.acquire(patience=3.0):
            return False
        try:
            while True:
                self._seat = None
                self._until_idle()
                self._lock.release()
                # A job queued while this worker still held the lock found no reason to start another one.
                if store.jobs(states=["queued"]).empty or not self._lock.acquire():
                    return True
        finally:
            self._lock.release()

    def tick(self) -> bool:
        """One look at everything: what ended, what is to stop, what is next; False when there is nothing to do."""
        self._lock.look()
        self._beat()
        self._conclude()
        seen = self._look()
        # A list, so that something alive does not keep the others from being looked at.
        alive = [self._tend(job) for job in seen.jobs if job["state"] in ACTIVE]
        return any(alive) or self._take(seen)

    def _beat(self) -> None:
        """Say that this worker lives, and hear whether its seat is still its own."""
        if time.monotonic() - self._beaten_at < self._patience.beat:
            return
        if self._seat is None:
            own = process.identify(os.getpid())
            assert own is not None, "a process that runs has an identity"
            identity = {"pid": own.pid, "pid_started": own.started, "boot_id": own.boot_id}
            self._seat = store.sit_down(self._device, identity)
        else:
            store.beat(self._seat)
        self._beats, self._beaten_at = self._beats + 1, time.monotonic()

    def _look(self) -> _Seen:
        """Unfinished jobs, read only where the store's file has changed: opening it costs more than all the rest."""
        mark = store.mark()
        seen = self._last_seen
        if seen is None or not self._is_fresh(seen, mark):
            seen = self._last_seen = _Seen(mark, store.jobs(states=["queued", *ACTIVE]).to_dict("records"))
        return seen

    def _is_fresh(self, seen: _Seen, mark: str) -> bool:
        age = time.monotonic() - seen.at
        if mark == seen.mark:
            return age < _READ_EVERY
        trains = self._charge is not None and self._charge.job["kind"] == "train"
        return trains and age < self._patience.training

    def _until_idle(self) -> None:
        idle_since = time.monotonic()
        while True:
            try:
                busy = self.tick()
            except store.StoreBusy:
                busy = True  # nothing is known, so nothing is given up
            if busy:
                idle_since = time.monotonic()
            elif time.monotonic() - idle_since >= self._patience.idle:
                return
            if self._charge is not None:
                self._charge.child.exit_code(wait=self._patience.tick)
            else:
                time.sleep(self._patience.tick)

    def _take(self, seen: _Seen) -> bool:
        if seen.claimed or not any(job["state"] == "queued" for job in seen.jobs):
            return False
        job = store.claim_job(list(QUEUED_KINDS), self._seat)
        seen.claimed = True
        if job is None:
            return False
        self._last_seen = None
        try:
            write_recipe(job)
            child = process.spawn(
                self._command(job), commands.log_path(job), environment=commands.environment(job), behind=True
            )
        except JobError as error:
            finish(job, "failed", str(error))
            return True
        except (OSError, ValueError, KeyError) as error:
            finish(job, "failed", f"The process could not be started: {error}.")
            return True
        self._charge = _Charge(job, child)
        self._write_down(self._charge)
        return True

    def _write_down(self, charge: _Charge) -> None:
        known = charge.child.identity
        columns: dict[str, Any] = {"pid": known.pid, "pid_started": known.started, "boot_id": known.boot_id}
        if charge.job["kind"] == "phantom":
            # The trainer says itself that it runs, once it does; the catalog knows nothing of jobs.
            # The store keeps `stopping` where a stop was asked for meanwhile.
            columns["state"] = "running"
        store.update_job(str(charge.job["job_id"]), log=str(charge.child.log), **columns)
        charge.written = True

    def _conclude(self) -> None:
        """Write the end of the job this worker started, once its process has ended."""
        charge = self._charge
        if charge is None:
            return
        if not charge.written:
            self._write_down(charge)
        code = charge.child.exit_code()
        if code is None:
            return
        job_id = str(charge.job["job_id"])
        state = state_now(charge.job)
        if state in ACTIVE:
            finish(charge.job, *self._verdict(charge, code, state))
        self._following.pop(job_id, None)
        self._charge = self._last_seen = None

    def _verdict(self, charge: _Charge, code: int, state: str) -> tuple[str, str | None]:
        """How a process ended that did not say so itself: the job's state, and the reason."""
        job = charge.job
        told = run_ending(job)
        if told is not None:
            return told
        following = self._following.get(str(job["job_id"]))
        pushed = following is not None and bool(following.sent)
        if code == 0 and job["kind"] == "phantom":
            return "done", None
        if state == "stopping" and (code == 0 or pushed):
            return "stopped", None
        words = last_words(charge.child.log, since=charge.child.said_before)
        if code < 0 and -code in _KILLED_BY:
            frozen = following is not None and following.frozen
            return "lost", lost_sentence(job, frozen=frozen)
        ending = f"crashed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        return "failed", words or f"The process {ending} and said nothing; its log is {charge.child.log.name}."

    def _tend(self, job: Job) -> bool:
        """Look after a job that has, or should have, a process; whether that process keeps the device."""
        job_id = str(job["job_id"])
        own = self._charge is not None and self._charge.job["job_id"] == job_id
        if not own and self._is_of_another(job):
            return False
        if not own and not is_here(job):
            if is_gone(job):
                settle(job)
            return False
        identity = self._charge.child.identity if self._charge is not None and own else live_process(job)
        if identity is None:
            self._following.pop(job_id, None)
            return self._without_process(job)
        following = self._following.setdefault(job_id, _Following())
        if job["state"] == "stopping":
            self._urge(job, identity, following)
        if self._is_frozen(job, identity, following):
            following.frozen = True
            process.send(identity, signal.SIGKILL)
            if not own:
                settle(job, frozen=True)
        if job["kind"] in commands.CATALOG_KINDS:
            self._note_progress(job, following)
        return job["kind"] in QUEUED_KINDS

    def _is_of_another(self, job: Job) -> bool:
        """Whether the worker of another device of this machine looks after this job."""
        device = value(job, "device")
        return device != self._device and is_here(job) and is_held(device, self._patience.frozen)

    def _is_frozen(self, job: Job, identity: Identity, following: _Following) -> bool:
        """Whether a training that was started from the queue has given no sign of life for too long.

        Counted in heartbeats of this worker's own that came through meanwhile: where the store is held by somebody,
        nobody's heartbeat comes through, and no clock but this process's own is asked.
        """
        if job["kind"] != "train" or job["state"] != "running":
            return False
        moment = time.monotonic()
        if job["heartbeat_at"] != following.heartbeat:
            following.heartbeat, following.heard_at, following.beats_then = job["heartbeat_at"], moment, self._beats
        silent = moment - following.heard_at >= self._patience.frozen
        heard_me = self._beats - following.beats_then >= self._patience.frozen / self._patience.beat / 2
        return silent and heard_me and process.is_marked(identity, str(job["job_id"]))

    def _without_process(self, job: Job) -> bool:
        if not being_started(job):
            settle(job)
            return False
        return job["kind"] in QUEUED_KINDS

    def _urge(self, job: Job, identity: Identity, following: _Following) -> None:
        """See a stop through: first what the process listens to, then SIGTERM, then SIGKILL."""
        if following.asked_to_stop is None:
            following.asked_to_stop = time.monotonic()
        waited = time.monotonic() - following.asked_to_stop
        steps = [
            (0.0 if job["kind"] in _ENDED_BY_INTERRUPT else float("inf"), signal.SIGINT),
            (self._patience.grace, signal.SIGTERM),
            (self._patience.grace + self._patience.kill_after, signal.SIGKILL),
        ]
        for due, number in steps:
            if waited >= due and number not in following.sent:
                following.sent.add(number)
                process.send(identity, number)

    def _note_progress(self, job: Job, following: _Following) -> None:
        """Carry the catalog's progress into the job's row, at most once a second."""
        moment = time.monotonic()
        if moment - following.noted_at < _NOTE_EVERY:
            return
        progress = read_progress(commands.progress_path(job))
        try:
            done, total = int(progress["done"]), int(progress["total"])
        except (KeyError, TypeError, ValueError):
            done = total = 0
        now = (done, total, str(progress.get("message") or ""))
        if now == following.noted and moment - following.noted_at < _BEAT_EVERY:
            return
        rate = done / max(moment - following.since, 1e-9) if done else None
        try:
            store.update_job(
                str(job["job_id"]),
                timeout=2,
                step=done or None,
                steps=total or None,
                message=now[2] or None,
                images_per_s=rate,
                seconds_left=None if rate is None or is_complete(progress) else (total - done) / rate,
            )
        except store.StoreBusy:
            return  # the next second brings newer figures anyway
        following.noted, following.noted_at = now, moment


_starting: list[Child] = []
_starting_lock = threading.Lock()


def ensure_worker() -> bool:
    """Start a detached worker if there is something to do and none lives; whether one was started. Cheap to call."""
    with _starting_lock:
        if any_held() or any(child.exit_code() is None for child in _starting):
            return False
        if not _anything_to_do():
            return False
        _starting[:] = [process.spawn(process.python("jobs", "work"), store.runs_root() / "worker.log")]
        return True


def _anything_to_do() -> bool:
    try:
        jobs = store.jobs(states=["queued", *ACTIVE]).to_dict("records")
        return any(job["state"] == "queued" or is_here(job) for job in jobs)
    except store.StoreBusy:
        return True  # a worker that finds nothing ends by itself


def reconcile() -> list[str]:
    """Settle jobs (and runs) whose process is gone; returns the ids of those settled.

    A deletion that was killed is finished too.

    While a worker lives it does this itself, knowing exit codes, and nothing is done here.
    """
    process.reap()
    store.tidy()
    return [] if any_held() else reconcile_jobs()
