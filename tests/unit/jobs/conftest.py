"""Give the tests of jobs a store, datasets and a lock of their own."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.worker_lock import WorkerLock


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a store and folders of its own."""
    monkeypatch.setenv("ODAP_RESULTS", str(tmp_path / "results.duckdb"))
    monkeypatch.setenv("ODAP_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ODAP_RUNS", str(tmp_path / "runs"))
    return tmp_path


@pytest.fixture(autouse=True)
def interrupts() -> Iterator[None]:
    """Let Ctrl-C be heard, as in every worker.

    A shell that runs tests in the background has them ignore it.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def describe(name: str, version: int = 1) -> None:
    """Write a version of a dataset that the catalog knows; it has no images."""
    folder = Path(os.environ["ODAP_DATA"]) / name / str(version)
    folder.mkdir(parents=True)
    said = {
        "classes": ["ac", "bpd"], "content_hash": "h", "source": "test", "created_at": "2026-01-01T00:00:00+00:00",
        "n_samples": 2, "channels": 1, "has_patients": True,
    }  # fmt: skip
    (folder / "dataset.json").write_text(json.dumps(said), encoding="utf-8")


@pytest.fixture
def datasets(places: Path) -> None:
    """Let the catalog know demo@1 and busi@1."""
    describe("demo")
    describe("busi")


@pytest.fixture
def worker_elsewhere() -> Iterator[None]:
    """Hold the worker's lock, so that submitting starts no worker."""
    lock = WorkerLock()
    assert lock.acquire()
    yield
    lock.release()
