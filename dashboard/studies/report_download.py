"""Make the report of a study on request, and let the browser save it."""

from __future__ import annotations

import streamlit as st

from dashboard.frame.error_boundary import attempt
from dashboard.text import T, language
from report import study_report
from studies import Study

_MADE = "_study_report"


def offer(study: Study) -> None:
    """Draw the buttons that make and save the report of a study."""
    request = (study.study_id, language())
    with st.container(horizontal=True):
        if st.button(T.make_study_report, key="make_study_report", icon=":material/summarize:"):
            with attempt(in_place=True), st.spinner(T.making_report):
                st.session_state[_MADE] = (request, study_report.render(study, language()))
        made = st.session_state.get(_MADE)
        if made is not None and made[0] == request:
            st.download_button(
                T.save_study_report, made[1], file_name=f"{study.study_id}.html", mime="text/html",
                key="save_study_report", type="primary", icon=":material/download:", on_click="ignore",
            )  # fmt: skip
