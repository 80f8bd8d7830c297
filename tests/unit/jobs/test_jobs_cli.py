"""Test the command line of the queue."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import store
from jobs.__main__ import main
from system.paths import ROOT


@pytest.mark.usefixtures("worker_elsewhere", "datasets")
def test_submit_list_stop(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["submit", "demo", "--seed", "4", "--set", "full.epochs=2", "--dataset", "busi"]) == 0
    said = capsys.readouterr().out
    job = store.jobs().iloc[0]
    assert job["job_id"] in said and job["run_id"] in said
    assert (job["args"]["recipe"]["full"]["epochs"], job["args"]["recipe"]["dataset"]) == (2, "busi@1")

    assert main(["list"]) == 0
    assert "demo on busi@1, seed 4" in capsys.readouterr().out
    assert main(["list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["state"] == "queued"

    assert main(["stop", job["run_id"]]) == 0
    assert "is stopped" in capsys.readouterr().out
    assert main(["stop", job["job_id"]]) == 0
    assert store.job_state(job["job_id"]) == "stopped"


def test_list_without_a_store(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    assert "No jobs yet" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["dance"],
        ["submit"],
        ["submit", "no_such_recipe"],
        ["submit", "demo", "--set", "full.epochs"],
        ["submit", "demo", "--set", "full.epochz=3"],
        ["submit", "demo", "--seed", "many"],
        ["submit", "demo", "--seed", "-1"],
        ["submit", "missing.yaml"],
        ["stop", "nothing"],
        ["work", "--idle", "soon"],
        ["work", "--idle", "-1"],
    ],
)
def test_a_mistake_is_one_sentence_and_exit_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code: object = main(arguments)
    except SystemExit as ended:
        code = ended.code
    said = capsys.readouterr()
    assert code == 2
    assert said.out == ""
    assert len(said.err.strip().splitlines()) == 1
    assert said.err.startswith("python -m jobs")


@pytest.mark.parametrize("command", [[], ["submit"], ["list"], ["stop"], ["work"]])
def test_help_is_complete(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    for word in {"submit": ("--dataset", "--seed", "--set", "full.epochs"), "work": ("--idle",)}.get(
        "".join(command), ()
    ):
        assert word in said


def test_work_says_when_another_is_at_it(worker_elsewhere: None, capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGINT)
    try:
        assert main(["work"]) == 0
    finally:
        signal.signal(signal.SIGINT, before)
    assert "Another worker" in capsys.readouterr().out


def test_worker_from_a_shells_background_hears_interrupts_again() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert main(["work", "--idle", "0"]) == 0
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.slow
def test_the_module_runs_and_brings_no_torch(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "jobs", "list"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    code = "import sys, jobs; print('torch' in sys.modules, 'streamlit' in sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert loaded.stdout.split() == ["False", "False"]
