"""Protect checkpoints of the store's file against a process that is killed in the middle.

When DuckDB checkpoints, it moves committed changes from its log into its file. It writes data to free blocks, and then
a header that names them in a single step. But it overwrites metadata blocks (64 parts each) in place, including those
that the previous header still needs. A process killed during this leaves a torn block, and DuckDB refuses the file
from then on. So copies of those blocks are stored next to the file until the new header is written:

    results.duckdb.undo   the previous headers, the block size, and the metadata blocks, each after its number

If the file still has the previous headers when it is opened, the blocks are restored; the log holds everything else.
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

HEADERS = 3 * 4096  # bytes before the first block: DuckDB's main header, and two more of which the newer one is valid
_NUMBER = struct.Struct("<q")


def journal_of(path: Path) -> Path:
    """Return the path of the undo file that exists while a store's file is checkpointed."""
    return beside(path, ".undo")


def checkpoint(path: Path, file: FileIO, connection: duckdb.DuckDBPyConnection) -> None:
    """Move the log's changes into the file; on an error they stay in the log.

    Args:
        file: the store's, to be closed after the connection: closing any handle on the file releases DuckDB's lock.
        connection: outside of a transaction; no other thread or process has the store open.
    """
    if not log_of(path).exists():
        return
    try:
        _keep(path, file, connection)
        connection.execute("CHECKPOINT")
    except (OSError, duckdb.Error):  # the disk is full: the next process to open the store may need the undo file
        return
    journal_of(path).unlink(missing_ok=True)


def is_torn(path: Path) -> bool:
    """Return whether a checkpoint was started and not completed."""
    return journal_of(path).exists()


def restore(path: Path, file: FileIO) -> None:
    """Restore the file as it was before an interrupted checkpoint.

    `file` is locked and writable.
    """
    kept = journal_of(path)
    content = memoryview(kept.read_bytes())
    if os.pread(file.fileno(), HEADERS, 0) == content[:HEADERS]:  # else it was completed, or is another file
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
                if len(block) == size:  # otherwise the file did not reach this block before
                    kept.write(_NUMBER.pack(number) + block)
        atomic_files.put_in_place(begun, journal_of(path))
    finally:
        with suppress(OSError):
            begun.unlink(missing_ok=True)


def _write(file: FileIO, block: memoryview, at: int) -> None:
    while block:
        done = os.pwrite(file.fileno(), block, at)
        block, at = block[done:], at + done
