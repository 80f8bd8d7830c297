"""Draw the answers of a study: verdicts, the forest plot, and what lies behind one question."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

import store
from analysis.comparison_verdicts import Verdict
from analysis.study_questions import NO_RUNS
from comparisons import study_answers
from comparisons.store_reader import StoreReader
from comparisons.study_answers import NO_PREDICTIONS, StudyAnswers
from comparisons.study_runs import DONE, StudyRuns
from comparisons.study_sentences import (
    answer_sentence,
    family_sentence,
    samples_name,
    score_name,
    side_name,
    verdict_phrase,
)
from dashboard.charts import study_figures
from dashboard.reads import table_frames
from dashboard.text import T, language, plain, shipped
from dashboard.widgets import downloads, drill_down, url_state
from studies import Study

_PARAMETER = "study_question"
_MOST_SEEDS = 12  # whose runs are linked


def read(study: Study, found: StudyRuns) -> StudyAnswers:
    """Answer the questions of a study, again only when a stage or a run of it has ended."""
    done = found.grid.loc[found.grid["state"] == DONE, "run_id"]
    stages = found.stages[["run_id", "position"]].itertuples(index=False)
    with st.spinner(T.answering):
        return _answer(url_state.digest([store.results_path(), study.study_id, *done, *stages]), study)


@st.cache_resource(max_entries=4, show_spinner=False)
def _answer(token: str, _study: Study) -> StudyAnswers:
    with store.read():
        return study_answers.answer(_study, StoreReader())


def draw_verdicts(answers: StudyAnswers) -> None:
    """Count the verdicts, and say over what the intervals hold together."""
    verdicts = answers.questions["verdict"].value_counts()
    counts = {
        name: int(verdicts.get(verdict, 0))
        for name, verdict in (
            ("better", Verdict.BETTER), ("worse", Verdict.WORSE), ("equivalent", Verdict.EQUIVALENT),
            ("open", Verdict.NOT_SETTLED), ("none", NO_RUNS),
        )
    }  # fmt: skip
    st.markdown(f"**{plain(T.study_verdicts.format(**counts))}**")
    if answers.questions["n_seeds"].max() < 3:
        unread = (answers.questions["n_ended"] > answers.questions["n_seeds"]).any()
        st.info(T.study_lacks_predictions if unread else T.study_no_answers, icon=":material/hourglass_top:")
    st.caption(plain(family_sentence(answers.questions, language())))


def draw_forest(answers: StudyAnswers) -> None:
    """Draw every question with its margin and verdict; a click chooses one."""
    rows = answers.questions
    phrases = [verdict_phrase(row, language()) for row in rows.to_dict("records")]
    several = rows["dataset"].nunique() > 1
    labels = [f"{row.question} · {row.dataset}" if several else row.question for row in rows.itertuples()]
    figure = study_figures.forest(rows, labels, phrases)
    drill_down.figure(figure, "study_forest", None, drill_down.setter(_PARAMETER))
    st.caption(T.study_forest_hint)


def draw_question(answers: StudyAnswers) -> None:
    """Choose one question, and draw its answer, its classes, and the runs and samples behind it."""
    rows = {f"{row['question']}|{row['dataset']}": row for row in answers.questions.to_dict("records")}
    chosen = url_state.choose(
        _PARAMETER,
        T.study_question,
        list(rows),
        show=lambda key: f"{shipped(rows[key]['asks'])} ({key.replace('|', ', ')})",
    )
    row = rows[chosen]
    st.markdown(f"#### {plain(answer_sentence(row, language()))}")
    st.caption(plain(T.study_learn.format(learn=shipped(row["learn"]))))
    st.markdown(f"**{T.study_by_class}**")
    if row["kind"] != "contrast":
        st.caption(T.study_no_classes)
    else:
        of_question = answers.by_class["question"].eq(row["question"]) & answers.by_class["dataset"].eq(row["dataset"])
        classes = answers.by_class[of_question].reset_index(drop=True)
        names = [side_name(side, language()) for side in row["sides"]]
        if classes.empty:
            st.caption(T.study_no_predictions if row["reason"] == NO_PREDICTIONS else T.study_no_wins)
        else:
            downloads.figure(study_figures.class_wins(classes, *names), "study_classes", classes)
    st.markdown(f"**{T.study_runs_of}**")
    _link_runs(answers, row)


def _link_runs(answers: StudyAnswers, row: dict[str, Any]) -> None:
    """Link the runs of each seed, and every pair of them sample by sample."""
    stages = answers.stages
    stages = stages[(stages["question"] == row["question"]) & (stages["dataset"] == row["dataset"])]
    if stages.empty:
        st.caption(T.study_no_predictions if row["reason"] == NO_PREDICTIONS else T.study_no_runs_behind)
        return
    sides = [str(side) for side in row["sides"]]
    names = {side: side_name(side, language()) for side in sides}
    for seed in sorted(stages["seed"].unique())[:_MOST_SEEDS]:
        of_seed = stages[stages["seed"] == seed].set_index("side")
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            for first, second in zip(sides[::2], sides[1::2], strict=True):
                a, b = of_seed.loc[second], of_seed.loc[first]
                words = T.study_pair.format(seed=seed, a=names[first], b=names[second])
                st.page_link(
                    "pages/single_vs_multi.py", label=plain(words), icon=":material/compare_arrows:",
                    query_params={
                        "a": a["run_id"], "b": b["run_id"], "stage_a": f"{a['round']}.{a['stage']}",
                        "stage_b": f"{b['round']}.{b['stage']}",
                    },
                )  # fmt: skip
            for side in dict.fromkeys(sides):
                st.page_link(
                    "pages/overview.py",
                    label=plain(T.study_run_link.format(side=names[side], seed=seed)),
                    icon=":material/monitoring:",
                    query_params={"run": str(of_seed.loc[side, "run_id"])},
                )


def draw_table(answers: StudyAnswers) -> None:
    """Draw every answer as a sentence, and all numbers as a table."""
    with st.expander(T.study_every_answer, icon=":material/subject:", expanded=False):
        for row in answers.questions.to_dict("records"):
            st.markdown(f"- **{plain(shipped(row['asks']))}** {plain(answer_sentence(row, language()))}")
    table = answer_table(answers.questions, language())
    st.dataframe(
        table, key="study_table", hide_index=True, width="stretch", placeholder="–",
        column_order=[name for name in table if name not in ("sentence", "asks", "learn")],
        column_config={
            "question": st.column_config.TextColumn(T.column_question, pinned=True), "dataset": T.study_dataset,
            "samples": T.column_samples_asked, "score": T.column_score_asked,
            "difference": st.column_config.NumberColumn(T.column_study_difference, format="%+.1f"),
            "together": T.column_study_together, "equal": T.column_study_equal,
            "margin": st.column_config.NumberColumn(T.column_study_margin, format="%.1f"),
            "verdict": T.column_study_verdict, "n_seeds": T.column_n_seeds, "n_samples": T.column_n_images,
            "n_patients": T.column_n_patients, "family": T.column_study_family,
        },
    )  # fmt: skip
    downloads.download(table, "study_answers")


def answer_table(questions: pd.DataFrame, language: str) -> pd.DataFrame:
    """Return one row per question and dataset, in words; differences and margins in points."""
    rows = questions.to_dict("records")
    intervals = {
        name: table_frames.intervals(questions[f"{ends}_low"], questions[f"{ends}_high"], scale=100)
        for name, ends in (("together", "simultaneous"), ("equal", "equivalence"))
    }
    return pd.DataFrame({
        "question": questions["question"], "dataset": questions["dataset"],
        "verdict": [verdict_phrase(row, language) for row in rows],
        "samples": [samples_name(str(row["samples"]), language) for row in rows],
        "score": [score_name(str(row["score"]), language) for row in rows],
        "difference": 100 * questions["difference"], **intervals, "margin": 100 * questions["margin"],
        "n_seeds": questions["n_seeds"],
        "n_samples": questions["n_samples"], "n_patients": questions["n_patients"],
        "family": [T.study_kind_main if main else T.study_kind_explored for main in questions["main"]],
        "asks": questions["asks"].map(shipped), "learn": questions["learn"].map(shipped),
        "sentence": [answer_sentence(row, language) for row in rows],
    })  # fmt: skip
