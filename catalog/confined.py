"""Read users' files in a child process whose memory and time are limited.

The memory limit is enforced twice. The process has its own, so that Python raises MemoryError, which becomes a
sentence. The process that watches it has another, for allocations that the kernel does not count.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from contextlib import suppress

import psutil

from catalog import limits
from catalog.errors import CatalogError

TICK = 0.1  # seconds between two measurements of a process

_RESERVE = 8 * 2**20  # bytes kept free for reporting that memory ran out
_reserve = bytearray()

_SHARED = 64 * 2**20  # bytes of libraries and files mapped into memory, which the kernel's own limit does not count


def too_much_memory(limit: str) -> CatalogError:
    """Return the error for work that needs more memory than the limit of this name."""
    most = limits.in_words(getattr(limits.current(), limit))
    return CatalogError(
        f"This needs more memory than the limit of {most}; split it into smaller ones, or {limits.raising(limit)}."
    )


def too_much_time(limit: str) -> CatalogError:
    """Return the error for work that takes more time than the limit of this name."""
    most = f"{getattr(limits.current(), limit):,} s"
    return CatalogError(
        f"This took more time than the limit of {most}; split it into smaller ones, or {limits.raising(limit)}."
    )


class Watched:
    """A child process whose memory and time are watched.

    Args:
        pid: of the process; all processes that it starts count with it.
        kind: "" for an import, "preview_" for a preview: which limits apply.
        source: what it reads, and as which kind, for the error message.
    """

    def __init__(self, pid: int, kind: str, source: str) -> None:
        bounds = limits.current()
        self.kind, self._source = kind, source
        self.most_time: int = getattr(bounds, f"{kind}time")
        self.memory = 0
        self._most_memory: int = getattr(bounds, f"{kind}memory")
        self._process = psutil.Process(pid)
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """Return the seconds since the process was started."""
        return time.monotonic() - self._began

    def check(self) -> None:
        """Measure memory and time now.

        Raises:
            CatalogError: the process exceeds its memory or its time; it still runs.
        """
        with suppress(psutil.Error):
            family = [self._process, *self._process.children(recursive=True)]
            self.memory = sum(_resident(process) for process in family)
        if self.memory > self._most_memory + _SHARED:
            raise too_much_memory(f"{self.kind}memory")
        if self.seconds > self.most_time:
            raise too_much_time(f"{self.kind}time")

    def ended(self, code: int) -> CatalogError:
        """Return the error for a process that broke down.

        Args:
            code: its exit code, or minus the number of the signal that ended it.
        """
        if -code in {signal.SIGABRT, signal.SIGKILL}:  # Rust code out of memory; the kernel's out-of-memory killer
            return too_much_memory(f"{self.kind}memory")
        return self.broken(f"signal {-code}" if code < 0 else f"exit code {code}")

    def broken(self, why: str) -> CatalogError:
        """Return the error for a process that did not answer as it should."""
        return CatalogError(
            f"{self._source} could not be read: the process that read it broke down ({why}), as a damaged or hostile "
            "file makes it do; leave out files that are not from a source you trust, or import them in parts to find "
            "the one."
        )

    def kill(self) -> None:
        """Kill the process and all processes that it started."""
        with suppress(psutil.Error):
            for process in [*self._process.children(recursive=True), self._process]:
                with suppress(psutil.Error):
                    process.kill()


def confine(kind: str, parent: int) -> None:
    """Limit this process's memory, and end it when its parent ends for any reason.

    Args:
        kind: as for Watched.
        parent: a file descriptor whose end is reached only when the parent has ended.
    """

    def watch() -> None:
        with suppress(OSError):
            while os.read(parent, 4096):
                pass
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()
    # Errors that nothing can catch, raised as memory runs out, would be printed next to the one sentence.
    sys.unraisablehook = bool
    _reserve.extend(bytes(_RESERVE))
    most: int = getattr(limits.current(), f"{kind}memory")
    if sys.platform == "linux":
        import resource

        for which, soft in ((resource.RLIMIT_DATA, most), (resource.RLIMIT_CORE, 0)):
            hard = resource.getrlimit(which)[1]
            with suppress(ValueError, OSError):
                resource.setrlimit(which, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def loosen() -> None:
    """Remove this process's memory limit, so that it can report that the limit was met.

    The process that watches it still enforces its own.
    """
    _reserve.clear()  # even this call needs some
    if sys.platform == "linux":
        import resource

        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))


def fork(source: str) -> int | None:
    """Continue in a confined child process; the parent waits for it.

    Args:
        source: what it reads, as for Watched.
    Returns:
        In the parent, the child's exit code; None in the child, and where processes cannot be forked.
    Raises:
        CatalogError: in the parent, when the child exceeded the memory or time of an import.
    """
    if sys.platform != "linux":
        return None
    read_end, write_end = os.pipe()  # the parent keeps the writing end, and never writes
    sys.stdout.flush()
    sys.stderr.flush()
    # A signal that arrived before Python had set up the child would be lost.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)  # Ctrl-C reaches the parent alone, which passes it on once
        os.close(write_end)
        confine("", read_end)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        return None
    os.close(read_end)
    try:
        return _wait(pid, Watched(pid, "", source), mask)
    finally:
        os.close(write_end)


def _wait(pid: int, watched: Watched, mask: set[int | signal.Signals]) -> int:
    ended = False
    try:
        while True:
            try:
                signal.pthread_sigmask(signal.SIG_SETMASK, mask)
                code = _ended(pid, TICK)
                ended = code is not None
                if code is not None:
                    break
                watched.check()
            except KeyboardInterrupt:
                os.kill(pid, signal.SIGTERM)  # handled like Ctrl-C, and not ignored as that is under nohup
    finally:
        if not ended:
            watched.kill()
            os.waitpid(pid, 0)
    if code < 0:
        raise watched.ended(code)
    return code


def _ended(pid: int, within: float) -> int | None:
    """Return the exit code of a child that ends within so many seconds, else None.

    A signal that ended it is returned as minus its number.
    """
    until = time.monotonic() + within
    while True:
        ended_pid, status = os.waitpid(pid, os.WNOHANG)
        if ended_pid:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > until:
            return None
        time.sleep(0.01)


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0
