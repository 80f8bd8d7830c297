"""Draw the multi-label tab of the Confusion page: 2 x 2 tables, co-occurrence, samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from analysis import multilabel
from analysis.metrics import decide
from dashboard.confusion import matrix
from dashboard.reads import run_queries, table_frames
from dashboard.text import T, called, name_of, number, plain
from dashboard.widgets import clickable_matrix, downloads, gallery, scrolling, url_state
from dashboard.widgets.url_state import StageKey

_CELL = "labels_cell"  # the URL's name of the clicked cell: a class and a kind, or two classes


def draw(run_id: str, stage: StageKey, split: str) -> None:
    """Draw both parts of the tab; a sentence for a run that predicts one class per sample."""
    run = run_queries.run(run_id)
    if run["objective"] != "sigmoid":
        st.info(T.not_multi, icon=":material/info:")
        return
    predictions = run_queries.prediction_table(run_id, stage.round, stage.stage, split)
    rows = predictions.samples
    if rows.empty:
        st.info(T.no_predictions.format(split=split), icon=":material/info:")
        return
    classes = list(run["classes"])
    ended = table_frames.stage_rows(run_queries.stages(run_id), stage.round, stage.stage)
    true = predictions.trained
    decisions = decide(predictions.unit_probs, "sigmoid", ended["thresholds"].iloc[0])
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(f"#### {T.two_by_two}")
        _tables(true, decisions, classes)
    with right:
        st.markdown(f"#### {T.cooccurrence}")
        kind = _cooccurrence(true, decisions, classes)
    _cell_samples(run, rows, (true, decisions), classes, kind)


def _tables(true: Any, decisions: Any, classes: Sequence[str]) -> None:
    table = multilabel.two_by_two(true, decisions, classes)
    key = f"two_by_two_{url_state.digest(table.to_numpy().ravel())}"
    st.caption(T.two_by_two_hint.format(n=len(true)))
    st.dataframe(
        table,
        key=key,
        hide_index=True,
        width="stretch",
        height=min(600, 40 + 36 * len(table)),
        on_select=lambda: _choose_number(key, classes),
        selection_mode="single-cell",
        column_config={
            "class_name": T.column_class,
            **{
                cell: st.column_config.NumberColumn(name_of(T.cell_names, cell), width="small")
                for cell in multilabel.CELLS
            },
        },
    )
    downloads.download(table, "two_by_two")


def _choose_number(key: str, classes: Sequence[str]) -> None:
    cells = st.session_state[key]["selection"]["cells"]
    if cells and cells[0][1] in multilabel.CELLS:
        url_state.set_view(**{_CELL: f"{classes[cells[0][0]]} · {cells[0][1]}"})


def _cooccurrence(true: Any, decisions: Any, classes: Sequence[str]) -> str:
    kind = url_state.switch("cooccurrence", T.cooccurrence_kind, T.cooccurrence_names)
    counts = multilabel.cooccurrence(true, decisions, "instead" if kind == "instead" else "beside")
    class_indices = matrix.choose_classes(counts, classes)
    drawn_counts = counts[np.ix_(class_indices, class_indices)] if len(class_indices) < len(classes) else counts
    names = [classes[index] for index in class_indices]
    key = f"cooccurrence_{url_state.digest([*names, kind, counts.sum()])}"
    options = {"on_select": lambda: _choose_pair(key, names), "selection_mode": "points"}
    downloads.figure(
        clickable_matrix.cooccurrence(drawn_counts, names),
        "cooccurrence",
        clickable_matrix.long_table(counts, classes),
        key=key,
        **options,
    )
    st.caption(name_of(T.cooccurrence_captions, kind))
    return kind


def _choose_pair(key: str, names: Sequence[str]) -> None:
    cell = clickable_matrix.clicked(st.session_state.get(key))
    if cell is not None:
        url_state.set_view(**{_CELL: f"{names[cell[0]]} → {names[cell[1]]}"})
        scrolling.follow()


def _cell_samples(
    run: dict[str, Any], rows: pd.DataFrame, both: tuple[Any, Any], classes: Sequence[str], kind: str
) -> None:
    """Draw the samples of the number or cell that the URL names.

    Args:
        both: true classes and decisions, (n_samples, n_classes) booleans.
    """
    cell_in_url, (true, decisions) = url_state.view(_CELL), both
    cells = {
        "found": true & decisions,
        "missed": true & ~decisions,
        "false_alarm": ~true & decisions,
        "rightly_absent": ~true & ~decisions,
    }
    for index, name in enumerate(classes):
        for cell, mask in cells.items():
            if cell_in_url == f"{name} · {cell}":
                title = T.cell_samples.format(
                    name=plain(name), kind=name_of(T.cell_names, cell), n=mask[:, index].sum()
                )
                _gallery(run, rows[mask[:, index]], decisions[mask[:, index]], classes, title)
        for second, beside in enumerate(classes):
            if cell_in_url == f"{name} → {beside}":
                truly = cells["missed"] if kind == "instead" and index != second else true
                mask = truly[:, index] & (decisions if index == second else cells["false_alarm"])[:, second]
                title = T.behind_cell.format(true=plain(name), predicted=plain(beside), n=mask.sum())
                _gallery(run, rows[mask], decisions[mask], classes, title)


def _gallery(run: dict[str, Any], rows: pd.DataFrame, decisions: Any, classes: Sequence[str], title: str) -> None:
    st.subheader(title)
    gallery.warn_if_gone(run["dataset_id"])

    def lines(row: Any) -> tuple[str, ...]:
        predicted = ", ".join(name for name, positive in zip(classes, row.decision, strict=True) if positive)
        return (
            f"**{called(', '.join(row.labels))}**",
            called(predicted) or T.no_class_predicted,
            T.card_prob.format(prob=number(row.prob)),
        )

    cards = gallery.cards_of_run(run, rows.assign(decision=list(decisions)), lines)
    gallery.draw(cards, f"labels_{url_state.digest([run['run_id'], title, len(rows)])}")
