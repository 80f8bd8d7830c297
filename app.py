"""Odap's dashboard: `streamlit run app.py`. Navigation and sidebar; each page is a file in pages/."""

from __future__ import annotations

import streamlit as st

from dashboard import brand, live, navigation, pickers, sidebar, unheard, uploads
from dashboard.guard import guarded
from dashboard.text import T, restore_language
from system.umask import keep_private

keep_private()
unheard.wait_for_the_end()
st.set_page_config(page_title=T.brand, page_icon=brand.icon(), layout="wide", initial_sidebar_state="expanded")
st.html(brand.STYLE)
restore_language()
page = navigation.current_page()
pickers.restore_view()
with guarded("start"):
    live.note_drawn()
    uploads.tidy()
sidebar.draw()
with guarded("page"), navigation.inside_app():
    page.run()
