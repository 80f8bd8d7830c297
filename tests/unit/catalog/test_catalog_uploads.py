"""Uploaded files: kept below the data folder whatever they are called, and gone after a day."""

from __future__ import annotations

import io
import os
import time
import zipfile

import pytest

from catalog import CatalogError, keep_upload, list_datasets, sweep_uploads
from catalog.importers import read_draft


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


def test_the_same_file_again_is_the_same_path(data):
    first = keep_upload("a.zip", io.BytesIO(b"1" * 3_000_000))
    assert keep_upload("a.zip", io.BytesIO(b"1" * 3_000_000)) == first
    assert keep_upload("a.zip", io.BytesIO(b"2")) != first
    assert sorted(path.name[0] for path in first.parents[1].iterdir()) != ["."], "nothing half-written is left"


def test_uploads_go_after_a_day_unless_in_use(data):
    old, used, new = (keep_upload(f"{i}.zip", io.BytesIO(bytes([i]))) for i in range(3))
    for path in (old, used):
        os.utime(path.parent, (time.time() - 90_000,) * 2)
    sweep_uploads({used})
    assert (old.exists(), used.exists(), new.exists()) == (False, True, True)


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
