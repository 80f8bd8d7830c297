"""Show where the model looks at every stage, and how far its maps can be trusted."""

import streamlit as st

from dashboard.frame import navigation
from dashboard.grad_cam import map_grids, sample_maps, score_tab
from dashboard.reads import run_queries
from dashboard.text import T
from dashboard.widgets import url_state

VIEWS = {
    "sample": sample_maps.draw,
    "several": map_grids.draw_samples,
    "averages": map_grids.draw_class_means,
    "scores": score_tab.draw,
}


def page() -> None:
    """Draw the page Grad-CAM: a choice of run and one of four views of its maps."""
    st.header(T.grad_cam)
    run_id = url_state.run()
    if run_id is None:
        return
    if run_queries.stages(run_id).empty:
        url_state.explain_no_stage(run_id)
        return
    view, place = url_state.tab("cam_view", T.cam_views)
    with place:
        VIEWS[view](run_queries.run(run_id))


navigation.require_app()
page()
