"""Live jobs: fragments that redraw themselves, and the whole page only when there is something new to read."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

import jobs
import store
from dashboard import queries
from dashboard.guard import guarded
from dashboard.text import T, duration, name_of, number, plain, stage_name

# A tick costs the app tens of milliseconds, taken from the training beside it.
BUSY_TICK, IDLE_TICK = 2.0, 5.0
_DRAWN = "_drawn"


def note_drawn() -> None:
    """Remember what this rerun of the page shows; called before the page reads anything."""
    st.session_state[_DRAWN] = _version()


def sidebar() -> None:
    """Every live job with its progress and a *Stop* button, and the latest failures."""
    with guarded("live_runs"):
        st.fragment(_sidebar, run_every=_tick())()


def panel() -> None:
    """The same progress, without buttons, for the main area; draws nothing when nothing is live."""
    if not queries.live_jobs().empty:
        st.fragment(_panel, run_every=_tick())()


def _tick() -> float:
    return IDLE_TICK if queries.live_jobs().empty else BUSY_TICK


def _version() -> str:
    return f"{queries.results_token()}#{queries.live_token()}"


def _sidebar() -> None:
    with guarded("live_runs"):
        queries.keep_house()
        _rerun_if_new()
        live = queries.live_jobs()
        if live.empty:
            st.caption(T.nothing_live)
        for job in live.to_dict("records"):
            with st.container(border=True, gap="xsmall", key=f"live_{job['job_id']}"):
                _progress(job)
                if job["kind"] != "explain":
                    _stop_button(job)
        for job in queries.recent_failures().to_dict("records"):
            st.error(f"**{plain(job['title'])}**  \n{plain(_given(job, 'error') or T.no_reason)}")


def _panel() -> None:
    with guarded("live_panel"):
        for job in queries.live_jobs().to_dict("records"):
            with st.container(border=True, gap="xsmall"):
                _progress(job)


def _rerun_if_new() -> None:
    """Redraw the whole page when a stage or job has ended or begun since it was drawn."""
    version = _version()
    if st.session_state.get(_DRAWN, version) != version:
        st.session_state[_DRAWN] = version
        st.rerun()


def _progress(job: dict[str, Any]) -> None:
    st.markdown(f"**{plain(job['title'])}**")
    st.caption(" · ".join(_facts(job)))
    share = _given(job, "progress")
    if job["state"] != "queued":
        st.progress(0.0 if share is None else float(share))


def _facts(job: dict[str, Any]) -> list[str]:
    """State, stage, epoch, speed and time left, as far as the job says them."""
    facts = [name_of(T.state_names, str(job["state"]))]
    if (stage := _given(job, "stage")) is not None:
        facts.append(stage_name(int(_given(job, "round") or 0), str(stage)))
    epoch, epochs = _given(job, "epoch"), _given(job, "epochs")
    if epoch is not None and epochs is not None:
        facts.append(T.epoch_of.format(epoch=int(epoch), epochs=int(epochs)))
    if (speed := _given(job, "images_per_s")) is not None:
        facts.append(T.speed.format(speed=number(float(speed), 0)))
    if (left := _given(job, "seconds_left")) is not None:
        facts.append(T.time_left.format(left=duration(float(left))))
    if (message := _given(job, "message")) is not None and len(facts) == 1:
        facts.append(plain(message))
    return facts


def _stop_button(job: dict[str, Any]) -> None:
    stopping = job["state"] == "stopping"
    st.button(
        T.stop, key=f"stop_{job['job_id']}", disabled=stopping, icon=":material/stop_circle:", help=T.stop_help,
        on_click=_stop, args=(str(job["job_id"]),),
    )  # fmt: skip


def _stop(job_id: str) -> None:
    try:
        jobs.stop(job_id)
    except (jobs.JobError, store.StoreError) as error:
        st.toast(plain(error), icon=":material/error:")


def _given(job: dict[str, Any], column: str) -> Any:
    """A job's column; None where the store has no value."""
    value = job.get(column)
    return None if value is None or value == "" or pd.isna(value) else value
