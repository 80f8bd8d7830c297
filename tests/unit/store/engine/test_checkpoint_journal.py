"""A checkpoint that is killed at any moment: what DuckDB wrote anew in place is put back, and the log has the rest."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from io import FileIO
from pathlib import Path
from typing import Any

import duckdb
import pytest

import store
from store.engine import checkpoint_journal
from system import atomic_files

HEADERS = 3 * 4096
BLOCK = 256 << 10
CHECKPOINT = checkpoint_journal.checkpoint


def names(place: Path) -> set[str]:
    return {path.name for path in place.iterdir()} - {"results.duckdb.locks", "runs"}


def rows(path: Path) -> list[Any]:
    with duckdb.connect(str(path), read_only=True) as shell:
        return [
            shell.execute("SELECT count(*), sum(hash(m)) FROM metrics m").fetchall(),
            shell.execute("SELECT verdict_id, note FROM verdicts ORDER BY ALL").fetchall(),
        ]


class Torn:
    """Makes of each checkpoint the worst that a kill can leave, in a folder of its own, and has it opened there."""

    def __init__(self, place: Path, patch: pytest.MonkeyPatch) -> None:
        self.made = self.in_place = 0
        self._place, self._patch = place, patch

    def checkpoint(self, path: Path, file: FileIO, connection: duckdb.DuckDBPyConnection) -> None:
        log = path.with_name(f"{path.name}.wal")
        before, logged = path.read_bytes(), log.read_bytes()
        forgotten = Path.unlink

        def torn(gone: Path, missing_ok: bool = False) -> None:
            if gone.name == "results.duckdb.undo":
                self._open(before, path.read_bytes(), logged, gone.read_bytes())
            forgotten(gone, missing_ok=missing_ok)

        with self._patch.context() as patch:
            patch.setattr(Path, "unlink", torn)
            CHECKPOINT(path, file, connection)

    def _open(self, before: bytes, after: bytes, log: bytes, kept: bytes) -> None:
        """All that was written anew before the header is there, and of what was written in place the checksum."""
        left = bytearray(after) + before[len(after) :]  # the file is made shorter when the header has been written
        left[:HEADERS] = before[:HEADERS]
        for at in range(HEADERS + 8, len(kept), 8 + BLOCK):
            block = HEADERS + int.from_bytes(kept[at : at + 8], "little") * BLOCK
            assert kept[at + 8 : at + 8 + BLOCK] == before[block : block + BLOCK]
            self.in_place += before[block : block + BLOCK] != after[block : block + BLOCK]
            left[block + 8 : block + BLOCK] = before[block + 8 : block + BLOCK]
        folder = self._place / f"torn{self.made}"
        folder.mkdir()
        for name, content in (("want", before), ("results", left)):
            (folder / f"{name}.duckdb").write_bytes(content)
            (folder / f"{name}.duckdb.wal").write_bytes(log)
        (folder / "results.duckdb.undo").write_bytes(kept)
        code = "import store; store.runs()"
        subprocess.run(
            [sys.executable, "-c", code], check=True, env=os.environ | {"ODAP_RESULTS": str(folder / "results.duckdb")}
        )
        assert not (folder / "results.duckdb.undo").exists()
        assert rows(folder / "results.duckdb") == rows(folder / "want.duckdb")
        self.made += 1


def test_what_was_written_anew_in_place_is_put_back(results: Any, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results.prepare()
    torn = Torn(place, monkeypatch)
    monkeypatch.setattr(checkpoint_journal, "checkpoint", torn.checkpoint)
    chance = random.Random(0)
    for n in range(12):
        with store.write() as writer:
            if n % 3 == 2:
                writer.execute("DELETE FROM metrics WHERE hash(value) % 2 = 0")
            writer.execute("UPDATE verdicts SET note = ?", [str(n)])
            writer.execute("INSERT INTO verdicts (verdict_id) VALUES (?)", [str(n)])
            writer.execute(
                "INSERT INTO metrics (run_id, value) SELECT md5(i::VARCHAR), random() FROM range(?) t(i)",
                [chance.randrange(20_000)],
            )
    assert torn.made == 12
    assert torn.in_place > 6, "DuckDB writes nothing anew in place any more: this module may go"


def test_nobody_else_gets_in_while_it_is_made(results: Any, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is read beside DuckDB, and its lock would be gone if that file were closed first."""
    results.prepare()
    said: list[str] = []
    code = (
        "import duckdb, sys\ntry: duckdb.connect(sys.argv[1], read_only=True)\nexcept duckdb.IOException as e: print(e)"
    )
    sync = atomic_files.sync

    def beside(path: Path) -> None:
        sync(path)
        shell = [sys.executable, "-c", code, str(place / "results.duckdb")]
        said.append(subprocess.run(shell, capture_output=True, text=True, check=True).stdout)

    monkeypatch.setattr(atomic_files, "sync", beside)
    results.stage()
    assert len(said) == 2 and all("Could not set lock" in words for words in said)
    assert names(place) == {"results.duckdb"}


