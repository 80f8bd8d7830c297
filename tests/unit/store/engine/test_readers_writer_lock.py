"""Whose turn it is: readers and writers take turns, and another program's hold keeps no reader out that could read."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

import store
from store.engine import readers_writer_lock


class Callers:
    """Threads that take a turn; `came` is the order in which they got it."""

    def __init__(self, path: Path) -> None:
        self.path, self.came = path, list[str]()
        self._go: dict[str, threading.Event] = {}
        self._threads: list[threading.Thread] = []

    def start(self, name: str, *, write: bool, enter: Callable[[], None] = lambda: None) -> None:
        self._go[name] = threading.Event()

        def call() -> None:
            with readers_writer_lock.turn(self.path, enter, write=write, deadline=time.monotonic() + 20.0):
                self.came.append(name)
                self._go[name].wait(20.0)

        self._threads.append(threading.Thread(target=call))
        self._threads[-1].start()
        time.sleep(0.06)  # it has had its turn, or waits for it

    def leave(self, name: str) -> None:
        self._go[name].set()

    def end(self) -> None:
        for event in self._go.values():
            event.set()
        for thread in self._threads:
            thread.join()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10.0
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.002)


@pytest.fixture
def callers(place: Path) -> Iterator[Callers]:
    these = Callers(place / "results.duckdb")
    yield these
    these.end()


def test_readers_share_a_turn_and_a_writer_has_its_own(callers: Callers) -> None:
    callers.start("first reader", write=False)
    callers.start("second reader", write=False)
    assert callers.came == ["first reader", "second reader"]
    callers.start("first writer", write=True)
    callers.leave("first reader")
    time.sleep(0.05)
    assert "first writer" not in callers.came
    callers.leave("second reader")
    until(lambda: "first writer" in callers.came)
    callers.start("second writer", write=True)
    assert "second writer" not in callers.came


def test_a_writer_that_waits_goes_before_readers_that_come_after_it(callers: Callers) -> None:
    callers.start("reader", write=False)
    callers.start("writer", write=True)
    callers.start("late reader", write=False)
    assert callers.came == ["reader"]
    callers.leave("reader")
    until(lambda: "writer" in callers.came)
    time.sleep(0.05)
    assert callers.came == ["reader", "writer"]


def test_readers_that_wait_go_before_the_next_writer_and_readers_that_come_then_after_it(callers: Callers) -> None:
    callers.start("writer", write=True)
    for number in range(3):
        callers.start(f"waiting writer {number}", write=True)
    callers.start("reader", write=False)
    callers.start("another reader", write=False)
    time.sleep(readers_writer_lock._COURTESY)  # however long the writers have waited
    callers.leave("writer")
    until(lambda: len(callers.came) > 2)
    time.sleep(0.1)  # a writer has shut the door
    callers.start("late reader", write=False)
    assert sorted(callers.came[1:]) == ["another reader", "reader"]
    callers.leave("reader")
    callers.leave("another reader")
    until(lambda: len(callers.came) > 3)
    assert callers.came[3].startswith("waiting writer")


def test_a_writer_that_waits_for_another_programs_reader_keeps_no_reader_out(results: Any, held: Any) -> None:
    results.prepare()
    ended = threading.Event()

    def write() -> None:
        with store.write(timeout=20.0) as connection:
            connection.execute("UPDATE runs SET error = 'written'")
        ended.set()

    with held(read_only=True):
        writer = threading.Thread(target=write)
        writer.start()
        for _ in range(20):
            assert len(store.runs()) == 1  # within the ten seconds that a reader waits
            time.sleep(0.01)
        assert not ended.is_set()
    writer.join()
    assert store.runs()["error"].tolist() == ["written"]


def test_after_another_programs_write_a_reader_that_waits_goes_first(callers: Callers) -> None:
    holding = threading.Event()

    def enter() -> None:
        if holding.is_set():
            raise readers_writer_lock.store_busy("7")

    for again in range(3):  # by chance it would go before five writers once in six times
        holding.set()
        callers.came.clear()
        names = [f"writer {again} {number}" for number in range(5)]
        for name in names:
            callers.start(name, write=True, enter=enter)
        callers.start(f"reader {again}", write=False, enter=enter)
        assert callers.came == []
        holding.clear()
        until(lambda: len(callers.came) > 0)
        assert callers.came == [f"reader {again}"]
        for name in (f"reader {again}", *names):
            callers.leave(name)
        until(lambda: len(callers.came) == 6)


def test_a_wait_that_is_too_long_names_the_holder(callers: Callers) -> None:
    def enter() -> None:
        raise readers_writer_lock.store_busy("7")

    callers.start("writer", write=True)
    for write in (True, False):
        with (
            pytest.raises(store.StoreBusy, match="it is process"),
            readers_writer_lock.turn(callers.path, lambda: None, write=write, deadline=time.monotonic() + 0.05),
        ):
            raise AssertionError("two had the turn of one")
    callers.leave("writer")
    with (
        pytest.raises(store.StoreBusy, match="it is process 7"),
        readers_writer_lock.turn(callers.path, enter, write=True, deadline=time.monotonic() + 0.2),
    ):
        raise AssertionError("a held file was opened")


FROZEN = """
import sys, time
from pathlib import Path
from store.engine import readers_writer_lock
with readers_writer_lock.turn(Path(sys.argv[1]), lambda: None, write=False, deadline=time.monotonic() + 60):
    print("inside", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def frozen(callers: Callers) -> Iterator[Callable[[], None]]:
    """Start another process that wants to read; call the result to freeze it where it is."""
    with ExitStack() as stack:
        process = subprocess.Popen(
            [sys.executable, "-c", FROZEN, str(callers.path)], stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        stack.callback(process.communicate)
        stack.callback(process.kill)

        def freeze(inside: bool = True) -> None:
            assert process.stdout is not None
            if inside:
                assert process.stdout.readline() == "inside\n"
            process.send_signal(signal.SIGSTOP)

        yield freeze


def test_a_reader_frozen_while_it_waits_keeps_writers_out_for_a_moment_only(
    callers: Callers, request: pytest.FixtureRequest
) -> None:
    callers.start("writer", write=True)
    freeze = request.getfixturevalue("frozen")
    waiting = readers_writer_lock._Lock(callers.path.with_name("results.duckdb.locks") / "waiting")
    until(lambda: not free(waiting))
    freeze(inside=False)
    callers.leave("writer")
    callers.start("next writer", write=True)
    until(lambda: "next writer" in callers.came)
    assert callers.came == ["writer", "next writer"]


def free(lock: readers_writer_lock._Lock) -> bool:
    taken = lock.take(readers_writer_lock.fcntl.LOCK_EX)
    if taken:
        lock.free()
    return taken


def test_a_reader_frozen_inside_keeps_other_readers_out_for_a_moment_only(
    callers: Callers, frozen: Callable[[], None]
) -> None:
    frozen()

    def enter() -> None:
        raise readers_writer_lock.store_busy("7")

    def write() -> None:
        with (
            suppress(store.StoreBusy),
            readers_writer_lock.turn(callers.path, enter, write=True, deadline=time.monotonic() + 3.0),
        ):
            raise AssertionError("it wrote while another one read")

    writer = threading.Thread(target=write)
    writer.start()
    time.sleep(0.1)
    callers.start("reader", write=False)
    until(lambda: "reader" in callers.came)
    assert writer.is_alive(), "the writer no longer waited: nothing was shown"
    writer.join()


def test_a_process_forked_while_its_parent_has_the_turn_does_not_keep_it(callers: Callers) -> None:
    code = (
        "import os, sys, time\n"
        "from pathlib import Path\n"
        "from store.engine import readers_writer_lock\n"
        "with readers_writer_lock.turn(Path(sys.argv[1]), lambda: None, write=True, deadline=time.monotonic() + 60):\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        os.close(1)\n"
        "        time.sleep(20)\n"
        "        os._exit(0)\n"
        "print(child, flush=True)"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, str(callers.path)], stdout=subprocess.PIPE, text=True, check=True
    )
    try:
        callers.start("writer", write=True)
        assert callers.came == ["writer"]
    finally:
        os.kill(int(said.stdout), signal.SIGKILL)


def test_who_waits_for_the_one_that_makes_the_next_file_is_told_its_number(place: Path) -> None:
    path = place / "results.duckdb"
    with (
        readers_writer_lock.only(path, deadline=0.0),
        pytest.raises(store.StoreBusy, match=rf"it is process {os.getpid()}"),
        readers_writer_lock.only(path, deadline=0.0),
    ):
        raise AssertionError("two at once")
