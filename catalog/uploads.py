"""Files that came through the browser, kept in the data folder until they are imported or a day has passed."""

from __future__ import annotations

import hashlib
import re
import shutil
import time
import uuid
from collections.abc import Collection
from pathlib import Path
from typing import BinaryIO

from catalog.errors import explained
from catalog.importers.names import nfc
from catalog.places import UPLOADS, data_root

KEPT_FOR = 24 * 3600.0  # seconds

_CHUNK = 2**20
_UNSAFE = re.compile(r"[^\w.() -]+")


def keep_upload(name: str, content: BinaryIO) -> Path:
    """Write an uploaded file below the data folder; the same file under the same name again is the same path.

    Args:
        name: as the browser gives it; only its last part counts, and of that what is harmless in a file's name.
        content: at its start; it is read in steps.
    Raises:
        CatalogError: no room, or no right to write there.
    """
    home = data_root() / UPLOADS
    with explained(home):
        home.mkdir(parents=True, exist_ok=True)
        aside = home / f".{uuid.uuid4().hex}"
        digest = hashlib.sha256()
        try:
            with aside.open("xb") as stream:
                while chunk := content.read(_CHUNK):
                    digest.update(chunk)
                    stream.write(chunk)
            folder = home / digest.hexdigest()[:16]
            folder.mkdir(exist_ok=True)
            return aside.replace(folder / _harmless(name))
        finally:
            aside.unlink(missing_ok=True)


def sweep_uploads(in_use: Collection[Path] = ()) -> None:
    """Remove uploads older than a day, but for those in use (paths that `keep_upload` gave)."""
    kept = {path.parent for path in in_use}
    home = data_root() / UPLOADS
    for entry in home.iterdir() if home.is_dir() else ():
        if entry in kept or time.time() - entry.stat().st_mtime < KEPT_FOR:
            continue
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)


def _harmless(name: str) -> str:
    last = nfc(name).replace("\\", "/").rsplit("/", 1)[-1]
    return _UNSAFE.sub("_", last).lstrip(".")[-120:] or "upload"
