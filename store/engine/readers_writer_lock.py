"""Who goes first: many readers or one writer at a time, and each waits for one turn of the others at most.

DuckDB's own lock has no queue: readers that overlap would keep a writer out for as long as they come, and writers that
follow one another the readers. So the processes and threads of Odap agree on whose turn it is before they open the
file, by three locks in a folder beside it, which the kernel frees when their holder dies:

    door     held by a writer from before it waits for those who are in until it has gone: nobody comes in after it
    inside   shared by the readers that are in, or a writer's alone
    waiting  shared by readers that found the door shut, or the file held: a writer that comes lets them in first

This is a phase-fair lock (Brandenburg and Anderson, "Spin-based reader-writer synchronization for multiprocessor
real-time systems", 2010). Other programs know nothing of it. Whoever finds the file held although it is its turn has
met one of them, and steps outside to wait, so that readers are not kept waiting by a writer that waits.
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
_PAUSE = 0.003  # seconds between two looks at whether it is one's turn
_OUTSIDE = 0.006, 0.02  # seconds between two looks at a file that another program holds: first, later
_COURTESY = 0.5  # seconds that a writer leaves an open door to readers that wait: one of them may be frozen
_PATIENCE = 1.0  # seconds that a writer keeps the door shut before those inside: one of them may be frozen, or slow


def held(holder: str | None) -> StoreBusy:
    """What to say of a store that another process holds; `holder` is its number where that is known."""
    named = "" if holder is None else f" (it is process {holder})"
    return StoreBusy(f"The results store is held by another process; close it or try again{named}.")


@contextmanager
def turn(store: Path, enter: Callable[[], T], *, write: bool, deadline: float) -> Iterator[T]:
    """Call `enter` when it is one's turn, and keep the turn for the length of the block; gives what it returned.

    `enter` raises StoreBusy where another program holds the store, and is then called again later. `deadline` is of the
    monotonic clock, in seconds.

    Raises:
        StoreBusy: one's turn did not come before the deadline.
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
    """It is this caller alone that puts a store where there is none, for the length of the block.

    Raises:
        StoreBusy: another one was at it until the deadline.
    """
    with _Lock(store.with_name(f"{store.name}.locks") / "next") as lock:
        while not lock.take(fcntl.LOCK_EX):
            if time.monotonic() + _PAUSE > deadline:
                raise held(lock.holder())
            time.sleep(_PAUSE)
        lock.sign()
        yield


class _Locks(ExitStack):
    """One caller's hold on the three locks; all are freed at the end of the block."""

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
                raise held(self.door.holder())
            time.sleep(_PAUSE)
        self.inside.take(fcntl.LOCK_SH)  # with the door open no writer has it
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
                break  # DuckDB's own lock keeps it out, and can name the holder
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
                looks -= 1  # they could go in, and have not
                self.door.free()
            if time.monotonic() + _PAUSE > deadline:
                raise held(self.door.holder())
            time.sleep(_PAUSE)

    def leave(self) -> None:
        """Out, and the door open; a reader that waits goes on waiting."""
        self.inside.free()
        self.door.free()


class _Lock:
    """A lock on a file, which is held by this object and no other of the same process.

    Where no file can be made there are no writers, and where there are no locks DuckDB's own must do: it is had then.
    """

    def __init__(self, path: Path) -> None:
        self._file: FileIO | None = None
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a+b", buffering=0)

    def __enter__(self) -> _Lock:
        return self

    def __exit__(self, *_: Any) -> None:
        self.free()  # closing alone would leave it to a process that was forked meanwhile
        if self._file is not None:
            self._file.close()

    def take(self, mode: int) -> bool:
        """Whether it was to be had at once."""
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
        """Say who holds it, for those who wait too long."""
        if self._file is not None:
            with suppress(OSError):
                self._file.truncate(0)
                self._file.write(str(os.getpid()).encode())

    def holder(self) -> str | None:
        """Who signed it last."""
        if self._file is None:
            return None
        return os.pread(self._file.fileno(), 20, 0).decode("ascii", errors="replace") or None
