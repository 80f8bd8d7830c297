"""Test jobs that wait for another, are queued twice at once, or run on another machine."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import jobs
import store
from jobs.__main__ import main
from jobs.timing import Timing
from jobs.worker import Worker
from system.paths import ROOT

KINDS = ["train", "phantom"]
HASTY = Timing(idle=0.3, grace=0.4, kill_after=0.4, tick=0.05, training=0.1)


def known(job_id: str) -> dict[str, Any]:
    job = store.job(job_id)
    assert job is not None
    return job


def chain() -> tuple[str, str, str]:
    """Add three jobs, each waiting for the one before."""
    first = store.add_job("phantom", title="Make demo", args={}, dataset="demo")
    second = store.add_job("train", title="Train", args={}, after=first)
    return first, second, store.add_job("train", title="Train again", args={}, after=second)


def claim() -> str | None:
    job = store.claim_job(KINDS)
    return None if job is None else str(job["job_id"])


def test_a_job_is_taken_only_once_the_one_before_is_done() -> None:
    first, second, third = chain()
    free = store.add_job("train", title="Free", args={})
    assert [claim(), claim(), claim()] == [first, free, None]
    store.update_job(first, state="running")
    assert claim() is None
    store.update_job(first, state="done")
    assert [claim(), claim()] == [second, None]
    store.update_job(second, state="done")
    assert claim() == third


@pytest.mark.parametrize(
    ("ended", "state", "words"),
    [("failed", "failed", "failed"), ("lost", "failed", "was lost"), ("stopped", "stopped", "was stopped")],
)
def test_what_waits_ends_with_what_it_waits_for(ended: str, state: str, words: str) -> None:
    first, second, third = chain()
    assert claim() == first
    store.update_job(first, state=ended, error="why")
    assert (known(second)["state"], known(third)["state"]) == (state, state)
    assert known(second)["error"].startswith(f'Not started: "Make demo", which this job waits for, {words}')
    assert known(third)["error"].startswith('Not started: "Train", which this job waits for')
    assert known(second)["finished_at"] is not None and claim() is None
    assert store.job_state(store.add_job("train", title="Late", args={}, after=first)) == state


def test_a_phantom_that_fails_ends_the_trainings_without_starting_them() -> None:
    first, second, _ = chain()
    worker = Worker(command=lambda job: [sys.executable, "-c", "raise SystemExit('no disk')"], timing=HASTY)
    assert worker.work()
    assert (known(first)["state"], known(first)["error"]) == ("failed", "no disk")
    assert known(second)["state"] == "failed" and known(second)["log"] is None


@pytest.mark.usefixtures("worker_elsewhere")
@pytest.mark.parametrize("running", [False, True])
def test_stopping_a_job_stops_what_waits_for_it_and_says_so(running: bool, capsys: pytest.CaptureFixture[str]) -> None:
    first, second, third = chain()
    if running:
        assert claim() == first
    assert main(["stop", first]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[1:] == [f"{job_id} waits for it, and is stopped with it." for job_id in (second, third)]
    assert store.job_state(first) == ("stopping" if running else "stopped")
    assert store.job_state(second) == store.job_state(third) == "stopped"
    assert "was stopped" in known(second)["error"]


def test_a_job_cannot_wait_for_one_that_is_not_there() -> None:
    with pytest.raises(store.StoreError, match="There is no job 'nothing' to wait for"):
        store.add_job("train", title="t", args={}, after="nothing")
    assert store.jobs().empty


@pytest.mark.usefixtures("worker_elsewhere")
def test_the_demo_waits_for_its_dataset_and_so_does_a_training_of_a_dataset_in_the_making() -> None:
    phantom, *trainings = jobs.submit_demo(dataset_missing=True)
    assert [known(job_id)["after"] for job_id in trainings] == [phantom] * 3
    assert {known(job_id)["dataset"] for job_id in trainings} == {"demo@1"}
    assert known(jobs.submit_training("demo"))["after"] == phantom


@pytest.mark.slow
@pytest.mark.usefixtures("worker_elsewhere")
def test_the_demo_asked_for_by_two_processes_at_one_instant_is_queued_once() -> None:
    code = (
        "import json, sys, jobs\nprint('ready', flush=True)\nsys.stdin.readline()\n"
        "print(json.dumps(jobs.submit_demo(dataset_missing=True)))"
    )
    asking = [
        subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for process in asking:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in asking:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [json.loads(process.communicate()[0]) for process in asking]
    assert said[0] == said[1] == store.jobs()["job_id"].tolist()
    assert len(said[0]) == 4


@pytest.mark.usefixtures("worker_elsewhere")
def test_the_demo_is_queued_wholly_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs.submit, "_phantom", lambda name: store.NewJob("phantom", "t", {}, after="nothing"))
    with pytest.raises(store.StoreError):
        jobs.submit_demo(dataset_missing=True)
    assert store.jobs().empty


def test_a_job_knows_the_machine_of_its_process(capsys: pytest.CaptureFixture[str]) -> None:
    queued = store.add_job("train", title="t", args={})
    assert known(queued)["host"] is None
    assert claim() == queued
    assert known(queued)["host"] == store.host()
    assert known(store.add_job("train", title="t", args={}, state="running"))["host"] == store.host()
    assert main(["list", "--json"]) == 0
    assert {row["host"] for row in json.loads(capsys.readouterr().out)} == {store.host()}


def elsewhere(**columns: Any) -> str:
    given = {"state": "running", "pid": 1, "pid_started": 0.0, "boot_id": "of another machine", "host": "elsewhere"}
    return str(store.add_job("train", title="t", args={}, run_id="r", **(given | columns)))


def test_a_job_of_another_machine_is_not_called_lost(places: Path) -> None:
    far, near = elsewhere(), elsewhere(host=store.host())
    assert jobs.reconcile() == [near]
    assert store.job_state(far) == "running"
    assert not jobs.ensure_worker()


def test_a_worker_lets_jobs_of_other_machines_be_and_is_not_kept_by_them() -> None:
    far, near = elsewhere(), store.add_job("phantom", title="t", args={})
    assert Worker(command=lambda job: [sys.executable, "-c", ""], timing=HASTY).work()
    assert (store.job_state(far), store.job_state(near)) == ("running", "done")


def test_a_machine_that_is_silent_for_an_hour_loses_its_job() -> None:
    far = elsewhere()
    late = store.utc_now() - timedelta(seconds=3601)
    with store.write() as connection:
        connection.execute("UPDATE jobs SET started_at = ?, heartbeat_at = ?", [late, late])
    assert jobs.reconcile() == [far]
    assert known(far)["error"].startswith("Nothing was heard of the machine elsewhere for an hour")
