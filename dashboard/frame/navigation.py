"""List the app's pages and make sure that each is shown inside the app's frame."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.navigation.page import Page

from dashboard.text import T

_INSIDE = "_inside_app"


def current_page() -> Page:
    """Register the pages with Streamlit and return the one that the browser asks for."""
    return st.navigation(
        [
            st.Page("pages/overview.py", title=T.overview, icon=":material/monitoring:", default=True),
            st.Page("pages/confusion.py", title=T.confusion, icon=":material/grid_on:"),
            st.Page("pages/hard_negatives.py", title=T.hard_negatives, icon=":material/target:"),
            st.Page("pages/grad_cam.py", title=T.grad_cam, icon=":material/visibility:"),
            st.Page("pages/stages.py", title=T.stages, icon=":material/stairs:"),
            st.Page("pages/single_vs_multi.py", title=T.single_vs_multi, icon=":material/compare_arrows:"),
            st.Page("pages/study.py", title=T.study, icon=":material/science:"),
            st.Page("pages/difficulty.py", title=T.difficulty, icon=":material/fitness_center:"),
            st.Page("pages/data.py", title=T.data, icon=":material/photo_library:"),
            st.Page("pages/meeting.py", title=T.meeting, icon=":material/groups:"),
            st.Page("pages/sample.py", title=T.sample_view, icon=":material/image_search:", visibility="hidden"),
        ],
        position="top",
    )


@contextmanager
def inside_app() -> Iterator[None]:
    """Mark the body as a page that app.py runs."""
    st.session_state[_INSIDE] = True
    try:
        yield
    finally:
        st.session_state[_INSIDE] = False


def require_app() -> None:
    """Start again from app.py where Streamlit ran the page's file by itself.

    To be called before a page draws anything. Until a process has called `st.navigation` once, Streamlit treats a
    folder named pages as multipage scripts of its older kind. A link straight to a page, opened first after a start,
    would then show the page without its sidebar.
    """
    if not st.session_state.get(_INSIDE):
        current_page()
        st.rerun()
