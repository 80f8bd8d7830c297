"""Matrices that answer a click: a heat map with a mark on every cell, since a heat map itself tells Streamlit nothing.

Frames and arrays in, plotly figures out; pure. See dashboard.figures for the heat maps.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from analysis.confused_pairs import folded_positions
from analysis.confusion_change import ConfusionChange
from dashboard.charts import confusion_matrix, text_contrast, theme
from dashboard.charts.theme import empty_figure, safe
from dashboard.text import F

TALLEST = 620  # a column at 1280 px is not wider; cells are square, more height would stay empty
FRAME = "#111111"  # the cells below it are light in both themes
_ROOMY, _SMALL = 9, 9  # with more classes than this, two lines in a cell need letters of this size
CELLS = "cells"  # the trace whose marks are clicked


def clickable(figure: go.Figure) -> go.Figure:
    """Lay an unseen mark on every cell of a heat map; it carries the cell's hover text and can be selected."""
    if not figure.data:
        return figure
    heat = figure.data[0]
    figure.update_layout(height=min(figure.layout.height, TALLEST))
    down, across = np.indices((len(heat.y), len(heat.x)))
    _write(figure)
    figure.update_traces(hoverinfo="skip", hovertemplate=None, texttemplate=None, selector={"type": "heatmap"})
    figure.add_scatter(
        x=across.ravel(), y=down.ravel(), mode="markers", name=CELLS, showlegend=False,
        marker={"symbol": "square", "size": _mark_size(figure, len(heat.x)), "color": "rgba(0,0,0,0)",
                "line": {"width": 0}},
        selected={"marker": {"color": "rgba(255,255,255,0.25)"}}, unselected={"marker": {"opacity": 1}},
        customdata=[text for row in heat.customdata for text in row], hovertemplate="%{customdata}<extra></extra>",
    )  # fmt: skip
    return figure.update_layout(clickmode="event+select", dragmode=False, hovermode="closest")


def _write(figure: go.Figure) -> None:
    """Write the numbers of a heat map's cells in black or white, whichever is read better on the cell."""
    heat = figure.data[0]
    if heat.texttemplate is None or heat.text is None:
        return
    values = np.asarray(heat.z, dtype=np.float64)
    inks = text_contrast.text_colours(
        values.ravel(), heat.colorscale, heat.zmin, np.nanmax(values) if heat.zmax is None else heat.zmax
    )
    texts = [str(text) for row in heat.text for text in row]
    down, across = np.indices(values.shape).reshape(2, -1)
    small = {"size": _SMALL} if len(heat.x) > _ROOMY else {}
    written = [
        {"x": int(column), "y": int(row), "text": text, "showarrow": False, "font": {"color": colour} | small}
        for row, column, text, colour in zip(down, across, texts, inks, strict=True)
        if text
    ]
    figure.update_layout(annotations=[*figure.layout.annotations, *written])


def clicked(event: Any) -> tuple[int, int] | None:
    """The (row, column) of the cell that was clicked, from what `st.plotly_chart` returns; None without a click."""
    points = event["selection"]["points"] if event else []
    return (round(points[0]["y"]), round(points[0]["x"])) if points else None


def changed(change: ConfusionChange, classes: Sequence[str], title: str = "") -> go.Figure:
    """How the shares changed, in points; cells that moved beyond chance have a frame, intervals are in the hover text.

    Args:
        change: (C, C) of `analysis.confusion_change.confusion_change`.  classes: (C,) names.
    """
    figure = confusion_matrix.confusion_difference(change.points, classes, title)
    if not figure.data:
        return figure
    told = figure.data[0].customdata
    figure.data[0].customdata = [
        [_with_interval(told[i][j], change, i, j) for j in range(len(classes))] for i in range(len(classes))
    ]
    down, across = np.nonzero(change.moved)
    figure.layout.shapes = [
        {"type": "rect", "x0": column - 0.47, "x1": column + 0.47, "y0": row - 0.47, "y1": row + 0.47,
         "line": {"width": 3, "color": FRAME}}
        for row, column in zip(down.tolist(), across.tolist(), strict=True)
    ]  # fmt: skip
    return clickable(figure)


def cooccurrence(counts: ArrayLike, classes: Sequence[str], title: str = "") -> go.Figure:
    """Which classes are said beside which that are there: counts, row = there, column = said.

    Args:
        counts: (C, C) of `analysis.multilabel.cooccurrence`. The diagonal (rightly said) is left blank: it would
            outshine the mistakes; its counts are in the hover text.
    """
    grid = np.asarray(counts)
    if grid.sum() == 0:
        return empty_figure(F.no_samples, title)
    figure = confusion_matrix.confusion(grid, classes, normalised=False, title=title)
    wrong = np.where(np.eye(len(grid), dtype=bool), np.nan, grid)
    most = max(1, int(np.nanmax(wrong))) if len(grid) > 1 else 1
    told = [
        [f"{F.there}: {safe(classes[i])}<br>{F.said}: {safe(classes[j])}<br>{n}" for j, n in enumerate(row)]
        for i, row in enumerate(grid)
    ]
    figure.update_traces(z=wrong, zmax=most, customdata=told)
    figure.update_xaxes(title={"text": F.said})
    figure.update_yaxes(title={"text": F.there}, ticktext=[safe(name, theme.TICK_LENGTH) for name in classes])
    return clickable(figure)


def members(at: int, kept: Sequence[int], classes: Sequence[str]) -> list[str]:
    """The names behind row or column `at` of a folded matrix: one class, or all the others."""
    return [name for name, place in zip(classes, folded_positions(kept, len(classes)), strict=True) if place == at]


def names_of(kept: Sequence[int], classes: Sequence[str], others: str) -> list[str]:
    """The names of a folded matrix' rows."""
    return [classes[at] for at in kept] + ([others] if len(kept) < len(classes) else [])


def long(matrix: ArrayLike, classes: Sequence[str]) -> pd.DataFrame:
    """A matrix as a table for download: true_class, predicted_class, n."""
    counts = np.asarray(matrix)
    down, across = np.indices(counts.shape).reshape(2, -1)
    names = np.asarray(list(classes), dtype=object)
    return pd.DataFrame({"true_class": names[down], "predicted_class": names[across], "n": counts.ravel()})


def _with_interval(told: str, change: ConfusionChange, row: int, column: int) -> str:
    low, high = change.low[row, column], change.high[row, column]
    if np.isnan(low):
        return told
    counts = f"{change.before[row, column]} → {change.after[row, column]} / {change.before[row].sum()}"
    moved = f"<br>{F.moved}" if change.moved[row, column] else ""
    return f"{told}, 95 % {low:+.1f} … {high:+.1f}<br>{counts}{moved}"


def _mark_size(figure: go.Figure, n: int) -> int:
    return int(np.clip((figure.layout.height - 120) / max(n, 1) * 0.9, 8, 60))
