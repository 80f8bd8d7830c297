"""How many cores a process may use: affinity, physical cores and a container's quota; and how many are idle."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from system import cores


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Eight physical cores without any limit."""
    monkeypatch.setattr(cores, "_CGROUPS", tmp_path)
    monkeypatch.setattr(cores, "_OWN_CGROUP", tmp_path / "self")
    monkeypatch.setattr(cores, "_usable", lambda: list(range(8)))
    monkeypatch.setattr(psutil, "cpu_count", lambda logical=True: 8)
    return tmp_path


def test_without_a_limit_it_is_every_core(machine: Path) -> None:
    assert cores.allowed() == 8


def test_two_threads_of_one_core_count_once(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "cpu_count", lambda logical=True: 8 if logical else 4)
    assert cores.allowed() == 4


@pytest.mark.parametrize(("limit", "expected"), [("300000 100000", 3), ("50000 100000", 1), ("max 100000", 8)])
def test_a_quota_of_version_2_limits_its_group_and_those_below(machine: Path, limit: str, expected: int) -> None:
    (machine / "self").write_text("1:cpu:/other\n0::/pod/trainer\n")
    (machine / "pod" / "trainer").mkdir(parents=True)
    (machine / "pod" / "cpu.max").write_text(limit)
    (machine / "pod" / "trainer" / "cpu.max").write_text("max 100000")
    assert cores.allowed() == expected


@pytest.mark.parametrize(("quota", "expected"), [("200000", 2), ("-1", 8)])
def test_a_quota_of_version_1_limits(machine: Path, quota: str, expected: int) -> None:
    (machine / "cpu").mkdir()
    (machine / "cpu" / "cpu.cfs_quota_us").write_text(quota)
    (machine / "cpu" / "cpu.cfs_period_us").write_text("100000")
    assert cores.allowed() == expected


def test_only_cores_that_the_process_may_use_count_as_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "_usable", lambda: [1, 3])
    monkeypatch.setattr(psutil, "cpu_percent", lambda interval, percpu: [0.0, 25.0, 0.0, 100.0])
    assert cores.idle() == 0.75
