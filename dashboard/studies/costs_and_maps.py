"""Draw what arms cost and gain, and how they go over rounds.

A question over a grid of knobs is drawn as a map.
"""

from __future__ import annotations

from collections import Counter

import pandas as pd
import streamlit as st

from comparisons.study_answers import StudyAnswers
from comparisons.study_sentences import answer_sentence, effect_sentence, verdict_phrase
from dashboard.charts import study_figures
from dashboard.text import T, duration, language, name_of, plain
from dashboard.widgets import downloads, drill_down, url_state


def draw_costs(answers: StudyAnswers) -> None:
    """Draw the accuracy of each arm against what one run of it takes."""
    dataset = _choose_dataset(answers)
    cost = url_state.switch("study_cost", T.study_cost_by, T.study_costs)
    ended = answers.curves.sort_values("round").groupby(["dataset", "arm"], sort=False).tail(1)
    rows = answers.costs.merge(ended, on=["dataset", "arm"])
    rows = rows[rows["dataset"] == dataset].reset_index(drop=True)
    figure = study_figures.gain_against_cost(rows, cost, name_of(T.study_costs, cost), _reference(answers, dataset))
    downloads.figure(figure, "study_costs", rows)
    spent = answers.costs[["spent_steps", "spent_seconds"]].sum()
    st.caption(
        T.study_cost_hint.format(steps=int(spent["spent_steps"]), seconds=duration(float(spent["spent_seconds"])))
    )


def _reference(answers: StudyAnswers, dataset: str) -> str:
    """Return the arm that most contrasts on a dataset compare with; "" where there is none."""
    contrasts = answers.questions[(answers.questions["kind"] == "contrast") & (answers.questions["dataset"] == dataset)]
    others = [str(sides[1]).partition("@")[0] for sides in contrasts["sides"]]
    return Counter(others).most_common(1)[0][0] if others else ""


def draw_rounds(answers: StudyAnswers) -> None:
    """Draw the test accuracy of each arm at the end of every round."""
    rows = answers.curves[answers.curves["dataset"] == _chosen_dataset(answers)].reset_index(drop=True)
    downloads.figure(study_figures.round_curves(rows), "study_rounds", rows)
    st.caption(T.study_rounds_hint)


def has_map(answers: StudyAnswers) -> bool:
    """Return whether any question is asked over a grid of knobs."""
    return bool(answers.questions["values"].map(len).any())


def draw_map(answers: StudyAnswers) -> None:
    """Draw one question over a grid of knobs; more than two knobs are held at chosen values."""
    asked = answers.questions[answers.questions["values"].map(len) > 0]
    keys = {f"{row.question} · {row.source}": (row.question, row.source) for row in asked.itertuples()}
    chosen = keys[url_state.choose("study_map", T.study_map_question, list(keys))]
    rows = asked[(asked["question"] == chosen[0]) & (asked["source"] == chosen[1])]
    knobs = list(rows["values"].iloc[0])
    left, right = st.columns(2)
    across = url_state.choose("study_x", T.study_knob_x, knobs, place=left)
    others = [knob for knob in knobs if knob != across]
    down = url_state.choose("study_y", T.study_knob_y, others, place=right) if others else None
    for knob in [knob for knob in others if knob != down]:
        rows = _held(rows, knob)
    rows = rows.reset_index(drop=True)
    phrases = [verdict_phrase(row, language()) for row in rows.to_dict("records")]
    figure = study_figures.knob_map(rows, across, down, phrases)
    drill_down.figure(
        figure, "study_map_figure", None,
        lambda dataset: url_state.set_view(study_question=f"{chosen[0]}|{dataset}"),
    )  # fmt: skip
    st.caption(T.study_map_hint)
    effects = answers.knob_effects
    effects = effects[(effects["question"] == chosen[0]) & (effects["source"] == chosen[1])]
    if len(effects):
        st.markdown(f"**{T.study_effects}**")
        st.markdown("\n".join(f"- {plain(effect_sentence(row, language()))}" for row in effects.to_dict("records")))
        st.caption(T.study_effects_hint)
    with st.expander(T.study_every_answer, icon=":material/subject:"):
        for row in rows.to_dict("records"):
            st.markdown(f"- {plain(answer_sentence(row, language()))}")


def _held(rows: pd.DataFrame, knob: str) -> pd.DataFrame:
    values = {f"{values[knob]}": values[knob] for values in rows["values"]}
    value = values[url_state.choose(f"study_at_{knob}", T.study_knob_at.format(knob=knob), list(values))]
    return rows[[held[knob] == value for held in rows["values"]]]


def _choose_dataset(answers: StudyAnswers) -> str:
    datasets = list(answers.costs["dataset"].drop_duplicates()) or list(answers.grid["dataset"].drop_duplicates())
    if len(datasets) < 2:
        return str(datasets[0])
    return url_state.choose("study_cost_data", T.study_dataset, datasets)


def _chosen_dataset(answers: StudyAnswers) -> str:
    chosen, datasets = url_state.view("study_cost_data"), list(answers.curves["dataset"].drop_duplicates())
    return chosen if chosen is not None and chosen in datasets else str(next(iter(datasets), ""))
