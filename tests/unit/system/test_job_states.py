"""The states of a job: each is open or final, and the SQL made from them means the same."""

from __future__ import annotations

import pytest

import store
from system.job_states import ACTIVE, FINAL, OPEN, WANTED, JobState, sql_list


def test_a_state_is_open_or_final() -> None:
    assert set(OPEN) | set(FINAL) == set(JobState) and not set(OPEN) & set(FINAL)
    assert set(FINAL) == {"done", "failed", "stopped", "lost"}
    assert set(ACTIVE) == {"starting", "running", "stopping"}
    assert set(WANTED) == {"queued", "starting", "running"}
    assert JobState("stopping").is_open and not JobState("stopping").is_wanted


def test_a_list_in_sql() -> None:
    assert sql_list(WANTED) == "('queued', 'starting', 'running')"


@pytest.mark.parametrize("state", list(JobState))
def test_the_store_keeps_a_state_as_text(state: JobState, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("ODAP_RESULTS", str(tmp_path / "results.duckdb"))
    monkeypatch.setenv("ODAP_RUNS", str(tmp_path / "runs"))
    job_id = store.add_job("train", title="t", args={}, state=state)
    assert store.job_state(job_id) == state
    assert store.jobs(states=OPEN).empty == state.is_final
    assert store.check() == []
    with store.write() as connection:
        connection.execute("UPDATE jobs SET state = 'asleep'")
    assert any("a job is in a state that there is not" in problem for problem in store.check())


def test_a_job_that_has_ended_keeps_its_state_and_one_that_is_to_stop_does_not_run_again(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("ODAP_RESULTS", str(tmp_path / "results.duckdb"))
    job_id = store.add_job("train", title="t", args={}, state=JobState.RUNNING)
    assert store.request_stop(job_id) == [] and store.job_state(job_id) == JobState.STOPPING
    assert store.update_job(job_id, state=JobState.RUNNING) == "stopping"
    assert store.update_job(job_id, state=JobState.STOPPED) == "stopped"
    assert store.update_job(job_id, state=JobState.RUNNING) == "stopped"
