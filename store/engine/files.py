"""Where results.duckdb is, and what stands beside it."""

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

_LOGS = (".wal", ".wal.checkpoint", ".wal.recovery")  # the others are DuckDB's while it checkpoints


def schemes_root() -> Path:
    """Folder of the label schemes that jobs and runs keep, as the files that they name may be edited."""
    return runs_root() / "jobs" / "schemes"


def log_of(store: Path) -> Path:
    """DuckDB's log of a file."""
    return beside(store, ".wal")


def draft_of(store: Path) -> Path:
    """Where the next file is made; no two are the same."""
    return beside(store, f".draft-{uuid.uuid4().hex[:8]}")


def drafts(store: Path) -> list[Path]:
    """Drafts, and their logs, that are being made or were left by processes that were killed."""
    return list(store.parent.glob(f"{glob.escape(store.name)}.draft-*"))


def beside(store: Path, ending: str) -> Path:
    """A file that belongs to the store's."""
    return store.with_name(store.name + ending)


def quoted(path: Path) -> str:
    """A path as SQL has it."""
    return "'" + str(path).replace("'", "''") + "'"


def inode(store: Path) -> int | None:
    """Which file it is; None where there is none."""
    try:
        return store.stat().st_ino
    except OSError:
        return None


def remove(store: Path) -> None:
    """Remove a file that is no store yet, and its logs."""
    for ending in ("", *_LOGS):
        with suppress(OSError):
            beside(store, ending).unlink(missing_ok=True)


def replace(store: Path, draft: Path) -> None:
    """Put a draft that is whole in the place of the store, which has no log; nobody else has it."""
    status = store.stat()
    for owner in (status.st_uid, -1):  # only root may give a file away, but whoever is of its group may leave it that
        with suppress(PermissionError):
            os.chown(draft, owner, status.st_gid)
    draft.chmod(stat.S_IMODE(status.st_mode))
    atomic_files.put_in_place(draft, store)


def set_aside(file: Path) -> None:
    """Keep a file that belongs to a store that was moved away under a name at which nobody looks."""
    with suppress(FileNotFoundError):
        file.rename(beside(file, f".left-{uuid.uuid4().hex[:8]}"))
