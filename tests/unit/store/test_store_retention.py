"""A run is deleted whole or not at all, whenever the process that deletes it is killed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import jobs
import store
from store import retention
from store.__main__ import main
from store.engine import duckdb_instance

FILES = {
    "checkpoints/last.safetensors": 50, "checkpoints/00-full.safetensors": 30,
    "checkpoints/01-hard_negative.safetensors": 20,
}  # fmt: skip


@pytest.fixture
def run(results: Any) -> Path:
    results.prepare()
    results.stage(mined=results.mined(), columns={"position": 0, "epochs": 1, "n_mined": 1})
    store.record_epoch("r", 0, "full", epoch=1, val_loss=1.0)
    job = store.add_job("train", title="t", args={}, run_id="r")
    store.update_job(job, state="done")
    store.finish_run("r", "done")
    folder = store.runs_root() / "r"
    for name, size in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x" * size)
    return folder


def rows_of_runs() -> int:
    kept = {"datasets", "samples", "schema_version", "verdicts", "workers"}
    return sum(n for table, n in store.counts().items() if table not in kept)


def test_a_deleted_run_leaves_nothing_but_its_dataset_and_verdicts(run: Path, results: Any) -> None:
    store.create_run(
        "other", recipe_name="r", recipe={}, objective="softmax", model="m", dataset_id="d@1", classes=["x", "y"],
        seed=0, control=False, rounds=0, device="cpu",
    )  # fmt: skip
    with store.write() as connection:
        connection.execute("INSERT INTO verdicts (verdict_id, run_id, sample_id) VALUES ('v', 'r', 'a')")
        connection.execute("INSERT INTO ledger (run_id, sample_id) VALUES ('r', 'a')")
    assert jobs.delete("r") == sum(FILES.values())
    assert not run.exists() and list(store.runs_root().iterdir()) == []
    assert store.runs()["run_id"].tolist() == ["other"] and rows_of_runs() == 1
    assert store.counts()["verdicts"] == 1 and store.counts()["samples"] == 3
    assert store.check() == []


def test_a_trainer_that_was_out_of_reach_while_its_run_was_deleted_writes_nothing_more(run: Path, results: Any) -> None:
    job = str(store.jobs()["job_id"].iloc[0])
    jobs.delete("r")
    with store.acting_for(job), pytest.raises(store.Superseded):
        results.stage()
    assert rows_of_runs() == 0 and store.check() == []


@pytest.mark.parametrize("state", ["queued", "running", "stopping"])
def test_a_run_that_is_not_at_its_end_is_not_deleted(run: Path, state: str) -> None:
    store.add_job("train", title="t", args={}, run_id="r", state=state)
    before = rows_of_runs()
    with pytest.raises(jobs.JobError, match=f"^The run r is {state}; stop it first with: python -m jobs stop r$"):
        jobs.delete("r")
    assert rows_of_runs() == before and len(list(run.rglob("*.safetensors"))) == 3


@pytest.mark.parametrize("name", ["nobody", "../r", "", "r/../r", "*"])
def test_a_run_that_is_not_there_is_told_so(run: Path, name: str) -> None:
    with pytest.raises(jobs.JobError, match=r"^There is no run "):
        jobs.delete(name)
    assert run.exists()


@pytest.mark.parametrize("moment", ["rename", "execute", "rmtree"])
def test_killed_while_it_deletes_there_are_rows_and_files_or_neither(run: Path, moment: str) -> None:
    # Killed right after the folder was moved aside, or after the rows were deleted and before the files were.
    code = (
        "import os, pathlib, shutil, signal, sys, store\n"
        "die = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)\n"
        "move = pathlib.Path.rename\n"
        "if sys.argv[1] == 'rename': pathlib.Path.rename = lambda *a: (move(*a), die())\n"
        "if sys.argv[1] == 'execute': import store.retention as r; r._tables = lambda _: ['stages', 'no_such_table']\n"
        "if sys.argv[1] == 'rmtree': shutil.rmtree = die\n"
        "store.delete_run('r')"
    )
    ended = subprocess.run([sys.executable, "-c", code, moment], capture_output=True, check=False)
    assert ended.returncode != 0
    assert jobs.reconcile() == []  # as the app does when it starts
    there = moment != "rmtree"
    assert run.is_dir() == there and bool(rows_of_runs()) == there
    assert (len(list(run.rglob("*.safetensors"))) == 3) == there
    assert [path.name for path in store.runs_root().glob(".*")] == []
    assert store.check() == []


class Interrupted:
    """A connection whose commit is interrupted by Ctrl-C, which Python hears once it is done."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def commit(self) -> None:
        self._connection.commit()
        raise KeyboardInterrupt


