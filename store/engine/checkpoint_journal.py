"""Checkpoints that a kill cannot tear.

DuckDB brings what has been committed from its log into its file when it checkpoints. It writes to blocks that hold
nothing, and then, at once, a header that names them; but its metadata blocks, of 64 parts each, it writes anew where
they stand, also such as the header of before still needs. A process that is killed meanwhile leaves one torn, and the
file is refused from then on. So those blocks are kept beside the file until the new header is written:

    results.duckdb.undo   the headers of before, the size of a block, and metadata blocks, each after its number

Whoever finds it while the headers are still those of before puts the blocks back; all else is in the log.
"""

from __future__ import annotations

import os
import struct
from contextlib import suppress
from io import FileIO
from pathlib import Path

import duckdb

from store.engine.files import beside, log_of
from system import atomic_files

HEADERS = 3 * 4096  # bytes before the first block: DuckDB's own, and two of which the newer one counts
_NUMBER = struct.Struct("<q")


def kept_of(path: Path) -> Path:
    """What is kept of a store's file while it is checkpointed."""
    return beside(path, ".undo")


def checkpoint(path: Path, file: FileIO, connection: duckdb.DuckDBPyConnection) -> None:
    """Bring what is in the log into the file, if that can be done; otherwise it stays in the log.

    Args:
        file: the store's, to be closed after the connection: DuckDB's lock is given up as any file on it is closed.
        connection: outside of a transaction, and nobody else has the store.
    """
    if not log_of(path).exists():
        return
    try:
        _keep(path, file, connection)
        connection.execute("CHECKPOINT")
    except (OSError, duckdb.Error):  # the disk is full: what is kept is of use to the next one who opens the store
        return
    kept_of(path).unlink(missing_ok=True)


def is_torn(path: Path) -> bool:
    """Whether a checkpoint was begun and has not come to its end."""
    return kept_of(path).exists()


def put_back(path: Path, file: FileIO) -> None:
    """Make the file what it was before the checkpoint that was interrupted; `file` is locked, and can be written to."""
    kept = kept_of(path)
    content = memoryview(kept.read_bytes())
    if os.pread(file.fileno(), HEADERS, 0) == content[:HEADERS]:  # or its last step was done, or it is another file
        (size,) = _NUMBER.unpack_from(content, HEADERS)
        for at in range(HEADERS + _NUMBER.size, len(content), _NUMBER.size + size):
            (number,) = _NUMBER.unpack_from(content, at)
            _write(file, content[at + _NUMBER.size :][:size], HEADERS + number * size)
        os.fsync(file.fileno())
    kept.unlink(missing_ok=True)


def _keep(path: Path, file: FileIO, connection: duckdb.DuckDBPyConnection) -> None:
    numbers = [int(row[0]) for row in connection.execute("SELECT block_id FROM pragma_metadata_info()").fetchall()]
    of_store = "SELECT block_size FROM pragma_database_size() WHERE database_name = current_database()"
    size = int(connection.execute(of_store).fetchall()[0][0])
    begun = beside(path, ".undo-begun")
    try:
        with begun.open("wb") as kept:
            kept.write(os.pread(file.fileno(), HEADERS, 0) + _NUMBER.pack(size))
            for number in numbers:
                block = os.pread(file.fileno(), size, HEADERS + number * size)
                if len(block) == size:  # otherwise there was none before
                    kept.write(_NUMBER.pack(number) + block)
        atomic_files.put_in_place(begun, kept_of(path))
    finally:
        with suppress(OSError):
            begun.unlink(missing_ok=True)


def _write(file: FileIO, block: memoryview, at: int) -> None:
    while block:
        done = os.pwrite(file.fileno(), block, at)
        block, at = block[done:], at + done
