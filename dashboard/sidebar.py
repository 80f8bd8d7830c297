"""The sidebar: brand, the form that starts a training, and what is live."""

from __future__ import annotations

import streamlit as st

from dashboard import launch, live
from dashboard.guard import guarded
from dashboard.text import T


def draw() -> None:
    """Draw the whole sidebar; a failure in one part leaves the others standing."""
    with st.sidebar:
        st.markdown(T.brand_line)
        st.caption(T.tagline)
        st.subheader(T.new_training)
        with guarded("launch"):
            launch.form()
        st.subheader(T.live_runs)
        live.sidebar()
