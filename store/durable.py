"""What is written must outlive a pulled plug: files and folders are brought onto the disk, not into its cache alone."""

from __future__ import annotations

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Bring a file's bytes, or a folder's names, onto the disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def put(file: Path, target: Path) -> None:
    """Bring a file onto the disk, then under its name at once."""
    sync(file)
    file.replace(target)
    sync(target.parent)
