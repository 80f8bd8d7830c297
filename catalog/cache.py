"""Cache the pixels of a dataset at one size: decoded once, memory-mapped, checked by hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from catalog.depth import RULE
from catalog.errors import CatalogError, explained
from catalog.parallel import ordered_map
from catalog.pictures import BadPicture, decode, letterbox
from catalog.progress import progress
from system.atomic_files import atomic_write, remove_leftovers
from system.file_locks import exclusive

SIZES = (8, 4096)  # smallest and largest side
_CHUNK = 2**22

# Files that this process has already checked: file -> (identity of the file, description it matched).
_checked: dict[Path, tuple[tuple[int, ...], dict[str, Any]]] = {}


def images(
    folder: Path,
    paths: Sequence[str],
    *,
    size: int,
    channels: int,
    content_hash: str,
    tell: Callable[[int, int], None] | None = None,
) -> np.memmap[Any, np.dtype[np.uint8]]:
    """Return the pixels of the images at `paths`; build the cache when missing or damaged.

    Args:
        folder: of the dataset version.
        paths: (N,) files below it.
        size: side of the square that each is fitted into.
        channels: 1 for grey, 3 for RGB.
        content_hash: of the dataset.
        tell: called with (done, total) while building.
    Returns:
        (N, channels, size, size) uint8, read-only.
    Raises:
        CatalogError: a bad size, an unreadable image, or no space to write.
    """
    if not SIZES[0] <= size <= SIZES[1]:
        raise CatalogError(f"Images cannot be prepared at size {size}: it must be from {SIZES[0]} to {SIZES[1]}.")
    file = folder / "cache" / f"{size}.npy"
    wanted = {"content_hash": content_hash, "rule": RULE, "shape": [len(paths), channels, size, size]}
    pixels = _open(file, wanted)
    if pixels is not None:
        return pixels
    with explained(file):
        file.parent.mkdir(exist_ok=True)
        with exclusive(file.with_suffix(".lock")):
            pixels = _open(file, wanted)  # another process may have built it while this one waited
            if pixels is None:
                _build(folder, paths, file, wanted, tell)
                pixels = _open(file, wanted)
    if pixels is None:
        raise CatalogError(f"{file} was changed while it was written; try again.")
    return pixels


def _open(file: Path, wanted: dict[str, Any]) -> np.memmap[Any, np.dtype[np.uint8]] | None:
    """Return the cache file if it is complete and matches the description, else None."""
    try:
        status = file.stat()
        identity = (status.st_ino, status.st_size, status.st_mtime_ns)
        if _checked.get(file) != (identity, wanted):
            description = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
            if {key: description[key] for key in wanted} != wanted or description["sha256"] != _sha256(file):
                return None
        pixels = np.load(file, mmap_mode="r")
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if pixels.dtype != np.uint8 or list(pixels.shape) != wanted["shape"]:
        return None
    _checked[file] = (identity, wanted)
    return cast("np.memmap[Any, np.dtype[np.uint8]]", pixels)


def _build(
    folder: Path, paths: Sequence[str], file: Path, wanted: dict[str, Any], tell: Callable[[int, int], None] | None
) -> None:
    """Write the pixels to a temporary file, rename it, then write its description."""
    remove_leftovers(file)  # of processes that were killed while building
    remove_leftovers(file.with_suffix(".json"))
    _, channels, size, _ = wanted["shape"]

    def square(path: str) -> NDArray[np.uint8]:
        try:
            return letterbox(decode((folder / path).read_bytes(), path), size, channels)
        except (OSError, BadPicture) as error:
            reason = f"{error}" if isinstance(error, BadPicture) else "cannot be read"
            name, version = folder.parent.name, folder.name
            raise CatalogError(f"{folder / path} {reason}; see: python -m catalog check {name}@{version}") from error

    whole = hashlib.sha256()
    with atomic_write(file) as temporary:
        header = {"descr": "|u1", "fortran_order": False, "shape": tuple(wanted["shape"])}
        with temporary.open("w+b") as stream, progress(len(paths), f"Preparing images at {size}", tell) as bar:
            np.lib.format.write_array_header_2_0(stream, header)
            stream.seek(0)
            whole.update(stream.read())
            for pixels in ordered_map(square, paths):
                block = pixels.tobytes()
                stream.write(block)
                whole.update(block)
                bar.step()
    with atomic_write(file.with_suffix(".json")) as temporary:
        temporary.write_text(json.dumps({**wanted, "sha256": whole.hexdigest()}), encoding="utf-8")


def _sha256(file: Path) -> str:
    whole = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            whole.update(chunk)
    return whole.hexdigest()
