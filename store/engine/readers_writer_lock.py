"""Order access to the store: many readers or one writer, phase-fair.

Nobody waits for more than one turn of the other side. DuckDB's own lock has no queue: overlapping readers would keep a
writer out for as long as they come, and successive writers would keep readers out. So the processes and threads of Odap
take turns before they open the file, by three locks in a folder next to it. The kernel frees them when their holder
dies:

    door     held by a writer while it waits for the current readers and until it is done: no other process may enter
    inside   shared by the current readers, or held by one writer alone
    waiting  shared by readers that found the door shut or the file held: a new writer lets them in first

This is a phase-fair lock (Brandenburg and Anderson, "Spin-based reader-writer synchronization for multiprocessor
real-time systems", 2010). Other programs do not use it. A caller that finds the file held during its own turn has met
such a program; it releases its locks while it waits, so that a waiting writer does not block readers.
"""

from __future__ import annotations

import fcntl
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import Any, TypeVar

from store.engine.errors import StoreBusy

T = TypeVar("T")
_PAUSE = 0.003  # seconds between two attempts to take a lock
_OUTSIDE = 0.006, 0.02  # seconds between two attempts to open a file that another program holds: first, later
_COURTESY = 0.5  # seconds for which a writer lets waiting readers go first; limited, as a reader may be frozen
_PATIENCE = 1.0  # seconds for which a writer waits for current readers with the door shut; one may be frozen or slow


def store_busy(holder: str | None) -> StoreBusy:
    """Return the error for a store that another process holds.

    `holder` is the id of that process; None when it is not known.
    """
    named = "" if holder is None else f" (it is process {holder})"
    return StoreBusy(f"The results store is held by another process; close it or try again{named}.")


@contextmanager
def turn(store: Path, enter: Callable[[], T], *, write: bool, deadline: float) -> Iterator[T]:
    """Wait for this caller's turn, call `enter`, and keep the turn until the block ends.

    Yields the result of `enter`. When `enter` raises StoreBusy, since another program holds the store, it is called
    again later. `deadline` is of the monotonic clock, in seconds.

    Raises:
        StoreBusy: the turn did not come before the deadline.
    """
    with _Locks(store) as locks:
        attempt = locks.write if write else locks.read
        pause, longest = _OUTSIDE
        while True:
            try:
                entered = attempt(enter, deadline)
                break
            except StoreBusy:
                locks.leave()
                if time.monotonic() + pause > deadline:
                    raise
            time.sleep(pause * random.uniform(0.5, 1.5))
            pause = min(pause * 1.5, longest)
        yield entered


@contextmanager
def only(store: Path, deadline: float) -> Iterator[None]:
    """Let only this caller create a missing store, for the length of the block.

    Raises:
        StoreBusy: another caller had this right until the deadline.
    """
    with _Lock(store.with_name(f"{store.name}.locks") / "next") as lock:
        while not lock.take(fcntl.LOCK_EX):
            if time.monotonic() + _PAUSE > deadline:
                raise store_busy(lock.holder())
            time.sleep(_PAUSE)
        lock.sign()
        yield


class _Locks(ExitStack):
    """The three locks as one caller holds them; all are freed at the end of the block."""

    def __init__(self, store: Path) -> None:
        super().__init__()
        folder = store.with_name(f"{store.name}.locks")
        self.door, self.inside, self.waiting = (
            self.enter_context(_Lock(folder / name)) for name in ("door", "inside", "waiting")
        )

    def read(self, enter: Callable[[], T], deadline: float) -> T:
        while not self.door.take(fcntl.LOCK_SH):
            self.waiting.take(fcntl.LOCK_SH)
            if time.monotonic() + _PAUSE > deadline:
                raise store_busy(self.door.holder())
            time.sleep(_PAUSE)
        self.inside.take(fcntl.LOCK_SH)  # a writer holds the door first, so no writer has it
        self.door.free()
        try:
            entered = enter()
        except StoreBusy:
            self.waiting.take(fcntl.LOCK_SH)
            raise
        self.waiting.free()
        return entered

    def write(self, enter: Callable[[], T], deadline: float) -> T:
        self._shut_door(deadline)
        impatient = min(deadline, time.monotonic() + _PATIENCE)
        while not self.inside.take(fcntl.LOCK_EX):
            if time.monotonic() + _PAUSE > impatient:
                break  # DuckDB's own lock refuses the writer, and can name the holder
            time.sleep(_PAUSE)
        return enter()

    def _shut_door(self, deadline: float) -> None:
        looks = round(_COURTESY / _PAUSE)
        while True:
            first = self.waiting.take(fcntl.LOCK_EX)  # nobody waits
            shut = (first or looks <= 0) and self.door.take(fcntl.LOCK_EX)
            self.waiting.free()
            if shut:
                self.door.sign()
                return
            if not first and self.door.take(fcntl.LOCK_SH):
                looks -= 1  # the waiting readers could enter, and did not
                self.door.free()
            if time.monotonic() + _PAUSE > deadline:
                raise store_busy(self.door.holder())
            time.sleep(_PAUSE)

    def leave(self) -> None:
        """Free `inside` and `door`; a reader that waits keeps waiting."""
        self.inside.free()
        self.door.free()


class _Lock:
    """A lock on a file, held by this object and by no other one in the same process.

    It always succeeds where the file cannot be created (there are no writers then) or the file system has no locks
    (DuckDB's own lock has to suffice).
    """

    def __init__(self, path: Path) -> None:
        self._file: FileIO | None = None
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a+b", buffering=0)

    def __enter__(self) -> _Lock:
        return self

    def __exit__(self, *_: Any) -> None:
        self.free()  # closing alone would leave the lock with a process forked meanwhile
        if self._file is not None:
            self._file.close()

    def take(self, mode: int) -> bool:
        """Try to take the lock without waiting; return whether that succeeded."""
        if self._file is not None:
            try:
                fcntl.flock(self._file, mode | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            except OSError:
                pass
        return True

    def free(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def sign(self) -> None:
        """Write this process's id into the lock file, so that timeouts can name the holder."""
        if self._file is not None:
            with suppress(OSError):
                self._file.truncate(0)
                self._file.write(str(os.getpid()).encode())

    def holder(self) -> str | None:
        """Return the process id written last; None when there is none."""
        if self._file is None:
            return None
        return os.pread(self._file.fileno(), 20, 0).decode("ascii", errors="replace") or None
