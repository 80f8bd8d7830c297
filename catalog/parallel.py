"""Apply a function to many items by threads or processes, in order, a few at a time."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing.connection import wait
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# Items in flight per worker: enough to keep all busy, few enough that memory does not grow.
_WAITING_THREADS = 8
_WAITING_PROCESSES = 3


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def ordered_map(work: Callable[[Item], Result], items: Iterable[Item], workers: int | None = None) -> Generator[Result]:
    """Yield results of `work` in the order of the items, computed by threads.

    Threads are enough, because Pillow releases the interpreter lock while it decodes, resizes and encodes. Unlike
    `Executor.map`, items are taken only as results are consumed, so that memory does not grow with their number.
    """
    n_workers = workers or cores()
    pool = ThreadPoolExecutor(n_workers, thread_name_prefix="catalog")
    return _in_order(pool, work, items, _WAITING_THREADS * n_workers)


def ordered_process_map(
    work: Callable[[Item], Result], items: Iterable[Item], workers: int | None = None, *, preload: str
) -> Generator[Result]:
    """Yield results of `work` in the order of the items, computed by processes.

    The processes end when this one does, for any reason.

    Args:
        work: a function at the top level of a module.
        preload: the module to load once for all workers, where processes can be forked from a server.
    Raises:
        BrokenExecutor: a worker was killed.
    """
    n_workers = workers or cores()
    # Not fork: the caller may hold threads.
    context = multiprocessing.get_context("spawn" if sys.platform in ("win32", "darwin") else "forkserver")
    if context.get_start_method() == "forkserver":
        context.set_forkserver_preload([preload])
    pool = ProcessPoolExecutor(n_workers, mp_context=context, initializer=_end_with_parent)
    return _in_order(pool, work, items, _WAITING_PROCESSES * n_workers)


def _in_order(pool: Executor, work: Callable[[Item], Result], items: Iterable[Item], at_most: int) -> Generator[Result]:
    waiting: deque[Future[Result]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) >= at_most:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _end_with_parent() -> None:
    """End this worker process when its parent ends, even if the parent is killed.

    A worker that waits for work would otherwise wait for ever: it holds both ends of the queue's pipe itself.
    """
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()
