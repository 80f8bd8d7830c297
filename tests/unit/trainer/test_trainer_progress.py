"""Test progress reports with a real store: content, rate, and reaction to a stop."""

from __future__ import annotations

import signal
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import store
from trainer import progress
from trainer.errors import Stopped
from trainer.progress import LONGEST_PERIOD, PERIOD, SHARE, ProgressReporter, pause_after


@pytest.fixture
def job(places: Path) -> str:
    return store.add_job("train", title="t", args={}, state="running")


def row(job_id: str) -> dict[str, Any]:
    found = store.job(job_id)
    assert found is not None
    return found


def until(true: Any) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def test_a_stop_asked_for_in_the_store_ends_the_run_at_the_next_step(job: str) -> None:
    with ProgressReporter(job, 10, 0, bar=False) as progress:
        progress.step(4)
        store.request_stop(job)
        until(progress._stop.is_set)
        with pytest.raises(Stopped):
            progress.step(4)
    assert row(job)["step"] == 2  # what was done is row, also at the very end


def test_time_left_is_told_while_training_only(job: str) -> None:
    with ProgressReporter(job, 10, 0, bar=False) as progress:
        assert progress._row()["seconds_left"] is None  # preparing
        progress.update(training=True, stage="full", message="Training")
        for _ in range(4):
            progress.step(8)
        row = progress._row()
        assert row["seconds_left"] > 0 and row["images_per_s"] > 0
        for message in ("Judging every sample", "Mapping what the model looks at"):
            progress.update(message=message)
            row = progress._row()
            assert row["seconds_left"] is None and row["images_per_s"] is None
            assert (row["stage"], row["message"], row["step"]) == ("full", message, 4)


def test_progress_is_written_at_most_once_a_period(job: str, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[float] = []
    update = store.update_job

    def noted(*args: Any, **columns: Any) -> None:
        written.append(time.monotonic())
        update(*args, **columns)

    monkeypatch.setattr(store, "update_job", noted)
    with ProgressReporter(job, 10**6, 0, bar=False) as progress:
        progress.update(training=True, stage="full", message="Training")
        while len(written) < 3:
            progress.step(1)
            time.sleep(0.001)
    steady = written[:3]
    assert all(b - a >= PERIOD for a, b in pairwise(steady))


def test_reports_to_a_busy_store_come_less_often(job: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [pause_after(seconds) for seconds in (0.0, 0.02, 0.2, 5.0)] == [PERIOD, PERIOD, 4.0, LONGEST_PERIOD]
    monkeypatch.setattr(progress, "PERIOD", 0.05)
    began: list[float] = []

    def slow(*_: Any, **__: Any) -> str:
        began.append(time.monotonic())
        time.sleep(0.05)
        return "running"

    monkeypatch.setattr(store, "update_job", slow)
    with ProgressReporter(job, 10, 0, bar=False):
        while len(began) < 2:
            time.sleep(0.01)
    assert began[1] - began[0] >= SHARE * 0.05


def test_signals_ask_to_stop_and_are_given_back(job: str) -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    with ProgressReporter(job, 10, 0, bar=False) as progress:
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(Stopped):
            progress.raise_if_stopped()
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before
    assert "progress" not in {thread.name for thread in threading.enumerate()}


def test_steps_that_take_longer_than_ten_seconds_have_a_speed_too(job: str) -> None:
    with ProgressReporter(job, 10, 0, bar=False) as progress:
        progress.update(training=True)
        now = time.monotonic()
        progress._recent.extend([(now - 60, 8), (now - 40, 8), (now - 20, 8)])
        assert progress._row()["images_per_s"] == pytest.approx(8 / 40, rel=0.01)
