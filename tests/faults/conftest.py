"""What the fault tests share: how often a fault is made, quick processes, and where the figures go.

`ODAP_FAULTS` says how often each fault is made: a few times in `make test`, a hundred times in `make faults`.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import store

ROOT = Path(__file__).parents[2]
TIMES = int(os.environ.get("ODAP_FAULTS", "3"))
FIGURES = "figures"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.faults)
            item.add_marker(pytest.mark.timeout(300 + 20 * TIMES))


@pytest.fixture
def times() -> int:
    """How often the fault is made."""
    return TIMES


@pytest.fixture
def chance() -> random.Random:
    """Random moments; a failure is seen again with the same ODAP_FAULTS_SEED."""
    seed = int(os.environ.get("ODAP_FAULTS_SEED", "0"))
    return random.Random(seed)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store, data and runs of the test's own."""
    for name, folder in (("RESULTS", "results.duckdb"), ("DATA", "data"), ("RUNS", "runs")):
        monkeypatch.setenv(f"ODAP_{name}", str(tmp_path / folder))
    return tmp_path


@pytest.fixture
def figures(record_property: Callable[[str, object], None]) -> Callable[..., None]:
    """Say what was broken, how often, and what was lost; all of it stands at the end, whichever process found it."""

    def tell(**numbers: Any) -> None:
        record_property(FIGURES, ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in numbers.items()))

    return tell


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    found = [
        f"{report.nodeid.rpartition('::')[2]}: {said}"
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        if report.when == "call"
        for name, said in report.user_properties
        if name == FIGURES
    ]
    if found:
        terminalreporter.section("figures")
        terminalreporter.write_line("\n".join(found))


def freeze(pid: int) -> None:
    """Stop a process at a moment at which it does not hold the store."""
    while True:
        os.kill(pid, signal.SIGSTOP)
        try:
            with store.write(timeout=2.0):
                return
        except store.StoreBusy:
            os.kill(pid, signal.SIGCONT)
            time.sleep(0.03)


@dataclass
class Running:
    """A process that was forked for some code."""

    zygote: Zygote
    pid: int
    log: Path

    def freeze(self) -> None:
        """SIGSTOP, but not while it is in the store: there it would hold up everybody, and nobody could go on."""
        freeze(self.pid)

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def wait(self) -> int:
        return int(self.zygote.say("wait"))

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")


class Zygote:
    """Forks processes in the environment it was made in; one runs at a time."""

    def __init__(self, folder: Path, modules: Sequence[str]) -> None:
        self._folder, self._count = folder, 0
        self._running: Running | None = None
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("zygote.py")), *modules],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
        assert self._heard() == "ready"

    def start(self, code: str, *arguments: str) -> Running:
        self._count += 1
        log = self._folder / f"zygote-{os.getpid()}-{id(self)}-{self._count}.log"
        log.touch()
        self._running = Running(
            self, int(self.say(json.dumps({"code": code, "arguments": arguments, "log": str(log)}))), log
        )
        return self._running

    def say(self, line: str) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._heard()

    def close(self) -> None:
        if self._running is not None:
            self._running.kill()
        self._process.kill()
        self._process.communicate()

    def _heard(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@pytest.fixture
def zygote(place: Path) -> Iterator[Callable[..., Zygote]]:
    made: list[Zygote] = []

    def make(*modules: str) -> Zygote:
        made.append(Zygote(place, modules))
        return made[-1]

    yield make
    for each in made:
        each.close()


def prepare(run_id: str = "r", n: int = 600) -> None:
    """A dataset of n samples and a run on it."""
    ids = [f"s{i}" for i in range(n)]
    samples = pd.DataFrame({"sample_id": ids, "path": ids, "patient": ids, "split": "train", "label": "x"}).assign(
        labels=[["x"]] * n, ambiguity=0.1, marks=[[]] * n, boxes=None
    )
    store.register_dataset("d@1", "d", 1, ["x", "y"], "h", "/nowhere", samples)
    store.create_run(
        run_id, recipe_name="r", recipe={}, objective="softmax", model="m", dataset_id="d@1", classes=["x", "y"],
        seed=0, control=False, rounds=0, device="cpu",
    )  # fmt: skip


def stage(run_id: str, round_: int, n: int = 600, timeout: float = 30.0) -> bool:
    """One finished stage of it; whether it was written at once."""
    metrics = {"split": ["train"], "class_name": [None], "metric": ["accuracy"], "value": [0.5], "n": [n]}
    return store.record_stage(
        run_id, round_, "full", columns={"position": round_, "epochs": 1}, timeout=timeout, mined=None,
        metrics=pd.DataFrame(metrics),
        predictions=pa.table(
            {
                "sample_id": [f"s{i}" for i in range(n)], "split": ["train"] * n, "targets": [[1.0, 0.0]] * n,
                "probs": [[0.9, 0.1]] * n, "loss": [0.1] * n, "correct": [True] * n,
            }
        ),
    )  # fmt: skip


def on_a_small_disk(place: Path, megabytes: int, command: Sequence[str]) -> tuple[list[str], bool]:
    """A command whose folder `disk` is a disk of its own where that is allowed; and whether it is."""
    disk = place / "disk"
    disk.mkdir(exist_ok=True)
    mount = f'mount -t tmpfs -o size={megabytes}m none "$0" && exec "$@"'
    wrapper = ["unshare", "--map-root-user", "--mount", "sh", "-c", mount, str(disk)]
    try:
        allowed = subprocess.run([*wrapper, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        allowed = False
    return ([*wrapper, *command] if allowed else list(command)), allowed
