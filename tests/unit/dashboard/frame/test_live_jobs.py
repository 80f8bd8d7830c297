"""Live jobs in the sidebar: a long queue is cut short, whatever runs is shown."""

from __future__ import annotations

from dashboard.frame import live_jobs


def job(number, state):
    return {"job_id": f"j{number}", "state": state}


def test_a_study_of_hundreds_of_jobs_shows_what_runs_and_the_next_in_line():
    live = [job(0, "running"), *(job(number, "queued") for number in range(1, 433)), job(433, "stopping")]
    shown, more = live_jobs._nearest(live)
    assert [one["job_id"] for one in shown] == ["j0", "j1", "j2", "j3", "j4", "j5", "j433"] and more == 427


def test_a_short_queue_is_shown_whole():
    live = [job(0, "running"), *(job(number, "queued") for number in range(1, 6))]
    assert live_jobs._nearest(live) == (live, 0)
