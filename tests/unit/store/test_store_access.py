"""Who may have the file, and what is said when it is not to be had: real files, real processes."""

from __future__ import annotations

import errno
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest

import store
from store import maintenance
from store.__main__ import main
from store.engine import opening, readers_writer_lock
from tests.unit.store.somebody_elses import only_readable

WRITER = """
import sys, store
sys.stdin.readline()
for epoch in range(50):
    store.record_epoch("r", 0, sys.argv[1], epoch=epoch, val_loss=float(epoch))
"""


def spawn(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip


def test_writers_in_other_processes_and_readers_at_once_lose_nothing_and_double_nothing(results: Any) -> None:
    results.prepare()
    writers = [spawn(WRITER, name) for name in ("one", "two")]
    ended = threading.Event()
    seen: list[list[int]] = [[], [], []]
    troubles: list[Exception] = []

    def look(counts: list[int]) -> None:
        while not ended.is_set():
            try:
                counts.append(len(store.epochs(["r"])))
            except store.StoreError as trouble:
                troubles.append(trouble)
                return
            ended.wait(0.02)  # a page looks now and then

    readers = [threading.Thread(target=look, args=(counts,)) for counts in seen]
    for reader in readers:
        reader.start()
    outcomes = [writer.communicate("go\n") for writer in writers]
    ended.set()
    for reader in readers:
        reader.join()

    assert [writer.returncode for writer in writers] == [0, 0], outcomes
    assert troubles == []
    assert all(counts == sorted(counts) and counts for counts in seen)  # what was seen once is never gone again
    rows = store.epochs(["r"])
    assert sorted(zip(rows["stage"], rows["epoch"], strict=True)) == [
        (name, epoch) for name in ("one", "two") for epoch in range(50)
    ]


def write_and_read(times: int) -> None:
    for _ in range(times):
        with store.write() as connection:
            connection.execute("UPDATE runs SET seed = seed + 1")
            time.sleep(0.002)
        store.runs()


BESIDE = """
import store
for _ in range(20):
    with store.write() as connection:
        connection.execute("UPDATE runs SET seed = seed + 1")
"""


@pytest.mark.parametrize("why", ["no folder can be made", "the file system knows no locks"])
def test_threads_take_turns_where_there_are_no_locks_between_processes(
    results: Any, place: Path, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    results.prepare()
    if why == "no folder can be made":
        shutil.rmtree(place / "results.duckdb.locks")
        (place / "results.duckdb.locks").write_text("")
    else:

        def unknown(*_: object) -> None:
            raise OSError(errno.ENOLCK, "No locks available")

        monkeypatch.setattr(readers_writer_lock.fcntl, "flock", unknown)
    beside = spawn(BESIDE)
    with ThreadPoolExecutor(6) as pool:
        assert [*pool.map(write_and_read, [5] * 6)] == [None] * 6  # none raised
    assert beside.wait() == 0
    assert store.runs()["seed"].tolist() == [50]


def test_a_thread_interrupted_as_it_comes_in_keeps_no_other_out(results: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    results.prepare()

    @contextmanager
    def interrupted(store: Path, enter: Callable[[], Any], **_: Any) -> Iterator[Any]:
        enter()
        raise KeyboardInterrupt
        yield

    with monkeypatch.context() as patch:
        patch.setattr(opening, "turn", interrupted)
        with pytest.raises(KeyboardInterrupt):
            store.runs()
    store.finish_run("r", "done")


def test_processes_that_make_the_store_at_once_make_one(place: Path) -> None:
    code = (
        "import sys, store\nprint('ready', flush=True)\nsys.stdin.readline()\n"
        "print(store.add_job('train', title='t', args={}))"
    )
    processes = [spawn(code) for _ in range(3)]
    for process in processes:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    outcomes = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0] * 3, outcomes
    assert sorted(store.jobs()["job_id"]) == sorted(said.strip() for said, _ in outcomes)
    assert {path.name for path in place.iterdir()} == {"results.duckdb", "results.duckdb.locks"}


def test_a_page_that_finds_the_store_held_gets_a_sentence(results: Any, held: Any) -> None:
    results.prepare()
    with held():
        with pytest.raises(store.StoreBusy, match="held by another process; close it"), store.read(timeout=0.2):
            raise AssertionError("a file held by a writer was opened")
        with pytest.raises(store.StoreBusy, match="held by another process"), store.write(timeout=0.2):
            raise AssertionError("a file held by a writer was opened")
    assert len(store.runs()) == 1


def test_a_store_held_by_a_reader_can_be_read(results: Any, held: Any) -> None:
    results.prepare()
    with held(read_only=True):
        assert len(store.runs()) == 1
        with pytest.raises(store.StoreBusy), store.write(timeout=0.2):
            raise AssertionError("a file held by a reader was opened for writing")


@pytest.mark.parametrize("trouble", [RuntimeError("pulled plug"), KeyboardInterrupt()])
def test_what_fails_half_way_leaves_nothing(results: Any, trouble: BaseException) -> None:
    results.prepare()
    with pytest.raises(type(trouble)), store.write() as connection:
        connection.execute("INSERT INTO stages (run_id, round, stage) VALUES ('r', 0, 'full')")
        raise trouble
    assert store.stages("r").empty
    results.stage()
    assert store.check() == []


def test_a_writer_killed_inside_its_transaction_leaves_nothing(results: Any) -> None:
    results.prepare()
    code = (
        "import store, sys\n"
        "with store.write() as connection:\n"
        "    connection.execute(\"INSERT INTO stages (run_id, round, stage) VALUES ('r', 0, 'full')\")\n"
        "    print('inside', flush=True)\n"
        "    sys.stdin.readline()\n"
    )
    writer = spawn(code)
    assert writer.stdout is not None and writer.stdout.readline() == "inside\n"
    writer.kill()
    writer.communicate()
    assert store.stages("r").empty
    assert store.check() == []


def broken(kind: str, sound: bytes) -> bytes:
    return {
        "garbage": b"garbage" * 1000, "empty": b"", "half": sound[: len(sound) // 2], "header": sound[:4096],
    }[kind]  # fmt: skip


@pytest.mark.parametrize("kind", ["garbage", "empty", "half", "header"])
def test_a_broken_file_is_named_with_the_remedy(results: Any, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    results.prepare()
    maintenance.compact()  # all is in the file, and nothing else
    left = broken(kind, store.results_path().read_bytes())
    store.results_path().write_bytes(left)
    sentence = "results.duckdb is not a sound DuckDB file; move it away (a new one is made) or restore a backup."
    for use in (store.runs, store.jobs, lambda: store.add_job("train", title="t", args={})):
        with pytest.raises(store.StoreError) as told:
            use()
        assert str(told.value) == sentence
    assert main(["check"]) == 2
    assert capsys.readouterr().err == f"python -m store: {sentence}\n"
    assert store.results_path().read_bytes() == left
    store.results_path().unlink()
    assert store.runs().empty


CUT_OFF = """
import os, store
with store.write() as connection:
    connection.execute("UPDATE runs SET error = 'in the log'")
    connection.commit()
    os.kill(os.getpid(), 9)
"""


def test_the_log_of_a_store_that_was_moved_away_is_not_played_into_a_new_one(results: Any, place: Path) -> None:
    results.prepare()
    spawn(CUT_OFF).wait()
    assert (place / "results.duckdb.wal").exists()
    (place / "results.duckdb").rename(place / "away.duckdb")
    assert len(store.runs()) == 0
    (log,) = place.glob("results.duckdb.wal.left-*")
    log.rename(place / "away.duckdb.wal")
    with duckdb.connect(str(place / "away.duckdb")) as away:  # it is kept, for the file that it belongs to
        assert away.execute("SELECT error FROM runs").fetchall() == [("in the log",)]


def test_the_log_of_a_store_that_was_moved_away_is_not_played_into_a_backup(results: Any, place: Path) -> None:
    results.prepare()
    maintenance.backup(place / "backup")
    store.finish_run("r", "failed", "after the backup")
    spawn(CUT_OFF).wait()
    (place / "backup").replace(place / "results.duckdb")
    for use in (store.runs, lambda: store.finish_run("r", "done")):
        with pytest.raises(store.StoreError) as told:
            use()
        assert str(told.value) == (
            "results.duckdb.wal belongs to another results.duckdb (was a backup put back?); "
            "move results.duckdb.wal away, then go on."
        )
    (place / "results.duckdb.wal").rename(place / "away")
    assert store.runs()["status"].tolist() == ["running"] and store.check() == []


def test_whoever_is_to_move_a_broken_store_away_is_told_of_its_log(results: Any, place: Path) -> None:
    results.prepare()
    spawn(CUT_OFF).wait()
    (place / "results.duckdb").write_bytes(b"garbage" * 1000)
    with pytest.raises(store.StoreError, match=r"Move results\.duckdb\.wal away with it: it belongs to no other file"):
        store.runs()


def test_a_log_that_is_broken_is_named_and_all_else_is_kept(results: Any, place: Path) -> None:
    results.prepare()
    spawn(CUT_OFF).wait()
    log = place / "results.duckdb.wal"
    sound = log.read_bytes()
    left = sound[:-40] + bytes(255 - byte for byte in sound[-40:-30]) + sound[-30:]
    log.write_bytes(left)
    for use in (store.runs, lambda: store.finish_run("r", "done")):
        with pytest.raises(store.StoreError, match=r"^results\.duckdb\.wal, which holds what was written last, is not"):
            use()
    assert log.read_bytes() == left
    log.rename(place / "away")
    assert store.runs()["error"].tolist() == [None] and store.check() == []


def test_a_question_that_cannot_be_answered_is_a_sentence() -> None:
    sentence = r"^The results store refused to be read: .*nowhere.*\.$"
    with pytest.raises(store.StoreError, match=sentence), store.read() as connection:
        connection.execute("FROM nowhere")


@pytest.fixture
def read_only(results: Any) -> Iterator[Path]:
    """A store of somebody else's, in a folder where this process may not write."""
    results.prepare()
    results.stage()
    with only_readable(lambda folder: shutil.copy(store.results_path(), folder / "results.duckdb")) as folder:
        yield folder


def test_a_store_that_may_only_be_read_is_read(read_only: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ODAP_RESULTS", str(read_only / "results.duckdb"))
    monkeypatch.setenv("ODAP_RUNS", str(read_only / "runs"))
    assert len(store.predictions("r", 0, "full")) == 3
    for use in (lambda: store.add_job("train", title="t", args={}), lambda: store.finish_run("r", "done")):
        with pytest.raises(store.StoreError) as told:
            use()
        assert str(told.value) == "results.duckdb cannot be opened for writing; check the permissions of its folder."
    monkeypatch.setenv("ODAP_RESULTS", str(read_only / "other.duckdb"))
    with pytest.raises(store.StoreError, match=r"^other\.duckdb cannot be opened for writing; check the permissions"):
        store.runs()


def test_a_path_for_which_duckdb_keeps_no_log_is_refused(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ODAP_RESULTS", str(place / "what?" / "results.duckdb"))
    with pytest.raises(store.StoreError, match=r"^DuckDB keeps no log for a file with a '\?' in its path; rename "):
        store.runs()


def test_the_mark_changes_with_every_write_and_with_nothing_else(results: Any) -> None:
    results.prepare()
    marks = [store.mark()]
    for _ in range(8):
        assert len(store.runs()) == 1 and store.mark() == marks[-1]
        store.finish_run("r", "done")
        marks.append(store.mark())
    assert len(set(marks)) == len(marks)


def test_a_strangers_database_is_refused_and_left_as_it_is(place: Path) -> None:
    with duckdb.connect(str(store.results_path())) as stranger:
        stranger.execute("CREATE TABLE runs AS SELECT 1 AS speed")
    with pytest.raises(store.StoreError, match="is a DuckDB file of another program"):
        store.runs()
    with duckdb.connect(str(store.results_path())) as stranger:
        assert stranger.execute("FROM runs").fetchall() == [(1,)]


def test_questions_asked_within_one_read_share_its_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ODAP_RESULTS", str(tmp_path / "results.duckdb"))
    with store.read() as outer, store.read() as inner:
        assert inner is outer
    with store.read() as later:
        assert later is not outer
    with store.write() as connection:  # nothing is held any more
        connection.execute("SELECT 1")


def test_readings_together_share_the_first_ones_opening_and_leave_nothing_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ODAP_RESULTS", str(tmp_path / "results.duckdb"))
    with store.together():
        pass
    assert not (tmp_path / "results.duckdb").exists(), "nothing was asked: nothing is opened"
    with store.together():
        with store.read() as first:
            pass
        with store.together(), store.read() as second:
            assert second is first and second.execute("SELECT 1").fetchone() == (1,)
    with store.read() as later:
        assert later is not first
