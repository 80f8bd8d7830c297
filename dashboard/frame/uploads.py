"""Uploads of this session: the browser's file stays in memory, and is on the disk only while something reads it."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import streamlit as st

import catalog
from catalog.paths import UPLOADS
from dashboard.reads import job_queries
from system.job_states import FINAL

_KNOWN = "_uploads"  # of the session: where an upload would be, and the upload
_UNLISTED = 60.0  # seconds
_lock = threading.Lock()
_given: dict[str, tuple[list[Path], float]] = {}  # imports of this process: the uploads they read, and since when
_swept = False


def tidy() -> None:
    """Remove what a killed app left, once in a process, and what imports read that have come to their end."""
    global _swept
    with _lock:
        first, _swept = not _swept, True
        given = dict(_given)
    if first:
        catalog.sweep_uploads()
    if not given:
        return
    state = {str(job["job_id"]): job["state"] for job in job_queries.recent_jobs()}
    for job_id, (paths, since) in given.items():
        # One that is not listed has just begun, or ended so long ago that others have taken its place in the list.
        is_old = time.monotonic() - since > _UNLISTED
        if state[job_id] in FINAL if job_id in state else is_old:
            for path in paths:
                catalog.drop_upload(path)
            _given.pop(job_id, None)


def place_of(file: Any) -> Path:
    """A path that stands for an uploaded file in what is wished for; nothing is written there."""
    token = hashlib.sha256(str(file.file_id).encode()).hexdigest()[:16]
    path = catalog.data_root() / UPLOADS / token / Path(file.name.replace("\\", "/")).name
    st.session_state.setdefault(_KNOWN, {})[str(path)] = file
    return path


def write(source: Path, options: Sequence[str]) -> tuple[Path, tuple[str, ...], list[Path]]:
    """Put the uploads among a source and its options on the disk.

    Returns:
        The source and the options by their paths there, and those paths: to be dropped by whoever asked.
    Raises:
        CatalogError: no room, or no right to write there; nothing is left there.
    """
    known: dict[str, Any] = st.session_state.get(_KNOWN, {})
    written: dict[str, Path] = {}
    try:
        for place in {str(source), *options} & known.keys():
            known[place].seek(0)
            written[place] = catalog.keep_upload(known[place].name, known[place])
    except BaseException:
        for path in written.values():
            catalog.drop_upload(path)
        raise
    named = tuple(str(written.get(option, option)) for option in options)
    return written.get(str(source), source), named, list(written.values())


@contextmanager
def on_disk(source: Path, options: Sequence[str]) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """As `write`, for the length of a block."""
    source, options, paths = write(source, options)
    try:
        yield source, tuple(options)
    finally:
        for path in paths:
            catalog.drop_upload(path)


def give(job_id: str, paths: list[Path]) -> None:
    """Leave uploads to a job, which removes them at its end; `tidy` does where it was killed."""
    if paths:
        _given[job_id] = (paths, time.monotonic())
