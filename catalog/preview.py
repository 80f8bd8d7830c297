"""Preview a source in a confined child process that can be ended at any time.

Hostile files can harm only that process.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from catalog.confined import TICK, Watched, confine, loosen, too_much_memory
from catalog.errors import CatalogError
from catalog.importers import Preview, read_draft
from catalog.preview_answer import MOST_BYTES, answer, read, refused, written
from catalog.spelling import escaped
from system.paths import ROOT, absolute_environment

_TO_END = 5.0  # seconds that the process may take to end after its answer
_ALONE = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MALLOC_ARENA_MAX")  # threads of numpy reserve memory each


@dataclass(frozen=True)
class PreviewResult:
    """The result of a preview: the source's title, and what an import would make of it."""

    title: str
    preview: Preview


class Reading:
    """A running preview; leaving its context ends the process.

    Args:
        kind: of importer.
        arguments: the importer's own, as on its command line, with absolute paths.
    """

    def __init__(self, kind: str, arguments: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from catalog.preview import main; main()"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env={**os.environ, **absolute_environment(), **dict.fromkeys(_ALONE, "1")},
            start_new_session=True,
        )  # fmt: skip
        self._watched = Watched(self._process.pid, "preview_", f"{_title(arguments)} as {kind}")
        self._answer = b""
        request = json.dumps([kind, [str(argument) for argument in arguments]])
        self._hears = threading.Thread(target=self._talk, args=(request,), name="preview", daemon=True)
        self._hears.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._watched.kill()
        self._process.wait()
        self._hears.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    @property
    def seconds(self) -> float:
        """Return the seconds since the preview was started."""
        return self._watched.seconds

    @property
    def most_seconds(self) -> int:
        """Return the seconds that the preview may take."""
        return self._watched.most_time

    @property
    def memory(self) -> int:
        """Return the bytes of memory that the preview holds."""
        return self._watched.memory

    def wait(self, seconds: float = TICK) -> PreviewResult | None:
        """Wait at most that long; return the result, or None while the preview runs.

        Raises:
            CatalogError: the source cannot be read, or exceeds the limits of a preview.
        """
        self._hears.join(seconds)
        if self._hears.is_alive():
            self._watched.check()
            return None
        try:
            code = self._process.wait(_TO_END)
        except subprocess.TimeoutExpired:  # the whole answer was read, or too long an answer, and it does not end
            raise self._watched.broken("it does not end") from None
        if code != 0:
            raise self._watched.ended(code)
        try:
            result = read(self._answer)
        except ValueError:
            raise self._watched.broken("its answer makes no sense") from None
        if isinstance(result, str):
            raise CatalogError(result)
        return PreviewResult(*result)

    def _talk(self, request: str) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(request.encode() + b"\n")
            self._process.stdin.flush()  # it stays open: when it closes, the child knows that this process ended
            self._answer = self._process.stdout.read(MOST_BYTES + 1)
        except (OSError, ValueError):  # it has ended
            return


def _title(arguments: Sequence[str]) -> str:
    """Return the name of the source: the last argument is its path."""
    return escaped(Path(arguments[-1]).name) if arguments else "The source"


def _answered(kind: str, arguments: Sequence[str]) -> bytes:
    try:
        draft = read_draft(kind, arguments)
        return written(answer(draft.source, draft.preview()))
    except CatalogError as error:
        sentence = str(error)
    except MemoryError:
        loosen()
        sentence = str(too_much_memory("preview_memory"))
    except Exception as error:  # a fault of ours; the page says so instead of nothing
        sentence = f"This could not be read, by a fault of the program ({type(error).__name__}); please report it."
    return written(refused(sentence))


def main() -> None:
    """Answer the one request on standard input."""
    request = io.BytesIO()
    while (letter := os.read(0, 1)) not in {b"\n", b""}:
        request.write(letter)
    kind, arguments = json.loads(request.getvalue())
    confine("preview_", 0)
    sys.stdout.buffer.write(_answered(kind, arguments))
    sys.stdout.flush()
    os._exit(0)  # freeing all that was read would only take time
