"""Build a dataset version in a hidden folder, and publish it when it is complete."""

from __future__ import annotations

import errno
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from catalog.dataset import DESCRIPTION
from catalog.errors import explained
from catalog.paths import data_root
from catalog.private import KEY_FILE, Privacy
from system.file_locks import hold_folder, try_hold_folder

_STAGED = ".making-"  # prefix of unfinished folders, which are never listed


def put_in_place(folder: Path, name: str, description: dict[str, Any], privacy: Privacy | None) -> int:
    """Rename the finished folder to the next free version number, and return the number.

    Two processes at the same time get one number each.
    """
    home = data_root() / name
    home.mkdir(exist_ok=True)
    version = 1 + max((int(path.name) for path in home.iterdir() if path.name.isdecimal()), default=0)
    key_is_new = False
    try:
        key_is_new = privacy is not None and privacy.keep(home)
        while True:
            text = json.dumps(description | {"version": version}, ensure_ascii=False, indent=1)
            (folder / DESCRIPTION).write_text(text + "\n", encoding="utf-8")
            try:
                folder.rename(home / str(version))
                key_is_new = False
                return version
            except OSError as error:
                if error.errno not in {errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR}:
                    raise
                version += 1
    finally:
        if key_is_new:
            (home / KEY_FILE).unlink(missing_ok=True)
        with suppress(OSError):  # it is removed only when it is empty
            home.rmdir()


@contextmanager
def staged() -> Iterator[Path]:
    """Create a hidden folder to build a dataset in; remove it at the end unless it was renamed."""
    root = data_root()
    with explained(root):
        root.mkdir(parents=True, exist_ok=True)
        sweep_unfinished()
        while True:
            folder = root / f"{_STAGED}{uuid.uuid4().hex}"
            folder.mkdir()
            try:
                handle = hold_folder(folder)
                break
            except FileNotFoundError:  # swept by another process before it was held
                continue
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def sweep_unfinished() -> None:
    """Remove the unfinished datasets of processes that were killed."""
    for folder in data_root().glob(f"{_STAGED}*"):
        handle = try_hold_folder(folder)
        if handle is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(handle)
