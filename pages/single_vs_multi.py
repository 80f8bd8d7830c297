"""Single vs multi: two runs on the same test samples, class by class, with the uncertainty of the difference."""

import streamlit as st

from analysis.sentences import WORDS, summary_sentence
from dashboard import limits, navigation, pickers, versus, weighing
from dashboard.text import T, language, name_of, plain


def page() -> None:
    st.header(T.single_vs_multi)
    chosen = versus.choose()
    if chosen is None:
        return
    a, b = chosen
    place = st.columns([3, 3])
    scoring = pickers.switch("scoring", T.scoring, T.scoring_names, place=place[0])
    metric = pickers.switch("score", T.score, T.score_names, place=place[1])
    found = versus.compare(a, b, scoring, metric, versus.choose_seeds(a, b))
    if found is None:
        return
    names = versus.names(a, b)
    sentence = summary_sentence(found.per_class, *names, metric, WORDS[language()])
    st.markdown(f"#### {plain(sentence)}")
    versus.headline(found, scoring)

    st.subheader(T.per_class)
    rows = found.per_class[found.per_class["metric"] == metric]
    versus.class_bars(chosen, found, rows, name_of(T.score_names, metric), "class_comparison")
    versus.table(rows)

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
