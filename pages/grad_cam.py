"""Grad-CAM: where the model looks, at every stage, and what the maps that say so are worth."""

import streamlit as st

from dashboard import cam, cam_grids, cam_scores, navigation, pickers, queries
from dashboard.text import T

VIEWS = {
    "sample": cam.one,
    "several": cam_grids.several,
    "averages": cam_grids.averages,
    "scores": cam_scores.draw,
}


def page() -> None:
    st.header(T.grad_cam)
    run_id = pickers.run()
    if run_id is None:
        return
    if queries.stages(run_id).empty:
        pickers.explain_no_stage(run_id)
        return
    view, place = pickers.tab("cam_view", T.cam_views)
    with place:
        VIEWS[view](queries.run(run_id))


navigation.require_app()
page()
