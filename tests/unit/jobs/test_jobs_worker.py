"""Test the worker with real processes; scripts stand in for the trainer and the catalog."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

import jobs
import store
from jobs import ensure, process
from jobs.commands import progress_path
from jobs.timing import Timing
from jobs.worker import Worker
from jobs.worker_lock import WorkerLock, is_held, lock_path

HASTY = Timing(idle=0.3, grace=0.4, kill_after=0.4, tick=0.05, training=0.1)

SLEEP = "import time; time.sleep(60)"
DEAF = (
    "import signal, time; [signal.signal(n, signal.SIG_IGN) for n in (signal.SIGINT, signal.SIGTERM)];"
    "print('deaf', flush=True); time.sleep(60)"
)
# Polls the store each tenth of a second, as the trainer does each second.
POLITE = """
import sys, time, store
job = sys.argv[1]
store.update_job(job, state="running")
while store.job_state(job) != "stopping":
    time.sleep(0.1)
store.update_job(job, state="stopped")
"""
PROGRESS = """
import json, os, time
from pathlib import Path
path = Path(os.environ["ODAP_PROGRESS"])
path.parent.mkdir(parents=True, exist_ok=True)
path.write_text(json.dumps({"done": 3, "total": 12, "message": "Drawing"}))
time.sleep(60)
"""


def scripted(code: str) -> Callable[[Any], Sequence[str]]:
    return lambda job: [sys.executable, "-c", code, str(job["job_id"])]


@pytest.fixture(autouse=True)
def nothing_survives(places: Path) -> Iterator[None]:
    """End all that a test started for a job of its store."""
    yield
    for pid in store.jobs()["pid"].dropna():
        with suppress(psutil.Error):
            trainer = psutil.Process(int(pid))
            if process.JOB_MARK in trainer.environ():
                trainer.kill()
    process.reap()


def until(worker: Worker, met: Callable[[], bool], seconds: float = 30.0) -> None:
    """Let the worker look again and again until something holds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        worker.tick()
        if met():
            return
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s; the jobs are:\n{store.jobs().to_string()}")


def until_state(worker: Worker, job_id: str, *states: str) -> dict[str, Any]:
    until(worker, lambda: store.job_state(job_id) in states)
    return job_of(job_id)


def job_of(job_id: str) -> dict[str, Any]:
    job = store.job(job_id)
    assert job is not None
    return job


def add_training(run_id: str = "run-1", **columns: Any) -> str:
    return str(store.add_job("train", title=run_id, args={}, run_id=run_id, **columns))


def add_phantom(name: str = "demo") -> str:
    return str(store.add_job("phantom", title=name, args={"name": name, "images": None}, dataset=name))


def start_run(run_id: str) -> None:
    store.create_run(
        run_id, recipe_name="demo", recipe={"name": "demo"}, objective="softmax", model="resnet18",
        dataset_id="demo@1", classes=["ac", "bpd"], seed=0, control=False, rounds=1, device="cpu",
    )  # fmt: skip


def process_of(job_id: str) -> process.Identity:
    job = job_of(job_id)
    return process.Identity(int(job["pid"]), float(job["pid_started"]), str(job["boot_id"]))


def test_one_at_a_time_oldest_first() -> None:
    ids = [add_phantom("a"), add_phantom("b"), add_phantom("c")]
    worker = Worker(command=scripted("import time; time.sleep(0.3)"), timing=HASTY)
    busiest = 0
    order: list[str] = []
    deadline = time.monotonic() + 30
    while worker.tick() and time.monotonic() < deadline:
        busy = store.jobs(states=["starting", "running", "stopping"])["job_id"].tolist()
        busiest = max(busiest, len(busy))
        order += [job_id for job_id in busy if job_id not in order]
        time.sleep(0.05)
    assert busiest == 1
    assert order == ids
    assert [store.job_state(job_id) for job_id in ids] == ["done"] * 3


