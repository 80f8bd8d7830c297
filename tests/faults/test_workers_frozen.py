"""Workers and trainers that are frozen and woken, launchers that are killed, and a clock that is put back."""

from __future__ import annotations

import random
import signal
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import jobs
import store
from jobs import lifecycle, process
from jobs.timing import Timing
from jobs.worker import Worker
from jobs.worker_lock import WorkerLock
from tests.faults.conftest import freeze, prepare, stage

HASTY = Timing(idle=0.3, grace=0.4, kill_after=0.4, tick=0.05, training=0.1, frozen=2.0, heartbeat=0.2)

# A worker whose jobs note that they began, and take a while.
WORK = """
import sys
from pathlib import Path
from jobs.timing import Timing
from jobs.worker import Worker
tally, seconds = sys.argv[1], sys.argv[2]
job = "import sys, time; open(sys.argv[1], 'a').write(sys.argv[2] + chr(10)); time.sleep(float(sys.argv[3]))"
timing = Timing(idle=0.3, tick=0.02, training=0.1, frozen=2.0, heartbeat=0.2)
worker = Worker(command=lambda j: [sys.executable, "-c", job, tally, j["job_id"], seconds], timing=timing)
print("begun", flush=True)
sys.exit(0 if worker.work() else 3)
"""
HASTY_START = "import jobs.lifecycle\njobs.lifecycle.START_TIMEOUT = 1.0\n"
# A trainer that says each tenth of a second that it lives, and writes an epoch.
TRAINER = """
import itertools, sys, time, store
job = sys.argv[1]
store.update_job(job, state="running")
for epoch in itertools.count(1):
    store.record_epoch("r", 0, sys.argv[2], epoch=epoch, val_loss=0.0)
    store.update_job(job, step=epoch)
    time.sleep(0.1)
"""


