"""Odap's dashboard: `streamlit run app.py`. Navigation and sidebar; each page is a file in pages/."""

from __future__ import annotations

import streamlit as st

from dashboard import live, pickers, sidebar
from dashboard.guard import guarded
from dashboard.text import T

st.set_page_config(
    page_title=T.brand, page_icon=":material/menu_book:", layout="wide", initial_sidebar_state="expanded"
)
page = st.navigation(
    [
        st.Page("pages/overview.py", title=T.overview, icon=":material/monitoring:", default=True),
        st.Page("pages/confusion.py", title=T.confusion, icon=":material/grid_on:"),
        st.Page("pages/hard_negatives.py", title=T.hard_negatives, icon=":material/target:"),
        st.Page("pages/grad_cam.py", title=T.grad_cam, icon=":material/visibility:"),
        st.Page("pages/single_vs_multi.py", title=T.single_vs_multi, icon=":material/compare_arrows:"),
    ],
    position="top",
)
pickers.restore_view()
with guarded("start"):
    live.note_drawn()
sidebar.draw()
with guarded("page"):
    page.run()
