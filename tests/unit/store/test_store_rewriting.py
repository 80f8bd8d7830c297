"""The file is never written to where it stands: its log is folded into a copy, which takes its place at once."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

import store
from store import connection, durable, files, rewriting, upkeep


@pytest.fixture
def log(results: Any, place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The log of a store with a run and a stage in it; that folding failed in another test is forgotten."""
    monkeypatch.setattr(rewriting, "_not_before", 0.0)
    results.prepare()
    results.stage()
    return place / "results.duckdb.wal"


def names(place: Path) -> set[str]:
    return {path.name for path in place.iterdir()} - {"results.duckdb.locks", "runs"}


def test_a_write_leaves_the_file_as_it_is_and_goes_into_the_log(log: Path, place: Path) -> None:
    before, length = (place / "results.duckdb").read_bytes(), log.stat().st_size
    for _ in range(5):
        store.add_job("train", title="t", args={})
    assert (place / "results.duckdb").read_bytes() == before
    assert log.stat().st_size > length
    assert len(store.jobs()) == 5


def test_the_log_is_folded_in_when_it_is_long_and_everything_is_there(log: Path, place: Path) -> None:
    lengths, replaced = [], set()
    for n in range(60):
        with store.write() as writer:
            writer.execute(
                "INSERT INTO metrics (run_id, value) SELECT repeat('x', 200) || ?, i FROM range(60) t(i)", [n]
            )
        lengths.append(log.stat().st_size if log.exists() else 0)
        replaced.add(files.state(place / "results.duckdb"))
    assert max(lengths) < rewriting._LONG[0] and len(replaced) > 3
    assert store.counts()["metrics"] == 60 * 60 + 2


