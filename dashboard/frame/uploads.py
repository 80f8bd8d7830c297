"""Write a session's uploads to the disk only while something reads them.

Otherwise the browser's file stays in memory.
"""

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

_UPLOADS = "_uploads"  # in the session: placeholder path -> the uploaded file
_UNLISTED_AFTER = 60.0  # seconds
_lock = threading.Lock()
_handed_over: dict[str, tuple[list[Path], float]] = {}  # import job -> the uploads it reads, and when it was queued
_swept = False


def tidy() -> None:
    """Remove the uploads of imports that have ended.

    The first call in a process also removes what a killed app has left.
    """
    global _swept
    with _lock:
        first, _swept = not _swept, True
        handed_over = dict(_handed_over)
    if first:
        catalog.sweep_uploads()
    if not handed_over:
        return
    state = {str(job["job_id"]): job["state"] for job in job_queries.recent_jobs()}
    for job_id, (paths, since) in handed_over.items():
        # A job that is not listed has just been queued, or ended so long ago that later ones have replaced it there.
        is_old = time.monotonic() - since > _UNLISTED_AFTER
        if state[job_id] in FINAL if job_id in state else is_old:
            for path in paths:
                catalog.drop_upload(path)
            _handed_over.pop(job_id, None)


def placeholder_path(file: Any) -> Path:
    """Return a path that stands for an uploaded file in a request; nothing is written there."""
    token = hashlib.sha256(str(file.file_id).encode()).hexdigest()[:16]
    path = catalog.data_root() / UPLOADS / token / Path(file.name.replace("\\", "/")).name
    st.session_state.setdefault(_UPLOADS, {})[str(path)] = file
    return path


def write(source: Path, options: Sequence[str]) -> tuple[Path, tuple[str, ...], list[Path]]:
    """Write the uploads among a source and its options to the disk.

    Returns:
        The source and the options with the paths of the written files in place of the placeholders, and those paths:
        the caller must drop them.
    Raises:
        CatalogError: the disk is full or may not be written; nothing is left there.
    """
    files: dict[str, Any] = st.session_state.get(_UPLOADS, {})
    written: dict[str, Path] = {}
    try:
        for placeholder in {str(source), *options} & files.keys():
            files[placeholder].seek(0)
            written[placeholder] = catalog.keep_upload(files[placeholder].name, files[placeholder])
    except BaseException:
        for path in written.values():
            catalog.drop_upload(path)
        raise
    replaced = tuple(str(written.get(option, option)) for option in options)
    return written.get(str(source), source), replaced, list(written.values())


@contextmanager
def on_disk(source: Path, options: Sequence[str]) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Write the uploads as `write` does, and drop them at the end of the block."""
    source, options, paths = write(source, options)
    try:
        yield source, tuple(options)
    finally:
        for path in paths:
            catalog.drop_upload(path)


def hand_over(job_id: str, paths: list[Path]) -> None:
    """Leave uploads to a job, which removes them at its end; `tidy` does if it was killed."""
    if paths:
        _handed_over[job_id] = (paths, time.monotonic())
