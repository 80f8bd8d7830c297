"""Store browser uploads on disk only while a preview or an import reads them."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from catalog.errors import explained
from catalog.importers.names import nfc
from catalog.paths import UPLOADS, data_root
from system.file_locks import share_folder, try_hold_folder

_CHUNK = 2**20
_UNSAFE = re.compile(r"[^\w.() -]+")

_lock = threading.Lock()
_held: dict[Path, int] = {}  # folder of an upload of this process -> handle of its lock


def keep_upload(name: str, content: BinaryIO) -> Path:
    """Write an uploaded file below the data folder.

    It stays until `drop_upload`, or until this process and its import end.

    Args:
        name: as the browser sends it; only its last part is used, without characters unsafe in a file name.
        content: at its start; it is read in steps.
    Raises:
        CatalogError: no space, or no permission to write there.
    """
    home = data_root() / UPLOADS
    with explained(home):
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        sweep_uploads()
        path = _held_folder(home) / _harmless(name)
        try:
            with path.open("xb") as stream:
                while chunk := content.read(_CHUNK):
                    stream.write(chunk)
        except BaseException:
            drop_upload(path)
            raise
    return path


def _held_folder(home: Path) -> Path:
    """Create a folder with a new name, locked by this process.

    A sweep by another thread or process may take the folder for an abandoned one before it is locked. Then the sweep
    has removed it by the time we have the lock, and another folder is made.
    """
    while True:
        folder = home / secrets.token_hex(8)
        with _lock:
            folder.mkdir(mode=0o700)
            try:
                handle = share_folder(folder)
            except FileNotFoundError:
                continue
            if os.fstat(handle).st_nlink > 0 and folder.is_dir():
                _held[folder] = handle
                return folder
            os.close(handle)


def drop_upload(path: Path) -> None:
    """Remove an upload at a path returned by `keep_upload`; ignore any other path."""
    folder = path.absolute().parent
    if folder.parent.resolve() != (data_root() / UPLOADS).resolve():
        return
    shutil.rmtree(folder, ignore_errors=True)
    with _lock:
        handle = _held.pop(folder, None)
    if handle is not None:
        os.close(handle)


@contextmanager
def used_up(paths: Iterable[Path]) -> Iterator[None]:
    """Hold the uploads among paths while the block reads them, and remove them at its end.

    They are removed after an error too.
    """
    home = (data_root() / UPLOADS).resolve()
    uploads = [path for path in paths if path.absolute().parent.parent.resolve() == home]
    handles = []
    for path in uploads:
        with suppress(OSError):  # a missing file is reported by its reader
            handles.append(share_folder(path.parent))
    try:
        yield
    finally:
        for path in uploads:
            drop_upload(path)
        for handle in handles:
            os.close(handle)


def sweep_uploads() -> None:
    """Remove uploads that no process holds, left by killed processes."""
    home = data_root() / UPLOADS
    with _lock:
        for entry in home.iterdir() if home.is_dir() else ():
            if not entry.is_dir():
                entry.unlink(missing_ok=True)
                continue
            handle = None if entry in _held else try_hold_folder(entry)
            if handle is not None:
                shutil.rmtree(entry, ignore_errors=True)
                os.close(handle)


def _harmless(name: str) -> str:
    last = nfc(name).replace("\\", "/").rsplit("/", 1)[-1]
    return _UNSAFE.sub("_", last).lstrip(".")[-120:] or "upload"
