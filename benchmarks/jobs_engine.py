"""Compare the job queue in results.duckdb with the same queue in SQLite (WAL).

    python benchmarks/jobs_engine.py [--quick] [--seconds 12] [--repeats 2]

Each training is a process that writes its heartbeat once a second, as the trainer does. One of them also records a
stage every five seconds and renews the lease of a worker. Meanwhile this process reads as a page does: runs, stages and
jobs, then the predictions of one stage. Both homes have the same columns, the same rows, and durable commits; stages
and predictions are in DuckDB in both. What is timed is each call, from the request for a turn to the end of the commit.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import pandas as pd  # noqa: E402

import store  # noqa: E402
from benchmarks import pages  # noqa: E402
from system.job_states import FINAL, JobState  # noqa: E402
from trainer.progress import pause_after  # noqa: E402

ENGINES = ("DuckDB", "DuckDB, paced", "SQLite")  # paced: `trainer.progress.pause_after`
TRAININGS = (1, 4, 12)
STAGE_EVERY = 5.0  # seconds between two recorded stages
LEASE_EVERY = 5.0  # seconds between two heartbeats of the worker
READ_EVERY = 0.25  # seconds between two views of the page
OWN = {"pid": 1, "pid_started": 0.0, "boot_id": "benchmark"}
JOB_COLUMNS = (
    "job_id TEXT PRIMARY KEY, kind TEXT, state TEXT, run_id TEXT, title TEXT, args TEXT, dataset TEXT, seed INTEGER,"
    " priority INTEGER, pid INTEGER, pid_started REAL, boot_id TEXT, round INTEGER, stage TEXT, epoch INTEGER,"
    " epochs INTEGER, step INTEGER, steps INTEGER, images_per_s REAL, seconds_left REAL, message TEXT, error TEXT,"
    " log TEXT, created_at TEXT, started_at TEXT, heartbeat_at TEXT, finished_at TEXT, after TEXT, host TEXT,"
    " device TEXT"
)
WORKER_COLUMNS = (
    "host TEXT, device TEXT, fence INTEGER, pid INTEGER, pid_started REAL, boot_id TEXT, started_at TEXT,"
    " heartbeat_at TEXT, PRIMARY KEY (host, device)"
)


@dataclass
class Timings:
    """Hold the seconds of every call of one setting, and how many heartbeats came to nothing."""

    reads: list[float] = field(default_factory=list)
    heartbeats: list[float] = field(default_factory=list)
    stages: list[float] = field(default_factory=list)
    missed: int = 0

    def row(self, trainings: int, engine: str) -> str:
        """Return one row of the table, times in ms."""
        cells = [f"{np.percentile(times, q) * 1e3:.0f}" for times in (self.reads, self.heartbeats) for q in (50, 95)]
        share = self.missed / max(1, self.missed + len(self.heartbeats))
        stage = f"{np.median(self.stages) * 1e3:.0f}" if self.stages else ""
        return f"| {trainings} | {engine} | {' | '.join(cells)} | {share:.1%} | {stage} | {len(self.reads)} |"


class SqliteQueue:
    """Keep jobs and workers in SQLite: the little of the queue that the comparison needs."""

    def __init__(self, path: Path, timeout: float) -> None:
        """Open the file for the life of this process.

        `timeout` is the longest time in seconds that a write waits for its turn.
        """
        self._connection = sqlite3.connect(path, timeout=timeout, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")  # a commit is on the disk, as DuckDB's is

    @classmethod
    def fill(cls, path: Path) -> None:
        """Make the file from the jobs and workers that are in DuckDB."""
        queue = cls(path, 30.0)
        queue._connection.execute(f"CREATE TABLE jobs ({JOB_COLUMNS})")
        queue._connection.execute(f"CREATE TABLE workers ({WORKER_COLUMNS})")
        with store.read() as connection:
            for table in ("jobs", "workers"):
                for row in connection.execute(f"FROM {table}").fetchall():
                    values = [value if value is None or isinstance(value, int | float) else str(value) for value in row]
                    queue._connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", values)
        queue._connection.close()

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise

    def update_job(self, job_id: str, **columns: Any) -> str | None:
        """Update columns of a job that has not ended, and its heartbeat; return its state."""
        row = {**columns, "heartbeat_at": str(store.utc_now())}
        changes = ", ".join(f"{name} = ?" for name in row)
        with self._write() as connection:
            state = connection.execute("SELECT state FROM jobs WHERE job_id = ?", [job_id]).fetchone()
            if state is None or state[0] in FINAL:
                return None
            connection.execute(f"UPDATE jobs SET {changes} WHERE job_id = ?", [*row.values(), job_id])
        return str(state[0])

    def renew_lease(self, lease: store.Lease) -> None:
        """Write the heartbeat of a worker."""
        with self._write() as connection:
            connection.execute(
                "UPDATE workers SET heartbeat_at = ? WHERE host = ? AND device = ? AND fence = ?",
                [str(store.utc_now()), lease.host, lease.device, lease.fence],
            )

    def jobs(self) -> pd.DataFrame:
        """Return every job, oldest first."""
        return pd.read_sql_query("SELECT * FROM jobs ORDER BY created_at, rowid", self._connection)


def use(place: Path) -> None:
    """Let this process use the store in a folder."""
    os.environ["ODAP_RESULTS"], os.environ["ODAP_RUNS"] = str(place / "results.duckdb"), str(place / "runs")


def train(number: int, job_id: str, lease: store.Lease, place: Path, paced: bool, stop: Any, results: Any) -> None:
    """Act as one training until the event `stop` is set; put its timings on the queue `results`."""
    use(place)
    os.environ[store.JOB_MARK] = job_id
    sqlite = place / "jobs.sqlite"
    queue = SqliteQueue(sqlite, timeout=1.0) if sqlite.exists() else None
    update: Callable[..., Any] = queue.update_job if queue else lambda job, **row: store.update_job(job, 1.0, **row)
    renew = queue.renew_lease if queue else store.renew_lease
    stage = _stage_of(f"mines-{number}") if number == 0 else None
    results.put(None)  # ready
    time.sleep(float(np.random.default_rng(number).uniform(0, 1)))
    timings = Timings()
    step, stage_due, lease_due = 0, time.monotonic() + 1.0, time.monotonic() + 2.0
    while not stop.is_set():
        began, step = time.monotonic(), step + 1
        try:
            update(job_id, step=step, steps=5000, images_per_s=123.4, seconds_left=99.0, epoch=2, epochs=5)
            timings.heartbeats.append(time.monotonic() - began)
        except (store.StoreBusy, sqlite3.OperationalError):
            timings.missed += 1
        next_beat = (time.monotonic() + pause_after(time.monotonic() - began)) if paced else began + 1.0
        if number == 0 and time.monotonic() > lease_due:
            renew(lease)
            lease_due += LEASE_EVERY
        if stage is not None and time.monotonic() > stage_due:
            before = time.monotonic()
            stage()
            timings.stages.append(time.monotonic() - before)
            stage_due += STAGE_EVERY
        stop.wait(max(0.0, next_beat - time.monotonic()))
    results.put(timings)


def _stage_of(run_id: str) -> Callable[[], object]:
    """Return a function that records the last stage of a run again."""
    last = store.stages(run_id).iloc[-1]
    round_, stage = int(last["round"]), str(last["stage"])
    with store.read() as connection:
        names = "sample_id, split, targets, probs, loss, correct"
        where = "run_id = ? AND round = ? AND stage = ?"
        key = [run_id, round_, stage]
        predictions = connection.execute(f"SELECT {names} FROM predictions WHERE {where}", key).arrow()
        predictions = predictions.read_all() if hasattr(predictions, "read_all") else predictions
        names = "split, class_name, metric, value, n"
        metrics = connection.execute(f"SELECT {names} FROM metrics WHERE {where}", key).df()
    moment = store.utc_now()
    columns = {
        "position": int(last["position"]), "epochs": 5, "best_epoch": 5, "steps": 1000, "samples_seen": 32000,
        "seconds": 100.0, "images_per_s": 320.0, "n_mined": None, "started_at": moment, "finished_at": moment,
    }  # fmt: skip
    return lambda: store.record_stage(
        run_id, round_, stage, columns=columns, metrics=metrics, predictions=predictions, mined=None
    )


class Page:
    """Read as a page does.

    It reads the changes of runs, stages and jobs, then the predictions of one stage.
    """

    def __init__(self, sqlite: Path | None) -> None:
        """Read jobs from DuckDB, or from the SQLite file where one is named."""
        self._run_id = next(run_id for run_id in store.runs()["run_id"] if run_id.startswith("mines-"))
        self._queue = None if sqlite is None else SqliteQueue(sqlite, timeout=10.0)
        self._mark = ""

    def view(self, turn: int) -> int:
        """Read once; return the number of jobs and predictions.

        As in the app, an unchanged file is not read again.
        """
        mark, changed = store.mark(), 0
        if mark != self._mark:
            with store.read():
                store.runs(), store.stages()
                changed = 0 if self._queue else len(store.jobs())
            self._mark = mark
        known = len(self._queue.jobs()) if self._queue else changed
        round_, stage = pages.STAGES[turn % len(pages.STAGES)]
        return known + len(store.predictions(self._run_id, round_, stage, "val"))


def measure(folder: Path, engine: str, trainings: int, seconds: float, timings: Timings) -> None:
    """Add the timings of one setting, on a fresh copy of the filled store."""
    place = Path(tempfile.mkdtemp(dir=folder))
    shutil.copy(folder / "results.duckdb", place)
    use(place)
    ids = [
        store.add_job("train", title=f"t{n}", args={}, run_id=f"r{n}", state=JobState.RUNNING) for n in range(trainings)
    ]
    lease = store.acquire_lease(None, OWN)
    sqlite = None
    if engine == "SQLite":
        sqlite = place / "jobs.sqlite"
        SqliteQueue.fill(sqlite)
    context = multiprocessing.get_context("forkserver")
    results, stop = context.Queue(), context.Event()
    processes = [
        context.Process(target=train, args=(n, job_id, lease, place, engine == ENGINES[1], stop, results), daemon=True)
        for n, job_id in enumerate(ids)
    ]
    for process in processes:
        process.start()
    for _ in processes:
        _receive(results, processes)  # each is ready
    time.sleep(1.0)
    page, turn, end = Page(sqlite), 0, time.monotonic() + seconds
    page.view(0)
    while time.monotonic() < end:
        began = time.monotonic()
        turn += 1
        page.view(turn)
        timings.reads.append(time.monotonic() - began)
        time.sleep(READ_EVERY)
    stop.set()
    for _ in processes:
        own = _receive(results, processes)
        timings.heartbeats += own.heartbeats
        timings.stages += own.stages
        timings.missed += own.missed
    for process in processes:
        process.join()
    shutil.rmtree(place)


def _receive(results: Any, processes: list[Any]) -> Any:
    """Return what a process has sent; raises SystemExit where one has failed."""
    while True:
        try:
            return results.get(timeout=1.0)
        except Empty:
            if any(process.exitcode for process in processes):
                raise SystemExit("A training of the benchmark failed; its traceback is above.") from None


def fill(place: Path, runs: int, samples: int) -> None:
    """Make a store of finished runs and of 40 jobs that have ended."""
    use(place)
    pages.make(runs, samples)
    for n in range(40):
        store.update_job(store.add_job("train", title=f"old {n}", args={}, run_id=f"old-{n}"), state=JobState.DONE)


def main() -> None:
    """Run the comparison and print its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two trainings, two seconds, a small store")
    parser.add_argument("--seconds", type=float, default=12.0, help="of each setting and repeat (default: 12)")
    parser.add_argument("--repeats", type=int, default=2, help="engines take turns so often (default: 2)")
    args = parser.parse_args()
    trainings = (2,) if args.quick else TRAININGS
    seconds, repeats = (2.0, 1) if args.quick else (args.seconds, args.repeats)
    multiprocessing.get_context("forkserver").set_forkserver_preload(["benchmarks.jobs_engine"])
    print("| trainings | jobs in | reader p50, ms | p95 | heartbeat p50, ms | p95 | missed | stage p50, ms | reads |")
    print("|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder, *((1, 100) if args.quick else (6, 2000)))
        for count in trainings:
            all_timings = {engine: Timings() for engine in ENGINES}
            for repeat in range(repeats):
                for engine in ENGINES if repeat % 2 == 0 else reversed(ENGINES):
                    measure(folder, engine, count, seconds, all_timings[engine])
            for engine in ENGINES:
                print(all_timings[engine].row(count, engine), flush=True)
    print(f"\nLoad of the machine: {os.getloadavg()[0]:.1f}.")


if __name__ == "__main__":
    main()
