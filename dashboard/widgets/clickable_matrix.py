"""Make matrices clickable: a heat map with a marker on every cell.

Streamlit reports no clicks on a heat map itself. Frames and arrays in, plotly figures out; pure. For the heat
maps see `dashboard.charts.confusion_matrix`.
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

TALLEST = 620  # pixels: at 1280 px a column is not wider; cells are square, so more height would stay empty
FRAME = "#111111"  # the cells below it are light in both themes
_ROOMY, _SMALL = 9, 9  # with more classes than this, two lines in a cell need letters of this size
CELLS = "cells"  # the trace whose markers are clicked


def clickable(figure: go.Figure) -> go.Figure:
    """Lay an invisible marker with the cell's hover text on every cell; it can be selected."""
    if not figure.data:
        return figure
    heat = figure.data[0]
    figure.update_layout(height=min(figure.layout.height, TALLEST))
    down, across = np.indices((len(heat.y), len(heat.x)))
    _write(figure)
    figure.update_traces(hoverinfo="skip", hovertemplate=None, texttemplate=None, selector={"type": "heatmap"})
    figure.add_scatter(
        x=across.ravel(), y=down.ravel(), mode="markers", name=CELLS, showlegend=False,
        marker={"symbol": "square", "size": _marker_size(figure, len(heat.x)), "color": "rgba(0,0,0,0)",
                "line": {"width": 0}},
        selected={"marker": {"color": "rgba(255,255,255,0.25)"}}, unselected={"marker": {"opacity": 1}},
        customdata=[text for row in heat.customdata for text in row], hovertemplate="%{customdata}<extra></extra>",
    )  # fmt: skip
    return figure.update_layout(clickmode="event+select", dragmode=False, hovermode="closest")


def _write(figure: go.Figure) -> None:
    """Write the cells' numbers in black or white, whichever is easier to read on the cell."""
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
    """Return the (row, column) of the clicked cell; None without a click.

    `event` is what `st.plotly_chart` returns.
    """
    points = event["selection"]["points"] if event else []
    return (round(points[0]["y"]), round(points[0]["x"])) if points else None


def change_matrix(change: ConfusionChange, classes: Sequence[str], title: str = "") -> go.Figure:
    """Draw how the shares changed, in percentage points, with intervals in the hover text.

    Cells that moved beyond chance have a frame.

    Args:
        change: (C, C) of `analysis.confusion_change.confusion_change`.
        classes: (C,) names.
        title: of the figure.
    """
    figure = confusion_matrix.confusion_difference(change.points, classes, title)
    if not figure.data:
        return figure
    hover_texts = figure.data[0].customdata
    figure.data[0].customdata = [
        [_with_interval(hover_texts[i][j], change, i, j) for j in range(len(classes))] for i in range(len(classes))
    ]
    down, across = np.nonzero(change.moved)
    figure.layout.shapes = [
        {"type": "rect", "x0": column - 0.47, "x1": column + 0.47, "y0": row - 0.47, "y1": row + 0.47,
         "line": {"width": 3, "color": FRAME}}
        for row, column in zip(down.tolist(), across.tolist(), strict=True)
    ]  # fmt: skip
    return clickable(figure)


def cooccurrence(counts: ArrayLike, classes: Sequence[str], title: str = "") -> go.Figure:
    """Draw which classes are predicted for samples with which labels; counts.

    Rows are classes that are present, columns classes that are predicted. The diagonal (rightly predicted) is left
    blank, since its colour would dominate the mistakes; its counts are in the hover text.

    Args:
        counts: (C, C) of `analysis.multilabel.cooccurrence`.
        classes: (C,) names.
        title: of the figure.
    """
    grid = np.asarray(counts)
    if grid.sum() == 0:
        return empty_figure(F.no_samples, title)
    figure = confusion_matrix.confusion(grid, classes, normalised=False, title=title)
    wrong = np.where(np.eye(len(grid), dtype=bool), np.nan, grid)
    most = max(1, int(np.nanmax(wrong))) if len(grid) > 1 else 1
    hover_texts = [
        [f"{F.there}: {safe(classes[i])}<br>{F.predicted_class}: {safe(classes[j])}<br>{n}" for j, n in enumerate(row)]
        for i, row in enumerate(grid)
    ]
    figure.update_traces(z=wrong, zmax=most, customdata=hover_texts)
    figure.update_xaxes(title={"text": F.predicted_class})
    figure.update_yaxes(title={"text": F.there}, ticktext=[safe(name, theme.TICK_LENGTH) for name in classes])
    return clickable(figure)


def members(row: int, kept: Sequence[int], classes: Sequence[str]) -> list[str]:
    """Return the classes in a row (or column) of a folded matrix: one class, or all the others."""
    return [name for name, place in zip(classes, folded_positions(kept, len(classes)), strict=True) if place == row]


def names_of(kept: Sequence[int], classes: Sequence[str], others: str) -> list[str]:
    """Return the names of the rows of a folded matrix."""
    return [classes[index] for index in kept] + ([others] if len(kept) < len(classes) else [])


def long_table(matrix: ArrayLike, classes: Sequence[str]) -> pd.DataFrame:
    """Return a matrix as a table for download: true_class, predicted_class, n."""
    counts = np.asarray(matrix)
    down, across = np.indices(counts.shape).reshape(2, -1)
    names = np.asarray(list(classes), dtype=object)
    return pd.DataFrame({"true_class": names[down], "predicted_class": names[across], "n": counts.ravel()})


def _with_interval(hover_text: str, change: ConfusionChange, row: int, column: int) -> str:
    low, high = change.low[row, column], change.high[row, column]
    if np.isnan(low):
        return hover_text
    counts = f"{change.before[row, column]} → {change.after[row, column]} / {change.before[row].sum()}"
    moved = f"<br>{F.moved}" if change.moved[row, column] else ""
    return f"{hover_text}, {F.interval.format(level=95, low=low, high=high)}<br>{counts}{moved}"


def _marker_size(figure: go.Figure, n: int) -> int:
    return int(np.clip((figure.layout.height - 120) / max(n, 1) * 0.9, 8, 60))
