"""What all sessions share of the store: read once, seen at once when this app wrote, and nobody waits for a reader."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from dataclasses import replace

import pytest

import store
from dashboard.reads import job_queries, run_queries, snapshot


@pytest.fixture
def readings(monkeypatch):
    """How often the store was read."""
    counted = []
    true_read = snapshot.read
    monkeypatch.setattr(snapshot, "read", lambda: (counted.append(1), true_read())[1])
    return counted


def aged(seconds):
    """Let the last reading be so old."""
    snapshot._latest = replace(snapshot._latest, read_at=snapshot._latest.read_at - seconds)


def test_many_questions_are_one_reading_and_what_this_app_writes_is_seen_at_once(house, readings):
    house.start("demo-1", house.dataset())
    assert (
        list(run_queries.runs()["run_id"]) == ["demo-1"]
        and run_queries.stages().empty
        and job_queries.live_jobs() == []
    )
    before = job_queries.live_token(), run_queries.results_token()
    assert len(readings) == 1
    job = store.add_job("train", title="t", args={}, run_id="demo-1")
    assert [live["job_id"] for live in job_queries.live_jobs()] == [job] and job_queries.live_token() != before[0]
    assert run_queries.results_token() == before[1] and len(readings) == 2


def test_what_another_process_writes_is_seen_once_the_reading_is_old(house, readings):
    house.start("demo-1", house.dataset())
    seen = run_queries.change_token()
    aged(-3600)  # young, however long the other process takes
    subprocess.run([sys.executable, "-c", "import store; store.finish_run('demo-1', 'done')"], check=True)
    assert run_queries.change_token() == seen  # good for a second
    aged(3700)
    assert run_queries.run("demo-1")["status"] == "done" and run_queries.change_token() != seen
    aged(100)
    assert run_queries.run("demo-1")["status"] == "done" and len(readings) == 2  # the file is as it was


def test_nobody_waits_for_another_session_that_reads(house, monkeypatch):
    house.start("demo-1", house.dataset())
    old = run_queries.change_token()
    begun, go_on = threading.Event(), threading.Event()
    true_read = snapshot.read
    monkeypatch.setattr(snapshot, "read", lambda: (begun.set(), go_on.wait(30), true_read())[2])
    aged(100)
    house.results.touch()
    reader = threading.Thread(target=run_queries.change_token)
    reader.start()
    assert begun.wait(30)
    assert run_queries.change_token() == old and list(run_queries.runs()["run_id"]) == ["demo-1"]
    go_on.set()
    reader.join()
    assert run_queries.change_token() != old


def test_what_a_page_does_with_a_frame_is_its_own(house):
    house.start("demo-1", house.dataset())
    store.add_job("train", title="t", args={}, run_id="demo-1")
    mine = run_queries.runs()
    mine.loc[0, "run_id"] = "spoilt"
    job_queries.recent_jobs()[0]["title"] = "spoilt"
    assert run_queries.runs()["run_id"].tolist() == ["demo-1"] and job_queries.recent_jobs()[0]["title"] == "t"


HELD = """
import sys, time, duckdb
shell = duckdb.connect(sys.argv[1])
print("open", flush=True)
time.sleep(2)
"""


def test_to_wait_for_the_store_makes_nothing_look_older(house):
    house.start("demo-1", house.dataset())
    command = [sys.executable, "-c", HELD, str(house.results)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as shell:
        assert shell.stdout.readline() == "open\n"
        began = time.monotonic()
        assert len(run_queries.runs()) == 1
    assert time.monotonic() - began > 1.0 > snapshot._latest.cost
    aged(snapshot.FRESH + 1.0)
    snapshot._latest = replace(snapshot._latest, cost=60.0)
    aged(5.0)
    assert not snapshot._latest.is_fresh  # however long it took
    run_queries.runs()
    assert snapshot._latest.cost == 0.0  # the file is as it was, and to look at it costs nothing
