"""Give a verdict on a sample, and watch the verdicts of others arrive."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

import store
from dashboard.frame.error_boundary import attempt, guarded
from dashboard.reads import review_queries
from dashboard.text import T, name_of, plain
from dashboard.widgets import url_state

TICK = 2.0  # seconds until a verdict from another browser is drawn
_NAME = "_reviewer"


def ask_reviewer(place: url_state.Place = None) -> str:
    """Ask for the name of the reviewer in this tab.

    It is not kept in the URL: a link must not give a colleague another name.
    """
    key = "reviewer_typed"
    st.session_state[key] = st.session_state.get(key, st.session_state.get(_NAME, ""))
    typed = (place or st).text_input(T.reviewer, key=key, help=T.reviewer_help, max_chars=60)
    st.session_state[_NAME] = " ".join(typed.split())
    return str(st.session_state[_NAME])


def current_reviewer() -> str:
    """Return the reviewer's name in this tab; empty before it is typed."""
    return str(st.session_state.get(_NAME, ""))


def visible_verdicts(standing: pd.DataFrame, name: str, blind: bool) -> tuple[pd.DataFrame, int]:
    """Return the verdicts on one sample that a reviewer may see, and how many are hidden.

    Args:
        standing: the verdicts on one sample, with the column reviewer.
        blind: hide the verdicts of others until `name` has given one.
    """
    if not blind or (standing["reviewer"] == name).any():
        return standing, 0
    return standing[:0], len(standing)


def draw_panel(dataset_id: str, sample_id: str, blind: bool) -> None:
    """Draw the verdicts on a sample, and check for new ones regularly."""
    st.fragment(_panel, run_every=TICK)(dataset_id, sample_id, blind)


def _panel(dataset_id: str, sample_id: str, blind: bool) -> None:
    with guarded("verdicts"):
        standing, hidden = visible_verdicts(_verdicts_on(dataset_id, sample_id), current_reviewer(), blind)
        if hidden:
            st.info(T.hidden_verdicts.format(n=hidden), icon=":material/visibility_off:")
        elif standing.empty:
            st.caption(T.no_verdicts)
        for row in standing.to_dict("records"):
            with st.container(border=True, gap="xsmall"):
                st.markdown(describe_verdict(row))
                if row["note"]:
                    st.caption(plain(row["note"]))


def describe_verdict(row: dict[str, Any]) -> str:
    """Write a verdict as a line of Markdown."""
    label = f" → {plain(row['right_label'])}" if row["right_label"] else ""
    return T.verdict_line.format(
        reviewer=plain(row["reviewer"]),
        verdict=name_of(T.verdict_kinds, row["verdict"]),
        label=label,
        when=f"{row['created_at']:%Y-%m-%d %H:%M} UTC",
    )


def draw_form(run_id: str, dataset_id: str, sample: dict[str, Any], classes: list[str]) -> None:
    """Draw the form for verdict, right label and note, with *Save* and *Undo*."""
    name = current_reviewer()
    if not name:
        st.info(T.need_name, icon=":material/badge:")
        return
    sample_id, label = str(sample["sample_id"]), str(sample["label"])
    mine = _verdicts_on(dataset_id, sample_id)
    mine = mine[mine["reviewer"] == name]
    given: dict[str, Any] = mine.iloc[0].to_dict() if len(mine) else {}
    key = url_state.digest([dataset_id, sample_id, name])
    keys = {part: f"{part}_{key}" for part in ("verdict", "label", "note")}
    _set_initial_values(keys, given)
    verdict = st.segmented_control(
        T.verdict, [kind for kind, _ in T.verdict_kinds], key=keys["verdict"],
        format_func=lambda kind: name_of(T.verdict_kinds, kind), wrap=True,
    )  # fmt: skip
    others = [name for name in classes if name != label]
    right = st.selectbox(T.right_label, others, index=None, key=keys["label"]) if verdict == "label_error" else None
    st.text_area(T.note, key=keys["note"], max_chars=2000, height=90)
    with st.container(horizontal=True):
        st.button(
            T.save_verdict, key=f"save_{key}", type="primary", icon=":material/gavel:", on_click=_save,
            args=(run_id, dataset_id, sample_id, name, keys),
            disabled=verdict is None or (verdict == "label_error" and right is None),
        )  # fmt: skip
        if given:
            st.button(
                T.undo, key=f"undo_{key}", icon=":material/undo:", on_click=_undo,
                args=(dataset_id, sample_id, name, keys),
            )  # fmt: skip


def _set_initial_values(keys: dict[str, str], given: dict[str, Any]) -> None:
    """Start the widgets of a verdict with the earlier one; afterwards they keep their values."""
    begin = {"verdict": given.get("verdict"), "label": given.get("right_label"), "note": given.get("note") or ""}
    for part, key in keys.items():
        if key not in st.session_state:
            st.session_state[key] = begin[part]


def _verdicts_on(dataset_id: str, sample_id: str) -> pd.DataFrame:
    standing = review_queries.verdicts(dataset_id)
    return standing[standing["sample_id"] == sample_id]


def _save(run_id: str, dataset_id: str, sample_id: str, name: str, keys: dict[str, str]) -> None:
    verdict = st.session_state.get(keys["verdict"])
    right = st.session_state.get(keys["label"]) if verdict == "label_error" else None
    note = st.session_state.get(keys["note"]) or ""
    with attempt():
        store.add_verdict(dataset_id, sample_id, name, verdict or "", right_label=right, note=note, run_id=run_id)
        st.toast(T.verdict_saved, icon=":material/check:")


def _undo(dataset_id: str, sample_id: str, name: str, keys: dict[str, str]) -> None:
    with attempt():
        store.undo_verdict(dataset_id, sample_id, name)
        for key in keys.values():
            st.session_state.pop(key, None)
        st.toast(T.verdict_undone, icon=":material/undo:")
