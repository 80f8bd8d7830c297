"""Show an agenda of samples, take verdicts on them, and export them as a dataset version.

Verdicts are given under a reviewer's name.
"""

import streamlit as st

from dashboard.frame import navigation
from dashboard.reads import run_queries
from dashboard.review import meeting, verdicts
from dashboard.text import T
from dashboard.widgets import url_state


def page() -> None:
    """Draw the page Meeting: the agenda, the decisions, or the agreement between reviewers."""
    st.header(T.meeting)
    place = st.columns([4, 3, 3, 2], vertical_alignment="bottom")
    run_id = url_state.run(place[0])
    if run_id is None:
        return
    stage = url_state.stage(run_id, place[1])
    if stage is None:
        return
    split = url_state.split(place[2])
    verdicts.ask_reviewer(place[3])
    bar = st.container(horizontal=True, vertical_alignment="center")
    with bar:
        part = url_state.switch("part", T.meeting_part, T.part_names)
        is_blind = meeting.choose_blind()
    run = run_queries.run(run_id)
    if part == "agenda":
        meeting.draw_agenda(run, stage, split, is_blind)
    elif part == "decisions":
        meeting.draw_decisions(str(run["dataset_id"]))
    else:
        meeting.draw_agreement(str(run["dataset_id"]))


navigation.require_app()
page()
