"""Read the end of a log: the sentence with which a process ended."""

from __future__ import annotations

import os
import re
from pathlib import Path

_TAIL = 64 * 1024
_LONGEST = 500
# A progress bar (tqdm) redraws its line; that is no last word.
_PROGRESS = re.compile(r"\d+%\|")
_SPEAKER = re.compile(r"^python -m \w+: ")  # of a command's one sentence: who reads it here did not type it
_TRACEBACK = "Traceback (most recent call last)"
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def tail(log: Path, since: int = 0, limit: int = _TAIL) -> str:
    """Return the text added to a log after byte `since`, at most its last `limit` bytes.

    Empty when there is no log.
    """
    try:
        with log.open("rb") as stream:
            end = stream.seek(0, os.SEEK_END)
            stream.seek(max(since, end - limit, 0))
            return stream.read().decode("utf-8", errors="replace")
    except OSError:
        return ""


def last_message(log: Path, since: int = 0) -> str | None:
    """Return the last line that is no progress bar and no indented line of a traceback, or None."""
    line = _last_line(tail(log, since))
    return _SPEAKER.sub("", line) if line else None


def error_message(log: Path) -> str | None:
    """Return the last message of a log where it tells of an error, else None.

    An error is a sentence, or the end of a traceback.
    A process of which nobody saw how it ended may have been killed after any line: a row of a table, a warning.
    """
    text = tail(log)
    line = _last_line(text)
    if line is None or not (_TRACEBACK in text or (line.endswith(".") and "Warning:" not in line)):
        return None
    return _SPEAKER.sub("", line)


def _last_line(text: str) -> str | None:
    line: str | None = None
    for candidate in re.split(r"[\r\n]+", _ESCAPES.sub("", text)):
        if candidate.strip() and not candidate[0].isspace() and not _PROGRESS.search(candidate):
            line = candidate.strip()
    return line[:_LONGEST] if line else None
