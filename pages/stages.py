"""Stages: full, hard and refined by round against the control of equal budget. Is hard-negative learning needed?"""

import streamlit as st

from dashboard import claims, navigation, staged, starved
from dashboard.text import T


def page() -> None:
    st.header(T.stages)
    chosen = staged.choose()
    if chosen is None:
        return
    run_id, other = chosen
    starved.warn([run_id] if other is None else [other, run_id])
    both = staged.sides(run_id, other) if other is not None else None
    if both is not None and other is not None:
        staged.read_ahead(run_id, other)
        is_control = staged.kind_of_comparison(run_id, other)
        st.subheader(T.still_needed if is_control else T.two_runs)
        claim = staged.effect(both, is_control)
        if claim is not None:
            st.subheader(T.class_effect if is_control else T.per_class)
            staged.class_effects(claim, both)
            claims.say_first_pair(claim)
    comparable = other if both is not None else None

    st.subheader(T.stage_by_stage)
    ended = staged.ended_stages(run_id, comparable)
    staged.curves(ended)
    staged.table(ended, comparable)

    st.subheader(T.gained_lost)
    staged.gains(run_id, comparable)


navigation.require_app()
page()
