"""Reading users' files in a process of its own that cannot take more memory or time than it may.

The memory limit is set twice: as the process's own (so that Python itself says MemoryError, which becomes a sentence),
and by whoever watches (for what allocates in ways the kernel does not count there).
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

TICK = 0.1  # seconds between two looks at a process

_RESERVE = 8 * 2**20  # bytes kept for saying that there are no more
_reserve = bytearray()

_SHARED = 64 * 2**20  # bytes of libraries and files mapped into memory, which the kernel's own limit does not count


def too_much_memory(limit: str) -> CatalogError:
    """Return the refusal of what needs more memory than the limit of this name."""
    most = limits.in_words(getattr(limits.current(), limit))
    return CatalogError(
        f"This needs more memory than the limit of {most}; split it into smaller ones, or {limits.raising(limit)}."
    )


def too_much_time(limit: str) -> CatalogError:
    """Return the refusal of what needs more time than the limit of this name."""
    most = f"{getattr(limits.current(), limit):,} s"
    return CatalogError(
        f"This took more time than the limit of {most}; split it into smaller ones, or {limits.raising(limit)}."
    )


class Watched:
    """A child process whose memory and time are watched.

    Args:
        pid: of the process; all that it starts counts with it.
        kind: "" for an import, "preview_" for a preview: which limits hold.
        source: what it reads, and as which kind, for the sentence when it breaks down.
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
        """How long it has been at work."""
        return time.monotonic() - self._began

    def check(self) -> None:
        """Look at it now.

        Raises:
            CatalogError: it has more memory, or has taken more time, than it may; it still runs.
        """
        with suppress(psutil.Error):
            family = [self._process, *self._process.children(recursive=True)]
            self.memory = sum(_resident(process) for process in family)
        if self.memory > self._most_memory + _SHARED:
            raise too_much_memory(f"{self.kind}memory")
        if self.seconds > self.most_time:
            raise too_much_time(f"{self.kind}time")

    def ended(self, code: int) -> CatalogError:
        """Return the sentence for a process that broke down; `code` is its exit code, or minus a signal's number."""
        if -code in {signal.SIGABRT, signal.SIGKILL}:  # what Rust does without memory; the kernel's own guard
            return too_much_memory(f"{self.kind}memory")
        return self.broken(f"signal {-code}" if code < 0 else f"exit code {code}")

    def broken(self, why: str) -> CatalogError:
        """Return the sentence for a process that did not do what it should."""
        return CatalogError(
            f"{self._source} could not be read: the process that read it broke down ({why}), as a damaged or hostile "
            "file makes it do; leave out files that are not from a source you trust, or import them in parts to find "
            "the one."
        )

    def kill(self) -> None:
        """End it and all that it started, at once."""
        with suppress(psutil.Error):
            for process in [*self._process.children(recursive=True), self._process]:
                with suppress(psutil.Error):
                    process.kill()


def confine(kind: str, parent: int) -> None:
    """Bound this process's memory, and end it when its parent ends, however that ends.

    Args:
        kind: as of Watched.
        parent: a descriptor that can be read to its end only when the parent has ended.
    """

    def watch() -> None:
        with suppress(OSError):
            while os.read(parent, 4096):
                pass
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()
    # What is raised where nothing can catch it, as memory runs out, would be printed beside the one sentence.
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
    """Take the limit of memory off this process, so that it can say that it met it; whoever watches it still does."""
    _reserve.clear()  # even this call needs some
    if sys.platform == "linux":
        import resource

        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))


def fork(source: str) -> int | None:
    """Go on in a confined child; the parent waits for it.

    Args:
        source: what it reads, as of Watched.
    Returns:
        In the parent, the child's exit code; None in the child, and where processes cannot be forked.
    Raises:
        CatalogError: in the parent, when the child took more memory or time than an import may.
    """
    if sys.platform != "linux":
        return None
    held, holder = os.pipe()  # the parent keeps the end to write to, and never writes
    sys.stdout.flush()
    sys.stderr.flush()
    # A signal that came before Python had set up the child would be lost in it.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)  # Ctrl-C goes to the parent alone, which hands it on once
        os.close(holder)
        confine("", held)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        return None
    os.close(held)
    try:
        return _wait(pid, Watched(pid, "", source), mask)
    finally:
        os.close(holder)


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
                os.kill(pid, signal.SIGINT)
    finally:
        if not ended:
            watched.kill()
            os.waitpid(pid, 0)
    if code < 0:
        raise watched.ended(code)
    return code


def _ended(pid: int, within: float) -> int | None:
    """The exit code of a child that ends within so many seconds; minus the signal's number when one ended it."""
    until = time.monotonic() + within
    while True:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > until:
            return None
        time.sleep(0.01)


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0
