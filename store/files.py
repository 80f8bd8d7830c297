"""The files of a store, and how the next one takes the place of results.duckdb.

    results.duckdb          is read, and never written to where it stands
    results.duckdb.wal      DuckDB's log: what has been committed since
    results.duckdb.draft-*  the next file while it is made, each by one process; it may be half
    results.duckdb.next     the next file, whole and on the disk: from here on it is what counts

DuckDB checkpoints by writing blocks anew in place, also such as are partly in use (its metadata blocks), and a process
that is killed meanwhile leaves one torn. So writers only append to the log, and what is in it goes into a copy of the
file (`store/rewriting.py`). Whoever opens the store and finds a `.next` puts it in place first.
"""

from __future__ import annotations

import errno
import glob
import os
import shutil
import stat
import subprocess
import uuid
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from store import durable

ROOT = Path(__file__).resolve().parent.parent
_LOGS = (".wal", ".wal.checkpoint", ".wal.recovery")  # the others are DuckDB's while it checkpoints


def results_path() -> Path:
    """The store's file: `ODAP_RESULTS`, else results.duckdb beside the program."""
    return _resolved(os.environ.get("ODAP_RESULTS") or str(ROOT / "results.duckdb"))


def runs_root() -> Path:
    """Folder of checkpoints, logs and maps: `ODAP_RUNS`, else runs/ beside the program."""
    return _resolved(os.environ.get("ODAP_RUNS") or str(ROOT / "runs"))


@lru_cache(maxsize=64)
def _resolved(name: str) -> Path:
    """Resolved once: a page asks forty times, and each part of a path costs a call of the system."""
    return Path(name).resolve()


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


def size(store: Path) -> int:
    """What the file and its log take, in bytes."""
    return sum(file.stat().st_size for file in (store, log_of(store)) if file.exists())


def inode(store: Path) -> int | None:
    """Which file it is; None where there is none."""
    found = state(store)
    return found and found[0]


def state(store: Path) -> tuple[int, int, int] | None:
    """Changes when the file is written to or replaced; None where there is none."""
    try:
        status = store.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def copy(store: Path, target: Path) -> None:
    """Copy the file without its log.

    By another process: as this one closes any file of its own on the store it gives up what locks it has there.

    Raises:
        OSError: it could not be copied, or would take most of what is free on the disk.
    """
    if shutil.disk_usage(store.parent).free < 2 * size(store):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    done = subprocess.run(["cp", "--", store, target], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode != 0:
        raise OSError(done.stderr.decode(errors="replace").strip() or f"cp ended with {done.returncode}")


def copy_logs(store: Path, target: Path) -> None:
    """Copy the log beside a copy of its file."""
    for ending in _LOGS:
        with suppress(FileNotFoundError):
            shutil.copyfile(beside(store, ending), beside(target, ending))


def remove(store: Path) -> None:
    """Remove a file that is no store yet, and its logs."""
    for ending in ("", *_LOGS):
        with suppress(OSError):
            beside(store, ending).unlink(missing_ok=True)


def replace(store: Path, draft: Path) -> None:
    """Put a draft that is whole in the place of the store and its log, at once; nobody else has them."""
    status = store.stat()
    for owner in (status.st_uid, -1):  # only root may give a file away, but whoever is of its group may leave it that
        with suppress(PermissionError):
            os.chown(draft, owner, status.st_gid)
    draft.chmod(stat.S_IMODE(status.st_mode))
    os.utime(draft, ns=(status.st_atime_ns, status.st_mtime_ns))  # by this it is known which file it is to replace
    durable.sync(draft)
    draft.replace(beside(store, ".next"))
    durable.sync(store.parent)
    complete(store)


def complete(store: Path) -> None:
    """Put the next file in place where there is one; nobody else has the store."""
    following = beside(store, ".next")
    if not following.exists():
        return
    if not store.exists() or store.stat().st_mtime_ns != following.stat().st_mtime_ns:
        set_aside(following)  # the store was moved away or written over since
        return
    for ending in _LOGS:
        beside(store, ending).unlink(missing_ok=True)
    durable.sync(store.parent)
    following.replace(store)
    os.utime(store)
    durable.sync(store.parent)


def is_replaced(store: Path) -> bool:
    """Whether the file is no longer what counts."""
    return beside(store, ".next").exists()


def set_aside(file: Path) -> None:
    """Keep a file that belongs to a store that was moved away under a name at which nobody looks."""
    with suppress(FileNotFoundError):
        file.rename(beside(file, f".left-{uuid.uuid4().hex[:8]}"))
