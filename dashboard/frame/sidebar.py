"""Draw the sidebar: brand, launch form, live jobs, picture format and version."""

from __future__ import annotations

import streamlit as st

from dashboard import text
from dashboard.frame import launch_form, live_jobs
from dashboard.frame.error_boundary import guarded
from dashboard.text import T
from dashboard.widgets import downloads, url_state
from system.version import __version__


def draw() -> None:
    """Draw the whole sidebar; a failure in one part does not affect the others."""
    with st.sidebar:
        st.markdown(T.brand_line)
        st.caption(T.tagline)
        _language()
        st.subheader(T.new_training)
        with guarded("launch"):
            launch_form.form()
        st.subheader(T.live_runs)
        live_jobs.sidebar()
        downloads.choose_format()
        st.caption(f"{T.brand} {__version__}")


def _language() -> None:
    key = url_state.bind("lang", list(dict(text.NAMES)), text.language())
    st.segmented_control(
        T.language, list(dict(text.NAMES)), format_func=lambda name: text.name_of(text.NAMES, name), key=key,
        required=True, label_visibility="collapsed", on_change=_set_language, args=(key,),
    )  # fmt: skip


def _set_language(key: str) -> None:
    """Set the language before the rerun, so that the whole page is in the new one."""
    chosen = str(st.session_state[key])
    text.set_language(chosen)
    url_state.set_view(lang=chosen)
