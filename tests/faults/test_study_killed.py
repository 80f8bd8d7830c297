"""The command of a study and the worker are killed while it trains: no run is lost, and none is trained twice."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow.parquet as pq
import pytest

import store
from jobs.process import JOB_MARK
from studies import Study
from tests.unit.jobs.study_cases import make_dataset, shorten, write_study

pytestmark = [pytest.mark.slow, pytest.mark.long]  # a study that is killed once is in tests/unit/jobs
COMMAND = "import sys\nfrom jobs.__main__ import main\nsys.exit(main(sys.argv[1:]))"
MODULES = ("jobs.__main__", "jobs.study_command", "store", "duckdb", "pandas")


def started(place: Path) -> list[psutil.Process]:
    """Workers and trainers of this store."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get("ODAP_RUNS") == str(place / "runs") and "-m" in process.cmdline():
                found.append(process)
    return found


def workers(place: Path) -> list[psutil.Process]:
    return [process for process in started(place) if process.cmdline()[-2:] == ["jobs", "work"]]


def trainers(place: Path) -> Counter[str]:
    """How many processes train, by job."""
    found: Counter[str] = Counter()
    for process in started(place):
        with suppress(psutil.Error):
            if "trainer" in process.cmdline():
                found[process.environ().get(JOB_MARK, "")] += 1
    return found


def kill(processes: list[psutil.Process]) -> int:
    killed = 0
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
            killed += 1
    return killed


@pytest.fixture(autouse=True)
def nothing_survives(place: Path) -> Iterator[None]:
    yield
    while kill(started(place)):
        time.sleep(0.1)


@pytest.mark.timeout(3600)
def test_a_study_and_its_worker_killed_while_it_trains(
    place: Path, zygote: Callable[..., Any], times: int, chance: random.Random, figures: Callable[..., None]
) -> None:
    make_dataset()
    file, seeds = write_study(place, shorten), 1 + times // 5
    make, kills, ended = zygote(*MODULES), Counter[str](), set[tuple[str, str]]()

    def begin() -> Any:
        return make.start(COMMAND, "study", str(file), "--seeds", str(seeds), "--export", str(place / "out"))

    while kills.total() < times:
        command = begin()
        time.sleep(chance.uniform(0.2, 5.0))
        what = ("command", "worker", "both")[kills.total() % 3]
        amid = not store.jobs(states=["queued", "starting", "running"]).empty
        if what != "command":
            kills[what] += bool(kill(workers(place))) and amid
            time.sleep(chance.uniform(0.0, 1.0))
        command.kill()
        code = command.wait()
        assert code in (0, -9), command.said()
        kills[what] += what == "command" and code == -9
        seeds += code == 0  # more seeds are the same study: there is something to train again
        assert set(trainers(place).values()) <= {1}, "two processes train for one job"
        finished = {(str(row.run_id), str(row.stage)) for row in store.stages().itertuples()}
        assert ended <= finished, "a finished stage was lost"
        ended = finished
        assert store.check() == []
    command = begin()
    kills["worker, and the command goes on"] += kill(workers(place))
    assert command.wait() == 0, command.said()

    study = Study.load(file)
    links, runs = store.study_runs(study.study_id), store.runs()
    assert len(links) == len(runs) == 2 * seeds and set(runs["status"]) == {"done"}
    trainings = store.jobs().query("kind == 'train'")
    assert sorted(trainings["run_id"]) == sorted(runs["run_id"]), "a run was trained twice"
    assert set(trainings["state"]) == {"done"} and (trainings["step"] == trainings["steps"]).all()
    epochs = store.epochs(list(runs["run_id"]))
    assert not epochs.duplicated(["run_id", "position", "epoch"]).any()
    of_full = epochs[(epochs["stage"] == "full") & epochs["run_id"].str.startswith("hnl")]
    assert (of_full.groupby("run_id").size() == 2).all()
    for seed in range(seeds):
        pair = runs[runs["seed"] == seed].set_index("recipe_name")["run_id"]
        full = [store.read_predictions(str(pair[arm]), round=0, stage="full").probs for arm in ("hnl", "control")]
        assert np.array_equal(*full), "the full stage was not shared"
    assert sorted(pq.read_table(place / "out" / "runs.parquet")["run_id"].to_pylist()) == sorted(runs["run_id"])
    assert store.check() == []
    figures(
        **{what.replace(", ", "_").replace(" ", "_"): n for what, n in kills.items()},
        runs=len(runs),
        lost=0,
        trained_twice=0,
    )
