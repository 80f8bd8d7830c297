"""Draw the clickable confusion matrix, the confused pairs with trends, and their samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from analysis import confused_pairs, confusion
from comparisons.version_sentences import refusal
from dashboard.charts import confusion_matrix, sample_flows
from dashboard.reads import run_queries, table_frames
from dashboard.text import T, called, language, number, plain
from dashboard.widgets import clickable_matrix, downloads, drill_down, gallery, scrolling, url_state
from dashboard.widgets.url_state import StageKey

Pair = tuple[str, str]
MOST_CLASSES = 12  # rows of a matrix whose cells still hold numbers
_CLICKS = "_pair_clicks"  # counts clicks on a matrix: each one draws the table of pairs again, with that pair selected


def choose_classes(matrix: NDArray[Any], classes: Sequence[str]) -> list[int]:
    """Choose the classes of a large matrix: the most confused ones, or all if the user wants."""
    if len(classes) <= confusion_matrix.CELLS_WRITTEN:
        return list(range(len(classes)))
    if url_state.switch("classes", T.many_classes, T.many_names) == "all":
        return list(range(len(classes)))
    st.caption(T.others_help.format(kept=MOST_CLASSES, rest=len(classes) - MOST_CLASSES))
    return confused_pairs.most_confused_classes(matrix, classes, MOST_CLASSES)


def draw_matrix(counts: NDArray[Any], classes: Sequence[str]) -> None:
    """Draw the matrix as counts or shares; a click on a cell chooses its pair."""
    cells = url_state.switch("cells", T.normalise, T.normalise_names)
    class_indices = choose_classes(counts, classes)
    names = clickable_matrix.names_of(class_indices, classes, T.others)
    folded = confused_pairs.fold_classes(counts, class_indices)
    figure = confusion_matrix.confusion(
        folded, names, normalised=cells != "counts", over="predicted" if cells == "predicted" else "true"
    )
    key = f"matrix_{url_state.digest([*names, cells])}"
    table = clickable_matrix.long_table(counts, classes)
    options = {"on_select": lambda: choose_cell(key, names), "selection_mode": "points"}
    downloads.figure(clickable_matrix.clickable(figure), "matrix", table, key=key, **options)
    st.caption(f"{T.matrix_caption.format(n=int(counts.sum()))} {T.matrix_hint}")


def choose_cell(key: str, names: Sequence[str]) -> None:
    """Write the pair of the clicked cell to the URL."""
    cell = clickable_matrix.clicked(st.session_state.get(key))
    if cell is not None:
        url_state.set_view(pair=_name((names[cell[0]], names[cell[1]])))
        scrolling.follow()
        st.session_state[_CLICKS] = st.session_state.get(_CLICKS, 0) + 1


def rank_pairs(run_id: str, stage: StageKey, split: str) -> pd.DataFrame:
    """Rank the confused pairs of a stage, worst first, with their rates at earlier stages."""
    position = table_frames.stage_rows(run_queries.stages(run_id), stage.round, stage.stage)["position"].iloc[0]
    trends = confused_pairs.pair_trends(run_queries.confusion_by_stage(run_id, split))
    pairs = confused_pairs.ranked_trends(trends, int(position))
    return pairs[pairs["count"] > 0].reset_index(drop=True)


def choose_pair(pairs: pd.DataFrame, classes: Sequence[str]) -> Pair | None:
    """Draw the confused pairs, worst first; return the pair selected here or in the matrix."""
    if pairs.empty:
        st.success(T.no_pairs, icon=":material/check:")
    else:
        st.caption(T.pairs_hint)
        _pair_table(pairs)
    return chosen_pair(classes)


def chosen_pair(classes: Sequence[str]) -> Pair | None:
    """Return the pair that the URL names, if these classes have it."""
    wanted, names = url_state.view("pair"), [*classes, T.others]
    if not wanted:
        return None
    pairs = ((true, predicted) for true in names for predicted in names)
    return next((pair for pair in pairs if _name(pair) == wanted), None)


def _pair_table(pairs: pd.DataFrame) -> None:
    names = list(table_frames.pair_names(pairs))
    wanted = url_state.view("pair")
    default: Any = {"selection": {"rows": [names.index(wanted)]}} if wanted in names else None
    key = f"pairs_{url_state.digest([*names, st.session_state.get(_CLICKS, 0)])}"
    st.dataframe(
        table_frames.in_percent(pairs, ("rate", "change")),
        key=key,
        hide_index=True,
        width="stretch",
        height=min(460, 40 + 36 * len(pairs)),
        on_select=lambda: _choose_row(key, names),
        selection_mode="single-row",
        selection_default=default,
        column_order=("true_class", "predicted_class", "count", "support", "rate", "trend"),
        column_config={
            "true_class": T.column_true,
            "predicted_class": T.column_predicted,
            "count": st.column_config.NumberColumn(T.column_count, width=60),
            "support": st.column_config.NumberColumn(T.column_support, width=50, help=T.support_help),
            "rate": st.column_config.NumberColumn(T.column_rate, format="%.1f %%", width=60),
            "trend": st.column_config.LineChartColumn(T.column_trend, y_min=0, width=70),
        },
    )
    downloads.download(pairs, "pairs")


def _choose_row(key: str, names: Sequence[str]) -> None:
    rows = st.session_state[key]["selection"]["rows"]
    url_state.set_view(pair=names[rows[0]] if rows else None)


def draw_trends(run_id: str, split: str) -> None:
    """Draw the worst pairs over all stages of a run as lines, and all pairs as a table."""
    trends = confused_pairs.pair_trends(run_queries.confusion_by_stage(run_id, split))
    if trends.empty:
        st.info(T.no_trends, icon=":material/check:")
        return
    ended = run_queries.stages(run_id)
    last = confused_pairs.ranked_trends(trends, int(trends["position"].max()))
    worst = last.head(8)[["true_class", "predicted_class"]]
    lines = worst.merge(trends)
    drill_down.figure(sample_flows.pair_trends(lines, ended), "pair_trends", trends, drill_down.setter("trend"))
    n = int(run_queries.confusion(run_id, int(ended.iloc[-1]["round"]), str(ended.iloc[-1]["stage"]), split)["n"].sum())
    st.caption(f"{T.trends_caption.format(n=n)} {T.trend_hint}")
    _trend_samples(run_id, split, lines, ended)
    st.dataframe(
        table_frames.in_percent(last, ("rate", "change")),
        key="trend_table",
        hide_index=True,
        width="stretch",
        placeholder="–",
        column_config={
            "true_class": T.column_true,
            "predicted_class": T.column_predicted,
            "count": st.column_config.NumberColumn(T.column_count, width="small"),
            "support": st.column_config.NumberColumn(T.column_support, width="small", help=T.support_help),
            "rate": st.column_config.NumberColumn(T.column_rate, format="%.1f %%", width="small"),
            "trend": st.column_config.LineChartColumn(T.column_trend, y_min=0),
            "change": st.column_config.NumberColumn(T.column_change, format="%+.1f", help=T.change_help, width="small"),
        },
    )


def _trend_samples(run_id: str, split: str, lines: pd.DataFrame, ended: pd.DataFrame) -> None:
    """Draw the samples of one pair at one stage, chosen by a click on its point or in the box."""
    stages = {int(row.position): StageKey(int(row.round), str(row.stage)) for row in ended.itertuples()}
    points = {
        f"{row['position']}|{_name((row['true_class'], row['predicted_class']))}": row
        for row in lines.to_dict("records")
        if row["count"]
    }
    options = {
        point_id: T.trend_point.format(
            pair=point_id.partition("|")[2], stage=stages[row["position"]].label, n=row["count"]
        )
        for point_id, row in points.items()
    }  # fmt: skip
    chosen = drill_down.choose("trend", options)
    if chosen:
        point = points[chosen]
        draw_pair_samples(run_id, stages[point["position"]], split, (point["true_class"], point["predicted_class"]))


def draw_pair_samples(run_id: str, stage: StageKey, split: str, pair: Pair) -> None:
    """Draw the samples of one class that were predicted as another.

    Either may be all the classes that the matrix folds into one row.
    """
    run = run_queries.run(run_id)
    classes = list(run["classes"])
    true, predicted = ([name] if name in classes else _folded(run_id, stage, split, classes) for name in pair)
    chosen = table_frames.samples_of_pairs(
        run_queries.predictions(run_id, stage.round, stage.stage, split), true, predicted
    )
    words = T.behind_cell if pair[0] == pair[1] or T.others in pair else T.behind_pair
    st.subheader(words.format(true=plain(pair[0]), predicted=plain(pair[1]), n=len(chosen)))
    gallery.warn_if_gone(run["dataset_id"])
    mixed = T.others in pair

    def lines(row: Any) -> tuple[str, ...]:
        classes_of_both = (f"{called(row.label)} → {called(row.predicted)}",) if mixed else ()
        return (*classes_of_both, T.card_prob.format(prob=number(row.prob)))

    cards = gallery.cards_of_run(run, chosen, lines)
    gallery.draw(cards, f"pair_{url_state.digest([run_id, stage.label, split, *pair])}")


def _folded(run_id: str, stage: StageKey, split: str, classes: Sequence[str]) -> list[str]:
    counts = confusion.from_counts(run_queries.confusion(run_id, stage.round, stage.stage, split), classes)
    return clickable_matrix.members(
        MOST_CLASSES, confused_pairs.most_confused_classes(counts, classes, MOST_CLASSES), classes
    )


def _name(pair: Pair) -> str:
    return f"{pair[0]} → {pair[1]}"


def explain_incomparable(run_id: str, stage: StageKey, other: str, other_stage: StageKey, split: str) -> str | None:
    """Return the reason why two stages cannot be compared, as a sentence; None if they can."""
    if (run_id, stage) == (other, other_stage):
        return T.difference_same
    ours, theirs = run_queries.run(run_id), run_queries.run(other)
    sentence = refusal(theirs, ours, language())
    if sentence is not None:
        return plain(sentence)
    counts = [
        run_queries.confusion(of_run, key.round, key.stage, split)["n"].sum()
        for of_run, key in ((other, other_stage), (run_id, stage))
    ]
    return T.no_predictions.format(split=split) if 0 in counts else None
