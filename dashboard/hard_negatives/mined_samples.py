"""Draw the Hard negatives page: its figures, filters and cards, or why nothing was mined."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import streamlit as st

from analysis import trajectories
from dashboard.charts import sample_flows
from dashboard.hard_negatives import outcome_flow
from dashboard.reads import run_queries, table_frames
from dashboard.text import T, called, name_of, number, plain
from dashboard.widgets import downloads, drill_down, gallery, url_state
from dashboard.widgets.gallery import Card


def explain_none_mined(run: dict[str, Any], mined: pd.DataFrame) -> str | None:
    """Return the reason why a run has no mined samples, as a sentence; None if it has some."""
    if not mined.empty:
        return None
    if run["objective"] == "sigmoid":
        return T.multi_mines_nothing
    if run["control"]:
        return T.control_mines_nothing
    if int(run["rounds"]) == 0:
        return T.plain_mines_nothing
    if run.get("imported"):
        return T.mined_imported
    return T.nothing_mined_yet if run["status"] == "running" else T.mined_nothing_ended


def choose_round(run_id: str, mined: pd.DataFrame, place: url_state.Place = None) -> int | None:
    """Choose a round that mined something; None, with a sentence, where the URL names another."""
    rounds = [str(round_) for round_ in sorted(mined["round"].unique())]
    chosen = url_state.choose_known(
        "round", T.round, rounds, lambda value: T.round_gone.format(run=plain(run_id), round=plain(value)),
        place=place, depends=True,
    )  # fmt: skip
    return None if chosen is None else int(chosen)


def draw_overview(run: dict[str, Any], mined: pd.DataFrame, history: pd.DataFrame, round_: int) -> None:
    """Draw the mined pool by round, and the outcomes of its samples or of all test samples."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.subheader(T.pool_title)
        pool = trajectories.pool_sizes(mined)
        bars = {f"{row.round}|{row.reason}": (str(row.round), str(row.reason)) for row in pool.itertuples()}
        drill_down.figure(sample_flows.mined_pool(pool), "pool", pool, lambda bar: _choose_bar(*bars[bar]))
        st.caption(T.pool_hint)
    with right:
        st.subheader(T.flow_title)
        source = url_state.switch("flow_of", T.flow_of, T.flow_of_names)
        flowing = run_queries.decisions(str(run["run_id"]), "test") if source == "test" else history
        outcome_flow.draw(run, flowing)
        words = T.flow_test_caption if source == "test" else T.flow_caption
        st.caption(words.format(n=flowing["sample_id"].nunique(), round=round_))


def _choose_bar(round_: str, reason: str) -> None:
    url_state.set_view(round=round_, reason=reason)


def draw_pair_counts(of_round: pd.DataFrame) -> None:
    """Draw how many samples of each pair were mined, by reason."""
    table = table_frames.pairs_by_reason(of_round)
    key = f"by_pair_{url_state.digest(table.to_numpy().ravel())}"
    with st.expander(T.by_pair):
        st.caption(T.pair_hint)
        reasons = [name for name in table.columns if name not in ("pair", "total")]
        st.dataframe(
            table,
            key=key,
            hide_index=True,
            width="stretch",
            on_select=lambda: _choose_pair(key, list(table["pair"])),
            selection_mode="single-row",
            column_config={
                "pair": T.column_rival_pair,
                "total": st.column_config.ProgressColumn(
                    T.column_total, format="%d", min_value=0, max_value=int(table["total"].max())
                ),
                **{name: _reason(name) for name in reasons},
            },
        )
        downloads.download(table, "by_pair")


def _choose_pair(key: str, names: list[str]) -> None:
    rows = st.session_state[key]["selection"]["rows"]
    url_state.set_view(mined_pair=names[rows[0]] if rows else "")


def draw_suspects(run: dict[str, Any], round_: int) -> None:
    """Draw the samples excluded because their label is suspect; nothing if there are none."""
    rows = run_queries.suspects(str(run["run_id"]))
    rows = rows[rows["round"] == round_]
    if rows.empty:
        return
    st.subheader(T.suspect_labels.format(n=len(rows)))
    st.caption(T.suspect_caption)
    cards = gallery.cards_of_run(run, rows, _suspect_lines)
    gallery.draw(cards, f"suspects_{url_state.digest([run['run_id'], round_])}", arrows=False)


def _suspect_lines(row: Any) -> tuple[str, ...]:
    return (
        T.card_suspect.format(
            given=called(row.given_class), suggested=called(row.suggested_class), prob=number(row.self_confidence)
        ),
    )


def choose_samples(of_round: pd.DataFrame) -> pd.DataFrame:
    """Choose mined samples by pair and reason, and their order."""
    place = st.columns([3, 2, 2])
    pairs = ["", *table_frames.rival_pairs(of_round).value_counts().index]
    reasons = ["", *sorted(of_round["reason"].unique())]
    pair = url_state.choose("mined_pair", T.pair, pairs, show=lambda name: name or T.all_pairs, place=place[0])
    reason = url_state.choose("reason", T.reason, reasons, show=_reason, place=place[1])
    keys = [key for key, _ in T.order_names]
    order = url_state.choose("order", T.order, keys, show=lambda key: name_of(T.order_names, key), place=place[2])
    return table_frames.mined_selection(of_round, pair, reason, order)


def build_cards(run: dict[str, Any], chosen: pd.DataFrame, history: pd.DataFrame) -> list[Card]:
    """Return one card per mined sample with its predictions at every stage."""
    history_rows = history.groupby("sample_id").indices
    rows = chosen.assign(decision=table_frames.decision_names(chosen["predicted"]))
    return gallery.cards_of_run(run, rows, lambda row: _lines(row, history, history_rows.get(row.sample_id)))


def _lines(row: Any, history: pd.DataFrame, indices: Any) -> tuple[str, ...]:
    own_history = None if indices is None else history.iloc[indices]
    return (
        T.card_rival.format(true=called(row.true_class), rival=called(row.rival_class), predicted=called(row.decision)),
        T.card_mined.format(
            reason=plain(_reason(row.reason)),
            prob=number(row.prob),
            margin=number(row.margin),
        ),
        outcome_flow.describe_history(own_history),
    )


def mines_out_of_fold(run: dict[str, Any]) -> bool:
    """Return whether reasons and margins come from models not trained on the sample."""
    miner = json.loads(run["recipe"] or "{}").get("miner") or {}
    return miner.get("predictions") == "out_of_fold"


def draw_gallery(run: dict[str, Any], chosen: pd.DataFrame, history: pd.DataFrame, total: int, key: str) -> None:
    """Draw the gallery of mined samples with their number above it."""
    st.caption(T.mined_count.format(shown=len(chosen), total=total))
    st.caption(T.unseen_caption if mines_out_of_fold(run) else T.rival_caption)
    gallery.warn_if_gone(run["dataset_id"])
    gallery.draw(build_cards(run, chosen, history), f"mined_{url_state.digest([key, *chosen['sample_id']])}")


def _reason(reason: str) -> str:
    return name_of(T.reason_names, reason) if reason else T.all_reasons
