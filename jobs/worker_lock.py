"""One worker a device: whoever holds the lock on its file in runs/. The kernel frees it when the holder dies.

A holder that is frozen dies not; it is told by the file's time, which the holder sets at every look, in seconds since
the boot (the wall clock may be put back). Its lock is then passed over: the file is replaced by a new one. When it is
woken, the store refuses what it does (see `store.workers`).
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import store

# A worker looks twice a second; a store that is held may keep it for half a minute.
FROZEN_AFTER = 60.0


def lock_path(device: str | None = None) -> Path:
    """The file that the worker of a device locks; None: the one of the whole machine."""
    return store.runs_root() / (f"worker-{device.replace(':', '-')}.lock" if device else "worker.lock")


def is_held(device: str | None = None, frozen_after: float = FROZEN_AFTER) -> bool:
    """Whether a worker of this device lives and is not frozen; does not wait, and does not take the lock."""
    return _is_held(lock_path(device), frozen_after)


def any_held(frozen_after: float = FROZEN_AFTER) -> bool:
    """Whether any worker lives on this machine and is not frozen."""
    return any(_is_held(path, frozen_after) for path in store.runs_root().glob("worker*.lock"))


def _is_held(path: Path, frozen_after: float) -> bool:
    try:
        with path.open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return _silence(path) < frozen_after
    return False


def _silence(path: Path) -> float:
    """Seconds since the holder looked last."""
    try:
        return time.monotonic() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


class WorkerLock:
    """The lock, held from `acquire` to `release`; it is not passed on to the processes that the worker starts."""

    def __init__(self, device: str | None = None, frozen_after: float = FROZEN_AFTER) -> None:
        self._path = lock_path(device)
        self._frozen_after = frozen_after
        self._stream: IO[str] | None = None

    def acquire(self, patience: float = 0.0) -> bool:
        """Take the lock; False when another holds it for longer than `patience` seconds and is not frozen.

        A little patience outlasts those who only look whether it is held.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + patience
        while True:
            with _one_at_a_time(self._path):
                stream = self._lock() or self._pass_over()
            if stream is not None:
                break
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.05)
        stream.truncate(0)
        stream.write(f"{os.getpid()}\n")
        stream.flush()
        self._stream = stream
        self.look()
        return True

    def look(self) -> None:
        """Say that the holder is not frozen."""
        if self._stream is not None:
            moment = time.monotonic()
            os.utime(self._stream.fileno(), (moment, moment))

    def release(self) -> None:
        """Give the lock back; nothing happens when it is not held."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _lock(self) -> IO[str] | None:
        stream = self._path.open("a", encoding="ascii")
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            stream.close()
            return None
        return stream

    def _pass_over(self) -> IO[str] | None:
        if _silence(self._path) < self._frozen_after:
            return None
        with suppress(FileNotFoundError):
            self._path.unlink()
        return self._lock()


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    """Between those who want the lock: nobody replaces the file that another has just made."""
    with path.with_suffix(".door").open("ab") as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        yield
