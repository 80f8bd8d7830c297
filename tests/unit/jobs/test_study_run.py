"""Test a small study from its file to its answers: real trainings, killed in the midst, gone on with, exported."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil
import pytest

import store
from jobs.worker_lock import any_held
from studies import Study
from tests.unit.jobs.study_cases import make_dataset, shorten, write_study

ROOT = Path(__file__).parents[3]


@pytest.fixture
def file(places: Path) -> Iterator[Path]:
    make_dataset()
    yield write_study(places, shorten)
    _kill(places)


def _processes(places: Path) -> list[psutil.Process]:
    """Return the workers and trainers of this test, by the store that they were given."""
    own = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get("ODAP_RESULTS") == str(places / "results.duckdb"):
                own.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return own


def _kill(places: Path) -> None:
    """Kill all processes of this test, and what those not killed yet have started meanwhile."""
    while own := _processes(places):
        for process in own:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        time.sleep(0.05)


def _command(file: Path, *options: str) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "trainer", "study", str(file), "--seeds", "1", *options]
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _wait_until_one_trains(seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (store.jobs(states=["running"])["step"].fillna(0) > 0).any():
            return
        time.sleep(0.2)
    raise AssertionError(store.jobs().to_string())


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_study_that_is_killed_goes_on_and_ends_with_its_export(file: Path, places: Path) -> None:
    first = _command(file)
    _wait_until_one_trains()
    _kill(places)
    first.communicate()
    assert not any_held()
    again = _command(file, "--export", str(places / "out"), "--prune")
    said, errors = again.communicate(timeout=500)
    assert again.returncode == 0, said + errors
    assert "All 2 runs of small-" in said and f"{places / 'out'}: 2 finished runs" in said
    runs = store.runs().set_index("recipe_name")
    assert set(runs.index) == {"hnl", "control"} and set(runs["status"]) == {"done"}
    assert runs.loc["control", "forked_from"] == runs.loc["hnl", "run_id"]
    assert store.check() == []
    full = {
        name: store.read_predictions(str(runs.loc[name, "run_id"]), round=0, stage="full").probs
        for name in ("hnl", "control")
    }
    assert np.array_equal(full["hnl"], full["control"])  # one full stage, trained once
    kept = sorted(path.name for path in (store.runs_root() / str(runs.loc["hnl", "run_id"])).glob("checkpoints/0*"))
    assert "02-refined.safetensors" in kept and len(kept) < 6


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(600)
def test_ctrl_c_ends_the_watching_alone(file: Path, places: Path) -> None:
    command = _command(file)
    _wait_until_one_trains()
    command.send_signal(signal.SIGINT)
    _, errors = command.communicate(timeout=60)
    assert command.returncode == 130
    assert "The queue goes on without this command" in errors and Study.load(file).study_id in errors
    frame = store.jobs()
    assert set(frame["state"]) <= {"running", "queued", "starting", "done"} and len(frame) == 2
