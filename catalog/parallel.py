"""The same work on many items by threads, in order, holding only a few at a time."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_WAITING = 8  # items in flight per worker: enough to keep all busy, few enough that memory does not grow


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def ordered_map(work: Callable[[Item], Result], items: Iterable[Item], workers: int | None = None) -> Iterator[Result]:
    """Results of `work` in the order of the items.

    Threads do, as Pillow lets go of the interpreter while it decodes, resizes and encodes. Unlike `Executor.map`,
    items are taken as results leave, so that memory does not grow with their number.
    """
    n_workers = workers or cores()
    pool = ThreadPoolExecutor(n_workers, thread_name_prefix="catalog")
    waiting: deque[Future[Result]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) >= _WAITING * n_workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
