"""Full or read-only disks and hostile files give one sentence, and nothing is left on disk."""

from __future__ import annotations

import functools
import io
import os
import resource
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from catalog.__main__ import main
from catalog.importers.archive import Archive
from catalog.pictures import BadPicture

ROOT = Path(__file__).parents[3]
PAGE = 4096
ISOLATED = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]  # mounts that only this process sees


@functools.cache
def may_mount() -> bool:
    """Check whether this machine allows mounting a small disk."""
    try:
        tried = subprocess.run([*ISOLATED, "mount -t tmpfs tmpfs /tmp"], capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return tried.returncode == 0


def png(seed: int, side: int = 40) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (side, side), dtype=np.uint8)).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for number in range(24):
        file = tmp_path / "source" / "ab"[number % 2] / f"{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(png(number))
    return tmp_path / "source"


def imported(source: Path, data: Path, mount: str = "", file_limit: int | None = None) -> tuple[int, str, str]:
    """Import in a child process; return exit code, output, and the files left on disk."""
    script = (
        f'{mount}\n"$0" -m catalog import folder "$1" --name tiny\ncode=$?\n'
        'find "$ODAP_DATA" -mindepth 1 > "$2" 2>&1\nexit $code'
    )
    left = source.parent / "left.txt"
    ended = subprocess.run(
        [*(ISOLATED if mount else ["sh", "-c"]), script, sys.executable, str(source), str(left)],
        cwd=ROOT,
        env=os.environ | {"ODAP_DATA": str(data)},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=file_limit and (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))),
    )
    return ended.returncode, ended.stderr, left.read_text()


@pytest.mark.slow
def test_a_full_disk_is_one_sentence_wherever_it_fills_up(data, source, tmp_path):
    assert main(["import", "folder", str(source), "--name", "tiny"]) == 0
    sizes = [file.stat().st_size for file in (data / "tiny").rglob("*") if file.is_file()]
    needed = sum(-(-size // PAGE) for size in sizes)
    disk = tmp_path / "disk"
    disk.mkdir()
    if not may_mount():  # a limit on the size of files is the next best: the largest does not fit
        said = [imported(source, disk, file_limit=max(sizes) - 1)]
        reason = "files may not become that large here; raise the limit"
    else:
        rooms = (needed // 2, needed - 2, needed - 1, needed)  # fills up at a picture, the manifest, the description
        said = [imported(source, disk, f'mount -t tmpfs -o size={room * PAGE} tmpfs "$ODAP_DATA"') for room in rooms]
        assert said.pop()[0] == 0  # the sizes are the right ones
        reason = "the disk is full; free some space and try again"
    for code, sentence, left in said:
        assert code == 2 and reason in sentence and sentence.count("\n") == 1 and str(disk) in sentence
        assert left == ""


def test_a_limit_on_the_size_of_files_is_one_sentence(source, tmp_path):
    (tmp_path / "disk").mkdir()
    code, sentence, left = imported(source, tmp_path / "disk", file_limit=1000)
    assert code == 2 and "files may not become that large here; raise the limit (ulimit -f)" in sentence
    assert sentence.count("\n") == 1 and left == ""


def test_a_read_only_disk_is_one_sentence(source, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if may_mount():
        code, sentence, left = imported(source, disk, 'mount -t tmpfs -o ro tmpfs "$ODAP_DATA"')
        assert "it is on a read-only disk; name a writable folder in ODAP_DATA" in sentence and left == ""
    else:  # where nobody may make a folder, not even root
        code, sentence, _ = imported(source, Path("/proc/odap"))
        assert sentence.startswith("python -m catalog: /proc/odap: ")
    assert code == 2 and sentence.count("\n") == 1


def huge_png() -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def test_huge_and_empty_pictures_are_named_and_left_out(data, source, capsys):
    (source / "a" / "huge.png").write_bytes(huge_png())
    (source / "b" / "empty.png").touch()
    assert main(["import", "folder", str(source), "--name", "tiny"]) == 0
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "2 images were left out:" and len(said) == 3
    assert said[1].startswith(
        "  a/huge.png has 40000 x 40000 pixels, more than the limit of 50,000,000; make it smaller"
    )
    assert said[2] == "  b/empty.png is empty (0 bytes); copy it again."


def says_size(path: Path, size: int) -> Path:
    """Make the only entry's headers declare another size than it unpacks to."""
    raw = bytearray(path.read_bytes())
    struct.pack_into("<I", raw, 22, size)
    struct.pack_into("<I", raw, raw.index(b"PK\x01\x02") + 24, size)
    path.write_bytes(raw)
    return path


def test_a_zip_bomb_is_refused_by_what_it_says_and_by_what_it_does(data, tmp_path, capsys):
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/1.png", bytes(2**24))
    assert main(["import", "folder", str(says_size(tmp_path / "x.zip", 2**30 + 1)), "--name", "tiny"]) == 2
    said = capsys.readouterr().err
    assert "its entry 'a/1.png' unpacks to more than 1,024 MiB; leave it out." in said and said.count("\n") == 1
    with pytest.raises(BadPicture, match=r"is damaged in x\.zip"):
        Archive(says_size(tmp_path / "x.zip", 100)).read("1.png")
    assert not data.exists()
