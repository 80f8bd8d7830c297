"""One holder at a time, among processes and threads; a lock ends with its holder, and unknown locks stop nobody."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from system.file_locks import exclusive, hold_folder, lock, share_folder, try_hold_folder

ROOT = Path(__file__).resolve().parents[3]


def test_a_lock_is_refused_to_others_until_it_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with path.open("ab") as one, path.open("ab") as other:
        assert lock(one) and not lock(other, wait=False) and not lock(other, shared=True, wait=False)
        one.close()
        assert lock(other, shared=True, wait=False)
        with path.open("ab") as third:
            assert lock(third, shared=True, wait=False) and not lock(third, wait=False)


def test_a_lock_ends_with_the_process_that_held_it(tmp_path: Path) -> None:
    code = (
        "import sys; from system.file_locks import lock; stream = open(sys.argv[1], 'ab'); lock(stream)\n"
        "print('held', flush=True); sys.stdin.read()"
    )
    path = tmp_path / "lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    with path.open("ab") as stream:
        assert not lock(stream, wait=False)
        holder.kill()
        holder.communicate()
        assert lock(stream, wait=False)


def test_threads_wait_for_one_another(tmp_path: Path) -> None:
    inside, most = 0, 0
    counting = threading.Lock()

    def work() -> None:
        nonlocal inside, most
        for _ in range(20):
            with exclusive(tmp_path / "lock"):
                with counting:
                    inside += 1
                    most = max(most, inside)
                with counting:
                    inside -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_a_folder_is_held_by_one_or_shared_by_many(tmp_path: Path) -> None:
    handle = hold_folder(tmp_path)
    assert try_hold_folder(tmp_path) is None
    os.close(handle)
    shared = [share_folder(tmp_path), share_folder(tmp_path)]
    assert try_hold_folder(tmp_path) is None
    for handle in shared:
        os.close(handle)
    again = try_hold_folder(tmp_path)
    assert again is not None
    os.close(again)
    assert try_hold_folder(tmp_path / "none") is None


def test_a_folder_that_was_taken_away_before_it_was_held_is_missed(tmp_path: Path, monkeypatch) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    flock = fcntl.flock

    def late(handle: int, mode: int) -> None:
        folder.rmdir()
        folder.mkdir()
        flock(handle, mode)

    monkeypatch.setattr(fcntl, "flock", late)
    with pytest.raises(FileNotFoundError):
        hold_folder(folder)


def test_where_locks_are_unknown_work_goes_on_and_nothing_is_seized(tmp_path: Path, monkeypatch) -> None:
    def unknown(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", unknown)
    with exclusive(tmp_path / "lock"):
        pass
    os.close(hold_folder(tmp_path))
    os.close(share_folder(tmp_path))
    assert try_hold_folder(tmp_path) is None
    with (tmp_path / "lock").open("ab") as stream, pytest.raises(OSError, match="No locks"):
        lock(stream)
