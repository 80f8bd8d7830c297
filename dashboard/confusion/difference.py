"""Draw the second tab of the Confusion page: what changed between two stages or runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from analysis import confused_pairs, confusion_change, seed_groups
from analysis.confusion_change import ConfusionChange
from analysis.ground_truth import GroundTruthUnknown
from comparisons import stage_comparison
from comparisons.stage_comparison import RunStageKey, StagePair
from dashboard.confusion import matrix
from dashboard.reads import run_queries, table_frames
from dashboard.text import T, called, name_of, plain
from dashboard.widgets import clickable_matrix, downloads, gallery, scrolling, url_state, versions
from dashboard.widgets.url_state import StageKey

_CELL = "moved"  # the URL's name of the clicked cell


def join_predictions(before: RunStageKey, after: RunStageKey, split: str) -> pd.DataFrame:
    """Return both predictions of each shared sample, as `stage_comparison.join_predictions`."""
    pair = StagePair(before, after, labels_of=versions.labels_of())
    return _joined(_token(before, after), pair, split).copy(deep=False)


@st.cache_resource(max_entries=8, show_spinner=False)
def _joined(token: str, pair: StagePair, split: str) -> pd.DataFrame:
    with run_queries.together():
        return stage_comparison.join_predictions(run_queries, pair, split)


def _token(before: RunStageKey, after: RunStageKey) -> str:
    return "|".join(run_queries.run_token(run_id) for run_id, *_ in (before, after))


@st.cache_data(max_entries=8, show_spinner=False)
def _measure_change(
    token: str,
    before: RunStageKey,
    after: RunStageKey,
    split: str,
    classes: tuple[str, ...],
    class_indices: tuple[int, ...],
    labels_of: str,
) -> ConfusionChange:
    both = join_predictions(before, after, split)
    place = confused_pairs.folded_positions(class_indices, len(classes))
    index = pd.Index(list(classes))
    true, was, now = (place[index.get_indexer(both[column])] for column in ("label", "was", "now"))
    n_rows = len(class_indices) + (len(class_indices) < len(classes))
    return confusion_change.confusion_change(true, was, now, both["patient"], n_rows)


def measure_change(
    before: RunStageKey, after: RunStageKey, split: str, classes: Sequence[str], class_indices: Sequence[int]
) -> ConfusionChange:
    """Measure the change of every cell of the confusion matrix; computed once and cached."""
    change: ConfusionChange = _measure_change(
        _token(before, after), before, after, split, tuple(classes), tuple(class_indices), versions.labels_of()
    )
    return change


def draw(run_id: str, stage: StageKey, other: str, other_stage: StageKey, split: str) -> None:
    """Draw the pairs that got worse, the matrix of changes, and the samples of a chosen cell."""
    runs = run_queries.run(other), run_queries.run(run_id)
    before, after = (other, other_stage.round, other_stage.stage), (run_id, stage.round, stage.stage)
    versions.draw(versions.choose(*runs, split), *runs)
    try:
        both = join_predictions(before, after, split)
    except GroundTruthUnknown:
        st.info(T.no_one_label, icon=":material/info:")
        return
    sides = (plain(f"{other} · {other_stage.label}"), plain(f"{run_id} · {stage.label}"))
    st.caption(T.difference_caption.format(first=sides[0], second=sides[1], n=len(both)))
    if both.empty:
        st.info(T.none_behind, icon=":material/info:")
        return
    classes = list(runs[1]["classes"])
    full_change = measure_change(before, after, split, classes, range(len(classes)))
    cells = confusion_change.cell_table(full_change, classes)
    _worse(confusion_change.worse_pairs(cells), *sides)
    _caveat(run_id, other)
    class_indices = matrix.choose_classes(full_change.before + full_change.after, classes)
    folded = (
        full_change
        if len(class_indices) == len(classes)
        else measure_change(before, after, split, classes, class_indices)
    )
    names = clickable_matrix.names_of(class_indices, classes, T.others)
    key = f"difference_{url_state.digest([before, after, split, *names])}"
    options = {"on_select": lambda: _choose(key, names), "selection_mode": "points"}
    downloads.figure(clickable_matrix.change_matrix(folded, names), "difference", cells, key=key, **options)
    counts = {"moved": int(folded.moved.sum()), "cells": int(np.count_nonzero(folded.before + folded.after))}
    st.caption(
        T.moved_caption.format(n=folded.n, patients=both["patient"].nunique(), **counts) + " " + T.click_difference
    )
    _table(cells)
    cell_in_url = url_state.view(_CELL)
    chosen = [(true, predicted) for true in names for predicted in names if f"{true} → {predicted}" == cell_in_url]
    if chosen:
        _samples(run_id, both, chosen[0], classes, class_indices)


def _caveat(run_id: str, other: str) -> None:
    """Draw what two single runs do not show of their recipes; nothing for two stages of a run."""
    if run_id == other:
        return
    runs = run_queries.run(other), run_queries.run(run_id)
    if seed_groups.same_recipe(*runs):
        st.caption(plain(T.change_same_recipe.format(recipe=runs[0]["recipe_name"])))
    else:
        st.caption(T.change_one_pair)


def _worse(pairs: pd.DataFrame, before: str, after: str) -> None:
    """Warn of the pairs that got worse beyond chance, or say that there are none."""
    if pairs.empty:
        st.info(T.no_worse_pairs.format(before=before, after=after), icon=":material/info:")
        return
    lines = [
        T.worse_pair.format(
            true=plain(row.true_class), predicted=plain(row.predicted_class), points=row.points,
            low=row.together_low, high=row.together_high, n=row.support,
        )
        for row in pairs.itertuples()
    ]  # fmt: skip
    st.warning(
        "\n".join((T.worse_pairs.format(before=before, after=after), *(f"- {line}" for line in lines))),
        icon=":material/trending_down:",
    )


def _table(cells: pd.DataFrame) -> None:
    st.dataframe(
        cells.assign(
            verdict=[name_of(T.verdict_names, verdict) for verdict in cells["verdict"]],
            alone=table_frames.intervals(cells["low"], cells["high"]),
            together=table_frames.intervals(cells["together_low"], cells["together_high"]),
        ),
        key="change_table",
        hide_index=True,
        width="stretch",
        height=min(400, 40 + 36 * len(cells)),
        placeholder="–",
        column_order=(
            "true_class", "predicted_class", "before", "after", "support", "points", "alone", "together",
            "n_patients", "verdict",
        ),
        column_config={
            "true_class": T.column_true,
            "predicted_class": T.column_predicted,
            "before": st.column_config.NumberColumn(T.column_before, width="small"),
            "after": st.column_config.NumberColumn(T.column_after, width="small"),
            "support": st.column_config.NumberColumn(T.column_support, width="small", help=T.support_help),
            "points": st.column_config.NumberColumn(T.column_points, format="%+.1f", width="small"),
            "alone": st.column_config.TextColumn(T.column_alone, width="small"),
            "together": st.column_config.TextColumn(T.column_together, width="small"),
            "n_patients": st.column_config.NumberColumn(T.column_patients, width="small"),
            "verdict": T.column_verdict,
        },
    )  # fmt: skip


def _choose(key: str, names: Sequence[str]) -> None:
    cell = clickable_matrix.clicked(st.session_state.get(key))
    if cell is not None:
        url_state.set_view(**{_CELL: f"{names[cell[0]]} → {names[cell[1]]}"})
        scrolling.follow()


def _samples(
    run_id: str, both: pd.DataFrame, cell: tuple[str, str], classes: Sequence[str], class_indices: Sequence[int]
) -> None:
    """Draw the samples that entered or left a cell."""
    row_names = clickable_matrix.names_of(class_indices, classes, T.others)
    true, predicted = (clickable_matrix.members(row_names.index(name), class_indices, classes) for name in cell)
    moved = table_frames.moved_into(both, true, predicted)
    entered = int(moved["entered"].sum())
    names_in_cell = {"true": plain(cell[0]), "predicted": plain(cell[1])}
    st.subheader(T.moved_samples.format(**names_in_cell, entered=entered, left=len(moved) - entered))
    if moved.empty:
        st.info(T.none_moved, icon=":material/info:")
        return
    run = run_queries.run(run_id)
    gallery.warn_if_gone(run["dataset_id"])
    cards = gallery.cards_of_run(run, moved, _lines)
    gallery.draw(cards, f"moved_{url_state.digest([run_id, *cell, *moved['sample_id']])}")


def _lines(row: Any) -> tuple[str, ...]:
    return (T.entered.format(was=called(row.was)) if row.entered else T.left_cell.format(now=called(row.now)),)
