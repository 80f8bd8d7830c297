"""Draw live jobs in fragments that redraw themselves.

The whole page is redrawn only when there is a new result to read.
"""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

import jobs
from dashboard.frame.error_boundary import attempt, guarded
from dashboard.reads import job_queries, run_queries
from dashboard.reads.snapshot import Job
from dashboard.text import T, duration, name_of, number, plain, stage_name
from jobs.retries import RETRIES
from system.job_states import JobState

# Seconds between two redraws. One costs the app tens of milliseconds of CPU, which running trainings lack.
BUSY_TICK, IDLE_TICK = 2.0, 5.0
_DRAWN = "_drawn"
_MOST_WAITING = 5  # jobs in line that are drawn; a study queues hundreds


def note_drawn() -> None:
    """Remember the state of the store that this rerun shows.

    To be called before the page reads anything.
    """
    st.session_state[_DRAWN] = _version()


def sidebar() -> None:
    """Draw the latest failures, and every live job with its progress and a *Stop* button."""
    with guarded("live_runs"):
        st.fragment(_sidebar, run_every=_tick())()


def panel() -> None:
    """Draw the same progress, without buttons, in the main area; nothing when no job is live."""
    if job_queries.live_jobs():
        st.fragment(_panel, run_every=_tick())()


def _tick() -> float:
    return BUSY_TICK if job_queries.live_jobs() else IDLE_TICK


def _version() -> str:
    return f"{run_queries.results_token()}#{job_queries.live_token()}"


def _sidebar() -> None:
    with guarded("live_runs"):
        job_queries.run_maintenance()
        _rerun_if_new()
        # Failures stand above the live jobs: below a long queue nobody would see them.
        for job in job_queries.recent_failures():
            title = T.job_ended.format(title=plain(title_of(job)), state=name_of(T.state_names, str(job["state"])))
            st.error(f"{title}  \n{plain(job.get('error') or T.no_reason)}")
        live = _live()
        if not live:
            st.caption(T.nothing_live)
        shown, more = _nearest(live)
        for job in shown:
            with st.container(border=True, gap="xsmall", key=f"live_{job['job_id']}"):
                _progress(job)
                if job["kind"] != "explain":
                    with st.container(horizontal=True):
                        _stop_button(job)
                        if job.get("ahead"):
                            _first_button(job)
        if more:
            st.caption(T.more_wait.format(n=more))


def _panel() -> None:
    """Draw a box for each running job and one for all that wait.

    A long queue must not push the page out of view.
    """
    with guarded("live_panel"):
        live, more = _nearest(_live())
        for job in live:
            if job["state"] != JobState.QUEUED:
                with st.container(border=True, gap="xsmall"):
                    _progress(job)
        waiting = [
            f"**{plain(title_of(job))}** · {' · '.join(_facts(job))}" for job in live if job["state"] == JobState.QUEUED
        ]
        if more:
            waiting.append(T.more_wait.format(n=more))
        if waiting:
            with st.container(border=True):
                st.markdown("  \n".join(waiting))


def _nearest(live: list[Job]) -> tuple[list[Job], int]:
    """Return every job that runs and the next few in line, and how many more wait."""
    waiting = [job for job in live if job["state"] == JobState.QUEUED]
    left_out = {job["job_id"] for job in waiting[_MOST_WAITING:]}
    return [job for job in live if job["job_id"] not in left_out], len(left_out)


def _live() -> list[Job]:
    """Return the live jobs; those that wait have two more keys.

    `waits` is the text that says what a job waits for, `ahead` the number of jobs before it in the queue.
    """
    live = job_queries.live_jobs()
    titles, ahead = {job["job_id"]: title_of(job) for job in live}, 0
    for job in live:
        if job["state"] != JobState.QUEUED:
            continue
        after = job.get("after")
        if after in titles:
            job["waits"] = T.waits_for.format(title=plain(titles[after]))
        else:
            job["ahead"], job["waits"] = ahead, T.waits_behind.format(n=ahead) if ahead else T.waits_next
            ahead += 1
    return live


