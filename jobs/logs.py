"""What a process left in its log: the sentence with which it ended."""

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
    """The end of a log: what was added after byte `since`, at most `limit` bytes; empty when there is no log."""
    try:
        with log.open("rb") as stream:
            end = stream.seek(0, os.SEEK_END)
            stream.seek(max(since, end - limit, 0))
            return stream.read().decode("utf-8", errors="replace")
    except OSError:
        return ""


def last_words(log: Path, since: int = 0) -> str | None:
    """The last line that says something: no progress bar, no indented line of a traceback; None when there is none."""
    spoken = _last_line(tail(log, since))
    return _SPEAKER.sub("", spoken) if spoken else None


def complaint(log: Path) -> str | None:
    """The last words where they tell of an error: a sentence, or the end of a traceback; else None.

    A process of which nobody saw how it ended may have been killed after any line: a row of a table, a warning.
    """
    said = tail(log)
    spoken = _last_line(said)
    if spoken is None or not (_TRACEBACK in said or (spoken.endswith(".") and "Warning:" not in spoken)):
        return None
    return _SPEAKER.sub("", spoken)


def _last_line(said: str) -> str | None:
    spoken: str | None = None
    for line in re.split(r"[\r\n]+", _ESCAPES.sub("", said)):
        if line.strip() and not line[0].isspace() and not _PROGRESS.search(line):
            spoken = line.strip()
    return spoken[:_LONGEST] if spoken else None
