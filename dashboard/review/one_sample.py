"""Draw everything about one sample, for the pages Sample and Meeting."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.charts import sample_figures
from dashboard.frame import map_jobs
from dashboard.reads import dataset_queries, review_queries, run_queries, table_frames
from dashboard.review import verdicts
from dashboard.text import F, T, name_of, plain
from dashboard.widgets import downloads, gallery, map_grid, outlines, url_state


def find_sample(run_id: str, sample_id: str) -> dict[str, Any] | None:
    """Return the row of a sample of a run's dataset; None, with a sentence, if there is none."""
    if not (run_queries.runs()["run_id"] == run_id).any():
        st.warning(T.run_gone.format(run=plain(run_id)), icon=":material/search_off:")
        return None
    samples = run_queries.samples(str(run_queries.run(run_id)["dataset_id"]))
    matches = samples[samples["sample_id"] == sample_id]
    if matches.empty:
        words = T.sample_gone.format(sample=plain(sample_id), run=plain(run_id))
        st.warning(words, icon=":material/search_off:")
        return None
    row: dict[str, Any] = matches.iloc[0].to_dict()
    return row


def draw_steps(sample_ids: list[str], sample_id: str, name: str = "sample") -> None:
    """Draw *Previous* and *Next* in a list of samples, also on the arrow keys.

    Nothing is drawn if the list does not have the sample.
    """
    if sample_id not in sample_ids or len(sample_ids) < 2:
        return
    index = sample_ids.index(sample_id)
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, target, key, icon in (
            (T.previous, index - 1, "Left", ":material/arrow_back:"),
            (T.next, index + 1, "Right", ":material/arrow_forward:"),
        ):
            exists = 0 <= target < len(sample_ids)
            st.button(
                label, key=f"{name}_{key}", icon=icon, shortcut=key, help=T.keys_help, disabled=not exists,
                on_click=_go, args=(name, sample_ids[target] if exists else sample_id),
            )  # fmt: skip
        st.caption(T.place_in_list.format(at=index + 1, n=len(sample_ids)))


def draw_picture(run: dict[str, Any], row: dict[str, Any]) -> None:
    """Draw the picture with its boxes and burned-in marks, and the facts about the sample.

    The picture can be zoomed and dragged.
    """
    path = dataset_queries.dataset_folder(run["dataset_id"]) / row["path"]
    opened = outlines.whole(path)
    if opened is None:
        gallery.placeholder(T.no_picture, height=240)
    else:
        drawn = [*outlines.boxes(row["boxes"]), *outlines.marks(path)]
        figure = sample_figures.picture(*opened, drawn)
        downloads.figure(figure, "picture", key=f"picture_{row['sample_id']}", config=sample_figures.PICTURE_CONFIG)
    map_grid.facts(row)


def draw_probs(run_id: str, row: dict[str, Any]) -> None:
    """Draw the probability of the classes at every stage, as lines."""
    st.subheader(T.probs_by_stage)
    probs = review_queries.probs(run_id, str(row["sample_id"]))
    if probs.empty:
        st.info(T.no_probs, icon=":material/hourglass_top:")
        return
    figure = sample_figures.class_probs(probs, str(row["label"]))
    downloads.figure(figure, "probabilities", probs, key=f"probs_{row['sample_id']}")


def draw_maps(run: dict[str, Any], row: dict[str, Any]) -> None:
    """Draw the class activation maps of a sample across the stages."""
    run_id, sample_id = str(run["run_id"]), str(row["sample_id"])
    history = run_queries.history(run_id, [sample_id])
    if history.empty:
        return
    st.subheader(T.cams_by_stage)
    cams = run_queries.cams(run_id, sample_id)
    if map_grid.missing(cams, history):
        map_jobs.offer_for_sample(run_id, sample_id, some=not cams.empty)
    map_grid.grid(run, row, cams, history)


def draw_mined(run: dict[str, Any], row: dict[str, Any]) -> None:
    """Draw when a sample was mined, in every run of its dataset."""
    st.subheader(T.mined_history)
    times_mined = review_queries.times_mined(str(run["dataset_id"]), str(row["sample_id"]))
    if times_mined.empty:
        st.caption(T.never_mined)
        return
    st.dataframe(
        times_mined.assign(
            reason=[name_of(T.reason_names, reason) for reason in times_mined["reason"]],
            predicted=table_frames.decision_names(times_mined["predicted"]),
            outcome_hard=_outcomes(times_mined["outcome_hard"]),
            outcome=_outcomes(times_mined["outcome"]),
        ),
        key="mined_history",
        hide_index=True,
        width="stretch",
        placeholder="–",
        column_config={
            "run_id": T.column_run,
            "round": T.column_round,
            "true_class": T.column_true,
            "rival_class": T.column_rival,
            "predicted": T.column_predicted,
            "margin": st.column_config.NumberColumn(T.column_margin, format="%.2f"),
            "loss": st.column_config.NumberColumn(T.column_loss, format="%.2f"),
            "reason": T.column_reason,
            "outcome_hard": T.column_outcome_hard,
            "outcome": T.column_outcome,
        },
    )
    downloads.download(times_mined, "mined_history")


def _outcomes(column: pd.Series) -> list[str | None]:
    return [name_of(F.state_names, outcome) if isinstance(outcome, str) else None for outcome in column]


def draw_verdicts(run: dict[str, Any], row: dict[str, Any], blind: bool = True) -> None:
    """Draw the form for one's own verdict, and the verdicts of others."""
    st.subheader(T.verdicts_title)
    dataset_id = str(run["dataset_id"])
    verdicts.draw_form(str(run["run_id"]), dataset_id, row, _classes(dataset_id, run))
    verdicts.draw_panel(dataset_id, str(row["sample_id"]), blind)


def _classes(dataset_id: str, run: dict[str, Any]) -> list[str]:
    """Return the labels of the dataset; under a label scheme the run has other classes."""
    return review_queries.dataset_classes(dataset_id) or [str(name) for name in run["classes"]]


def _go(name: str, sample_id: str) -> None:
    url_state.set_view(**{name: sample_id})
