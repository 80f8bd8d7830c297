"""The report of chosen runs, made when it is asked for and saved by the browser."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

import report
from dashboard.frame.error_boundary import attempt
from dashboard.reads import run_queries
from dashboard.text import T, language
from dashboard.widgets import claims, url_state

_MADE = "_report"
_ASKED = "_report_asked"  # until it is made: a rerun that interrupts the making would forget a pressed button


def offer(run_ids: Sequence[str], chosen: str) -> None:
    """Choose runs, have their report made, and save it."""
    ended = set(run_queries.stages()["run_id"])
    possible = [run_id for run_id in run_ids if run_id in ended]
    if not possible:
        return
    with st.expander(T.report, icon=":material/summarize:"):
        key = f"report_runs_{url_state.digest(possible)}"
        default = [chosen] if chosen in possible else possible[:1]
        picked = st.multiselect(T.report_runs, possible, default=default, key=key, help=T.report_help, max_selections=6)
        wanted = (picked, language(), claims.margin())
        st.button(
            T.make_report, key="make_report", disabled=not picked, icon=":material/summarize:", on_click=_ask,
            args=(wanted,),
        )  # fmt: skip
        if st.session_state.get(_ASKED) == wanted:
            _make(wanted)
        made = st.session_state.get(_MADE)
        if made is not None and made[0] == wanted:
            st.download_button(
                T.save_report, made[1], file_name="report.html", mime="text/html", key="save_report", type="primary",
                icon=":material/download:", on_click="ignore",
            )  # fmt: skip


def _ask(wanted: tuple[list[str], str, float]) -> None:
    st.session_state[_ASKED] = wanted


def _make(wanted: tuple[list[str], str, float]) -> None:
    with attempt(in_place=True), st.spinner(T.making_report):
        st.session_state[_MADE] = (wanted, report.render(*wanted))
    st.session_state.pop(_ASKED, None)
