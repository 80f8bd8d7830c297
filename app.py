"""Run Odap's dashboard: `streamlit run app.py`.

Draws navigation and sidebar; each page is a file in pages/.
"""

from __future__ import annotations

import streamlit as st

from dashboard.frame import brand, live_jobs, navigation, sidebar, streamlit_rerun_patch, uploads
from dashboard.frame.error_boundary import guarded
from dashboard.text import T, restore_language
from dashboard.widgets import url_state
from system.umask import keep_private

keep_private()
streamlit_rerun_patch.install()
st.set_page_config(page_title=T.brand, page_icon=brand.icon(), layout="wide", initial_sidebar_state="expanded")
st.html(brand.STYLE)
restore_language()
page = navigation.current_page()
url_state.restore_view()
with guarded("start"):
    live_jobs.note_drawn()
    uploads.tidy()
sidebar.draw()
with guarded("page"), navigation.inside_app():
    page.run()
