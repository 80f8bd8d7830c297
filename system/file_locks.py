"""Lock files and folders between processes and threads.

A lock ends with the process that holds it. These are flock's locks. The store has two of other kinds:
`store/engine/readers_writer_lock.py` orders many readers and one writer, and DuckDB's own lock, of fcntl, is taken
where DuckDB looks for it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any


def lock(file: int | IO[Any], *, shared: bool = False, wait: bool = True) -> bool:
    """Lock an open file or folder until it is closed; return False where another holds it.

    Args:
        file: of the opened file; each opening has a lock of its own.
        shared: others may share it, and none has it alone.
        wait: wait until it is free.
    Raises:
        OSError: the file system knows no locks.
    """
    mode = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(file, mode if wait else mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Wait until nobody else works under this lock file; where locks are unknown, go on without."""
    with path.open("ab") as stream:
        with suppress(OSError):
            lock(stream)
        yield


def hold_folder(folder: Path) -> int:
    """Mark a folder as being worked in; return the handle to close at the end.

    Raises:
        FileNotFoundError: somebody took it for an abandoned one before the mark was set.
    """
    handle = _open(folder)
    try:
        with suppress(OSError):
            lock(handle)
        if os.fstat(handle).st_ino != folder.stat().st_ino:
            raise FileNotFoundError(folder)
    except BaseException:
        os.close(handle)
        raise
    return handle


def try_hold_folder(folder: Path) -> int | None:
    """Mark a folder as `hold_folder` does; None where it is held, or cannot be locked."""
    try:
        handle = _open(folder)
    except OSError:
        return None
    with suppress(OSError):
        if lock(handle, wait=False):
            return handle
    os.close(handle)
    return None


def share_folder(folder: Path) -> int:
    """Mark a folder as being used, by others as well; return the handle to close at the end."""
    handle = _open(folder)
    with suppress(OSError):
        lock(handle, shared=True)
    return handle


def _open(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
