"""Test how studies and the runs of their cells are kept."""

from __future__ import annotations

import pytest

import store
from tests.unit.store.conftest import Results


def statuses() -> dict[str, str]:
    frame = store.study_runs("s-1")
    return dict(zip(frame["arm"], frame["status"], strict=True))


def test_a_study_is_registered_once_and_keeps_its_newest_text() -> None:
    store.register_study("s-1", "s", "seeds: [0]")
    store.register_study("s-2", "s", "other")
    store.register_study("s-1", "s", "seeds: [0, 1]")
    known = store.studies()
    assert list(known["study_id"]) == ["s-2", "s-1"] and known["file"].iloc[1] == "seeds: [0, 1]"
    assert store.check() == []


def test_runs_of_cells_with_their_state(results: Results) -> None:
    results.prepare()
    store.register_study("s-1", "s", "")
    for arm, run_id in (("a", "r"), ("b", "later"), ("c", "gone")):
        store.link_study_run("s-1", "claims", arm, 0, run_id)
    job = store.add_job("train", title="t", args={}, run_id="later", dataset="d@1")
    assert statuses() == {"a": "running", "b": "queued", "c": "missing"}
    assert list(store.study_runs("s-1")["dataset_id"])[:2] == ["d@1", "d@1"]
    store.update_job(job, state="failed", error="No room.")
    store.finish_run("r", "stopped")
    again = store.add_job("train", title="t", args={}, run_id="r")
    assert statuses() == {"a": "queued", "b": "failed", "c": "missing"}
    assert store.study_runs("s-1")["error"].iloc[1] == "No room."
    store.update_job(again, state="done")
    store.finish_run("r", "done")
    assert statuses()["a"] == "done"


def test_a_cell_has_one_run_and_a_link_is_not_written_twice() -> None:
    store.register_study("s-1", "s", "")
    store.link_study_run("s-1", "claims", "a", 0, "first")
    mark = store.study_runs("s-1")
    store.link_study_run("s-1", "claims", "a", 0, "first")
    assert store.study_runs("s-1").equals(mark)
    store.link_study_run("s-1", "claims", "a", 0, "second")
    assert list(store.study_runs("s-1")["run_id"]) == ["second"]
    assert store.check() == []


def test_a_link_needs_its_study() -> None:
    with pytest.raises(store.StoreError, match="no study 's-1'"):
        store.link_study_run("s-1", "claims", "a", 0, "r")


def test_a_deleted_run_leaves_its_cell(results: Results) -> None:
    results.prepare()
    store.finish_run("r", "done")
    store.register_study("s-1", "s", "")
    store.link_study_run("s-1", "claims", "a", 0, "r")
    assert store.rows_of("r")["study_runs"] == 1
    store.delete_run("r")
    assert store.study_runs("s-1").empty
