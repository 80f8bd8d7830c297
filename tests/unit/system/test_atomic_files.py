"""A file is replaced whole or not at all, reaches the disk before it takes its name, and leaves nothing behind."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from system import atomic_files
from system.atomic_files import atomic_write, remove_leftovers

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("durable", [True, False])
def test_the_old_content_stands_until_the_block_has_ended(durable: bool, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with atomic_write(path, durable=durable) as temporary:
        assert temporary.parent == tmp_path
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new" and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("durable", [True, False])
def test_an_error_leaves_the_old_content_and_nothing_else(durable: bool, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), atomic_write(path, durable=durable) as temporary:
        temporary.write_text("half")
        raise KeyboardInterrupt
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_content_reaches_the_disk_before_the_name_and_the_name_after(tmp_path: Path, monkeypatch) -> None:
    steps: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def synced(opened: int) -> None:
        steps.append("folder" if stat.S_ISDIR(os.fstat(opened).st_mode) else "file")
        fsync(opened)

    def replaced(file: Path, target: Path) -> Path:
        steps.append("rename")
        return replace(file, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", replaced)
    with atomic_write(tmp_path / "a") as temporary:
        temporary.write_text("x")
    with atomic_write(tmp_path / "b", durable=False) as temporary:
        temporary.write_text("x")
    assert steps == ["file", "rename", "folder", "rename"]


def test_a_full_disk_is_seen_before_the_old_content_is_gone(tmp_path: Path, monkeypatch) -> None:
    def full(_: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "a.txt"
    path.write_text("old")
    monkeypatch.setattr(atomic_files, "sync", full)
    with pytest.raises(OSError, match="No space"), atomic_write(path) as temporary:
        temporary.write_text("new")
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("number", "passes"), [(errno.EINVAL, True), (errno.EACCES, True), (errno.EIO, False)])
def test_a_folder_that_cannot_be_synced_is_no_error_but_a_broken_disk_is(
    number: int, passes: bool, tmp_path: Path, monkeypatch
) -> None:
    def sync(path: Path) -> None:
        if path.is_dir():
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr(atomic_files, "sync", sync)
    try:
        with atomic_write(tmp_path / "a") as temporary:
            temporary.write_text("x")
    except OSError as error:
        assert error.errno == number and not passes
    else:
        assert passes
    assert (tmp_path / "a").read_text() == "x"


@pytest.mark.parametrize(("mask", "mode"), [(0o077, 0o600), (0o007, 0o660)])
def test_the_umask_decides_the_mode_also_of_a_file_that_is_replaced(mask: int, mode: int, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    path.chmod(0o666)
    before = os.umask(mask)
    try:
        with atomic_write(path) as temporary:
            temporary.write_text("new")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_name_as_long_as_the_file_system_takes_is_written(tmp_path: Path) -> None:
    for name in ("x" * 255, "오" * 85):
        with atomic_write(tmp_path / name) as temporary:
            temporary.write_text("x")
        assert (tmp_path / name).read_text() == "x"


@pytest.mark.parametrize("name", ["a.txt", "[a]*.txt"])
def test_what_a_killed_process_left_is_removed_and_nothing_else(name: str, tmp_path: Path) -> None:
    code = (
        "import os, sys, pathlib; from system.atomic_files import atomic_write\n"
        "with atomic_write(pathlib.Path(sys.argv[1])) as temporary:\n"
        "    temporary.write_text('half'); os.kill(os.getpid(), 9)"
    )
    path, other = tmp_path / name, tmp_path / ".b.txt.12345678.tmp"
    path.write_text("old")
    assert subprocess.run([sys.executable, "-c", code, path], cwd=ROOT, check=False).returncode == -9
    assert len(list(tmp_path.iterdir())) == 2 and path.read_text() == "old"
    other.write_text("of another file, which may be in the writing")
    remove_leftovers(path)
    assert set(tmp_path.iterdir()) == {path, other}
    remove_leftovers(tmp_path)
    assert list(tmp_path.iterdir()) == [path]
