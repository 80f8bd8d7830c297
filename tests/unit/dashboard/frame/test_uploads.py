"""Uploads of the data page: on the disk only while a preview or an import reads them."""

from __future__ import annotations

import io
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import streamlit as st

import catalog
import jobs
from catalog.pictures import encode_png
from dashboard.datasets import importing
from dashboard.datasets.importing import ImportRequest
from dashboard.frame import uploads
from dashboard.reads import job_queries


@pytest.fixture
def session(house: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A session's state without a browser, and an app that begins."""
    state: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", state)
    monkeypatch.setattr(uploads, "_handed_over", {})
    monkeypatch.setattr(uploads, "_swept", False)
    return state


class Sent(io.BytesIO):
    """A file as Streamlit's uploader gives it."""

    def __init__(self, name: str, data: bytes) -> None:
        super().__init__(data)
        self.name, self.file_id = name, f"id of {name}"


def pictures() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for i in range(12):
            pixels = np.random.default_rng(i).integers(0, 256, (12, 16), dtype=np.uint8)
            archive.writestr(f"{'ab'[i % 2]}/{i}.png", encode_png(pixels))
    return stream.getvalue()


def left(house: Any) -> list[Path]:
    return [path for path in (house.data / ".uploads").rglob("*") if path.is_file()]


def request_of(name: str = "mine.zip", data: bytes | None = None) -> ImportRequest:
    place = uploads.placeholder_path(Sent(name, pictures() if data is None else data))
    return ImportRequest("folder", place, ())


def test_a_choice_alone_writes_nothing_and_is_the_same_at_every_rerun(house, session):
    assert request_of() == request_of() and not (house.data / ".uploads").exists()
    assert importing._proposed_name(request_of().source) == "mine"


@pytest.mark.parametrize("data", [None, b"no zip"])
def test_a_preview_leaves_nothing_on_the_disk(house, session, data):
    request = request_of(data=data)
    for _ in range(2):
        importing._read_preview(request)
        assert left(house) == []
    assert (importing._PREVIEW in session) == (data is None)


def test_a_table_and_its_pictures_are_both_written_under_their_names(house, session):
    table, images = Sent("t.csv", b"path,label"), Sent("images.zip", b"zip")
    places = [uploads.placeholder_path(file) for file in (table, images)]
    with uploads.on_disk(places[0], ("--images", str(places[1]), "--classes=a,b")) as (source, options):
        assert source.name == "t.csv" and source.read_bytes() == b"path,label"
        assert options[0] == "--images" and Path(options[1]).read_bytes() == b"zip" and options[2] == "--classes=a,b"
    assert left(house) == []


def test_an_import_reads_it_and_what_a_killed_one_left_goes_with_its_job(house, session, monkeypatch):
    asked: list[Path] = []
    monkeypatch.setattr(jobs, "submit_import", lambda kind, source, name, options: asked.append(source) or "job-1")
    monkeypatch.setattr(st, "rerun", lambda: None)
    session[importing._PREVIEW] = SimpleNamespace()
    importing._start(request_of(), "mine", ())
    assert left(house) == asked and len(asked) == 1
    for state, is_left in ((None, True), ("running", True), ("lost", False)):
        listed = [] if state is None else [{"job_id": "job-1", "state": state}]
        monkeypatch.setattr(job_queries, "recent_jobs", lambda listed=listed: listed)
        uploads.tidy()
        assert bool(left(house)) == is_left
    assert uploads._handed_over == {}


def test_an_import_that_cannot_begin_leaves_nothing(house, session, monkeypatch):
    def refuse(*_: Any) -> str:
        raise jobs.JobError("The dataset mine is being made already; wait for it.")

    monkeypatch.setattr(jobs, "submit_import", refuse)
    importing._start(request_of(), "mine", ())
    assert left(house) == [] and uploads._handed_over == {}


def test_a_job_that_is_never_listed_is_given_up(house, session, monkeypatch):
    path = catalog.keep_upload("a.zip", io.BytesIO(b"1"))
    uploads.hand_over("gone", [path])
    monkeypatch.setattr(job_queries, "recent_jobs", lambda: [])
    now = time.monotonic()
    monkeypatch.setattr("dashboard.frame.uploads.time.monotonic", lambda: now + 61)
    uploads.tidy()
    assert left(house) == []


def test_an_app_that_starts_removes_what_a_killed_one_left(house, opened):
    old = house.data / ".uploads" / "0123456789abcdef" / "KIM.zip"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"pictures")
    uploads._swept = False
    opened()
    assert not old.parent.exists()
