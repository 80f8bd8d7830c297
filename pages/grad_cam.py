"""Grad-CAM: where the model looks in one sample, at every stage, for the true and for the predicted class."""

import streamlit as st

from dashboard import cam, navigation, pickers, queries
from dashboard.text import T


def page() -> None:
    st.header(T.grad_cam)
    run_id = pickers.run()
    if run_id is None:
        return
    if queries.stages(run_id).empty:
        pickers.explain_no_stage(run_id)
        return
    run = queries.run(run_id)
    sample = cam.choose_sample(run, queries.samples(run["dataset_id"]))
    if sample is None:
        return
    sample_id = str(sample["sample_id"])
    cam.facts(sample)
    cams, history = queries.cams(run_id, sample_id), queries.history(run_id, [sample_id])
    if cam.missing(cams, history, str(sample["label"])):
        cam.offer_maps(run_id, sample_id, some=not cams.empty)
    cam.grid(run, sample, cams, history)


navigation.require_app()
page()
