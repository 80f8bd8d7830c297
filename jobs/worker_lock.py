"""Lock a device for one worker, by a file in runs/ that the kernel unlocks when it dies.

A holder that is frozen does not die; it is known by the time of its file, which the holder sets at every tick, in
seconds since the boot (the wall clock may be put back). Its lock is then passed over: the file is replaced by a new
one. When it is woken, the store refuses what it does (see `store.workers`).
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

import store
from system.file_locks import exclusive, lock

# A worker refreshes it twice a second; a store that is held may keep it for half a minute.
FROZEN_AFTER = 60.0


def lock_path(device: str | None = None) -> Path:
    """Return the file that the worker of a device locks; None: that of the whole machine."""
    return store.runs_root() / (f"worker-{device.replace(':', '-')}.lock" if device else "worker.lock")


def is_held(device: str | None = None, frozen_after: float = FROZEN_AFTER) -> bool:
    """Return whether a worker of this device lives and is not frozen, without taking the lock.

    Does not wait.
    """
    return _is_held(lock_path(device), frozen_after)


def any_held(frozen_after: float = FROZEN_AFTER) -> bool:
    """Return whether any worker lives on this machine and is not frozen."""
    return any(_is_held(path, frozen_after) for path in store.runs_root().glob("worker*.lock"))


def _is_held(path: Path, frozen_after: float) -> bool:
    try:
        with path.open("rb") as stream:
            return not lock(stream, shared=True, wait=False) and _seconds_since_refresh(path) < frozen_after
    except FileNotFoundError:
        return False


def _seconds_since_refresh(path: Path) -> float:
    """Return the seconds since the holder refreshed its lock."""
    try:
        return time.monotonic() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


class WorkerLock:
    """Hold the lock of a device from `acquire` to `release`.

    It is not passed on to the processes that the worker starts.
    """

    def __init__(self, device: str | None = None, frozen_after: float = FROZEN_AFTER) -> None:
        """Prepare the lock of a device (None: of the whole machine) without taking it."""
        self._path = lock_path(device)
        self._frozen_after = frozen_after
        self._stream: IO[str] | None = None

    def acquire(self, timeout: float = 0.0) -> bool:
        """Take the lock; return False when a holder that is not frozen keeps it for `timeout` s.

        A short timeout outlasts callers that only test whether it is held.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + timeout
        while True:
            with exclusive(self._path.with_suffix(".door")):  # none replaces a file that another has just made
                stream = self._lock() or self._replace_frozen()
            if stream is not None:
                break
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.05)
        stream.truncate(0)
        stream.write(f"{os.getpid()}\n")
        stream.flush()
        self._stream = stream
        self.refresh()
        return True

    def refresh(self) -> None:
        """Record that the holder is not frozen."""
        if self._stream is not None:
            moment = time.monotonic()
            os.utime(self._stream.fileno(), (moment, moment))

    def release(self) -> None:
        """Release the lock; do nothing when it is not held."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _lock(self) -> IO[str] | None:
        stream = self._path.open("a", encoding="ascii")
        if lock(stream, wait=False):
            return stream
        stream.close()
        return None

    def _replace_frozen(self) -> IO[str] | None:
        if _seconds_since_refresh(self._path) < self._frozen_after:
            return None
        with suppress(FileNotFoundError):
            self._path.unlink()
        return self._lock()
