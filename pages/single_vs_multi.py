"""Single vs multi: two runs on the same test samples, class by class, with the uncertainty of the difference."""

import streamlit as st

from comparisons.claim import judge
from comparisons.control_runs import default_scoring
from dashboard import claims, collapse, limits, more_seeds, navigation, pickers, starved, versus, weighing
from dashboard.text import T, language, name_of


def page() -> None:
    st.header(T.single_vs_multi)
    chosen = versus.choose()
    if chosen is None:
        return
    a, b = chosen
    starved.warn([a.run_id, b.run_id])
    default = default_scoring(a.run, b.run)
    scoring = pickers.switch("scoring", T.scoring, T.scoring_names, default=default)
    place = st.columns([5, 1])
    metric = pickers.switch("score", T.score, T.score_names, place=place[0])
    margin = claims.choose_margin(place[1])
    more = versus.choose_seeds(a, b)
    found = versus.compare(a, b, scoring, metric, more)
    if found is None:
        return
    claim = judge(found, versus.subject_of(a, b, found.n_seeds), metric, margin)
    names = claim.run_names(language())  # of all but the sentence, which has the other seeds in it
    collapse.draw(versus.pair(a, b, more).keys)
    claims.draw_headline(claim)
    more_seeds.offer(a.run, b.run, claim.subject)
    claims.draw_sides(claim)

    st.subheader(T.per_class)
    versus.class_bars(chosen, claim, name_of(T.score_names, metric), "class_comparison")
    claims.draw_table(claim)

    claims.say_first_pair(claim)
    st.subheader(T.tests)
    weighing.tests(found)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(T.totals)
        weighing.totals(found)
    with right:
        st.subheader(T.calibration)
        chosen_bin = weighing.calibration(found, names, scoring)
    weighing.bin_samples(chosen, found, names, chosen_bin, scoring)
    st.subheader(T.thresholds)
    limits.section(chosen, names)

    st.subheader(T.discordance)
    versus.discordance(a, b, found.samples)


navigation.require_app()
page()
