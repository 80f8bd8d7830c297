from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.lock import WorkerLock


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store and folders of the test's own."""
    monkeypatch.setenv("ODAP_RESULTS", str(tmp_path / "results.duckdb"))
    monkeypatch.setenv("ODAP_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ODAP_RUNS", str(tmp_path / "runs"))
    return tmp_path


@pytest.fixture(autouse=True)
def interrupts() -> Iterator[None]:
    """Ctrl-C is heard, as in every worker: a shell that runs tests in the background has them ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def worker_elsewhere() -> Iterator[None]:
    """The worker's lock is held, so that submitting starts no worker."""
    lock = WorkerLock()
    assert lock.acquire()
    yield
    lock.release()
