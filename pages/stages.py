"""Compare the stages of a run with a control of equal budget.

The question: is hard-negative learning needed?
"""

import streamlit as st

from dashboard.comparison import against_control, fork_form, run_limits
from dashboard.frame import navigation
from dashboard.text import T
from dashboard.widgets import claims, lineage, stage_warnings


def page() -> None:
    """Draw the page Stages: effect of mining, scores by stage, samples gained and lost."""
    st.header(T.stages)
    chosen = against_control.choose()
    if chosen is None:
        fork_form.offer()
        return
    run_id, other = chosen
    stage_warnings.warn_of_starved([run_id] if other is None else [other, run_id])
    for each in (run_id, *([] if other is None else [other])):
        lineage.draw(each)
    is_control = False
    both = against_control.last_shared_stages(run_id, other) if other is not None else None
    if both is not None and other is not None:
        against_control.read_ahead(run_id, other)
        is_control = against_control.explain_other_run(run_id, other)
        st.subheader(T.still_needed if is_control else T.two_runs)
        claim = against_control.draw_effect(both, is_control)
        if claim is not None:
            st.subheader(T.class_effect if is_control else T.per_class)
            against_control.draw_class_effects(claim, both)
            claims.say_first_pair(claim)
    comparable = other if both is not None else None

    st.subheader(T.stage_by_stage)
    ended = against_control.stage_table(run_id, comparable)
    against_control.draw_curves(ended)
    against_control.draw_table(ended, comparable, is_control)
    run_limits.draw(run_id)
    fork_form.offer(run_id)

    st.subheader(T.gained_lost)
    against_control.draw_gains(run_id, comparable)


navigation.require_app()
page()
