"""Parts of the hard-negatives page: why there may be none, the filters, the cards and the figures above them."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from analysis import trajectories
from dashboard import figures, gallery, pickers, queries, views
from dashboard.gallery import Card
from dashboard.text import T, name_of, number, plain, stage_short


def why_none(run: dict[str, Any], mined: pd.DataFrame) -> str | None:
    """Why a run has no mined samples, as a sentence; None when it has some."""
    if not mined.empty:
        return None
    if run["objective"] == "sigmoid":
        return T.multi_mines_nothing
    if run["control"]:
        return T.control_mines_nothing
    if int(run["rounds"]) == 0:
        return T.plain_mines_nothing
    return T.nothing_mined_yet if run["status"] == "running" else T.mined_nothing_ended


def choose_round(mined: pd.DataFrame, place: pickers.Place = None) -> int:
    """Choose a round that mined something."""
    rounds = [str(round_) for round_ in sorted(mined["round"].unique())]
    return int(pickers.choose("round", T.round, rounds, place=place))


def overview_figures(mined: pd.DataFrame, history: pd.DataFrame, round_: int) -> None:
    """The pool by round, and what became of this round's samples from stage to stage."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.subheader(T.pool_title)
        st.plotly_chart(figures.mined_pool(trajectories.pool_sizes(mined)), key="pool", config=figures.CONFIG)
    with right:
        st.subheader(T.flow_title)
        flow = trajectories.flow_counts(trajectories.transitions(history))
        if flow.empty:
            st.info(T.flow_waiting, icon=":material/hourglass_top:")
            return
        st.plotly_chart(figures.sample_flow(flow), key="flow", config=figures.CONFIG)
        st.caption(T.flow_caption.format(n=history["sample_id"].nunique(), round=round_))


def choose_samples(of_round: pd.DataFrame) -> pd.DataFrame:
    """Filter by pair and reason, and sort."""
    place = st.columns([3, 2, 2])
    pairs = ["", *views.pair_names(of_round).value_counts().index]
    reasons = ["", *sorted(of_round["reason"].unique())]
    pair = pickers.choose("mined_pair", T.pair, pairs, show=lambda name: name or T.all_pairs, place=place[0])
    reason = pickers.choose("reason", T.reason, reasons, show=_reason, place=place[1])
    keys = [key for key, _ in T.order_names]
    order = pickers.choose("order", T.order, keys, show=lambda key: name_of(T.order_names, key), place=place[2])
    return views.mined_selection(of_round, pair, reason, order)


def cards(run: dict[str, Any], chosen: pd.DataFrame, history: pd.DataFrame) -> list[Card]:
    """One card a mined sample, with what every stage said of it."""
    folder = queries.dataset_folder(run["dataset_id"])
    said = {sample_id: rows for sample_id, rows in history.groupby("sample_id")}
    return [
        Card(
            row.sample_id,
            folder / row.path,
            (
                f"**{plain(row.true_class)} → {plain(row.predicted_class)}**",
                T.card_mined.format(
                    reason=plain(_reason(row.reason)),
                    prob=number(_prob_when_mined(said.get(row.sample_id), row.round)),
                    margin=number(row.margin),
                ),
                _trail(said.get(row.sample_id), str(row.label)),
            ),
            str(run["run_id"]),
        )
        for row in chosen.itertuples()
    ]


def shown(run: dict[str, Any], chosen: pd.DataFrame, history: pd.DataFrame, total: int, key: str) -> None:
    """The gallery, with its count above."""
    st.caption(T.mined_count.format(shown=len(chosen), total=total))
    gallery.warn_if_gone(run["dataset_id"])
    gallery.draw(cards(run, chosen, history), f"mined_{pickers.digest([key, *chosen['sample_id']])}")


def _reason(reason: str) -> str:
    return name_of(T.reason_names, reason) if reason else T.all_reasons


def _prob_when_mined(said: pd.DataFrame | None, round_: int) -> float | None:
    """The probability that the mining stage (the last one before the round) gave to its answer."""
    if said is None:
        return None
    before = said[said["round"] < round_].sort_values("position")
    return None if before.empty else float(before["prob_predicted"].iloc[-1])


def _trail(said: pd.DataFrame | None, label: str) -> str:
    """`full ✗ afi · 1 hard ✓ · ...`: every stage's answer, in order."""
    if said is None:
        return "–"
    return " · ".join(
        f"{stage_short(int(row.round), str(row.stage)).replace(' ', '&nbsp;')}&nbsp;"
        + (":green[✓]" if row.correct else f":red[✗&nbsp;{plain(row.predicted)}]")
        for row in said.sort_values("position").itertuples()
    )
