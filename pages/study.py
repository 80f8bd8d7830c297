"""Show a study: its plan, how far it has come, and what it has settled."""

import streamlit as st

from dashboard.frame import navigation
from dashboard.studies import answers, choice, costs_and_maps, progress, report_download
from dashboard.text import T


def page() -> None:
    """Draw the page Study: plan, progress, answers, costs, curves, maps over knobs."""
    st.header(T.study)
    st.caption(T.study_intro)
    chosen = choice.choose()
    if chosen is None:
        return
    study = chosen.study
    choice.draw_plan(study)
    st.subheader(T.study_progress)
    found = progress.read(study)
    progress.draw(chosen, found)
    if found.stages.empty:
        if progress.is_lacking(found):
            st.info(T.study_first_step.format(name=study.name), icon=":material/play_circle:")
        return
    shown = answers.read(study, found)

    st.subheader(T.study_answers)
    answers.draw_verdicts(shown)
    answers.draw_forest(shown)
    answers.draw_question(shown)
    answers.draw_table(shown)

    if costs_and_maps.has_map(shown):
        st.subheader(T.study_map)
        costs_and_maps.draw_map(shown)
    st.subheader(T.study_cost)
    costs_and_maps.draw_costs(shown)
    st.subheader(T.study_rounds)
    costs_and_maps.draw_rounds(shown)

    st.subheader(T.study_report)
    report_download.offer(study)


navigation.require_app()
page()
