"""Hard negatives: what was mined in each round, and what later stages said of the same samples."""

import streamlit as st

from dashboard import anyway, hard, navigation, pickers, queries
from dashboard.text import T


def page() -> None:
    st.header(T.hard_negatives)
    place = st.columns([3, 1, 3])
    run_id = pickers.run(place[0])
    if run_id is None:
        return
    with queries.together():
        run, mined = queries.run(run_id), queries.mined(run_id)
        queries.suspects(run_id)  # for further down
    if queries.stages(run_id).empty:
        pickers.explain_no_stage(run_id)
        return
    if reason := hard.why_none(run, mined):
        st.info(reason, icon=":material/info:")
        return
    round_ = hard.choose_round(mined, place[1])
    of_round = mined[mined["round"] == round_]
    history = queries.history_of_mined(run_id, round_)
    hard.overview_figures(run, mined, history, round_)
    anyway.draw(run, of_round, history, round_)
    hard.by_pair(of_round)

    st.subheader(T.mined_tab)
    chosen = hard.choose_samples(of_round)
    if chosen.empty:
        st.info(T.no_match, icon=":material/filter_alt_off:")
    else:
        hard.shown(run, chosen, history, len(of_round), run_id)
    hard.suspects(run, round_)


navigation.require_app()
page()
