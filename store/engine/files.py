"""Name, replace and remove results.duckdb and the files stored next to it."""

from __future__ import annotations

import glob
import os
import stat
import uuid
from contextlib import suppress
from pathlib import Path

from system import atomic_files
from system.paths import results_path as results_path
from system.paths import runs_root as runs_root

_LOGS = (".wal", ".wal.checkpoint", ".wal.recovery")  # DuckDB uses the last two during a checkpoint


def schemes_root() -> Path:
    """Return the folder of the label schemes that jobs and runs keep.

    They are copies, since the original files may be edited.
    """
    return runs_root() / "jobs" / "schemes"


def log_of(store: Path) -> Path:
    """Return the path of DuckDB's log of a file."""
    return beside(store, ".wal")


def draft_of(store: Path) -> Path:
    """Return a unique path at which a new file can be prepared."""
    return beside(store, f".draft-{uuid.uuid4().hex[:8]}")


def drafts(store: Path) -> list[Path]:
    """List drafts and their logs: in progress, or left by processes that were killed."""
    return list(store.parent.glob(f"{glob.escape(store.name)}.draft-*"))


def beside(store: Path, ending: str) -> Path:
    """Return the path of a file next to the store with this ending."""
    return store.with_name(store.name + ending)


def quoted(path: Path) -> str:
    """Return a path as a string literal of SQL."""
    return "'" + str(path).replace("'", "''") + "'"


def inode(store: Path) -> int | None:
    """Return the file's inode number, which identifies it; None when there is no file."""
    try:
        return store.stat().st_ino
    except OSError:
        return None


def remove(store: Path) -> None:
    """Remove an unfinished store and its logs."""
    for ending in ("", *_LOGS):
        with suppress(OSError):
            beside(store, ending).unlink(missing_ok=True)


def replace(store: Path, draft: Path) -> None:
    """Replace the store by a complete draft.

    The store has no log, and no other thread or process has it open.
    """
    status = store.stat()
    for owner in (status.st_uid, -1):  # only root may change the owner, but a member of the group may set the group
        with suppress(PermissionError):
            os.chown(draft, owner, status.st_gid)
    draft.chmod(stat.S_IMODE(status.st_mode))
    atomic_files.put_in_place(draft, store)


def set_aside(file: Path) -> None:
    """Rename a file left by a store that was moved away, so that it is kept but not used."""
    with suppress(FileNotFoundError):
        file.rename(beside(file, f".left-{uuid.uuid4().hex[:8]}"))