def _rerun_if_new() -> None:
    """Redraw the whole page when a stage or a job has begun or ended since it was drawn."""
    version = _version()
    if st.session_state.get(_DRAWN, version) != version:
        st.session_state[_DRAWN] = version
        st.rerun()


def title_of(job: Job) -> str:
    """Return the title of a job in the language of the session.

    Where the job's row lacks a part of it, return the title with which the job was queued.
    """
    args, name = job.get("args") or {}, str(job.get("kind"))
    if name == "train":
        name = "again" if "retry" in args else "continued" if "resume" in args else "train"
    elif name == "explain":
        name = "scores" if "scores" in args else "maps"
    facts = {
        "recipe": args.get("recipe_name"), "dataset": job.get("dataset"), "seed": job.get("seed"),
        "run": job.get("run_id"), "n": args.get("retry") or len(args.get("sample_ids", ())), "most": RETRIES,
    }  # fmt: skip
    with suppress(KeyError):
        return dict(T.job_titles)[name].format(**{key: fact for key, fact in facts.items() if fact not in (None, "")})
    return str(job["title"])


def _progress(job: Job) -> None:
    st.markdown(f"**{plain(title_of(job))}**")
    st.caption(" · ".join(_facts(job)))
    if job["state"] != JobState.QUEUED:
        st.progress(float(job.get("progress") or 0.0))


def _facts(job: Job) -> list[str]:
    """Return state, stage, epoch, speed and time left, as far as the job reports them."""
    facts = [job.get("waits") or name_of(T.state_names, str(job["state"]))]
    if stage := job.get("stage"):
        facts.append(stage_name(int(job.get("round") or 0), str(stage)))
    epoch, epochs = job.get("epoch"), job.get("epochs")
    if epoch is not None and epochs is not None:
        facts.append(T.epoch_of.format(epoch=int(epoch), epochs=int(epochs)))
    if (speed := job.get("images_per_s")) is not None:
        facts.append(T.speed.format(speed=number(float(speed), 0)))
    if (seconds_left := job.get("seconds_left")) is not None:
        facts.append(T.time_left.format(left=duration(float(seconds_left))))
    if (message := job.get("message")) and len(facts) == 1:
        facts.append(plain(message))
    return facts


def _stop_button(job: Job) -> None:
    stopping = job["state"] == JobState.STOPPING
    help_ = (
        T.stop_waiting_help
        if job["state"] == JobState.QUEUED
        else T.stop_help
        if job["kind"] == "train"
        else T.drop_help
    )
    st.button(
        T.stop, key=f"stop_{job['job_id']}", disabled=stopping, icon=":material/stop_circle:", help=help_,
        on_click=_stop, args=(str(job["job_id"]), title_of(job)),
    )  # fmt: skip


def _first_button(job: Job) -> None:
    st.button(
        T.put_first, key=f"first_{job['job_id']}", icon=":material/vertical_align_top:", help=T.put_first_help,
        on_click=_put_first, args=(str(job["job_id"]), title_of(job)),
    )  # fmt: skip


def _put_first(job_id: str, title: str) -> None:
    with attempt():
        jobs.prioritize(job_id)
        st.toast(T.put_first_done.format(title=plain(title)), icon=":material/vertical_align_top:")


def _stop(job_id: str, title: str) -> None:
    """Stop a job and show what that did.

    A waiting job is removed at once, together with the jobs that wait for it.
    """
    with attempt():
        stopped = jobs.request_stop(job_id)
        sentence = (T.stop_asked if stopped.state == JobState.STOPPING else T.stop_done).format(title=plain(title))
        also_stopped = [T.stop_with_it.format(n=len(stopped.also_stopped))] if stopped.also_stopped else []
        st.toast(" ".join([sentence, *also_stopped]), icon=":material/stop_circle:")
