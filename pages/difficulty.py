"""Show how a run learned each class, and what makes a class easy or hard."""

import streamlit as st

from dashboard.difficulty import class_views, findings
from dashboard.frame import navigation
from dashboard.reads import run_queries
from dashboard.text import T
from dashboard.widgets import url_state


def page() -> None:
    """Draw the page Difficulty: sentences, tables, curves, cues, and samples of a class."""
    st.header(T.difficulty)
    place = st.columns([3, 2, 2])
    run_id = url_state.run(place[0])
    stage = url_state.stage(run_id, place[1]) if run_id else None
    if run_id is None or stage is None:
        return
    run = run_queries.run(run_id)
    cues = findings.measure(str(run["dataset_id"]))
    found = findings.gather(run_id, stage, cues)
    if not found.learning_known:
        st.info(T.dynamics_imported if run.get("imported") else T.no_dynamics, icon=":material/history:")
    class_views.draw_sentences(found)
    class_views.draw_table(found, stage)
    class_views.draw_figures(found, run_id, stage)
    class_views.draw_by_kind(found)
    class_views.draw_samples(run, found)


navigation.require_app()
page()
