"""Choose a study, of those that ship and those in the store, and draw its plan."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

import store
from comparisons.study_sentences import samples_name, score_name, side_name
from dashboard.reads import run_queries
from dashboard.text import T, language, plain, shipped
from dashboard.widgets import downloads, url_state
from studies import Study, StudyError, available, cells, datasets_of, locate


@dataclass(frozen=True)
class Listed:
    """A study that can be chosen, and the text of its file.

    It says whether it is known from the store alone.
    """

    study: Study
    text: str
    from_store: bool


def choose() -> Listed | None:
    """Choose a study; None, with a sentence, where there is none or not the one of the URL."""
    listed = _list()
    if not listed:
        st.info(T.no_studies, icon=":material/science:")
        return None
    newest, asked = _newest(listed), url_state.view("study")
    of_name = [study_id for study_id, one in listed.items() if one.study.name == asked]
    if len(of_name) == 1:  # a link may name a study without the hash of its plan
        url_state.set_view(study=of_name[0])
    chosen = url_state.choose_known(
        "study", T.choose_study, list(listed), lambda value: T.study_unknown.format(study=plain(value)),
        show=lambda study_id: _label(listed[study_id]), default=newest,
    )  # fmt: skip
    return None if chosen is None else listed[chosen]


def _newest(listed: dict[str, Listed]) -> str:
    """Return the study that is offered first.

    It is the one registered last, else `demo`, which takes minutes, else the first of the folder.
    """
    started = [str(study_id) for study_id in _registered(run_queries.change_token())["study_id"]]
    small = [study_id for study_id, one in listed.items() if one.study.name == "demo"]
    return next((study_id for study_id in [*started, *small] if study_id in listed), next(iter(listed)))


def _label(listed: Listed) -> str:
    return f"{listed.study.study_id} · {T.study_from_store}" if listed.from_store else listed.study.study_id


def _list() -> dict[str, Listed]:
    """Return the studies by id; a file that cannot be used is named with its mistake."""
    found: dict[str, Listed] = {}
    for name in available():
        try:
            study, text = _of_file(name, locate(name).stat().st_mtime_ns)
        except StudyError as error:
            st.warning(T.study_broken.format(reason=plain(error)), icon=":material/warning:")
            continue
        found[study.study_id] = Listed(study, text, False)
    for row in _registered(run_queries.change_token()).itertuples():
        if row.study_id in found:
            continue
        try:
            study = _of_text(str(row.file), str(row.name))
        except StudyError as error:
            st.warning(T.study_broken.format(reason=plain(error)), icon=":material/warning:")
            continue
        found.setdefault(study.study_id, Listed(study, str(row.file), True))
    return found


@st.cache_resource(max_entries=32, show_spinner=False)
def _of_file(name: str, changed_at: int) -> tuple[Study, str]:
    return Study.load(name), locate(name).read_text(encoding="utf-8")


@st.cache_resource(max_entries=32, show_spinner=False)
def _of_text(text: str, name: str) -> Study:
    return Study.parse(text, name)


@st.cache_resource(max_entries=4, show_spinner=False)
def _registered(token: str) -> pd.DataFrame:
    return store.studies()


def draw_plan(study: Study) -> None:
    """Draw what a study has fixed before its first run."""
    if study.description:
        st.markdown(plain(shipped(study.description)))
    with st.expander(T.study_plan, icon=":material/assignment:"):
        st.caption(
            T.study_plan_line.format(
                questions=len(study.questions), arms=len(study.arms), datasets=len(datasets_of(study)),
                seeds=len(study.seeds), runs=len(cells(study)), id=study.study_id,
            )
        )  # fmt: skip
        table = plan_table(study, language())
        st.dataframe(
            table, key="study_plan", hide_index=True, width="stretch", placeholder="–",
            column_config={
                "question": T.column_question, "asks": T.study_question, "sides": T.study_arm,
                "samples": T.column_samples_asked, "score": T.column_score_asked,
                "margin": st.column_config.NumberColumn(T.column_study_margin, format="%.1f"),
                "family": T.column_study_family,
            },
        )  # fmt: skip
        downloads.download(table, "study_plan")


def plan_table(study: Study, language: str) -> pd.DataFrame:
    """Return one row per question of the plan, in words; the margin in points."""
    rows = []
    for question in study.questions:
        sides = [side_name(str(side), language) for side in question.sides]
        pairs = [f"{first} − {second}" for first, second in zip(sides[::2], sides[1::2], strict=True)]
        rows.append({
            "question": question.name, "asks": shipped(question.asks),
            "sides": pairs[0] if len(pairs) == 1 else f"({pairs[0]}) − ({pairs[1]})",
            "samples": samples_name(question.samples, language), "score": score_name(question.score, language),
            "margin": 100 * question.margin, "family": T.study_kind_main if question.main else T.study_kind_explored,
        })  # fmt: skip
    return pd.DataFrame(rows)
