from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from catalog.parallel import ordered_process_map

ROOT = Path(__file__).resolve().parents[3]


def test_results_come_in_the_order_of_the_items() -> None:
    assert list(ordered_process_map(abs, range(-20, 0), workers=2, preload="math")) == list(range(20, 0, -1))


@pytest.mark.slow
def test_processes_that_simulate_end_with_the_one_that_is_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-m", "catalog", "phantom", "--name", "big", "--images", "100000", "--workers", "2"],
        cwd=ROOT,
        env={**os.environ, "ODAP_DATA": str(tmp_path / "data"), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    started: list[psutil.Process] = []
    try:
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob("data/*/images/*.png")):  # so all are at work
            assert parent.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        started = psutil.Process(parent.pid).children(recursive=True)
        assert len(started) >= 3  # the fork server and two workers
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        _, alive = psutil.wait_procs(started, timeout=20)
        assert alive == []
    finally:
        parent.kill()
        parent.wait()
        for process in started:
            if process.is_running():
                process.kill()
