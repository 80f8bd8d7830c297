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
    spoken: str | None = None
    for line in re.split(r"[\r\n]+", _ESCAPES.sub("", tail(log, since))):
        if line.strip() and not line[0].isspace() and not _PROGRESS.search(line):
            spoken = line.strip()
    return _SPEAKER.sub("", spoken)[:_LONGEST] if spoken else None
