"""Compare two runs on the same test samples, class by class, with the uncertainty."""

import streamlit as st

from comparisons.claim import judge
from comparisons.control_runs import default_scoring
from dashboard.comparison import more_seeds, tests_and_calibration, thresholds, two_runs
from dashboard.frame import navigation
from dashboard.text import T, language, name_of
from dashboard.widgets import claims, stage_warnings, url_state, versions


def page() -> None:
    """Draw the page Single vs multi: claim, scores per class, tests, calibration."""
    st.header(T.single_vs_multi)
    chosen = two_runs.choose()
    if chosen is None:
        return
    a, b = chosen
    stage_warnings.warn_of_starved([a.run_id, b.run_id])
    default = default_scoring(a.run, b.run)
    scoring = url_state.switch("scoring", T.scoring, T.scoring_names, default=default)
    place = st.columns([5, 1])
    metric = url_state.switch("score", T.score, T.score_names, place=place[0])
    margin = claims.choose_margin(place[1])
    matched = versions.choose(a.run, b.run)
    more = two_runs.choose_seeds(a, b)
    comparison = two_runs.compare(a, b, scoring, metric, more)
    if comparison is None:
        return
    claim = judge(comparison, two_runs.subject_of(a, b, comparison.n_seeds), metric, margin, matched)
    names = claim.run_names(language())  # for all but the sentence, which covers the other seeds too
    stage_warnings.draw(two_runs.stage_pair(a, b, more).keys)
    claims.draw_headline(claim)
    versions.draw(matched, a.run, b.run)
    more_seeds.offer(a.run, b.run, claim.subject)
    claims.draw_sides(claim)

    st.subheader(T.per_class)
    two_runs.draw_class_bars(chosen, claim, name_of(T.score_names, metric), "class_comparison")
    claims.draw_table(claim)

    claims.say_first_pair(claim)
    st.subheader(T.tests)
    tests_and_calibration.draw_tests(comparison)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(T.totals)
        tests_and_calibration.draw_totals(comparison)
    with right:
        st.subheader(T.calibration)
        chosen_bin = tests_and_calibration.draw_calibration(comparison, names, scoring)
    tests_and_calibration.draw_bin_samples(chosen, comparison, names, chosen_bin, scoring)
    st.subheader(T.thresholds)
    thresholds.draw(chosen, names)

    st.subheader(T.discordance)
    two_runs.draw_disagreements(a, b, comparison.samples)


navigation.require_app()
page()
