"""Data: what a dataset holds, whether it is sound, and how to bring one's own images."""

import streamlit as st

from dashboard import browse, importing, navigation
from dashboard.text import T


def page() -> None:
    st.header(T.data)
    importing.outcome()
    dataset = browse.choose()
    samples = browse.manifest(dataset) if dataset else None
    if dataset is None or samples is None:
        importing.draw()
        return
    browse.facts(dataset, samples)
    classes, browser, checks, bring = st.tabs([T.counts_tab, T.samples_tab, T.checks_tab, T.import_tab])
    with classes:
        browse.classes(dataset, samples)
    with browser:
        browse.samples(dataset, samples)
    with checks:
        browse.checks(dataset, samples)
    with bring:
        importing.draw()


navigation.require_app()
page()
