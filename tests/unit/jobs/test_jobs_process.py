"""Test that detached processes are started, identified and ended."""

from __future__ import annotations

import dataclasses
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from jobs import process
from jobs.process import Child
from system.paths import ROOT

Start = Callable[..., Child]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    children: list[Child] = []

    def run(code: str, *, environment: dict[str, str] | None = None) -> Child:
        children.append(process.spawn([sys.executable, "-c", code], tmp_path / "log.txt", environment=environment))
        return children[-1]

    yield run
    for child in children:
        if child.popen.poll() is None:
            child.popen.kill()
            child.popen.wait()


def test_spawned_process_is_detached_and_logs(start: Start) -> None:
    child = start("import os, sys; print(os.getcwd(), os.getsid(0) == os.getpid(), repr(sys.stdin.read()))")
    assert child.exit_code(wait=20) == 0
    assert child.log.read_text().split() == [str(ROOT), "True", "''"]


def test_log_is_added_to_not_replaced(start: Start) -> None:
    assert start("print('one')").exit_code(wait=20) == 0
    second = start("print('two')")
    assert second.exit_code(wait=20) == 0
    assert second.log.read_text().split() == ["one", "two"]
    assert second.log_offset == len("one\n")


def test_relative_places_reach_the_child_as_absolute(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("ODAP_RESULTS", "ODAP_DATA", "ODAP_RUNS"):
        monkeypatch.setenv(name, "here")
    child = start("import os; print(*(os.environ['ODAP_' + n] for n in ('RESULTS', 'DATA', 'RUNS')))")
    assert child.exit_code(wait=20) == 0
    assert set(child.log.read_text().split()) == {str(tmp_path / "here")}


def test_identity_tells_the_living_from_the_dead(start: Start) -> None:
    child = start("import time; time.sleep(60)")
    assert process.is_alive(child.identity)
    child.popen.kill()
    child.popen.wait()
    assert not process.is_alive(child.identity)


def test_zombie_counts_as_dead(start: Start) -> None:
    child = start("pass")
    zombie = psutil.Process(child.identity.pid)
    deadline = time.monotonic() + 20
    while zombie.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
        time.sleep(0.02)
    assert zombie.status() == psutil.STATUS_ZOMBIE
    assert not process.is_alive(child.identity)
    process.reap()
    assert not psutil.pid_exists(child.identity.pid)


def test_reused_pid_and_earlier_boot_are_other_processes() -> None:
    own = process.identify(os.getpid())
    assert own is not None and process.is_alive(own)
    assert not process.is_alive(dataclasses.replace(own, started=own.started - 60))
    assert not process.is_alive(dataclasses.replace(own, boot_id="another boot"))


def test_signals_go_to_the_very_process_only(start: Start) -> None:
    child = start("import time; time.sleep(60)")
    stranger = dataclasses.replace(child.identity, started=child.identity.started - 60)
    assert not process.send(stranger, signal.SIGKILL)
    assert child.exit_code(wait=0.2) is None
    assert process.send(child.identity, signal.SIGKILL)
    assert child.exit_code(wait=20) == -signal.SIGKILL


def test_process_is_found_by_its_job_but_its_children_are_not(start: Start) -> None:
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
    child = start(code, environment={process.JOB_MARK: "job-of-this-test"})
    deadline = time.monotonic() + 20
    while not (inner := psutil.Process(child.identity.pid).children()) and time.monotonic() < deadline:
        time.sleep(0.02)
    found = process.find("job-of-this-test")
    assert found is not None and found.pid == child.identity.pid
    child.popen.kill()
    child.popen.wait()
    assert inner[0].is_running()
    assert process.find("job-of-this-test") is None
    inner[0].kill()
