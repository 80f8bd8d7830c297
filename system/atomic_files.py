"""Replace files whole: readers and crashes find the old content or the new."""

from __future__ import annotations

import errno
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path

_ENDING = ".tmp"
_NAME_KEPT = 48  # characters of the name, so that the temporary one stays below the 255 bytes of file systems
# What file systems and permissions answer that do not let a folder be brought onto the disk.
_FOLDER_CANNOT = {errno.EACCES, errno.EINVAL, errno.ENOTSUP}


@contextmanager
def atomic_write(path: Path, *, durable: bool = True) -> Iterator[Path]:
    """Yield a temporary file's path; when the block ends, put that file in the place of `path`.

    The block creates the file, so the umask decides its mode. Where the block or the replacement raises, `path` stays
    as it was and the temporary file is removed; `remove_leftovers` removes those of killed processes.

    Args:
        path: the file; its folder exists.
        durable: the content outlives a power failure once the block has ended. False only where losing the newest
            content does no harm and waiting for the disk would.
    Raises:
        OSError: there is no room, or no permission.
    """
    temporary = path.with_name(f"{_prefix(path)}{uuid.uuid4().hex[:8]}{_ENDING}")
    try:
        yield temporary
        if durable:
            put_in_place(temporary, path)
        else:
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def put_in_place(file: Path, target: Path) -> None:
    """Bring a file's content onto the disk, then rename it to its target in the same folder.

    The new name is brought onto the disk too.
    """
    sync(file)
    file.replace(target)
    try:
        sync(target.parent)
    except OSError as error:
        if error.errno not in _FOLDER_CANNOT:
            raise


def sync(path: Path) -> None:
    """Bring a file's bytes, or a folder's names, from the system's cache onto the disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def remove_leftovers(place: Path) -> None:
    """Remove temporary files of killed processes; the caller alone writes there now.

    Args:
        place: a file that was written atomically, or a folder of such files.
    """
    folder, beginning = (place, "") if place.is_dir() else (place.parent, escape(_prefix(place)))
    for file in folder.glob(f"{beginning}*{_ENDING}"):
        file.unlink(missing_ok=True)


def _prefix(path: Path) -> str:
    return f".{path.name[:_NAME_KEPT]}."
