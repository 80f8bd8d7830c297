"""A folder that this process may read and not write."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def only_readable(fill: Callable[[Path], object]) -> Iterator[Path]:
    """Give a new folder that `fill` has filled; inside the context nothing in it may be written."""
    folder = Path(tempfile.mkdtemp())
    fill(folder)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = os.geteuid()
    try:
        if before == 0:
            os.seteuid(65534)  # nothing is forbidden to root
        yield folder
    finally:
        os.seteuid(before)
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755)
        shutil.rmtree(folder)
