"""One worker on a machine: whoever holds the lock on `runs/worker.lock`. The kernel frees it when the holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import IO

import store


def lock_path() -> Path:
    """The file that the worker locks."""
    return store.runs_root() / "worker.lock"


def is_held() -> bool:
    """Whether a worker lives; does not wait, and does not take the lock."""
    try:
        with lock_path().open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


class WorkerLock:
    """The lock, held from `acquire` to `release`; it is not passed on to the processes that the worker starts."""

    def __init__(self) -> None:
        self._stream: IO[str] | None = None

    def acquire(self, patience: float = 0.0) -> bool:
        """Take the lock; False when another holds it for longer than `patience` seconds.

        A little patience outlasts those who only look whether it is held.
        """
        path = lock_path()
        path.parent.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + patience
        stream = path.open("a", encoding="ascii")
        while True:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    stream.close()
                    return False
                time.sleep(0.05)
        stream.truncate(0)
        stream.write(f"{os.getpid()}\n")
        stream.flush()
        self._stream = stream
        return True

    def release(self) -> None:
        """Give the lock back; nothing happens when it is not held."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None
