"""Show what a dataset holds and whether it is sound, and import new images."""

import streamlit as st

from dashboard.datasets import browse, importing
from dashboard.frame import navigation
from dashboard.text import T
from dashboard.widgets import url_state


def page() -> None:
    """Draw the page Data: a dataset with its counts, samples and checks, and the import."""
    st.header(T.data)
    importing.draw_outcome()
    dataset = browse.choose()
    samples = browse.read_manifest(dataset) if dataset else None
    if dataset is None or samples is None:
        importing.draw()
        return
    browse.draw_facts(dataset, samples)
    browse.draw_changes(dataset)
    browse.draw_left_out(dataset)
    labels = (
        ("counts", T.counts_tab), ("samples", T.samples_tab), ("checks", T.checks_tab), ("import", T.import_tab)
    )  # fmt: skip
    _, tabs = url_state.tabs("data_tab", labels)
    with tabs["counts"]:
        browse.draw_classes(dataset, samples)
    with tabs["samples"]:
        browse.draw_samples(dataset, samples)
    with tabs["checks"]:
        browse.draw_checks(dataset, samples)
    with tabs["import"]:
        importing.draw()


navigation.require_app()
page()
