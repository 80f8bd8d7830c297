"""Test one worker a device, priorities, retries of lost jobs, and leases."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import pytest

import jobs
import store
from jobs import process
from jobs.__main__ import main
from jobs.commands import command
from jobs.timing import Timing
from jobs.worker import Worker
from jobs.worker_lock import WorkerLock, any_held, is_held, lock_path

HASTY = Timing(idle=0.3, grace=0.4, kill_after=0.4, tick=0.05, training=0.1)
OWN = {"pid": 1, "pid_started": 1.0, "boot_id": "b"}


def add(run_id: str = "r", **columns: Any) -> str:
    return store.add_job("train", title=run_id, args={"resume": True}, run_id=run_id, **columns)


def start_run(run_id: str, status: str) -> None:
    store.create_run(
        run_id, recipe_name="demo", recipe={"name": "demo"}, objective="softmax", model="resnet18",
        dataset_id="demo@1", classes=["ac", "bpd"], seed=0, control=False, rounds=1, device="cpu",
    )  # fmt: skip
    store.finish_run(run_id, status)


def test_priority_then_age() -> None:
    old, new, urgent, late = add("a"), add("b"), add("c", priority=5), add("d", priority=-1)
    taken = [store.claim_job(["train"]) for _ in range(5)]
    assert [job["job_id"] if job else None for job in taken] == [urgent, old, new, late, None]


def test_a_priority_out_of_reach_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["submit", "demo", "--priority", "99999999999"])
    assert "99999999999 is not between -1000000 and 1000000" in capsys.readouterr().err


def test_priority_can_be_asked_for(worker_elsewhere: None, datasets: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["submit", "demo", "--priority", "7"]) == 0
    assert store.jobs()["priority"].tolist() == [7]


def test_what_is_put_first_is_taken_first_and_shown_first(capsys: pytest.CaptureFixture[str]) -> None:
    old, urgent, late, running = add("a"), add("b", priority=5), add("c", priority=-1), add("d")
    store.update_job(running, state="running")
    assert main(["first", late]) == 0
    assert capsys.readouterr().out == f"{late} is taken next.\n"
    assert jobs.recent()["job_id"].tolist() == [running, late, urgent, old]
    assert [(store.claim_job(["train"]) or {})["job_id"] for _ in range(3)] == [late, urgent, old]
    assert main(["first", late]) == 2
    assert capsys.readouterr().err == f"python -m jobs: {late} is not waiting; only what waits can be put first.\n"


def test_a_lease_that_another_took_gets_no_job_and_no_heartbeat() -> None:
    before = store.acquire_lease("cuda:0", OWN)
    other = store.acquire_lease("cuda:1", OWN)
    after = store.acquire_lease("cuda:0", OWN)
    job_id = add()
    for use in (lambda: store.claim_job(["train"], before), lambda: store.renew_lease(before)):
        with pytest.raises(store.Superseded, match="Another worker has taken over this one's device; this one ends"):
            use()
    assert store.job_state(job_id) == "queued"
    store.renew_lease(other)
    claimed = store.claim_job(["train"], after)
    assert claimed is not None and (claimed["job_id"], claimed["device"]) == (job_id, "cuda:0")
    assert store.workers()["fence"].tolist() == [2, 1]


def test_the_device_is_handed_to_the_trainer() -> None:
    job = {"kind": "train", "run_id": "r", "job_id": "j", "args": {"resume": True}}
    assert command(job | {"device": "cuda:1"})[-2:] == ["--device", "cuda:1"]
    assert "--device" not in command(job | {"device": None})


def test_workers_of_two_devices_work_side_by_side_and_each_follows_its_own() -> None:
    sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    workers = [Worker(command=lambda job: sleep, timing=HASTY, device=f"cuda:{n}") for n in range(2)]
    ids = [add("a"), add("b"), add("c")]
    try:
        for worker in workers:
            assert worker._lock.acquire()
        deadline = time.monotonic() + 30
        while len(store.jobs(states=["starting"])) < 2 and time.monotonic() < deadline:
            for worker in workers:
                worker.tick()
        for worker in workers:
            worker.tick()
        rows = store.jobs().set_index("job_id")
        assert rows.loc[ids[:2], "device"].tolist() == ["cuda:0", "cuda:1"]
        assert rows.loc[ids[2], "state"] == "queued"
        assert is_held("cuda:0") and is_held("cuda:1") and not is_held() and any_held()
    finally:
        for worker in workers:
            worker._lock.release()
            assert worker.supervisor.own is not None
            worker.supervisor.own.child.popen.kill()
            worker.supervisor.own.child.popen.wait()
        process.reap()


def test_a_lock_is_passed_over_only_when_its_holder_has_long_been_silent() -> None:
    silent, patient = WorkerLock(), WorkerLock(frozen_after=3600)
    assert silent.acquire() and not patient.acquire()
    eager = WorkerLock(frozen_after=0.0)
    assert eager.acquire()
    assert not patient.acquire()  # the one that took over holds it
    silent.release()
    assert is_held(), "the one that was passed over gave back what was no longer its own"
    eager.release()
    assert not is_held() and lock_path().exists()


def test_a_device_that_is_not_there_is_refused_before_any_job_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    job_id = add()
    assert main(["work", "--device", "cuda:99"]) == 2
    assert capsys.readouterr().err == (
        "python -m jobs: There is no device 'cuda:99' here; name one like cpu or cuda:0, or leave it out.\n"
    )
    assert store.job_state(job_id) == "queued" and store.workers().empty


def test_what_is_lost_is_tried_again(worker_elsewhere: None, capsys: pytest.CaptureFixture[str]) -> None:
    start_run("begun", "lost")
    begun, never = add("begun", priority=2), add("never", seed=3, priority=1)
    done = add("fine")
    phantom = store.add_job("phantom", title="p", args={"name": "p", "images": None}, dataset="p")
    for job_id, state in ((begun, "lost"), (never, "lost"), (phantom, "lost"), (done, "done")):
        store.update_job(job_id, state=state)
    assert len(jobs.retry()) == 3
    new = store.jobs(states=["queued"]).set_index("title")
    assert new.loc["demo on demo@1, seed 0, continued", "args"] == {"resume": True, "recipe_name": "demo"}
    assert (new.loc["never", "run_id"], new.loc["never", "seed"]) == ("never", 3)
    assert new["priority"].to_dict() == {"demo on demo@1, seed 0, continued": 2, "never": 1, "p": 0}
    assert new.loc["p", "args"] == {"name": "p", "images": None}
    assert jobs.retry() == [] and main(["retry"]) == 0
    assert capsys.readouterr().out == "Nothing is lost.\n"
    with pytest.raises(jobs.JobError, match=f"The job {done} is done, not lost; only what was lost is tried again"):
        jobs.retry(done)


@pytest.mark.parametrize("kind", ["import", "check", "explain"])
def test_what_was_never_in_the_queue_is_not_put_there(worker_elsewhere: None, kind: str) -> None:
    start_run("begun", "stopped")
    job_id = store.add_job(kind, title="Of mine", args={}, run_id="begun" if kind == "explain" else None, state="lost")
    with pytest.raises(jobs.JobError, match=r"\(Of mine\) was not in the queue; ask for it again where you asked"):
        jobs.retry(job_id)
    assert len(store.jobs()) == 1


def test_a_job_that_has_ended_stays_as_it_ended() -> None:
    job_id = add()
    store.update_job(job_id, state="lost", error="silent")
    assert store.update_job(job_id, state="running", error=None, pid=5) == "lost"
    job = store.job(job_id)
    assert job is not None and (job["state"], job["error"], job["pid"]) == ("lost", "silent", None)


def test_whoever_acts_for_a_job_that_has_ended_writes_nothing(tmp_path: Path) -> None:
    job_id = add()
    with store.acting_for(job_id):
        store.record_epoch("r", 0, "full", epoch=1, val_loss=1.0)
        store.confirm()
        store.update_job(job_id, state="stopped")
        for use in (
            store.confirm,
            lambda: store.record_epoch("r", 0, "full", epoch=2, val_loss=1.0),
            lambda: store.update_job(job_id, message="on"),
        ):
            with pytest.raises(store.Superseded, match=f"Job {job_id} was ended while this process was out of reach"):
                use()
    store.record_epoch("r", 0, "full", epoch=3, val_loss=1.0)
    assert sorted(store.epochs(["r"])["epoch"]) == [1, 3]