def test_job_has_its_process_and_log_in_the_store() -> None:
    job_id = add_training("run-7")
    worker = Worker(command=scripted("print('hello', flush=True);" + SLEEP), timing=HASTY)
    worker.tick()
    assert process.is_alive(process_of(job_id))
    log = Path(job_of(job_id)["log"])
    assert log == store.runs_root() / "run-7" / "log.txt"
    until(worker, lambda: log.read_text() == "hello\n")


def test_a_run_deleted_while_its_process_is_on_its_way_out_costs_the_worker_nothing() -> None:
    start_run("run-1")
    code = (
        "import sys, time, store\n"
        "store.finish_run('run-1', 'done')\n"
        "store.update_job(sys.argv[1], state='done')\n"
        "time.sleep(2)"
    )
    job_id = add_training("run-1")
    worker = Worker(command=scripted(code), timing=HASTY)
    until_state(worker, job_id, "done")
    jobs.delete("run-1")
    assert store.job(job_id) is None and worker.supervisor.own is not None
    until(worker, lambda: worker.supervisor.own is None)
    assert jobs.reconcile() == []


def test_a_training_gives_way_to_the_app() -> None:
    job_id = add_training("run-7")
    Worker(command=scripted(SLEEP), timing=HASTY).tick()
    assert psutil.Process(process_of(job_id).pid).nice() == min(psutil.Process().nice() + process.NICE_STEP, 19)


def test_failure_is_told_by_the_last_words_of_the_log() -> None:
    job_id = add_training()
    start_run("run-1")
    worker = Worker(command=scripted("import sys; sys.exit(\"There is no dataset 'x'.\")"), timing=HASTY)
    job = until_state(worker, job_id, "failed")
    assert job["error"] == "There is no dataset 'x'."
    assert job["finished_at"] is not None
    run = store.run("run-1")
    assert run is not None and (run["status"], run["error"]) == ("failed", "There is no dataset 'x'.")


def test_silent_end_is_a_failure_with_a_sentence() -> None:
    job_id = add_training()
    job = until_state(Worker(command=scripted("raise SystemExit(3)"), timing=HASTY), job_id, "failed")
    assert "exit code 3" in job["error"]


def test_command_that_cannot_start_fails_and_the_next_job_goes_on() -> None:
    first, second = add_phantom("a"), add_phantom("b")
    worker = Worker(
        command=lambda job: ["/no/such/program"] if job["job_id"] == first else [sys.executable, "-c", ""],
        timing=HASTY,
    )
    until_state(worker, second, "done")
    assert store.job_state(first) == "failed"


def test_what_the_trainer_said_itself_stands() -> None:
    job_id = add_training()
    code = "import sys, store; store.update_job(sys.argv[1], state='done', message='all well'); sys.exit('noise')"
    worker = Worker(command=scripted(code), timing=HASTY)
    until(worker, lambda: not worker.tick())
    assert (job_of(job_id)["state"], job_of(job_id)["message"]) == ("done", "all well")


def test_run_that_ended_well_ends_its_job_well() -> None:
    job_id = add_training()
    start_run("run-1")
    worker = Worker(command=scripted("import store; store.finish_run('run-1', 'done')"), timing=HASTY)
    job = until_state(worker, job_id, "done")
    run = store.run("run-1")
    assert run is not None and run["status"] == "done"
    assert job["state"] == "done" and job["error"] is None and job["finished_at"] is not None


def test_killed_trainer_is_lost_and_says_how_to_continue() -> None:
    job_id = add_training()
    start_run("run-1")
    worker = Worker(command=scripted(SLEEP), timing=HASTY)
    worker.tick()
    assert process.send(process_of(job_id), signal.SIGKILL)
    job = until_state(worker, job_id, "lost")
    assert job["error"] == (
        "The trainer process ended without a word (killed or machine restarted); "
        "continue with: python -m trainer resume run-1"
    )
    run = store.run("run-1")
    assert run is not None and (run["status"], run["error"]) == ("lost", job["error"])


