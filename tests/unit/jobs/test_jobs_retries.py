"""Test retries of a lost training, and claims whose worker is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

import jobs
import store
from jobs import lifecycle, process, retries
from jobs.lifecycle import may_still_start
from jobs.timing import Timing
from jobs.worker import Worker

HASTY = Timing(idle=0.3, grace=0.4, kill_after=0.4, tick=0.05, training=0.1)
QUEUED = {"recipe": "demo", "dataset": "demo@1", "seed": 4, "settings": {}}


def add(args: dict[str, Any] = QUEUED, **columns: Any) -> str:
    return store.add_job("train", title="demo on demo@1", args=args, run_id="r", dataset="demo@1", seed=4, **columns)


def start_run() -> None:
    store.create_run(
        "r", recipe_name="demo", recipe={"name": "demo"}, objective="softmax", model="resnet18", dataset_id="demo@1",
        classes=["ac", "bpd"], seed=4, control=False, rounds=1, device="cpu",
    )  # fmt: skip


def sleeper() -> Callable[[Any], Sequence[str]]:
    return lambda job: [sys.executable, "-c", "import time; time.sleep(60)"]


def kill(worker: Worker) -> None:
    """Let the worker start the next job, kill its process, and let the worker find that out."""
    while worker.supervisor.own is None:
        worker.tick()
    assert process.send(worker.supervisor.own.child.identity, signal.SIGKILL)
    while worker.supervisor.own is not None:
        worker.supervisor.conclude()
        time.sleep(0.02)


def test_what_is_lost_goes_on_by_itself_twice_and_says_why() -> None:
    start_run()
    first = add(priority=3)
    worker = Worker(command=sleeper(), timing=HASTY)
    for n in range(1, retries.RETRIES + 1):
        kill(worker)
        job = store.jobs().iloc[-1]
        assert job["state"] == "queued" and len(store.jobs()) == n + 1
        assert job["title"] == f"demo on demo@1, tried again ({n} of 2)"
        assert (job["run_id"], job["dataset"], job["seed"], job["priority"]) == ("r", "demo@1", 4, 3)
        assert job["args"]["resume"] is True and job["args"]["retry"] == n
        assert job["args"]["why"].startswith("The trainer process ended without a word")
        assert job["message"].startswith(f"Tried again by itself, {n} of 2: The trainer process ended without a word")
    assert store.jobs()["args"].iloc[1]["after_lost"] == first
    kill(worker)
    assert store.jobs()["state"].tolist() == ["lost"] * 3  # now it is for people to say
    assert "continue with: python -m trainer resume r" in store.jobs()["error"].iloc[-1]


def test_a_run_that_never_began_starts_anew() -> None:
    add()
    kill(Worker(command=sleeper(), timing=HASTY))
    assert store.jobs()["args"].iloc[-1].items() >= {**QUEUED, "retry": 1}.items()
    assert "resume" not in store.jobs()["args"].iloc[-1]


@pytest.mark.parametrize(
    "left_to_people", [{"args": {"run": "r"}}, {"state": "stopping"}, {"host": "elsewhere"}], ids=str
)
def test_what_is_left_to_people(left_to_people: dict[str, Any]) -> None:
    """Try jobs started by hand, asked to stop, or on another machine."""
    long_ago = store.utc_now() - timedelta(hours=2)
    gone = {"pid": 1, "pid_started": 0.0, "boot_id": "another boot", "state": "running", "host": store.host()}
    job_id = add(**(gone | left_to_people))
    with store.write() as connection:
        connection.execute("UPDATE jobs SET started_at = ?, heartbeat_at = ?", [long_ago, long_ago])
    assert jobs.reconcile() == [job_id]
    assert store.jobs()["state"].tolist() == ["lost"]


CLAIM = """
import os, store
from jobs import process
own = process.identify(os.getpid())
lease = store.acquire_lease("cuda:1", {"pid": own.pid, "pid_started": own.started, "boot_id": own.boot_id})
assert store.claim_job(["train"], lease)
print("claimed", flush=True)
import time; time.sleep(60)
"""


def test_a_claim_whose_worker_is_gone_is_given_up_at_once() -> None:
    job_id = add()
    with subprocess.Popen([sys.executable, "-c", CLAIM], stdout=subprocess.PIPE, text=True) as claimer:
        assert claimer.stdout is not None and claimer.stdout.readline() == "claimed\n"
        late = store.utc_now() - timedelta(seconds=lifecycle.START_TIMEOUT / 2)
        with store.write() as connection:  # half a minute ago
            connection.execute("UPDATE jobs SET created_at = ?, started_at = ?, heartbeat_at = ?", [late, late, late])
            connection.execute("UPDATE workers SET started_at = ?", [late - timedelta(seconds=1)])
        job = store.job(job_id)
        assert job is not None and may_still_start(job)
        assert jobs.reconcile() == []  # it may still be about to start it
        claimer.kill()
        claimer.wait()
    assert not may_still_start(job)
    assert jobs.reconcile() == [job_id]
    assert store.jobs()["state"].tolist() == ["lost", "queued"]


def test_a_claim_is_given_up_when_another_worker_has_sat_down_since() -> None:
    add()
    own = process.identify(os.getpid())
    assert own is not None
    me = {"pid": own.pid, "pid_started": own.started, "boot_id": own.boot_id}
    job = store.claim_job(["train"], store.acquire_lease(None, me))
    assert job is not None and may_still_start(job)
    store.acquire_lease(None, me)
    earlier = store.utc_now() - timedelta(seconds=lifecycle.ORPHAN_TIMEOUT + 1)
    with store.write() as connection:
        connection.execute("UPDATE jobs SET created_at = ?, started_at = ?, heartbeat_at = ?", [earlier] * 3)
    job = store.job(str(job["job_id"]))
    assert job is not None and not may_still_start(job)


def test_the_end_of_a_lost_training_and_its_next_try_are_one_transaction() -> None:
    start_run()
    job = add(state="running")
    again = retries.next_attempt(store.job(job) or {}, "gone")
    assert again is not None
    with pytest.raises(store.StoreError, match="to wait for"):
        store.update_job(job, state="lost", then=replace(again, after="nobody"))
    assert store.job_state(job) == "running"  # so that whoever looks after it does all of it again
    store.update_job(job, state="lost", then=again)
    store.update_job(job, state="lost", then=replace(again, job_id="more"))  # it had ended before
    assert store.jobs()["state"].tolist() == ["lost", "queued"]
    assert store.jobs()["message"].tolist()[1] == "Tried again by itself, 1 of 2: gone."
