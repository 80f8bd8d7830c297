"""Uploaded files stay on disk only while they are read, whatever their names."""

from __future__ import annotations

import io
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from catalog import CatalogError, drop_upload, keep_upload, list_datasets, sweep_uploads, uploads
from catalog.__main__ import main
from catalog.importers import read_draft
from catalog.pictures import encode_png
from catalog.uploads import used_up
from tests.unit.catalog.conftest import noise

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("images.zip", "images.zip"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\kim\\초음파 1.zip", "초음파 1.zip"),
        ("..", "upload"),
        (".bashrc", "bashrc"),
        ("a\x00b;$(rm).csv", "a_b_(rm).csv"),
    ],
)
def test_names_lose_what_could_lead_elsewhere(data, name, kept):
    path = keep_upload(name, io.BytesIO(b"bytes"))
    assert path.name == kept and path.read_bytes() == b"bytes"
    assert path.resolve().is_relative_to(data.resolve())
    assert list_datasets() == []


def test_each_upload_has_a_folder_of_its_own_for_its_owner_alone(data):
    first, second = (keep_upload("a.zip", io.BytesIO(b"1" * 3_000_000)) for _ in range(2))
    assert first != second and first.read_bytes() == second.read_bytes()
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (first.parent, second.parent, first.parents[1])} == {
        0o700
    }
    drop_upload(first)
    assert not first.parent.exists() and second.exists()
    drop_upload(second)
    drop_upload(second)
    assert list((data / ".uploads").iterdir()) == []


def test_only_uploads_are_dropped(data, tmp_path):
    kept = tmp_path / "folder" / "a.zip"
    kept.parent.mkdir()
    kept.write_bytes(b"mine")
    drop_upload(kept)
    with used_up([kept, Path("a.zip"), Path("/")]):
        pass
    assert kept.exists()


class _Broken(io.BytesIO):
    def read(self, size=-1):
        raise OSError(28, "No space left on device")


def test_an_upload_that_cannot_be_written_leaves_nothing(data):
    with pytest.raises(CatalogError, match="the disk is full"):
        keep_upload("a.zip", _Broken())
    assert list((data / ".uploads").iterdir()) == []


def test_what_a_killed_process_left_goes_and_what_a_live_one_holds_stays(data):
    code = (
        "import io, sys, catalog; print(catalog.keep_upload('b.zip', io.BytesIO(b'2')), flush=True); sys.stdin.read()"
    )
    live, dead = (
        subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        for _ in range(2)
    )
    of_live, of_dead = (Path(process.stdout.readline().strip()) for process in (live, dead))
    dead.kill()
    dead.wait()
    own = keep_upload("c.zip", io.BytesIO(b"3"))
    (data / ".uploads" / "0123456789abcdef").mkdir()  # of an app that did not hold its uploads
    sweep_uploads()
    assert (of_live.exists(), of_dead.exists(), own.exists()) == (True, False, True)
    assert len(list((data / ".uploads").iterdir())) == 2
    live.communicate("")
    sweep_uploads()
    drop_upload(own)
    assert list((data / ".uploads").iterdir()) == []


@pytest.mark.parametrize("is_sound", [True, False])
def test_an_import_removes_the_upload_that_it_read_however_it_ends(data, is_sound, capsys):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for i in range(12):
            archive.writestr(f"{'ab'[i % 2]}/{i}.png", encode_png(noise(i)) if is_sound else b"")
    stream.seek(0)
    path = keep_upload("mine.zip", stream)
    assert main(["import", "folder", str(path), "--name", "mine"]) == (0 if is_sound else 2)
    assert list((data / ".uploads").iterdir()) == []


def test_a_place_that_cannot_be_written_is_one_sentence(data):
    data.write_text("a file")
    with pytest.raises(CatalogError, match=r"a file stands where a folder is needed"):
        keep_upload("a.zip", io.BytesIO(b"1"))


def test_an_upload_is_called_as_it_was_sent_in_sentences_and_as_a_source(data):
    bad = keep_upload("my pictures.zip", io.BytesIO(b"no zip"))
    with pytest.raises(CatalogError, match=r"^my pictures\.zip is no sound zip archive"):
        read_draft("folder", [str(bad)])
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a/1.png", "x")
        archive.writestr("b/1.png", "x")
    stream.seek(0)
    good = keep_upload("good.zip", stream)
    assert read_draft("folder", [str(good)]).source == "archive good.zip"


def test_a_sweep_between_making_and_holding_a_folder_costs_another_folder_only(tmp_path, monkeypatch):
    monkeypatch.setenv("ODAP_DATA", str(tmp_path))
    hold, swept = uploads.share_folder, []

    def swept_first(folder):
        if len(swept) < 2:  # once before the folder is opened, once while the lock is waited for
            swept.append(folder)
            handle = hold(folder) if len(swept) == 2 else None
            folder.rmdir()
            return hold(folder) if handle is None else handle
        return hold(folder)

    monkeypatch.setattr(uploads, "share_folder", swept_first)
    path = uploads.keep_upload("a.zip", io.BytesIO(b"content"))
    assert path.read_bytes() == b"content" and len(swept) == 2
    uploads.drop_upload(path)
