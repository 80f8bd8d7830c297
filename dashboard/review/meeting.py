"""Draw the Meeting page: the agenda, the decisions, and the agreement of reviewers."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from analysis import review_decisions
from dashboard.frame.error_boundary import attempt
from dashboard.reads import dataset_queries, review_queries, run_queries
from dashboard.review import one_sample, revision, verdicts
from dashboard.text import T, name_of, plain
from dashboard.widgets import downloads, gallery, url_state
from dashboard.widgets.url_state import StageKey

SIZES = ("10", "20", "30", "50", "100")
AGENDA_LIST = "agenda"
_MADE = "_made_version"


def choose_blind() -> bool:
    """Choose whether others' verdicts are hidden until one's own is given; kept in the URL."""
    key = "pick_blind"
    st.session_state[key] = st.session_state.get(key, url_state.view("blind") != "off")
    chosen = bool(st.toggle(T.blind, key=key, help=T.blind_help))
    url_state.set_view(blind=None if chosen else "off")
    return chosen


def draw_agenda(run: dict[str, Any], stage: StageKey, split: str, is_blind: bool) -> None:
    """Draw the samples of the agenda one by one, each with the form for a verdict.

    The position on the agenda has its own URL parameter: a sample that is chosen on another page does not move it.
    """
    run_id, dataset_id = str(run["run_id"]), str(run["dataset_id"])
    place = st.columns([1, 5], vertical_alignment="bottom")
    n = int(url_state.choose("agenda", T.agenda_size, SIZES, default="30", place=place[0]))
    agenda = review_queries.agenda(run_id, (stage.round, stage.stage), split, n)
    if split == "test":
        st.caption(f":material/balance: {T.test_agenda}")
    if agenda.empty:
        st.success(T.empty_agenda, icon=":material/check:")
        return
    ids = [str(sample_id) for sample_id in agenda["sample_id"]]
    gallery.remember(AGENDA_LIST, ids)
    names = {str(row.sample_id): _option(row) for row in agenda.itertuples()}
    chosen = url_state.choose("item", T.sample, ids, show=lambda sample_id: names[sample_id], place=place[1])
    _progress(agenda, dataset_id)
    row = one_sample.find_sample(run_id, chosen)
    if row is None:
        return
    left, right = st.columns([5, 4], gap="large")
    with left:
        one_sample.draw_steps(ids, chosen, "item")
        reasons = agenda["reasons"].iloc[ids.index(chosen)]
        st.caption(T.why.format(reasons=", ".join(name_of(T.agenda_reasons, reason) for reason in reasons)))
        one_sample.draw_picture(run, row)
        st.page_link(
            "pages/sample.py", label=T.open_sample, icon=":material/open_in_full:",
            query_params={"run": run_id, "sample": chosen, "list": AGENDA_LIST},
        )  # fmt: skip
    with right:
        one_sample.draw_verdicts(run, row, is_blind)
        one_sample.draw_probs(run_id, row)
    with st.expander(T.agenda_title):
        _table(agenda, dataset_id)


def _option(row: Any) -> str:
    return T.agenda_option.format(at=row.Index + 1, label=row.label, predicted=row.predicted, sample=row.sample_id)


def _progress(agenda: pd.DataFrame, dataset_id: str) -> None:
    standing = review_queries.verdicts(dataset_id)
    mine = standing[standing["reviewer"] == verdicts.current_reviewer()]["sample_id"]
    pairs = agenda[["label", "predicted"]].drop_duplicates()
    st.caption(T.agenda_caption.format(n=len(agenda), pairs=len(pairs), mine=int(agenda["sample_id"].isin(mine).sum())))


def _table(agenda: pd.DataFrame, dataset_id: str) -> None:
    standing = review_queries.verdicts(dataset_id)
    mine = set(standing[standing["reviewer"] == verdicts.current_reviewer()]["sample_id"])
    judged = standing.groupby("sample_id").size()
    st.dataframe(
        agenda.assign(
            why=[", ".join(name_of(T.agenda_reasons, reason) for reason in reasons) for reasons in agenda["reasons"]],
            judged=agenda["sample_id"].map(judged).fillna(0).astype(int),
            mine=["✓" if sample_id in mine else "" for sample_id in agenda["sample_id"]],
        ),
        key="agenda_table",
        hide_index=True,
        width="stretch",
        column_order=("sample_id", "label", "predicted", "prob", "why", "judged", "mine"),
        column_config={
            "sample_id": T.column_sample,
            "label": T.column_true,
            "predicted": T.column_predicted,
            "prob": st.column_config.NumberColumn("p", format="%.2f"),
            "why": T.column_reasons,
            "judged": T.column_judged,
            "mine": T.column_you,
        },
    )
    downloads.download(agenda, "agenda")


def draw_decisions(dataset_id: str) -> None:
    """Draw the decisions, and the button that makes a new dataset version from them."""
    standing = review_queries.verdicts(dataset_id)
    if standing.empty:
        st.info(T.nothing_decided, icon=":material/gavel:")
        return
    decisions = review_decisions.decide_samples(standing)
    if made := st.session_state.pop(_MADE, None):
        st.success(T.exported.format(dataset=plain(made)), icon=":material/check:")
    st.caption(T.decisions_caption.format(n=len(decisions), open=int((decisions["decision"] == "open").sum())))
    st.dataframe(
        decisions.assign(decision=[name_of(T.decision_names, word) for word in decisions["decision"]]),
        key="decisions",
        hide_index=True,
        width="stretch",
        placeholder="–",
        column_order=("sample_id", "label", "decision", "right_label", "n", "reviewers"),
        column_config={
            "sample_id": T.column_sample,
            "label": T.column_label,
            "decision": T.column_decision,
            "right_label": T.column_right_label,
            "n": st.column_config.NumberColumn("n", width="small"),
            "reviewers": T.column_reviewers,
        },
    )
    downloads.download(decisions, "decisions")
    _export(dataset_id, decisions)


def _export(dataset_id: str, decisions: pd.DataFrame) -> None:
    counts = decisions["decision"].value_counts()
    relabelled, excluded = int(counts.get("relabelled", 0)), int(counts.get("excluded", 0))
    name = dataset_id.partition("@")[0]
    newest = next((each.dataset_id for each in dataset_queries.datasets() if each.name == name), dataset_id)
    if newest != dataset_id:
        st.info(T.newer_version.format(newest=plain(newest), dataset=plain(dataset_id)), icon=":material/info:")
    if not relabelled + excluded:
        st.info(T.export_nothing, icon=":material/info:")
        return
    st.caption(T.export_caption.format(relabelled=relabelled, excluded=excluded))
    changed = decisions[decisions["decision"].isin(["relabelled", "excluded"])]["sample_id"]
    samples = run_queries.samples(dataset_id)
    if n := int((samples["sample_id"].isin(changed) & (samples["split"] == "test")).sum()):
        st.warning(T.test_bias.format(n=n), icon=":material/balance:")
    if st.button(T.export.format(dataset=plain(dataset_id)), key="export", type="primary", icon=":material/database:"):
        with attempt(in_place=True):
            with st.spinner(T.exporting):
                made = revision.export(dataset_id)
            dataset_queries.clear_catalog_cache()
            st.session_state[_MADE] = made
            st.rerun()  # so that the sidebar offers it for a training


def draw_agreement(dataset_id: str) -> None:
    """Draw the kappa of every two reviewers, and of all."""
    agreement = review_decisions.reviewer_agreement(review_queries.verdicts(dataset_id))
    if agreement.empty:
        st.info(T.no_agreement, icon=":material/group:")
        return
    st.caption(T.agreement_caption)
    st.dataframe(
        agreement.assign(
            a=agreement["a"].fillna(T.all_reviewers), b=agreement["b"].fillna(""), same=100 * agreement["same"]
        ),
        key="agreement",
        hide_index=True,
        placeholder="–",
        column_config={
            "a": T.column_reviewer_a,
            "b": T.column_reviewer_b,
            "n": st.column_config.NumberColumn("n", width="small"),
            "same": st.column_config.NumberColumn(T.column_same, format="%.0f %%"),
            "kappa": st.column_config.NumberColumn(T.column_kappa, format="%.2f"),
        },
    )
    downloads.download(agreement, "agreement")