# Is killed as it comes to the nth step: of keeping blocks and making the checkpoint, or of putting them back.
KILLED = """
import os, sys, pathlib, store
from system import atomic_files
left = int(sys.argv[1])
def stepping(step):
    def killed(*arguments, **named):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), 9)
        return step(*arguments, **named)
    return killed
atomic_files.sync, os.pwrite, os.fsync = stepping(atomic_files.sync), stepping(os.pwrite), stepping(os.fsync)
for name in ("replace", "unlink"):
    setattr(pathlib.Path, name, stepping(getattr(pathlib.Path, name)))
if sys.argv[2] == "write":
    with store.write() as writer:
        writer.execute("INSERT INTO verdicts (verdict_id) VALUES (?)", [sys.argv[1]])
else:
    store.runs()
print("whole")
"""


def killed(step: int, what: str) -> bool:
    done = subprocess.run([sys.executable, "-c", KILLED, str(step), what], capture_output=True, check=False)
    assert done.returncode in {0, -9}, done.stderr
    return done.returncode == -9


def test_killed_at_each_of_its_steps_it_leaves_a_sound_store_with_all_in_it(results: Any, place: Path) -> None:
    results.prepare()
    results.stage()
    expected = store.counts()
    seen: set[frozenset[str]] = set()
    for step in range(50):
        ended = not killed(step, "write")
        expected["verdicts"] += 1
        seen.add(frozenset(names(place)))
        assert store.counts() == expected and store.check() == []
        if ended:
            break
    assert step > 5
    assert any("results.duckdb.undo" in left for left in seen), "it was not killed within its checkpoint"
    store.finish_run("r", "done")
    assert names(place) == {"results.duckdb"}, "something is left of those that were killed"


# Leaves the file as a kill in the middle of a checkpoint does: a metadata block torn, the header of before.
INTERRUPTED = """
import os, store
from store.engine import checkpoint_journal
keep = checkpoint_journal._keep
def and_die(path, file, connection):
    keep(path, file, connection)
    with open(path, "r+b") as torn:
        torn.seek(3 * 4096 + 8)
        torn.write(os.urandom(100_000))
    os.kill(os.getpid(), 9)
checkpoint_journal._keep = and_die
store.finish_run("r", "done")
"""


@pytest.fixture
def interrupted(results: Any, place: Path) -> None:
    """A store whose last write was committed and killed in the middle of its checkpoint."""
    results.prepare()
    assert subprocess.run([sys.executable, "-c", INTERRUPTED], check=False).returncode == -9
    assert (place / "results.duckdb.undo").exists()


def test_readers_at_once_find_what_was_committed(interrupted: None, place: Path) -> None:
    code = "import store; print(*store.runs()['status'])"
    readers = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) for _ in range(4)]
    assert [reader.communicate()[0] for reader in readers] == [b"done\n"] * 4
    assert not checkpoint_journal.is_torn(place / "results.duckdb") and store.check() == []


def test_putting_back_that_is_killed_at_each_of_its_steps_is_begun_anew(interrupted: None, place: Path) -> None:
    for step in range(20):
        if not killed(step, "read"):
            break
    assert step >= 3 and store.runs()["status"].tolist() == ["done"]


def test_it_is_put_back_under_nobody(interrupted: None, place: Path) -> None:
    torn = (place / "results.duckdb").read_bytes()
    shell = subprocess.Popen(
        [sys.executable, "-c", "import fcntl, sys; f = open(sys.argv[1], 'r+b'); fcntl.lockf(f, fcntl.LOCK_EX)\n"
         "print('has it', flush=True); input()", str(place / "results.duckdb")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert shell.stdout is not None and shell.stdout.readline() == "has it\n"
    with pytest.raises(store.StoreBusy), store.read(timeout=0.3):
        raise AssertionError("blocks were written under another program")
    assert (place / "results.duckdb").read_bytes() == torn
    shell.communicate("\n")
    assert store.runs()["status"].tolist() == ["done"]


def test_what_is_kept_of_one_store_is_put_into_no_other(interrupted: None, place: Path) -> None:
    kept = (place / "results.duckdb.undo").read_bytes()
    (place / "results.duckdb").rename(place / "away.duckdb")
    assert store.runs().empty
    (left,) = place.glob("results.duckdb.undo.left-*")
    assert left.read_bytes() == kept, "whoever puts the store back needs it"
    store.add_job("train", title="t", args={})
    sound = (place / "results.duckdb").read_bytes()
    (place / "results.duckdb.undo").write_bytes(kept)  # another file was put there
    assert len(store.jobs()) == 1
    assert (place / "results.duckdb").read_bytes() == sound and names(place) >= {"results.duckdb"}
    assert not (place / "results.duckdb.undo").exists()


def test_without_room_the_write_is_made_and_stays_in_the_log(
    results: Any, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results.prepare()
    before = (place / "results.duckdb").read_bytes()

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(atomic_files, "sync", full)
        results.stage()
        assert (place / "results.duckdb").read_bytes() == before
        assert names(place) == {"results.duckdb", "results.duckdb.wal"}
        assert len(store.stages("r")) == 1 and store.check() == []
    store.finish_run("r", "done")
    assert names(place) == {"results.duckdb"} and len(store.stages("r")) == 1
