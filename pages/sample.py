"""Show everything about one sample, opened from a gallery or from the meeting's agenda."""

import streamlit as st

from dashboard.frame import navigation
from dashboard.reads import run_queries
from dashboard.review import neighbours, one_sample, verdicts
from dashboard.text import T
from dashboard.widgets import gallery, url_state


def page() -> None:
    """Draw the page Sample: picture, predictions, maps, similar samples and mining."""
    st.header(T.sample_view)
    run_id, sample_id = url_state.view("run"), url_state.view("sample")
    if not run_id or not sample_id:
        st.info(T.no_sample, icon=":material/image_search:")
        return
    row = one_sample.find_sample(run_id, sample_id)
    if row is None:
        return
    one_sample.draw_steps(st.session_state.get(gallery.LISTS, {}).get(url_state.view("list"), []), sample_id)
    run = run_queries.run(run_id)
    left, right = st.columns([5, 4], gap="large")
    with left:
        one_sample.draw_picture(run, row)
    with right:
        verdicts.ask_reviewer()
        one_sample.draw_verdicts(run, row)
        one_sample.draw_probs(run_id, row)
    one_sample.draw_maps(run, row)
    neighbours.draw(run, row)
    one_sample.draw_mined(run, row)


navigation.require_app()
page()
