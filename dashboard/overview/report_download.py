"""Make the report of chosen runs on request, and let the browser save it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

import report
from dashboard.frame.error_boundary import attempt
from dashboard.reads import run_queries
from dashboard.text import T, language
from dashboard.widgets import claims, url_state

_MADE = "_report"
_ASKED = "_report_asked"  # kept until the report is made: a rerun in between would forget the click


def offer(run_ids: Sequence[str], chosen: str) -> None:
    """Draw the choice of runs and the buttons that make and save their report."""
    ended = set(run_queries.stages()["run_id"])
    possible = [run_id for run_id in run_ids if run_id in ended]
    if not possible:
        return
    with st.expander(T.report, icon=":material/summarize:"):
        key = f"report_runs_{url_state.digest(possible)}"
        default = [chosen] if chosen in possible else possible[:1]
        picked = st.multiselect(T.report_runs, possible, default=default, key=key, help=T.report_help, max_selections=6)
        request = (picked, language(), claims.margin())
        st.button(
            T.make_report, key="make_report", disabled=not picked, icon=":material/summarize:", on_click=_ask,
            args=(request,),
        )  # fmt: skip
        if st.session_state.get(_ASKED) == request:
            _make(request)
        made = st.session_state.get(_MADE)
        if made is not None and made[0] == request:
            st.download_button(
                T.save_report, made[1], file_name="report.html", mime="text/html", key="save_report", type="primary",
                icon=":material/download:", on_click="ignore",
            )  # fmt: skip


def _ask(request: tuple[list[str], str, float]) -> None:
    st.session_state[_ASKED] = request


def _make(request: tuple[list[str], str, float]) -> None:
    with attempt(in_place=True), st.spinner(T.making_report):
        st.session_state[_MADE] = (request, report.render(*request))
    st.session_state.pop(_ASKED, None)
