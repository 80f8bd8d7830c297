"""The app as a real process in a house of its own, and what truly happened there."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil

import store

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"


class App:
    """`streamlit run app.py` as a process, in a house of its own."""

    def __init__(self, house: Path) -> None:
        self.house = house
        self.port = _free_port()
        self.places = {
            "ODAP_RESULTS": str(house / "results.duckdb"),
            "ODAP_DATA": str(house / "data"),
            "ODAP_RUNS": str(house / "runs"),
            "ODAP_ROOTS": str(SHARED),  # a path typed on *Data* is held to the allowed folders
        }
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        with (self.house / "app.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(self.port)],
                cwd=ROOT, env=os.environ | self.places, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise AssertionError(f"The app did not start:\n{self.log()}")

    def kill(self) -> None:
        """End the app at once, as a closed laptop would."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def log(self) -> str:
        return (self.house / "app.log").read_text()

    def command(self, *words: str) -> str:
        """One of the command lines, in this house; what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", *words], cwd=ROOT, env=os.environ | self.places, capture_output=True, text=True,
            timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def processes(self) -> list[psutil.Process]:
        """Workers, trainers and all else that was started in this house."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("ODAP_RUNS") == self.places["ODAP_RUNS"]:
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def close(self) -> None:
        for process in self.processes():
            process.kill()
        psutil.wait_procs(self.processes(), timeout=20)
        self.kill()


def wait_for_state(run_or_kind: str, *states: str, seconds: float = 240) -> dict[str, Any]:
    """Wait until the job of a run (or of a kind) is in one of these states; its row."""
    deadline = time.monotonic() + seconds
    row: dict[str, Any] = {}
    while time.monotonic() < deadline:
        jobs = store.jobs()
        found = jobs[(jobs["run_id"] == run_or_kind) | (jobs["kind"] == run_or_kind)]
        if len(found):
            row = found.sort_values("created_at").iloc[-1].to_dict()
            if row["state"] in states:
                return row
        time.sleep(0.3)
    raise AssertionError(f"{run_or_kind} is not {' or '.join(states)} after {seconds:.0f} s, but {row}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
