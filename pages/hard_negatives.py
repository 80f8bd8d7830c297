"""Show what was mined in each round, and what later stages predicted for the same samples."""

import streamlit as st

from dashboard.frame import navigation
from dashboard.hard_negatives import fixed_without_mining, mined_samples
from dashboard.reads import run_queries
from dashboard.text import T
from dashboard.widgets import url_state


def page() -> None:
    """Draw the page Hard negatives: a round's figures, its mined samples and its suspect labels."""
    st.header(T.hard_negatives)
    place = st.columns([3, 1, 3])
    run_id = url_state.run(place[0])
    if run_id is None:
        return
    with run_queries.together():
        run, mined = run_queries.run(run_id), run_queries.mined(run_id)
        run_queries.suspects(run_id)  # read here, drawn at the end
    if run_queries.stages(run_id).empty:
        url_state.explain_no_stage(run_id)
        return
    if reason := mined_samples.explain_none_mined(run, mined):
        st.info(reason, icon=":material/info:")
        return
    round_ = mined_samples.choose_round(run_id, mined, place[1])
    if round_ is None:
        return
    of_round = mined[mined["round"] == round_]
    history = run_queries.history_of_mined(run_id, round_)
    mined_samples.draw_overview(run, mined, history, round_)
    fixed_without_mining.draw(run, of_round, history, round_)
    mined_samples.draw_pair_counts(of_round)

    st.subheader(T.mined_tab)
    chosen = mined_samples.choose_samples(of_round)
    if chosen.empty:
        st.info(T.no_match, icon=":material/filter_alt_off:")
    else:
        mined_samples.draw_gallery(run, chosen, history, len(of_round), run_id)
    mined_samples.draw_suspects(run, round_)


navigation.require_app()
page()
