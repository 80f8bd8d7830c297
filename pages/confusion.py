"""Show which classes a stage confuses, the samples of each cell, and how two stages differ."""

import streamlit as st

from analysis import confusion
from dashboard.confusion import difference, matrix, multi_label
from dashboard.frame import navigation
from dashboard.reads import run_queries
from dashboard.text import T
from dashboard.widgets import url_state
from dashboard.widgets.url_state import StageKey


def matrix_tab(run_id: str, stage: StageKey, split: str) -> None:
    """Draw the confusion matrix, the ranked pairs, and the samples of the chosen cell."""
    run = run_queries.run(run_id)
    counts = run_queries.confusion(run_id, stage.round, stage.stage, split)
    if counts.empty:
        st.info(T.no_predictions.format(split=split), icon=":material/info:")
        return
    classes = list(run["classes"])
    left, right = st.columns([5, 4], gap="medium")
    with left:
        matrix.draw_matrix(confusion.from_counts(counts, classes), classes)
        if run["objective"] == "sigmoid":
            st.info(T.sigmoid_matrix, icon=":material/info:")
    with right:
        st.markdown(f"#### {T.confused_pairs}")
        pair = matrix.choose_pair(matrix.rank_pairs(run_id, stage, split), classes)
    if pair is not None:
        matrix.draw_pair_samples(run_id, stage, split, pair)


def difference_tab(run_id: str, stage: StageKey, split: str) -> None:
    """Draw how the matrix differs from that of another stage, or say why it cannot be compared."""
    place = st.columns(2)
    other = url_state.run(place[0], name="run2", label=T.compare_with, default=run_id)
    other_stage = url_state.stage(other, place[1], name="stage2", first=True) if other else None
    if other is None or other_stage is None:
        return
    refusal = matrix.explain_incomparable(run_id, stage, other, other_stage, split)
    if refusal:
        st.info(refusal, icon=":material/info:")
        return
    difference.draw(run_id, stage, other, other_stage, split)


def page() -> None:
    """Draw the page Confusion: choices of run, stage and split, and four tabs."""
    st.header(T.confusion)
    place = st.columns([3, 2, 2])
    run_id = url_state.run(place[0])
    stage = url_state.stage(run_id, place[1]) if run_id else None
    if run_id is None or stage is None:
        return
    split = url_state.split(place[2])
    tabs = (
        ("matrix", T.matrix_tab), ("difference", T.difference_tab), ("trends", T.trends_tab), ("labels", T.labels_tab)
    )  # fmt: skip
    opened, container = url_state.tab("tab", tabs, default="difference" if url_state.view("run2") else None)
    with container:
        if opened == "matrix":
            matrix_tab(run_id, stage, split)
        elif opened == "difference":
            difference_tab(run_id, stage, split)
        elif opened == "trends":
            matrix.draw_trends(run_id, split)
        else:
            multi_label.draw(run_id, stage, split)


navigation.require_app()
page()
