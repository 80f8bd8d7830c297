"""Draw the first start: what Odap does, and one button that makes a demo."""

from __future__ import annotations

import streamlit as st

import jobs
from dashboard.frame import live_jobs
from dashboard.reads import dataset_queries, job_queries
from dashboard.text import T, plain
from system.errors import UserError


def draw() -> None:
    """Say what Odap does in three lines, and offer the demo; show its progress once it runs."""
    with st.container(width=760):
        st.title(T.welcome_title)
        for line in T.welcome_lines:
            st.markdown(line)
        if not _demo_is_live():
            st.space("small")
            st.button(T.welcome_button, key="start_demo", type="primary", on_click=_start, icon=":material/play_arrow:")
            st.caption(T.welcome_note)
            if reason := st.session_state.pop("_demo_refused", None):
                st.error(plain(reason), icon=":material/error:")
        else:
            st.info(T.demo_running, icon=":material/hourglass_top:")
        live_jobs.panel()


def _demo_is_live() -> bool:
    """Return whether the demo is being made.

    A user may import own images at the first start too; that is not the demo.
    """
    return any(job["kind"] in ("phantom", "train") for job in job_queries.live_jobs())


def _start() -> None:
    """Queue the demo; a second click finds it live and adds nothing."""
    try:
        if not _demo_is_live():
            jobs.submit_demo(dataset_missing=not any(dataset.name == "demo" for dataset in dataset_queries.datasets()))
    except UserError as error:
        st.session_state["_demo_refused"] = str(error)
