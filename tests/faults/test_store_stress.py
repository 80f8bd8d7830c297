"""One app with ten sessions reads while four processes write and a DuckDB shell holds the file now and then."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import store
from tests.faults.conftest import ROOT, prepare

WRITERS, SESSIONS = 4, 10

# As a trainer writes: a progress report each second, an epoch with each, a stage with every fifth.
WRITER = """
import contextlib, sys, time, store
from tests.faults.conftest import stage
number, seconds = int(sys.argv[1]), float(sys.argv[2])
run_id = f"r{number}"
job = store.add_job("train", title=run_id, args={}, run_id=run_id, state="running")
print("ready", flush=True)
sys.stdin.readline()
end = time.monotonic() + seconds
epoch, round_, waits = 0, 0, []
while time.monotonic() < end:
    with contextlib.suppress(store.StoreBusy):
        store.update_job(job, timeout=1.0, step=epoch)
    if epoch % 5 == 0:
        stage(run_id, round_)
        round_ += 1
    began = time.monotonic()
    store.record_epoch(run_id, 0, "full", epoch=epoch, val_loss=0.0)
    waits.append(round((time.monotonic() - began) * 1000))
    epoch += 1
    time.sleep(1.0)
print(epoch, round_, *waits, flush=True)
"""
SHELL = """
import sys, time, duckdb
path, seconds = sys.argv[1], float(sys.argv[2])
end = time.monotonic() + seconds
held = 0
while time.monotonic() < end:
    try:
        with duckdb.connect(path, read_only=bool(held % 2)) as shell:
            shell.execute("SELECT count(*) FROM predictions").fetchall()
            time.sleep(0.15)
        held += 1
        time.sleep(1.0)
    except duckdb.Error:
        time.sleep(0.01)
print(held, flush=True)
"""


def spawn(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip


@pytest.mark.slow
def test_many_readers_many_writers_and_a_shell(place: Path, times: int, figures: Callable[..., None]) -> None:
    seconds = 4.0 if times < 20 else 120.0
    for number in range(WRITERS):
        prepare(f"r{number}")
    writers = [spawn(WRITER, str(number), str(seconds)) for number in range(WRITERS)]
    for writer in writers:
        assert writer.stdout is not None and writer.stdout.readline() == "ready\n"
    waits: list[float] = []
    troubles: list[Exception] = []
    ended = threading.Event()

    def session(number: int) -> None:
        seen = 0
        while not ended.is_set():
            began = time.monotonic()
            try:
                count = len(store.epochs([f"r{number % WRITERS}"]))
                waits.append(time.monotonic() - began)
                assert count >= seen, "an epoch that was seen is gone"
                seen = count
            except (store.StoreError, AssertionError) as trouble:
                troubles.append(trouble)
            ended.wait(2.0)  # live progress asks every two seconds

    sessions = [threading.Thread(target=session, args=(number,)) for number in range(SESSIONS)]
    shell = spawn(SHELL, str(store.results_path()), str(seconds))
    for thread in sessions:
        thread.start()
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    outcomes = [writer.communicate()[0].split() for writer in writers]
    held = int(shell.communicate()[0])
    ended.set()
    for thread in sessions:
        thread.join()
    assert troubles == []
    assert [writer.returncode for writer in writers] == [0] * WRITERS
    assert held > 0
    assert store.check() == []
    for number, (epochs, stages, *_) in enumerate(outcomes):
        run_id = f"r{number}"
        assert sorted(store.epochs([run_id])["epoch"]) == list(range(int(epochs)))
        assert sorted(store.stages(run_id)["round"]) == list(range(int(stages)))
    p50, p95 = np.percentile(waits, [50, 95]) * 1000
    written = np.percentile([int(wait) for _, _, *its in outcomes for wait in its], [50, 95])
    figures(
        seconds=seconds, reads=len(waits), writers=WRITERS, sessions=SESSIONS, shell_held_the_file=held,
        p50_ms=round(p50), p95_ms=round(p95), epoch_written_p50_ms=round(written[0]),
        epoch_written_p95_ms=round(written[1]), rows_lost_or_twice=0,
    )  # fmt: skip
