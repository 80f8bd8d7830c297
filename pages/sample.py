"""Sample: everything about one sample, opened from any gallery or from the meeting's agenda."""

import streamlit as st

from dashboard import gallery, navigation, neighbours, pickers, queries, sample, verdicts
from dashboard.text import T


def page() -> None:
    st.header(T.sample_view)
    run_id, sample_id = pickers.view("run"), pickers.view("sample")
    if not run_id or not sample_id:
        st.info(T.no_sample, icon=":material/image_search:")
        return
    row = sample.find(run_id, sample_id)
    if row is None:
        return
    sample.steps(st.session_state.get(gallery.LISTS, {}).get(pickers.view("list"), []), sample_id)
    run = queries.run(run_id)
    left, right = st.columns([5, 4], gap="large")
    with left:
        sample.picture(run, row)
    with right:
        verdicts.reviewer()
        sample.said(run, row)
        sample.probs(run_id, row)
    sample.maps(run, row)
    neighbours.draw(run, row)
    sample.mined(run, row)


navigation.require_app()
page()
