"""DuckDB is kept, the file is not: between two blocks nobody holds it, and a process that was forked starts its own."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
import pytest

import store
from store.engine import duckdb_instance


def held_files() -> set[str]:
    """The store's files that this process has open, but for the locks of whose turn it is."""
    found = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # the one that lists them
            name = descriptor.readlink().name
            if name.startswith("results.duckdb"):
                found.add(name)
    return found


def test_the_file_is_closed_by_the_last_of_the_threads_that_have_it(results: Any) -> None:
    results.prepare()
    assert held_files() == set()
    inside, go = threading.Event(), threading.Event()
    seen: list[int] = []

    def look() -> None:
        with store.read() as connection:
            inside.set()
            go.wait(10)
            seen.append(len(connection.execute("FROM runs").fetchall()))

    other = threading.Thread(target=look)
    with store.read() as connection:
        other.start()
        assert inside.wait(10)
        assert len(connection.execute("FROM runs").fetchall()) == 1
    assert "results.duckdb" in held_files()
    go.set()
    other.join(10)
    assert seen == [1] and held_files() == set()


def test_one_engine_serves_readers_and_writers_in_turn(results: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    results.prepare()
    started: list[Any] = []
    connect = duckdb.connect
    monkeypatch.setattr(
        duckdb_instance.duckdb, "connect", lambda *given, **named: started.append(1) or connect(*given, **named)
    )
    for status in ("failed", "done"):
        store.finish_run("r", status)
        assert store.runs()["status"].tolist() == [status]
    assert started == []


def test_after_an_error_a_new_engine_is_started(results: Any) -> None:
    results.prepare()
    path = store.results_path()
    kept = duckdb_instance._engines[path]
    with pytest.raises(store.StoreError), store.read() as connection:
        connection.execute("FROM nothing")
    assert store.runs()["run_id"].tolist() == ["r"] and held_files() == set()
    assert duckdb_instance._engines[path] is not kept


NO_ROOM = """
import resource, store
from store.engine import checkpoint_journal
path, checkpoint = store.results_path(), checkpoint_journal.checkpoint
def without_room(*given):
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size, resource.RLIM_INFINITY))
    checkpoint(*given)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
checkpoint_journal.checkpoint = without_room
with store.write() as connection:
    connection.execute("UPDATE runs SET error = (SELECT string_agg(hash(i), '') FROM range(50_000) t(i))")
checkpoint_journal.checkpoint = checkpoint
assert checkpoint_journal.is_torn(path)
store.finish_run("r", "done")
assert store.runs()["status"].tolist() == ["done"]
"""


def test_a_file_that_duckdb_gave_up_in_a_checkpoint_is_opened_again_by_the_same_process(results: Any) -> None:
    results.prepare()
    ended = subprocess.run([sys.executable, "-c", NO_ROOM], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert store.runs()["status"].tolist() == ["done"] and store.check() == []


FORKED = """
import os, sys, store
assert len(store.runs()) == 1
child = os.fork()
if child == 0:
    store.finish_run("r", "done")
    sys.exit(store.runs()["status"].tolist() != ["done"])
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert store.runs()["status"].tolist() == ["done"]
"""


def test_a_process_that_was_forked_has_an_engine_of_its_own_and_comes_to_its_end(results: Any) -> None:
    results.prepare()
    ended = subprocess.run([sys.executable, "-c", FORKED], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