def until(met: Callable[[], Any], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline, store.jobs().to_string()
        time.sleep(0.02)


def add(kind: str = "phantom", **columns: Any) -> str:
    return store.add_job(kind, title="t", args={"name": "x", "images": None}, **columns)


def trainer(writes: str) -> Callable[[Any], list[str]]:
    return lambda job: [sys.executable, "-c", TRAINER, str(job["job_id"]), writes]


@pytest.fixture(autouse=True)
def nothing_survives(place: Path) -> Any:
    yield
    for popen in process._spawned:
        popen.kill()
        popen.wait()
    process.reap()


def test_a_worker_frozen_and_woken_takes_no_job_beside_its_successor(
    place: Path, zygote: Callable[..., Any], figures: Callable[..., None]
) -> None:
    first, second = add(), add()
    tally = place / "tally"
    frozen = zygote("jobs.worker").start(WORK, str(tally), "6")
    until(lambda: tally.exists() and first in tally.read_text())
    until(lambda: store.job_state(first) == "running")
    frozen.freeze()
    successor = Worker(command=lambda job: [sys.executable, "-c", "import time; time.sleep(60)"], timing=HASTY)
    assert not WorkerLock(frozen_after=3600).acquire()  # who is more patient takes it for slow
    until(lambda: successor._lock.acquire())
    until(lambda: [successor.tick(), store.job_state(second)][1] == "running")
    third = add()
    frozen.kill(signal.SIGCONT)
    assert frozen.wait() == 1
    assert "Another worker has taken over this one's device; this one ends." in frozen.said()
    assert store.job_state(first) in ("done", "lost") and store.job_state(second) == "running"
    assert store.job_state(third) == "queued"  # the one that was woken took nothing
    successor._lock.release()
    assert store.check() == []
    figures(frozen_workers=1, jobs_run_twice=0)


def test_a_trainer_frozen_and_woken_writes_nothing_beside_its_successor(
    place: Path, times: int, figures: Callable[..., None]
) -> None:
    prepare()
    refused = 0
    for n in range(times):
        job_id = add("train", run_id="r")
        worker = Worker(command=trainer(f"woken{n}"), timing=HASTY)
        until(lambda w=worker, n=n: [w.tick(), (store.epochs(["r"])["stage"] == f"woken{n}").sum() >= 2][1])
        child = worker.supervisor.own
        assert child is not None
        freeze(child.child.identity.pid)
        store.update_job(job_id, state="lost", error="silent")  # as another machine would settle it
        written = store.epochs(["r"])
        successor = store.add_job("train", title="t", args={}, run_id="r", state="running")
        process.send(child.child.identity, signal.SIGCONT)
        assert child.child.exit_code(wait=60) == 1
        assert f"Job {job_id} was ended while this process was out of reach" in child.child.log.read_text()
        refused += 1
        assert store.epochs(["r"]).equals(written)
        job = store.job(job_id)
        assert job is not None and (job["state"], job["error"]) == ("lost", "silent")
        store.update_job(successor, state="done")
    assert store.check() == []
    figures(woken_trainers=times, refused=refused, rows_written_beside_the_successor=0)


def test_a_trainer_that_stays_frozen_is_ended_and_can_be_gone_on_with(place: Path) -> None:
    prepare()
    job_id = add("train", run_id="r")
    worker = Worker(command=trainer("full"), timing=HASTY)
    until(lambda: [worker.tick(), len(store.epochs(["r"])) >= 2][1])
    charge = worker.supervisor.own
    assert charge is not None
    freeze(charge.child.identity.pid)
    until(lambda: [worker.tick(), store.job_state(job_id) == "lost"][1])
    job, run = store.job(job_id), store.run("r")
    assert job is not None and run is not None and run["status"] == "lost"
    assert job["error"] == (
        "The trainer process gave no sign of life and was ended (suspended?); continue with: python -m trainer resume r"
    )


def test_a_trainer_is_not_taken_for_frozen_while_somebody_holds_the_store(place: Path) -> None:
    """Nobody's heartbeat comes through then, and nobody is given up for it."""
    prepare()
    job_id = add("train", run_id="r")
    worker = Worker(command=trainer("full"), timing=HASTY)
    until(lambda: [worker.tick(), len(store.epochs(["r"])) >= 1][1])
    with store.read(10.0):  # readers are let in, writers are not
        time.sleep(HASTY.frozen * 1.5)
    for _ in range(10):
        worker.tick()
        time.sleep(0.05)
    assert store.job_state(job_id) == "running"


@pytest.mark.slow
def test_launcher_killed_while_it_launches(
    place: Path,
    zygote: Callable[..., Any],
    times: int,
    chance: random.Random,
    figures: Callable[..., None],
) -> None:
    tally = place / "tally"
    tally.touch()
    make = zygote("jobs.worker")
    ids = [add() for _ in range(times)]
    amid = 0  # claimed, and killed before the process was written down
    for _ in range(times):
        launcher = make.start(HASTY_START + WORK, str(tally), "0")
        waiting = len(store.jobs(states=["queued"]))
        # From the moment at which it has claimed a job: its process is not there yet, or not written down yet.
        until(lambda p=launcher, n=waiting: "begun" in p.said() and (n == 0 or len(store.jobs(states=["queued"])) < n))
        time.sleep(chance.uniform(0.0, 0.1))
        launcher.kill()
        launcher.wait()
        amid += int(store.jobs(states=["starting"])["pid"].isna().sum())
    last = make.start(HASTY_START + WORK, str(tally), "0")
    assert last.wait() == 0, last.said()
    began = tally.read_text().split()
    assert len(began) == len(set(began)), "a job was run twice"
    rows = store.jobs()
    assert set(rows["state"]) <= {"done", "lost"} and sorted(rows["job_id"]) == sorted(ids)
    assert set(rows.loc[rows["state"] == "done", "job_id"]) <= set(began)
    lost = rows[rows["state"] == "lost"]
    assert lost["error"].str.contains("ended without a word").all()
    assert store.check() == []
    figures(kills=times, amid_a_launch=amid, jobs=len(ids), run_twice=0, told_lost=len(lost), stuck=0)


def test_clock_put_back_while_a_training_runs(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker's clock falls two hours behind the trainer's: nothing is taken for lost, nothing is stuck."""
    prepare()
    running = add("train", run_id="r")
    worker = Worker(command=trainer("full"), timing=HASTY)
    until(lambda: [worker.tick(), len(store.epochs(["r"])) >= 1][1])
    orphan = add("train", run_id="q", state="starting")  # its starter died, at a time that is yet to come
    true_now = lifecycle.utc_now

    def two_hours_ago() -> datetime:
        return true_now() - timedelta(hours=2)

    for module in ("results", "rows", "jobs", "workers"):
        monkeypatch.setattr(sys.modules[f"store.{module}"], "utc_now", two_hours_ago)
    monkeypatch.setattr(lifecycle, "utc_now", two_hours_ago)
    deadline = time.monotonic() + HASTY.frozen * 1.5
    while time.monotonic() < deadline:
        worker.tick()
        time.sleep(0.05)
    assert store.job_state(running) == "running"
    assert store.job_state(orphan) == "lost"
    assert process.is_alive(worker.supervisor.own.child.identity)  # type: ignore[union-attr]
    store.request_stop(running)
    until(lambda: [worker.tick(), store.job_state(running) == "stopped"][1])
    assert jobs.reconcile() == [] and store.check() == []


INSIDE = """
import store
with store.write() as connection:
    connection.execute("UPDATE runs SET error = 'half' WHERE run_id = 'r'")
    print("inside", flush=True)
    import time; time.sleep(60)
"""


def test_a_process_frozen_inside_a_write_is_named_and_holds_nothing_once_it_is_gone(
    place: Path, zygote: Callable[..., Any]
) -> None:
    prepare()
    holder = zygote("store").start(INSIDE)
    until(lambda: "inside" in holder.said())
    holder.kill(signal.SIGSTOP)
    named = rf"held by another process; close it or try again \(it is process {holder.pid}\)"
    for use in (store.read, store.write):
        with pytest.raises(store.StoreBusy, match=named), use(timeout=0.3):
            raise AssertionError("a store that another process writes was opened")
    assert store.record_epoch("r", 0, "full", timeout=0.3, epoch=1, val_loss=0.5) is False  # kept on disk
    holder.kill()
    assert stage("r", 0)
    assert store.epochs(["r"])["epoch"].tolist() == [1]
    run = store.run("r")
    assert run is not None and run["error"] is None
    assert store.check() == []