def test_a_large_file_may_have_a_longer_log(log: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folded: list[int] = []
    monkeypatch.setattr(rewriting, "fold", lambda timeout: folded.append(1))
    for size, length, is_due in (
        (1 << 20, 100 << 10, False), (1 << 20, 128 << 10, True), (512 << 20, 500 << 10, False),
        (512 << 20, 512 << 10, True), (9 << 30, 1000 << 10, False), (9 << 30, 1024 << 10, True),
    ):  # fmt: skip
        folded.clear()
        for file, many in ((place / "results.duckdb", size), (log, length)):
            os.truncate(file, many)
        rewriting.fold_when_due()
        assert bool(folded) is is_due, (size, length)


def test_a_run_that_has_ended_is_in_the_one_file(log: Path, place: Path) -> None:
    store.finish_run("r", "done")
    assert names(place) == {"results.duckdb"}
    with duckdb.connect(str(place / "results.duckdb"), read_only=True) as shell:
        assert shell.execute("SELECT status FROM runs").fetchall() == [("done",)]
        assert shell.execute("SELECT count(*) FROM predictions").fetchall() == [(3,)]


def test_who_could_write_the_store_can_do_so_after_folding(log: Path, place: Path) -> None:
    (place / "results.duckdb").chmod(0o660)
    assert rewriting.fold()
    assert (place / "results.duckdb").stat().st_mode & 0o777 == 0o660


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_the_file_stays_its_groups_when_another_of_them_has_folded(
    results: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody, group = 65534, 4321
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results.duckdb"
        monkeypatch.setenv("ODAP_RESULTS", str(path))
        results.prepare()
        for file, mode in ((path, 0o660), (files.log_of(path), 0o660), (path.parent, 0o770)):
            os.chown(file, 0, group)
            file.chmod(mode)
        before = os.getgroups()
        os.setgroups([group])
        os.seteuid(nobody)
        try:
            assert rewriting.fold()
        finally:
            os.seteuid(0)
            os.setgroups(before)
        after = path.stat()
        assert (after.st_uid, after.st_gid, after.st_mode & 0o777) == (nobody, group, 0o660)


def test_what_a_process_left_that_was_killed_as_it_made_the_store_is_removed(results: Any, place: Path) -> None:
    code = (
        "import os, store\nfrom store import opening\nopening._put = lambda *_: os.kill(os.getpid(), 9)\nstore.runs()"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    assert names(place)
    results.prepare()
    assert rewriting.fold() and names(place) == {"results.duckdb"}


def test_what_was_left_is_removed_also_where_others_are_at_work(log: Path, place: Path) -> None:
    (place / "results.duckdb.draft-left").write_bytes(b"half")
    inside = threading.Event()

    def look() -> None:
        with store.read():
            inside.set()
            time.sleep(0.3)

    reader = threading.Thread(target=look)
    reader.start()
    inside.wait()
    assert rewriting.fold() and names(place) == {"results.duckdb"}
    reader.join()


def test_the_file_is_as_new_as_what_is_in_it(log: Path, place: Path) -> None:
    """Programs that copy what is newer than their copy would leave it out otherwise."""
    os.utime(place / "results.duckdb", (1, 1))
    assert rewriting.fold()
    assert (place / "results.duckdb").stat().st_mtime > 1


# Is killed as it comes to the nth step of putting a file in place; says "whole" where there are not so many.
KILLED = """
import os, sys, pathlib
from store import durable, files, rewriting, upkeep
left = int(sys.argv[1])
def stepping(step):
    def killed(*arguments, **named):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), 9)
        return step(*arguments, **named)
    return killed
durable.sync = stepping(durable.sync)
files.copy, files.copy_logs, os.utime = stepping(files.copy), stepping(files.copy_logs), stepping(os.utime)
for name in ("replace", "unlink"):
    setattr(pathlib.Path, name, stepping(getattr(pathlib.Path, name)))
rewriting.fold() if sys.argv[2] == "fold" else upkeep.compact()
print("whole")
"""


@pytest.mark.parametrize("what", ["fold", "compact"])
def test_killed_at_each_of_its_steps_it_leaves_a_sound_store_with_all_in_it(log: Path, place: Path, what: str) -> None:
    seen: set[frozenset[str]] = set()
    rows = store.counts()
    for step in range(100):
        with store.write() as writer:
            writer.execute("INSERT INTO verdicts (verdict_id) VALUES (?)", [str(step)])
        rows["verdicts"] += 1
        done = subprocess.run([sys.executable, "-c", KILLED, str(step), what], capture_output=True, check=False)
        seen.add(frozenset(names(place)))
        assert store.counts() == rows and store.check() == []
        if done.returncode == 0:
            break
        assert done.returncode == -9, done.stderr
    assert done.stdout == b"whole\n" and step > 8
    assert {"results.duckdb", "results.duckdb.next"} in seen, "it was not killed between log and file"
    assert names(place) <= {"results.duckdb"}, "something is left of those that were killed"


def abandoned(place: Path) -> None:
    """A file that is whole and was about to be put in the store's place."""
    done = subprocess.run(
        [
            sys.executable, "-c",
            "import os\nfrom store import files, rewriting\n"
            "files.complete = lambda store: files.is_replaced(store) and os.kill(os.getpid(), 9)\nrewriting.fold()",
        ],
        check=False,
    )  # fmt: skip
    assert done.returncode == -9 and (place / "results.duckdb.next").exists()


def test_readers_at_once_put_an_abandoned_file_in_place(log: Path, place: Path) -> None:
    abandoned(place)
    readers = [
        subprocess.Popen([sys.executable, "-c", "import store; print(len(store.stages('r')))"], stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    assert [reader.communicate()[0] for reader in readers] == [b"1\n"] * 4
    assert names(place) == {"results.duckdb"}


def test_an_abandoned_file_takes_the_place_of_no_other_store(log: Path, place: Path) -> None:
    abandoned(place)
    (place / "results.duckdb").rename(place / "away")
    assert store.runs().empty
    (left,) = place.glob("results.duckdb.next.left-*")
    with duckdb.connect(str(left), read_only=True) as shell:  # nothing of it is lost
        assert shell.execute("SELECT count(*) FROM predictions").fetchall() == [(3,)]


def test_an_abandoned_file_is_put_in_place_under_nobody(log: Path, place: Path, held: Any) -> None:
    """What a shell that has the old file goes on to write would be lost."""
    abandoned(place)
    with held(), pytest.raises(store.StoreBusy), store.read(timeout=0.2):
        raise AssertionError("the file was taken from under the shell")
    assert len(store.predictions("r", 0, "full")) == 3


def test_who_may_not_write_waits_for_who_puts_the_next_file_in_place(
    log: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    abandoned(place)
    complete = files.complete
    looks: list[int] = []

    def forbidden(path: Path) -> None:
        looks.append(1)
        if len(looks) == 3:
            complete(path)  # the other one has come to its end
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(files, "complete", forbidden)
    assert len(store.runs()) == 1 and len(looks) == 3


def test_where_the_locks_are_deleted_two_that_fold_at_once_lose_nothing(
    log: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_logs = files.copy_logs

    def meanwhile(path: Path, target: Path) -> None:
        copy_logs(path, target)
        shutil.rmtree(place / "results.duckdb.locks")
        subprocess.run([sys.executable, "-c", "import store\nstore.fold_if_possible()"], check=True)

    monkeypatch.setattr(files, "copy_logs", meanwhile)
    assert rewriting.fold()
    assert len(store.predictions("r", 0, "full")) == 3 and store.check() == []


def test_a_draft_that_was_taken_for_one_that_was_left_takes_no_place(
    log: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(_: Any, draft: Path) -> bool:
        files.remove(draft)
        return False

    monkeypatch.setattr(rewriting, "is_cut_off", taken)
    assert not rewriting.fold()
    assert len(store.predictions("r", 0, "full")) == 3


def test_what_another_program_wrote_into_the_file_meanwhile_is_kept(
    log: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = files.copy

    def meanwhile(path: Path, target: Path) -> None:
        copy(path, target)
        with duckdb.connect(str(path)) as shell:
            shell.execute("UPDATE runs SET error = 'from a shell'")

    monkeypatch.setattr(files, "copy", meanwhile)
    assert not rewriting.fold()
    assert store.runs()["error"].tolist() == ["from a shell"]
    assert not list(place.glob("*.draft*"))


def test_what_is_written_while_the_file_is_copied_is_kept(
    log: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = files.copy

    def meanwhile(path: Path, target: Path) -> None:
        store.add_job("train", title="before", args={})
        copy(path, target)
        store.add_job("train", title="after", args={})
        assert len(store.jobs()) == 2, "nobody waits for the copy"

    monkeypatch.setattr(files, "copy", meanwhile)
    assert rewriting.fold()
    assert sorted(store.jobs()["title"]) == ["after", "before"] and not log.exists()


def test_a_file_that_is_cut_off_is_not_replaced(log: Path, place: Path) -> None:
    upkeep.compact()  # without blocks that hold nothing
    store.add_job("train", title="t", args={})
    left = (place / "results.duckdb").read_bytes()[:-300_000]
    (place / "results.duckdb").write_bytes(left)
    with pytest.raises(store.StoreError, match="is not a sound DuckDB file"):
        rewriting.fold()
    assert (place / "results.duckdb").read_bytes() == left


@pytest.mark.parametrize("trouble", ["held", "copied by nobody", "no room"])
def test_a_log_that_cannot_be_folded_in_now_stays_and_the_write_is_made(
    log: Path, place: Path, held: Any, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewriting, "_LONG", (0, 0))
    if trouble == "copied by nobody":
        monkeypatch.setenv("PATH", str(place))
    elif trouble == "no room":
        monkeypatch.setattr(files.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    else:
        sync = durable.sync

        def late(path: Path) -> None:
            sync(path)
            if ".draft-" in path.name and not open_elsewhere:
                shell = held(read_only=True)
                shell.__enter__()
                open_elsewhere.append(shell)

        open_elsewhere: list[Any] = []
        monkeypatch.setattr(durable, "sync", late)
    store.add_job("train", title="t", args={})
    assert len(store.jobs()) == 1 and log.exists()
    assert not list(place.glob("*.draft*"))
    if trouble == "held":
        open_elsewhere[0].__exit__(None, None, None)
    monkeypatch.undo()


def test_it_is_not_tried_again_at_every_write(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []

    def in_vain(path: Path, target: Path) -> None:
        tried.append(1)
        raise OSError("no room")

    monkeypatch.setattr(rewriting, "_LONG", (0, 0))
    monkeypatch.setattr(files, "copy", in_vain)
    for _ in range(4):
        store.add_job("train", title="t", args={})
    assert len(tried) == 1


def at_once(many: int, act: Callable[[], Any]) -> None:
    threads = [threading.Thread(target=act) for _ in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_many_that_write_read_and_fold_at_once_lose_nothing(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rewriting, "_LONG", (0, 0))
    troubles: list[Exception] = []

    def act() -> None:
        try:
            for _ in range(10):
                store.add_job("train", title="t", args={})
                assert len(store.jobs()) > 0
        except Exception as trouble:
            troubles.append(trouble)

    at_once(4, act)
    assert troubles == [] and len(store.jobs()) == 40 and store.check() == []
    assert connection.written() > 0
