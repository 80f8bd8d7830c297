"""Report the progress of long work: a terminal bar, and a small JSON file for the parent."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tqdm import tqdm

from system.atomic_files import atomic_write

_INTERVAL = 1.0  # seconds between two writes of the JSON file


def is_followed() -> bool:
    """Check whether another process started this one and records its output."""
    return "ODAP_PROGRESS" in os.environ


class progress:
    """Counts `total` steps under a description, and reports them.

    In a terminal a bar is shown. Where the environment's ODAP_PROGRESS names a file, {"done", "total", "message"} is
    written there, atomically, at most once a second. `done` reaches `total` only when the block ends without an error,
    so a reader may take that for success.

    Args:
        total: how many steps there will be.
        description: what is being done, for people.
        tell: called with (done, total) at every step instead of showing a bar.
    """

    def __init__(self, total: int, description: str, tell: Callable[[int, int], None] | None = None) -> None:
        self.total, self.done, self.description = total, 0, description
        self._tell = tell
        named = os.environ.get("ODAP_PROGRESS")
        self._file = Path(named) if named else None
        self._written = -_INTERVAL
        self._bar: tqdm[Any] | None = None

    def __enter__(self) -> Self:
        if self._tell is None:
            self._bar = tqdm(
                total=self.total, desc=self.description, unit="image", disable=not sys.stderr.isatty(), leave=False
            )
        self._write(0)
        return self

    def step(self) -> None:
        """Count one more step as done."""
        self.done += 1
        if self._bar is not None:
            self._bar.update()
        if self._tell is not None:
            self._tell(self.done, self.total)
        if self.done < self.total and time.monotonic() - self._written >= _INTERVAL:
            self._write(self.done)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()
        if kind is None:
            self._write(self.total)

    def _write(self, done: int) -> None:
        self._written = time.monotonic()
        if self._file is None:
            return
        text = json.dumps({"done": done, "total": self.total, "message": self.description}, ensure_ascii=False)
        try:
            # Not durable: it is replaced within a second, so waiting for the disk is not worth it.
            with atomic_write(self._file, durable=False) as temporary:
                temporary.write_text(text, encoding="utf-8")
        except OSError:  # the reader sees no more progress; the work itself must go on
            self._file = None
