"""The store's writer is killed inside a commit, its disk is full, and its file is replaced by what is no store."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import store
from store import maintenance
from store.engine import checkpoint_journal
from tests.faults.conftest import ROOT, on_a_small_disk, prepare, stage

WRITER = """
import sys
from store.engine import checkpoint_journal
from tests.faults.conftest import stage
checkpoint = checkpoint_journal.checkpoint
def slowly(path, file, connection):
    connection.execute("SET debug_checkpoint_sleep_ms = 100")
    checkpoint(path, file, connection)
if sys.argv[2] == "in its checkpoint":
    checkpoint_journal.checkpoint = slowly
for round_ in range(int(sys.argv[1]), 10_000):
    stage("r", round_)
    print(round_, flush=True)
"""


def acknowledged(log: str) -> list[int]:
    """The stages that the writer was told are written; a last line that was cut short does not count."""
    return [int(line) for line in log.splitlines(keepends=True) if line.endswith("\n") and line.strip().isdigit()]


@pytest.mark.slow
@pytest.mark.parametrize("when", ["at any moment", "in its checkpoint"])
def test_writer_killed_inside_a_commit(
    place: Path, zygote: Callable[..., Any], when: str, times: int, chance: random.Random, figures: Callable[..., None]
) -> None:
    prepare()
    make = zygote("store", "tests.faults.conftest")
    told: set[int] = set()
    inside = checkpoints = 0
    for _ in range(times):
        process = make.start(WRITER, str(len(told)), when)
        while not acknowledged(process.said()):
            time.sleep(0.005)
        time.sleep(chance.uniform(0.0, 0.4))
        process.kill()
        assert process.wait() == -9, process.said()
        told |= set(acknowledged(process.said()))
        checkpoints += checkpoint_journal.is_torn(store.results_path())
        kept = set(store.stages("r")["round"])
        assert told <= kept, "a stage that was acknowledged is gone"
        inside += len(kept - told)  # committed, and killed before it could say so
        told = kept
        assert store.check() == []
    figures(
        kills=times, stages_written=len(told), committed_but_not_yet_said=inside, killed_in_a_checkpoint=checkpoints,
        stages_lost=0,
    )  # fmt: skip


# Leaves a little room on a small disk, asks for what does not fit, then makes room again.
FULL = """
import os, sys
from pathlib import Path
import store
from tests.faults.conftest import prepare, stage
disk, left, limit = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
os.environ["ODAP_RESULTS"] = str(disk / "results.duckdb")
os.environ["ODAP_RUNS"] = str(disk / "runs")
prepare(n=20_000)
stage("r", 0, n=20_000)
before = store.counts()
if limit:
    import resource
    size = store.results_path().stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + left, resource.RLIM_INFINITY))
else:
    room = os.statvfs(disk)
    (disk / "filler").write_bytes(b"x" * (room.f_bavail * room.f_frsize - left))
try:
    for round_ in range(1, 40):
        stage("r", round_, n=20_000)
except store.StoreError as error:
    print("said:", error)
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
else:
    (disk / "filler").unlink()
assert store.check() == [], store.check()
kept = store.counts()
assert kept["stages"] == round_, (kept, round_)  # all that were said to be written, and no half of the other
assert kept["predictions"] == round_ * before["predictions"]
stage("r", round_, n=20_000)
assert store.check() == [] and store.counts()["stages"] == round_ + 1
print("kept:", round_)
"""


@pytest.mark.slow
def test_disk_full_while_the_store_commits(
    place: Path, times: int, chance: random.Random, figures: Callable[..., None]
) -> None:
    said: list[str] = []
    kept = 0
    for n in range(max(2, times // 10)):
        for old in place.glob("disk/*"):
            shutil.rmtree(old) if old.is_dir() else old.unlink()
        left = 0 if n == 0 else chance.randrange(2_000_000)
        command, own_disk = on_a_small_disk(place, 64, [sys.executable, "-c", FULL, str(place / "disk"), str(left)])
        done = subprocess.run(
            [*command, "0" if own_disk else "1"], capture_output=True, text=True, cwd=ROOT, check=False,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        lines = done.stdout.splitlines()
        said += [line for line in lines if line.startswith("said: ")]
        kept += int(lines[-1].removeprefix("kept: "))
    assert len(said) == max(2, times // 10)
    assert set(said) == {FULL_DISK}
    figures(full_disks=len(said), stages_kept=kept, stages_lost=0)


FULL_DISK = "said: The disk of results.duckdb is full: nothing of this was written; free some disk, then go on."
CHECK = "import store\nproblems = store.check()\nprint(problems or 'sound', store.counts()['stages'])"
UNSOUND = "results.duckdb is not a sound DuckDB file; move it away (a new one is made) or restore a backup."


def breakage(kind: str, sound: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(sound))
    if kind == "truncated":
        return sound[:at]
    if kind == "garbage":
        return chance.randbytes(len(sound))
    return sound[:at] + chance.randbytes(8192) + sound[at + 8192 :]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["truncated", "garbage", "scribbled"])
def test_file_replaced_by_what_is_no_store(
    place: Path, zygote: Callable[..., Any], kind: str, times: int, chance: random.Random, figures: Callable[..., None]
) -> None:
    prepare()
    for round_ in range(3):
        stage("r", round_)
    maintenance.backup(place / "backup.duckdb")
    path = store.results_path()
    sound = path.read_bytes()
    make = zygote("store")
    refused = unharmed = 0
    for _ in range(times):
        left = breakage(kind, sound, chance)
        path.write_bytes(left)
        process = make.start(CHECK)
        code, said = process.wait(), process.said().strip().splitlines()[-1]
        if code == 0 and said == "sound 3":
            unharmed += 1  # the bytes that were broken hold no rows
        else:
            assert UNSOUND in said, process.said()
            assert path.read_bytes() == left, "a file that cannot be read was written to"
            refused += 1
    path.write_bytes((place / "backup.duckdb").read_bytes())
    assert store.check() == [] and len(store.stages("r")) == 3
    figures(files=times, refused_by_a_sentence=refused, broken_where_nothing_is=unharmed, overwritten=0)
