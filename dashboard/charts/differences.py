"""Draw differences between two runs: by class, in wins and losses, by threshold; pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.comparison_verdicts import Verdict
from dashboard.charts import theme
from dashboard.charts.theme import TICK_LENGTH, apply_layout, empty_figure, safe
from dashboard.text import F, T, name_of

_VERDICT_COLOURS = {Verdict.BETTER: theme.RUN_COLOURS[1], Verdict.WORSE: theme.RUN_COLOURS[0]}
_FEW = 5  # samples below which an axis would put ticks between two whole numbers


def class_comparison(
    rows: pd.DataFrame, name_a: str, name_b: str, metric_label: str = "", title: str = ""
) -> go.Figure:
    """Draw one score of every class in both runs, and the difference b - a with its interval.

    Args:
        rows: of `assign_verdicts`, those of one metric. The simultaneous interval is drawn unless it is NaN. A NaN
            value is not drawn. A difference has the colour of the run that its verdict calls better.
        metric_label: the left x axis.
    Returns:
        Traces a, b (left) and the difference in percentage points (right); the first class at the top. Ids of bars
        and points: `a|class`, `b|class`, `gap|class`.
    Raises:
        ValueError: `rows` hold more than one metric.
    """
    if rows.empty:
        return empty_figure(F.no_classes, title)
    if rows["metric"].nunique() > 1:
        raise ValueError(f"rows hold the metrics {', '.join(rows['metric'].unique())}; give those of one metric.")
    positions = np.arange(len(rows))
    support = [F.support.format(n=row.n, n_groups=row.n_groups) for row in rows.itertuples()]
    figure = go.Figure()
    for number, (run, name) in enumerate((("a", name_a), ("b", name_b))):
        figure.add_bar(
            x=rows[run], y=positions, orientation="h", name=safe(name), customdata=support, offsetgroup=run,
            ids=[theme.point_id(run, class_name) for class_name in rows["class_name"]],
            marker={"color": theme.RUN_COLOURS[number]}, hovertemplate="%{x:.1%}<br>%{customdata}",
        )  # fmt: skip
    drawn = ("difference", "simultaneous_low", "simultaneous_high")
    change, low, high = (100 * rows[column].to_numpy(np.float64) for column in drawn)
    figure.add_scatter(
        x=change, y=positions, mode="markers", showlegend=False, xaxis="x2", name="",
        ids=[theme.point_id("gap", class_name) for class_name in rows["class_name"]],
        error_x={"type": "data", "symmetric": False, "array": high - change, "arrayminus": change - low,
                 "color": theme.GREY},
        marker={"color": [_VERDICT_COLOURS.get(verdict, theme.GREY) for verdict in rows["verdict"]], "size": 9},
        customdata=[_interval(*numbers) for numbers in zip(change, low, high, support, strict=True)],
        hovertemplate="%{customdata}<extra></extra>",
    )  # fmt: skip
    ticks = [safe(name, TICK_LENGTH) for name in rows["class_name"]]
    return apply_layout(
        figure, 150 + 44 * len(rows), title, showlegend=True, barmode="group",
        xaxis=theme.axis(
            safe(metric_label or rows["metric"].iloc[0]), domain=[0, 0.53], range=[0, 1], tickformat=".0%"
        ),
        xaxis2=theme.axis(
            F.lead.format(b=safe(name_b, TICK_LENGTH)), domain=[0.57, 1], rangemode="tozero", zeroline=True,
            zerolinecolor=theme.GREY, anchor="y",
        ),
        yaxis=theme.axis(tickmode="array", tickvals=positions, ticktext=ticks, range=[len(rows) - 0.5, -0.5]),
    )  # fmt: skip


def gained_lost(sides: Sequence[tuple[str, pd.DataFrame]], title: str = "") -> go.Figure:
    """Draw the samples gained (right) and lost (left) of each class, one bar per run.

    Args:
        sides: run names, and frames of `analysis.trajectories.gained_and_lost` with the same classes. Ids of bars:
            `name|gained|class`, `name|lost|class`.
    """
    if not sides or sides[0][1].empty:
        return empty_figure(F.no_classes, title)
    figure = go.Figure()
    first = sides[0][1]
    positions = np.arange(len(first))
    for number, (name, rows) in enumerate(sides):
        colour, _ = theme.run_style(number)
        for column, sign in (("gained", 1), ("lost", -1)):
            figure.add_bar(
                x=sign * rows[column], y=positions, orientation="h", name=safe(name), offsetgroup=str(number),
                legendgroup=str(number), showlegend=sign > 0, text=[str(n) if n else "" for n in rows[column]],
                textangle=0, ids=[theme.point_id(name, column, class_name) for class_name in rows["class_name"]],
                marker={"color": colour, "opacity": 1.0 if sign > 0 else 0.55},
                customdata=[f"{getattr(F, column)} {n} / {n_class}"
                            for n, n_class in zip(rows[column], rows["n"], strict=True)],
                hovertemplate="%{customdata}<extra>%{fullData.name}</extra>",
            )  # fmt: skip
    ticks = [f"{safe(row.class_name, 24)} ({row.n})" for row in first.itertuples()]
    most = max(int(rows[["gained", "lost"]].to_numpy().max()) for _, rows in sides)
    whole = {"dtick": 1, "range": [-most - 1, most + 1]} if most < _FEW else {}  # no ticks between whole samples
    return apply_layout(
        figure, 150 + 40 * len(first), title, showlegend=True, barmode="group",
        shapes=[theme.vertical_line(0, color=theme.GREY, width=1)],
        xaxis=theme.axis(F.samples_gained, tickformat="d", **whole),
        yaxis=theme.axis(tickmode="array", tickvals=positions, ticktext=ticks, range=[len(first) - 0.5, -0.5]),
    )  # fmt: skip


def threshold_effect(curve: pd.DataFrame, tuned: float, moved: float, title: str = "") -> go.Figure:
    """Draw precision, recall and F1 of one class over its threshold.

    Vertical lines mark the tuned threshold and the moved one.

    Args:
        curve: threshold, precision, recall, f1 (NaN = undefined: a gap). Its points are invisible but can be clicked;
            their ids: `precision|threshold`, ...
    """
    if curve.empty:
        return empty_figure(F.no_answers, title)
    figure = go.Figure()
    for number, name in enumerate(("precision", "recall", "f1")):
        colour, dash = theme.run_style(number)
        figure.add_scatter(
            x=curve["threshold"], y=curve[name], mode="lines+markers", name=name_of(T.score_names, name),
            line={"color": colour, "dash": dash}, marker={"size": 9, "opacity": 0},
            unselected={"marker": {"opacity": 0}},
            ids=[theme.point_id(name, f"{value:.3f}") for value in curve["threshold"]],
            hovertemplate="%{y:.1%} (%{x:.3f})",
        )  # fmt: skip
    lines = [
        theme.vertical_line(tuned, color=theme.GREY, dash="dot"),
        theme.vertical_line(moved, color=theme.VERMILION, width=2),
    ]
    return apply_layout(
        figure, 300, title, showlegend=True, shapes=lines, xaxis=theme.axis(F.threshold, range=[0, 1]),
        yaxis=theme.axis(F.score, range=[0, 1.02], tickformat=".0%"),
    )  # fmt: skip


def _interval(change: float, low: float, high: float, support: str) -> str:
    difference = f"{change:+.1f} {F.points}"
    if not np.isnan(low):
        difference = f"{difference}, {F.interval.format(level=95, low=low, high=high)}"
    return f"{difference}<br>{support}"
