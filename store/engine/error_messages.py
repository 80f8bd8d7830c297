"""What is said of a store that cannot be used: one sentence that names the file and the remedy."""

from __future__ import annotations

import os
from pathlib import Path

from store.engine.files import log_of

_SIGNS = ("not a valid", "corrupt", "checksum", "enough bytes", "failed to deserialize", "could not read all bytes")
_FULL = ("no space left on device", "file too large", "disk quota exceeded")
_OF_ANOTHER = ("wal does not match database file", "wal was created for this database file, but")


def while_opening(path: Path, error: BaseException) -> str:
    """What to say of an error met as the file was opened."""
    words = str(error).lower()
    if "permission" in words or "read-only" in words or not os.access(path.parent, os.W_OK):
        return f"{path.name} cannot be opened for writing; check the permissions of its folder."
    if any(sign in words for sign in _OF_ANOTHER):
        log = log_of(path).name
        return f"{log} belongs to another {path.name} (was a backup put back?); move {log} away, then go on."
    if "replaying wal" in words and _is_unsound(words):
        log = log_of(path).name
        return f"{log}, which holds what was written last, is not sound; move it away to go on without that."
    if path.exists() and _is_unsound(words):
        return unsound(path)
    return f"{path.name} cannot be opened ({first_line(error)}); move it away or restore a backup." + _with_its_log(
        path
    )


def while_open(path: Path, what: str, error: BaseException) -> str:
    """What to say of an error met while the file was open."""
    words = str(error).lower()
    if _is_unsound(words):
        return unsound(path)
    if is_full(error):
        return f"The disk of {path.name} is full: nothing of this was written; free some disk, then go on."
    return f"The results store {what}: {first_line(error)}."


def is_full(error: BaseException) -> bool:
    """Whether an error says that there is no room on a disk."""
    return any(sign in str(error).lower() for sign in _FULL)


def unsound(path: Path) -> str:
    """What to say of a file that is broken."""
    return (
        f"{path.name} is not a sound DuckDB file; move it away (a new one is made) or restore a backup."
        f"{_with_its_log(path)}"
    )


def foreign(path: Path) -> str:
    """What to say of a DuckDB file that is no store."""
    return (
        f"{path} is a DuckDB file of another program, and nothing was written to it; name another file in "
        "ODAP_RESULTS, or move that one away."
    )


def newer(path: Path, found: int, known: int) -> str:
    """What to say of a store of a schema that this program does not know."""
    return f"{path.name} was written by a newer Odap (schema {found}, this one knows {known}); update Odap."


def first_line(error: BaseException) -> str:
    """What an error says first, without its full stop."""
    return str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else type(error).__name__


def _is_unsound(words: str) -> bool:
    return any(sign in words for sign in _SIGNS)


def _with_its_log(path: Path) -> str:
    log = log_of(path)
    return f" Move {log.name} away with it: it belongs to no other file." if log.exists() else ""
