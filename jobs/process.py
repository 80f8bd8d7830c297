"""Start, identify and signal detached processes.

A pid alone says little: pids are reused, and after a reboot they start over. A process is therefore known by its pid,
its start time and the machine's boot id.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

import store
from system.paths import ROOT, absolute_environment
from system.processes import boot_id as boot_id
from system.processes import started

# A process names its job in this variable, so that it is found even when its pid was never recorded.
JOB_MARK = store.JOB_MARK

# By how much the nice value of a training is above that of its starter.
NICE_STEP = 10

# Where start times are wall-clock times, they move when the clock is slewed.
_START_TOLERANCE = 2.0


@dataclass(frozen=True)
class Identity:
    """Identify a process by its pid, its start (see `system.processes`) and the machine's boot."""

    pid: int
    started: float
    boot_id: str


def identify(pid: int) -> Identity | None:
    """Return the identity of the process that has this pid now; None when there is none."""
    try:
        return Identity(pid, started(pid), boot_id())
    except psutil.Error:
        return None


def is_alive(identity: Identity) -> bool:
    """Return whether this very process still runs.

    A zombie, a reused pid and a process of an earlier boot do not.
    """
    if identity.boot_id != boot_id():
        return False
    try:
        process = psutil.Process(identity.pid)
        same = abs(started(identity.pid) - identity.started) < _START_TOLERANCE
        return same and process.status() not in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def find(job_id: str) -> Identity | None:
    """Find the live process of a job by its environment; None when there is none.

    Only leaders of their session count: what a trainer starts itself inherits the variable, and is not the trainer.
    """
    for process in psutil.process_iter():
        try:
            if process.environ().get(JOB_MARK) == job_id and os.getsid(process.pid) == process.pid:
                identity = identify(process.pid)
                if identity is not None and is_alive(identity):
                    return identity
        except (psutil.Error, OSError):
            continue
    return None


def was_spawned_for(identity: Identity, job_id: str) -> bool:
    """Return whether this process was spawned for this job, and not started by hand."""
    try:
        return psutil.Process(identity.pid).environ().get(JOB_MARK) == job_id
    except (psutil.Error, OSError):
        return False


def send(identity: Identity, number: signal.Signals) -> bool:
    """Send a signal to this very process; return False when it is gone."""
    if not is_alive(identity):
        return False
    try:
        os.kill(identity.pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def spawn(
    command: Sequence[str], log: Path, *, environment: Mapping[str, str] | None = None, low_priority: bool = False
) -> Child:
    """Start a process that outlives this one.

    No shell, its own session, no input; what it prints is added to `log`. It runs in the repository root, so that
    `-m trainer` is found from everywhere, with the store and the folders of this process.

    Args:
        command: program and arguments.
        log: the file that its output is appended to.
        environment: variables besides those of this process.
        low_priority: let the app and all else on this machine go first.
    """
    reap()
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        log_offset = output.seek(0, os.SEEK_END)
        popen = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env={**os.environ, **absolute_environment(), "PYTHONUNBUFFERED": "1", **(environment or {})},
            start_new_session=True,
        )
    if low_priority:
        _lower_priority(popen.pid)
    identity = identify(popen.pid) or Identity(popen.pid, 0.0, boot_id())
    with _spawned_lock:
        _spawned.append(popen)
    return Child(popen, identity, log, log_offset)


def _lower_priority(pid: int) -> None:
    """Lower the priority of a process below that of the app.

    A training takes every core there is; a page would wait ten times as long as it need.
    """
    with suppress(OSError):  # it has ended already
        os.setpriority(os.PRIO_PROCESS, pid, min(os.getpriority(os.PRIO_PROCESS, pid) + NICE_STEP, 19))


@dataclass(frozen=True)
class Child:
    """Hold a process that was spawned here, whose exit code can still be asked for."""

    popen: subprocess.Popen[bytes]
    identity: Identity
    log: Path
    log_offset: int  # bytes in the log when it started

    def exit_code(self, wait: float = 0.0) -> int | None:
        """Return the exit code (-n: ended by signal n); None when it runs after `wait` seconds."""
        try:
            return self.popen.wait(timeout=wait)
        except subprocess.TimeoutExpired:
            return None


def python(*arguments: str) -> list[str]:
    """Return the command that runs a module of this repository with this very interpreter."""
    return [sys.executable, "-m", *arguments]


_spawned: list[subprocess.Popen[bytes]] = []
_spawned_lock = threading.Lock()


def reap() -> None:
    """Collect the exit codes of spawned processes that have ended, so that none stays a zombie."""
    with _spawned_lock:
        _spawned[:] = [popen for popen in _spawned if popen.poll() is None]
