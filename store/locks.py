"""Who goes first: many readers or one writer, and a writer that waits is let in before new readers."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from store.errors import StoreBusy

_HELD = "The results store is held by another process; close it or try again"
_PAUSE = 0.003  # seconds between two looks at whether it is one's turn


def held(holder: str | None) -> StoreBusy:
    """What to say of a store that another process holds; `holder` is its number where that is known."""
    return StoreBusy(f"{_HELD}." if holder is None else f"{_HELD} (it is process {holder}).")


class ReadersWriter:
    """Between the threads of one process: many readers or one writer."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._readers = 0
        self._writing = False
        self._waiting = 0

    @contextmanager
    def held(self, *, write: bool, deadline: float) -> Iterator[None]:
        """Hold it for the length of the block; raises StoreBusy when it was not to be had before the deadline."""
        with self._changed:
            self._waiting += write
            try:
                free = self._changed.wait_for(lambda: self._free(write), max(0.0, deadline - time.monotonic()))
            finally:
                self._waiting -= write
            if not free:
                self._changed.notify_all()
                raise StoreBusy("The results store is busy; try again in a moment.")
            self._writing, self._readers = write, self._readers + (not write)
        try:
            yield
        finally:
            with self._changed:
                self._writing, self._readers = False, self._readers - (not write)
                self._changed.notify_all()

    def _free(self, write: bool) -> bool:
        return not self._writing and (self._readers == 0 if write else self._waiting == 0)


@contextmanager
def turn(store: Path, *, write: bool, deadline: float) -> Iterator[None]:
    """Between processes: a writer keeps the door shut behind it, which readers only pass through.

    DuckDB's own lock has no queue: readers that overlap would keep a writer out for as long as they come. The door is a
    lock on a file beside the store, which the kernel frees when its holder dies; other programs need not know of it.

    Raises:
        StoreBusy: another writer kept it shut until the deadline.
    """
    try:
        door = store.with_name(f"{store.name}.door").open("a+b", buffering=0)
    except OSError:  # where nothing can be written there are no writers
        yield
        return
    with door:
        _pass(door.fileno(), fcntl.LOCK_EX if write else fcntl.LOCK_SH, deadline)
        if write:
            door.truncate(0)  # whose turn it is, for those who wait too long
            door.write(str(os.getpid()).encode())
            yield
            return
    yield


def _pass(door: int, mode: int, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(door, mode | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() + _PAUSE > deadline:
                holder = os.pread(door, 20, 0).decode("ascii", errors="replace")
                raise held(holder or None) from None
        except OSError:
            return  # a file system without locks: DuckDB's own must do
        time.sleep(_PAUSE)
