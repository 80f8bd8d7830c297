"""Draw how fast classes are learned and which cues tell them apart; pure functions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.charts import theme
from dashboard.charts.theme import apply_layout, empty_figure, safe
from dashboard.text import F, T, name_of, number, percent

_SPREAD = 0.6  # of a class's row: how far apart its cues are drawn
_FEWEST_EPOCHS_TO_SKIP = 15  # more epochs than this, and not each has a tick


def learned_curves(curves: pd.DataFrame, stage_ends: Sequence[int]) -> go.Figure:
    """Draw the share of each class that is learned by each epoch; one line per class.

    Args:
        curves: class_name, epoch, share, n; of `analysis.class_difficulty.learned_curves`.
        stage_ends: epochs of the run after which a stage ended.
    """
    if curves.empty:
        return empty_figure(F.no_learning)
    figure = go.Figure()
    for place, (name, rows) in enumerate(curves.groupby("class_name", sort=False)):
        colour, dash = theme.run_style(place)
        told = [F.learned_of.format(share=percent(row.share), n=row.n) for row in rows.itertuples()]
        figure.add_scatter(
            x=rows["epoch"], y=rows["share"], name=safe(name, theme.TICK_LENGTH), mode="lines+markers",
            line={"color": colour, "dash": dash, "width": 2}, marker={"size": 5}, customdata=told,
            hovertemplate=f"%{{customdata}}<extra>{safe(name)}</extra>",
        )  # fmt: skip
    lines = [theme.vertical_line(end + 0.5, color=theme.GREY, width=1, dash="dot") for end in stage_ends]
    step = int(curves["epoch"].max()) // _FEWEST_EPOCHS_TO_SKIP + 1
    return apply_layout(
        figure, 380, showlegend=True, hovermode="x unified", shapes=lines,
        xaxis=theme.axis(F.epoch, tick0=0, dtick=step),
        yaxis=theme.axis(F.share_learned, tickformat=".0%", range=[-0.02, 1.02]),
    )  # fmt: skip


def cue_intervals(evidence: pd.DataFrame, factors: Sequence[str]) -> go.Figure:
    """Draw the AUC of each cue for each class, with intervals; the first class at the top.

    Args:
        evidence: class_name, factor, auc, together_low, together_high; of `analysis.cue_evidence.judge_factors`. A row
            without AUC is not drawn.
        factors: the cues to draw, in the order of the legend.
    """
    known = evidence[evidence["factor"].isin(list(factors)) & evidence["auc"].notna()]
    if known.empty:
        return empty_figure(F.no_cues)
    figure = go.Figure()
    names = list(dict.fromkeys(evidence["class_name"]))
    offsets = np.linspace(-_SPREAD / 2, _SPREAD / 2, len(factors)) if len(factors) > 1 else np.zeros(1)
    for place, (factor, offset) in enumerate(zip(factors, offsets, strict=True)):
        rows = known[known["factor"] == factor]
        if rows.empty:
            continue
        colour, _ = theme.run_style(place)
        called = safe(name_of(T.cue_names, factor))
        told = [
            f"{safe(row.class_name)}<br>"
            + F.factor.format(
                factor=called, auc=number(row.auc), low=number(row.together_low), high=number(row.together_high)
            )
            for row in rows.itertuples()
        ]
        figure.add_scatter(
            x=rows["auc"], y=[names.index(name) + offset for name in rows["class_name"]], mode="markers", name=called,
            marker={"color": colour, "size": 8, "symbol": np.where(rows["apart"], "circle", "circle-open")},
            error_x={
                "type": "data", "symmetric": False, "array": rows["together_high"] - rows["auc"],
                "arrayminus": rows["auc"] - rows["together_low"], "color": colour, "thickness": 1.5, "width": 3,
            },
            customdata=told, hovertemplate="%{customdata}<extra></extra>",
        )  # fmt: skip
    ticks = [safe(name, theme.TICK_LENGTH) for name in names]
    return apply_layout(
        figure, 130 + 52 * len(names), showlegend=True,
        shapes=[theme.vertical_line(0.5, color=theme.GREY, width=1, dash="dash")],
        xaxis=theme.axis(F.auc, range=[0, 1.02]),
        yaxis=theme.axis(tickmode="array", tickvals=list(range(len(names))), ticktext=ticks,
                         range=[len(names) - 0.5, -0.5]),
    )  # fmt: skip
