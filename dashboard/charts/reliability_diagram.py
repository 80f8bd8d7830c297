"""Draw reliability diagrams; pure."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts import theme
from dashboard.charts.theme import apply_layout, empty_figure, safe
from dashboard.text import F, percent


def reliability(bins: Sequence[tuple[str, pd.DataFrame]], title: str = "") -> go.Figure:
    """Draw observed frequency against predicted probability, one line per run.

    The diagonal is perfect calibration.

    Args:
        bins: run names, and frames of `analysis.calibration.reliability`; empty bins are not drawn. Ids of points:
            `run number|bin`, both from 0.
    """
    if not sum(int(frame["n"].sum()) for _, frame in bins):
        return empty_figure(F.no_answers, title)
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", name=F.perfect, line={"color": theme.GREY, "dash": "dot"}, hoverinfo="skip"
    )
    for number, (name, frame) in enumerate(bins):
        rows = frame[frame["n"] > 0]
        colour, dash = theme.run_style(number)
        figure.add_scatter(
            x=rows["confidence"], y=rows["frequency"], name=safe(name), mode="lines+markers",
            ids=[theme.point_id(number, bin_index) for bin_index in rows.index],
            line={"color": colour, "dash": dash}, marker={"size": 8},
            error_y={"type": "data", "symmetric": False, "array": rows["high_95"] - rows["frequency"],
                     "arrayminus": rows["frequency"] - rows["low_95"], "color": colour, "thickness": 1},
            customdata=[
                F.bin.format(n=row.n, confidence=percent(row.confidence), frequency=percent(row.frequency),
                             low=percent(row.low_95), high=percent(row.high_95))
                for row in rows.itertuples()
            ],
            hovertemplate="%{customdata}<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    return apply_layout(
        figure, 380, title, showlegend=True, xaxis=theme.axis(F.sure, range=[0, 1.02], tickformat=".0%"),
        yaxis=theme.axis(F.came_true, range=[0, 1.05], tickformat=".0%"),
    )  # fmt: skip
