"""The app is killed while it launches a training: the job is there once or not at all, and runs once."""

from __future__ import annotations

import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

import jobs
import store
from jobs.process import JOB_MARK
from tests.faults.conftest import ROOT
from tests.faults.sessions import Session, run

# As `streamlit run app.py` does it; forked, so that each comes up in a moment.
APP = "import sys\nfrom streamlit.web.cli import main\nsys.argv = ['streamlit', 'run', *sys.argv[1:]]\nmain()"
MODULES = (
    "streamlit.web.cli",
    "dashboard.overview.run_tables",
    "dashboard.frame.sidebar",
    "dashboard.overview.disk_use",
    "dashboard.overview.report_download",
)
OPEN = ("queued", "starting", "running", "stopping")


def marked(place: Path) -> list[psutil.Process]:
    """Every process of this house that leads its session: workers, and trainers with the mark of their job."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.environ().get("ODAP_RUNS") == str(place / "runs"):
                found.append(process)
    return found


@pytest.fixture(autouse=True)
def nothing_survives(place: Path) -> Iterator[None]:
    yield
    for process in marked(place):
        if process.pid != psutil.Process().pid:
            with suppress(psutil.NoSuchProcess):
                process.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait(met: Callable[[], Any], seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline, store.jobs().to_string()
        time.sleep(0.1)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def trainers(place: Path, job_id: str) -> int:
    """Processes that were started for this job; what a trainer starts itself is not counted."""
    found = 0
    for process in marked(place):
        with suppress(psutil.Error):
            parent = process.parent()
            own = process.environ().get(JOB_MARK) == job_id
            found += own and (parent is None or parent.environ().get(JOB_MARK) != job_id)
    return found


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_app_killed_while_it_launches(
    place: Path, zygote: Callable[..., Any], times: int, chance: random.Random, figures: Callable[..., None]
) -> None:
    kills = max(2, times // 10)
    subprocess.run(
        # So many that a training outlasts ten seconds, which a websocket may take to give up an app that was killed.
        [sys.executable, "-m", "catalog", "phantom", "--name", "demo", "--images", "240", "--size", "48"],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    make = zygote(*MODULES)
    outcomes = {"not_asked_for_yet": 0, "without_a_worker": 0, "ran_once": 0}
    for number in range(kills):
        known, port = set(store.jobs()["job_id"]), free_port()
        app = make.start(APP, "app.py", "--server.port", str(port))
        wait(lambda port=port: listens(port))
        session = Session(f"http://127.0.0.1:{port}", chance)
        run(session.press("Start training", app.kill, chance.uniform(0.0, 0.4)))
        app.wait()
        time.sleep(0.3)  # what it had begun to start comes up without it
        new = store.jobs()[~store.jobs()["job_id"].isin(known)]
        assert len(new) <= 1, "one press, two jobs"
        if new.empty:
            outcomes["not_asked_for_yet"] += 1
            continue
        job_id = str(new["job_id"].iloc[0])
        outcomes["without_a_worker"] += jobs.ensure_worker()  # as the next app does
        wait(lambda job_id=job_id: store.job_state(job_id) not in ("queued", "starting"))
        assert store.job_state(job_id) == "running" and trainers(place, job_id) == 1
        jobs.stop(job_id)
        wait(lambda job_id=job_id: store.job_state(job_id) not in OPEN)
        assert store.job_state(job_id) == "stopped"
        outcomes["ran_once"] += 1
        assert store.check() == [], number
    assert store.jobs(states=list(OPEN)).empty
    figures(kills=kills, **outcomes, run_twice=0, stuck=0)
