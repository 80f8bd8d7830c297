"""Everything about one sample, the same wherever it is opened."""

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
    """The row of a sample of a run's dataset; None, with a sentence, when there is none."""
    known = run_queries.runs()
    if not (known["run_id"] == run_id).any():
        st.warning(T.run_gone.format(run=plain(run_id)), icon=":material/search_off:")
        return None
    samples = run_queries.samples(str(run_queries.run(run_id)["dataset_id"]))
    found = samples[samples["sample_id"] == sample_id]
    if found.empty:
        words = T.sample_gone.format(sample=plain(sample_id), run=plain(run_id))
        st.warning(words, icon=":material/search_off:")
        return None
    row: dict[str, Any] = found.iloc[0].to_dict()
    return row


def draw_steps(sample_ids: list[str], sample_id: str, name: str = "sample") -> None:
    """*Previous* and *next* in a list of samples, with the arrow keys too; nothing for a list without the sample."""
    if sample_id not in sample_ids or len(sample_ids) < 2:
        return
    at = sample_ids.index(sample_id)
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, to, key, icon in (
            (T.previous, at - 1, "Left", ":material/arrow_back:"),
            (T.next, at + 1, "Right", ":material/arrow_forward:"),
        ):
            there = 0 <= to < len(sample_ids)
            st.button(
                label, key=f"{name}_{key}", icon=icon, shortcut=key, help=T.keys_help, disabled=not there,
                on_click=_go, args=(name, sample_ids[to] if there else sample_id),
            )  # fmt: skip
        st.caption(T.place_in_list.format(at=at + 1, n=len(sample_ids)))


def draw_picture(run: dict[str, Any], row: dict[str, Any]) -> None:
    """The picture, to be zoomed and dragged, with its boxes and the marks found in it; and what is known of it."""
    path = dataset_queries.dataset_folder(run["dataset_id"]) / row["path"]
    found = outlines.whole(path)
    if found is None:
        gallery.nothing(T.no_picture, height=240)
    else:
        drawn = [*outlines.boxes(row["boxes"]), *outlines.marks(path)]
        figure = sample_figures.picture(*found, drawn)
        downloads.figure(figure, "picture", key=f"picture_{row['sample_id']}", config=sample_figures.PICTURE_CONFIG)
    map_grid.facts(row)


def draw_probs(run_id: str, row: dict[str, Any]) -> None:
    """The probability of the classes at every stage, as lines."""
    st.subheader(T.probs_by_stage)
    found = review_queries.probs(run_id, str(row["sample_id"]))
    if found.empty:
        st.info(T.no_probs, icon=":material/hourglass_top:")
        return
    figure = sample_figures.class_probs(found, str(row["label"]))
    downloads.figure(figure, "probabilities", found, key=f"probs_{row['sample_id']}")


def draw_maps(run: dict[str, Any], row: dict[str, Any]) -> None:
    """Its class activation maps across the stages."""
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
    """When it was mined, in every run of its dataset."""
    st.subheader(T.mined_history)
    found = review_queries.times_mined(str(run["dataset_id"]), str(row["sample_id"]))
    if found.empty:
        st.caption(T.never_mined)
        return
    st.dataframe(
        found.assign(
            reason=[name_of(T.reason_names, reason) for reason in found["reason"]],
            predicted=table_frames.decided(found["predicted"]),
            outcome_hard=_outcomes(found["outcome_hard"]),
            outcome=_outcomes(found["outcome"]),
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
    downloads.download(found, "mined_history")


def _outcomes(column: pd.Series) -> list[str | None]:
    return [name_of(F.state_names, outcome) if isinstance(outcome, str) else None for outcome in column]


def draw_verdicts(run: dict[str, Any], row: dict[str, Any], blind: bool = True) -> None:
    """The form for one's own verdict, and those of others."""
    st.subheader(T.verdicts_title)
    dataset_id = str(run["dataset_id"])
    verdicts.draw_form(str(run["run_id"]), dataset_id, row, _classes(dataset_id, run))
    verdicts.draw_panel(dataset_id, str(row["sample_id"]), blind)


def _classes(dataset_id: str, run: dict[str, Any]) -> list[str]:
    """The labels of the dataset; under a label scheme they are not the classes of the run."""
    known = review_queries.dataset_classes(dataset_id)
    return known or [str(name) for name in run["classes"]]


def _go(name: str, sample_id: str) -> None:
    url_state.set_view(**{name: sample_id})