def test_interrupted_in_its_commit_a_deletion_leaves_no_files_without_rows(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected = duckdb_instance.connected
    interrupted: list[str] = []

    @contextmanager
    def once(path: Path, *, write: bool) -> Iterator[Any]:
        with connected(path, write=write) as found:
            yield found if interrupted or not write else interrupted.append("once") or Interrupted(found)

    monkeypatch.setattr(duckdb_instance, "connected", once)
    with pytest.raises(KeyboardInterrupt):
        store.delete_run("r")
    assert interrupted and not run.exists() and rows_of_runs() == 0
    assert list(store.runs_root().iterdir()) == []


@pytest.mark.parametrize(
    ("change", "left"), [(jobs.delete, "runs/r"), (jobs.keep_best, "01-hard_negative.safetensors")]
)
def test_what_may_not_be_removed_is_told_so_and_no_row_goes(
    run: Path, change: Any, left: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "rename", refuse)
    monkeypatch.setattr(Path, "unlink", refuse)
    before = rows_of_runs()
    with pytest.raises(jobs.JobError, match=f"{left} cannot be removed .Permission denied. and is left there; check"):
        change("r")
    assert rows_of_runs() == before and len(list(run.rglob("*.safetensors"))) == 3


def test_only_the_best_checkpoint_is_kept(run: Path, results: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with store.write() as connection:
        connection.execute("INSERT INTO stages (run_id, round, stage, position) VALUES ('r', 1, 'hard_negative', 1)")
        for round_, stage, value in ((0, "full", 0.7), (1, "hard_negative", 0.9)):
            connection.execute(
                "INSERT INTO metrics VALUES ('r', ?, ?, 'val', NULL, 'macro_f1', ?, 1)", [round_, stage, value]
            )
    store.finish_run("r", "stopped")
    with pytest.raises(store.StoreError, match="is stopped, not done; its checkpoints are needed"):
        store.keep_best("r")
    store.finish_run("r", "done")
    assert store.keep_best("r") == 80
    assert [path.name for path in (run / "checkpoints").iterdir()] == ["01-hard_negative.safetensors"]
    assert main(["disk"]) == 0
    assert capsys.readouterr().out.split()[:5] == ["0.0", "MB", "r", "(done)", "0.0"]
    assert store.disk_use()["bytes"].tolist() == [20]


def test_the_last_checkpoint_is_kept_beside_the_best_and_none_is_taken_from_a_job(run: Path) -> None:
    (run / "checkpoints" / "02-refined.safetensors").write_bytes(b"x" * 10)
    with store.write() as connection:
        for position, (round_, stage, value) in enumerate([(1, "hard_negative", 0.9), (1, "refined", 0.8)], start=1):
            connection.execute("INSERT INTO stages (run_id, round, stage, position) VALUES ('r', ?, ?, ?)",
                               [round_, stage, position])  # fmt: skip
            connection.execute(
                "INSERT INTO metrics VALUES ('r', ?, ?, 'val', NULL, 'macro_f1', ?, 1)", [round_, stage, value]
            )
    drawing = store.add_job("explain", title="t", args={}, run_id="r", state="running")
    with pytest.raises(jobs.JobError, match=f"^The checkpoints of r are in use; wait, or stop it .* stop {drawing}$"):
        jobs.keep_best("r")
    assert len(list(run.rglob("*.safetensors"))) == 4
    store.update_job(drawing, state="done")
    assert jobs.keep_best("r") == 80
    kept = sorted(path.name for path in (run / "checkpoints").iterdir())
    assert kept == ["01-hard_negative.safetensors", "02-refined.safetensors"]


def test_disk_use_of_a_store_without_runs_is_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["disk"]) == 0
    assert capsys.readouterr().out.split() == ["0.0", "MB", "in", "all"]


def test_what_a_deletion_would_take_is_what_it_takes(run: Path) -> None:
    before, kept = store.rows_of("r"), rows_of_runs()
    jobs.delete("r")
    assert before["stages"] == 1 and sum(before.values()) == kept - rows_of_runs()
    assert store.rows_of("r") == {}


def test_what_goes_while_it_is_measured_counts_nothing(run: Path) -> None:
    before = retention._size(run)
    (run / "gone").symlink_to(run / "nothing")  # a file that is listed, and not there when it is looked at
    assert before >= sum(FILES.values()) and retention._size(run) == before
    assert retention._size(run / "nothing") == 0
