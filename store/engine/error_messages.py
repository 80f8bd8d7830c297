"""Word the errors of a store that cannot be used: one sentence with the file and the remedy."""

from __future__ import annotations

import os
from pathlib import Path

from store.engine.files import log_of

_SIGNS = ("not a valid", "corrupt", "checksum", "enough bytes", "failed to deserialize", "could not read all bytes")
_FULL = ("no space left on device", "file too large", "disk quota exceeded")
_OF_ANOTHER = ("wal does not match database file", "wal was created for this database file, but")


def while_opening(path: Path, error: BaseException) -> str:
    """Return the message for an error that occurred while the file was being opened."""
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
    """Return the message for an error that occurred while the file was open."""
    words = str(error).lower()
    if _is_unsound(words):
        return unsound(path)
    if is_full(error):
        return f"The disk of {path.name} is full: nothing of this was written; free some disk, then go on."
    return f"The results store {what}: {first_line(error)}."


def is_full(error: BaseException) -> bool:
    """Return whether an error says that a disk is full."""
    return any(sign in str(error).lower() for sign in _FULL)


def unsound(path: Path) -> str:
    """Return the message for a file that is corrupt."""
    return (
        f"{path.name} is not a sound DuckDB file; move it away (a new one is made) or restore a backup."
        f"{_with_its_log(path)}"
    )


def foreign(path: Path) -> str:
    """Return the message for a DuckDB file that is not a store."""
    return (
        f"{path} is a DuckDB file of another program, and nothing was written to it; name another file in "
        "ODAP_RESULTS, or move that one away."
    )


def newer(path: Path, found: int, known: int) -> str:
    """Return the message for a store whose schema is newer than this program."""
    return f"{path.name} was written by a newer Odap (schema {found}, this one knows {known}); update Odap."


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, without its full stop."""
    return str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else type(error).__name__


def _is_unsound(words: str) -> bool:
    return any(sign in words for sign in _SIGNS)


def _with_its_log(path: Path) -> str:
    log = log_of(path)
    return f" Move {log.name} away with it: it belongs to no other file." if log.exists() else ""
