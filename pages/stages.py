"""Stages: full, hard and refined by round against the control of equal budget. Is hard-negative learning needed?"""

import streamlit as st

from dashboard import navigation, staged
from dashboard.text import T


def page() -> None:
    st.header(T.stages)
    chosen = staged.choose()
    if chosen is None:
        return
    run_id, control = chosen
    both = staged.sides(run_id, control) if control is not None else None
    if both is not None and control is not None:
        staged.read_ahead(run_id, control)
        st.subheader(T.still_needed)
        found = staged.effect(both)
        if found is not None:
            st.subheader(T.class_effect)
            staged.class_effects(found, both)
    comparable = control if both is not None else None

    st.subheader(T.stage_by_stage)
    ended = staged.ended_stages(run_id, comparable)
    staged.curves(ended)
    staged.table(ended, comparable)

    st.subheader(T.gained_lost)
    staged.gains(run_id, comparable)


navigation.require_app()
page()