def test_stop_of_a_running_training_is_heard_by_the_trainer() -> None:
    job_id = add_training()
    worker = Worker(command=scripted(POLITE), timing=Timing(grace=60, tick=0.05))
    until_state(worker, job_id, "running")
    identity = process_of(job_id)
    store.request_stop(job_id)
    until(worker, lambda: store.job_state(job_id) == "stopped" and worker.supervisor.own is None)
    assert not process.is_alive(identity)
    assert job_of(job_id)["state"] == "stopped" and job_of(job_id)["error"] is None
    assert job_of(job_id)["heartbeat_at"] >= job_of(job_id)["started_at"]


def test_trainer_that_does_not_listen_is_terminated() -> None:
    job_id = add_training()
    start_run("run-1")
    worker = Worker(command=scripted(SLEEP), timing=HASTY)
    worker.tick()
    identity = process_of(job_id)
    store.request_stop(job_id)
    until_state(worker, job_id, "stopped")
    assert not process.is_alive(identity)
    run = store.run("run-1")
    assert run is not None and run["status"] == "stopped"


def test_deaf_trainer_is_killed() -> None:
    job_id = add_training()
    worker = Worker(command=scripted(DEAF), timing=HASTY)
    worker.tick()
    until(worker, lambda: Path(job_of(job_id)["log"]).read_text() == "deaf\n")
    identity = process_of(job_id)
    store.request_stop(job_id)
    until_state(worker, job_id, "stopped")
    assert not process.is_alive(identity)


def test_phantom_is_interrupted_at_once_and_may_clean_up(tmp_path: Path) -> None:
    job_id = add_phantom()
    sign = tmp_path / "cleaned"
    code = (
        "import time, pathlib\ntry:\n print('on', flush=True); time.sleep(60)\n"
        f"except KeyboardInterrupt:\n pathlib.Path({str(sign)!r}).touch(); raise SystemExit(130)"
    )
    worker = Worker(command=scripted(code), timing=Timing(grace=60, tick=0.05))
    worker.tick()
    until(worker, lambda: Path(job_of(job_id)["log"]).read_text() == "on\n")
    store.request_stop(job_id)
    until_state(worker, job_id, "stopped")
    assert sign.exists()


def test_progress_of_the_catalog_is_shown() -> None:
    job_id = add_phantom()
    worker = Worker(command=scripted(PROGRESS), timing=HASTY)
    until(worker, lambda: job_of(job_id)["message"] == "Drawing")
    job = job_of(job_id)
    assert (job["state"], job["step"], job["steps"]) == ("running", 3, 12)
    assert job["images_per_s"] > 0 and job["seconds_left"] > 0


def test_queue_waits_for_what_an_earlier_worker_started() -> None:
    first, second = add_training("run-1"), add_training("run-2")
    Worker(command=scripted(SLEEP), timing=HASTY).tick()  # and this worker is never heard of again
    successor = Worker(command=scripted(SLEEP), timing=HASTY)
    for _ in range(5):
        assert successor.tick()
    assert store.job_state(second) == "queued"
    assert process.send(process_of(first), signal.SIGKILL)
    until_state(successor, second, "starting")
    assert store.job_state(first) == "lost"


def test_successor_sees_a_stop_through() -> None:
    job_id = add_training()
    Worker(command=scripted(DEAF), timing=HASTY).tick()
    store.request_stop(job_id)
    until(Worker(timing=HASTY), lambda: store.job_state(job_id) not in ("stopping", "starting"))
    assert not process.is_alive(process_of(job_id))


def test_successor_finds_a_process_whose_pid_was_never_written() -> None:
    job_id = add_training(state="starting")
    child = process.spawn(
        [sys.executable, "-c", SLEEP], store.runs_root() / "x.log", environment={process.JOB_MARK: job_id}
    )
    add_training("run-2")
    assert Worker(command=scripted(SLEEP), timing=HASTY).tick()
    assert job_of(job_id)["pid"] == child.identity.pid
    assert jobs.reconcile() == []


