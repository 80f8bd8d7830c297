"""A training takes the cores that are free, leaves some to another, and keeps its number of threads."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

import store
from system import cores
from trainer import threads

ROOT = Path(__file__).parents[3]
PREPARED = "OMP_NUM_THREADS", "OMP_WAIT_POLICY"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight idle cores, of which nobody has claimed any; torch is not imported."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(cores, "allowed", lambda: 8)
    monkeypatch.setattr(cores, "idle", lambda: 8.0)
    monkeypatch.setattr(threads, "_claims", [])
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    for name in PREPARED:
        monkeypatch.setenv(name, "")  # so that what is set here is undone
        monkeypatch.delenv(name)


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize(("idle", "expected"), [(8.0, 8), (3.2, 3), (0.1, 1), (9.0, 8)])
def test_there_are_as_many_threads_as_idle_cores(idle: float, expected: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "idle", lambda: idle)
    assert threads.choose() == expected


@pytest.mark.usefixtures("machine")
def test_two_trainings_started_together_do_not_both_take_everything() -> None:
    assert [threads.choose(), threads.choose()] == [8, 4]
    for claim in threads._claims:  # as at the end of the first training
        claim.close()
    assert threads.choose() == 8


@pytest.mark.usefixtures("machine")
def test_the_second_takes_what_the_first_has_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "idle", lambda: 2.0)
    threads.choose()
    monkeypatch.setattr(cores, "idle", lambda: 6.0)
    assert threads.choose() == 6


@pytest.mark.usefixtures("machine")
def test_where_files_cannot_be_locked_idle_cores_decide(tmp_path: Path) -> None:
    (tmp_path / f"odap-threads-{os.getuid()}").write_text("no folder")
    assert [threads.choose(), threads.choose()] == [8, 8]


@pytest.mark.usefixtures("machine")
def test_waiting_threads_sleep() -> None:
    threads.prepare()
    assert [os.environ[name] for name in PREPARED] == ["8", "PASSIVE"]


@pytest.mark.usefixtures("machine")
def test_what_the_user_has_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    threads.prepare()
    assert [os.environ[name] for name in PREPARED] == ["3", "ACTIVE"]
    assert threads._claims == []


@pytest.mark.usefixtures("machine")
def test_a_run_that_is_gone_on_with_keeps_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    rows: dict[str, Any] = {"r": {"environment": '[{"threads": 5}, {"threads": 2}]'}, "old": {"environment": None}}
    monkeypatch.setattr(store, "run", rows.get)
    assert [threads.of_run(name) for name in ("r", "old", "none")] == [5, None, None]
    threads.prepare("r")
    assert os.environ["OMP_NUM_THREADS"] == "5"


@pytest.mark.usefixtures("machine")
def test_nothing_changes_once_torch_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", threads)  # any module
    threads.prepare()
    assert not set(PREPARED) & set(os.environ)


@pytest.mark.parametrize(
    ("words", "origin"),
    [
        (["train", "no-such-recipe"], None),
        (["train", "no-such-recipe", "--from", "other"], "other"),
        (["resume", "r"], "r"),
    ],
)
def test_the_command_line_decides_before_it_imports_torch(words: list[str], origin: str | None) -> None:
    code = (
        "import sys; from trainer import __main__, threads\n"
        "def prepare(run_id): print(run_id, 'torch' in sys.modules); raise SystemExit\n"
        "threads.prepare = prepare; __main__.main(sys.argv[1:])"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == f"{origin} False\n"