@pytest.mark.parametrize("state", ["starting", "running", "stopping"])
def test_reconcile_tells_a_reused_pid_from_the_trainer(state: str) -> None:
    start_run("run-1")
    own = process.identify(os.getpid())
    assert own is not None
    identity = {"pid": own.pid, "boot_id": own.boot_id}
    job_id = add_training(state=state, pid_started=own.started - 100, **identity)
    healthy = add_training("run-2", state=state, pid_started=own.started, **identity)
    rebooted = add_training("run-3", state=state, pid=own.pid, pid_started=own.started, boot_id="another boot")
    assert set(jobs.reconcile()) == {job_id, rebooted}
    assert store.job_state(job_id) == "lost"
    assert store.job_state(healthy) == state
    run = store.run("run-1")
    assert run is not None and run["status"] == "lost"


def test_start_without_a_pid_is_given_a_minute() -> None:
    job_id = add_training(state="starting")
    assert jobs.reconcile() == []
    late = store.utc_now() - timedelta(seconds=61)
    with store.write() as connection:
        connection.execute("UPDATE jobs SET created_at = ?, started_at = ?, heartbeat_at = ?", [late, late, late])
    assert jobs.reconcile() == [job_id]
    assert "start it again" in job_of(job_id)["error"]


def test_reconcile_leaves_the_jobs_to_a_worker_that_lives(worker_elsewhere: None) -> None:
    job_id = add_training(state="running", pid=1, pid_started=0.0, boot_id="another boot")
    assert jobs.reconcile() == []
    assert store.job_state(job_id) == "running"


def test_phantom_that_an_earlier_worker_started_ends_by_its_progress() -> None:
    gone = {"state": "running", "pid": 1, "pid_started": 0.0, "boot_id": "another boot"}
    complete = str(store.add_job("phantom", title="a", args={"name": "a"}, dataset="a", **gone))
    partial = str(store.add_job("phantom", title="b", args={"name": "b"}, dataset="b", **gone))
    for job_id, done in ((complete, 9), (partial, 4)):
        path = progress_path({"job_id": job_id})
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"done": done, "total": 9, "message": ""}), encoding="utf-8")
    assert set(jobs.reconcile()) == {complete, partial}
    assert (store.job_state(complete), store.job_state(partial)) == ("done", "lost")


def test_only_one_worker_works_and_an_idle_one_ends() -> None:
    first = Worker(timing=Timing(idle=60, tick=0.05))
    lock = WorkerLock()
    assert lock.acquire()
    assert is_held()
    assert first.work() is False
    lock.release()
    assert not is_held()
    began = time.monotonic()
    assert Worker(timing=HASTY).work() is True
    assert HASTY.idle <= time.monotonic() - began < 20
    assert not is_held()


def test_two_workers_at_once_never_run_one_job_twice(tmp_path: Path) -> None:
    ids = [add_phantom(f"p{n}") for n in range(4)]
    tally = tmp_path / "tally"
    code = f"import sys; open({str(tally)!r}, 'a').write(sys.argv[1] + chr(10))"
    threads = [
        threading.Thread(target=Worker(command=scripted(code), timing=HASTY).work, daemon=True) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(tally.read_text().split()) == sorted(ids)


def test_a_job_queued_while_the_worker_turns_to_leave_is_taken() -> None:
    worker = Worker(command=scripted(""), timing=HASTY)
    release = worker._lock.release
    added: list[str] = []

    def release_late() -> None:
        if not added:
            added.append(add_phantom())
        release()

    worker._lock.release = release_late  # type: ignore[method-assign]
    assert worker.work()
    assert store.job_state(added[0]) == "done"


@pytest.mark.slow
def test_worker_is_started_by_itself_detached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ensure, "_starting", [])  # workers of other tests of this process, of stores of their own
    # A name that the catalog refuses: the job fails with what the catalog said, from start to end without us.
    job_id = add_phantom("Not A Name")
    assert jobs.ensure_worker()
    assert not jobs.ensure_worker()
    deadline = time.monotonic() + 60
    while store.job_state(job_id) != "failed" and time.monotonic() < deadline:
        time.sleep(0.1)
    job = job_of(job_id)
    assert job["state"] == "failed" and job["error"]
    pid = int(lock_path().read_text())
    assert os.getsid(pid) == pid != os.getsid(0)
    os.kill(pid, signal.SIGKILL)
    while is_held() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_held()
    assert not jobs.ensure_worker()  # nothing to do
