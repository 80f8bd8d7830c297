"""Draw confusion matrices and their difference; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

from analysis.confusion import normalise
from dashboard.charts import theme
from dashboard.charts.theme import TICK_LENGTH, apply_layout, empty_figure, safe
from dashboard.text import F, percent

CELLS_WRITTEN = 16  # more classes than this, and numbers in cells no longer fit


def confusion(
    matrix: ArrayLike,
    classes: Sequence[str],
    normalised: bool = True,
    title: str = "",
    over: Literal["true", "predicted"] = "true",
) -> go.Figure:
    """Draw a confusion matrix as a heat map, the first class at the top left.

    Rows are true classes, columns are predicted classes.

    Args:
        matrix: (C, C) counts, row = true class.  classes: (C,) names.
        normalised: colour by the share of a class (a class without samples stays blank), else by count. Cells show
            counts either way while the numbers fit; the hover text always does.
        over: the class that shares refer to: "true" (rows sum to 1) or "predicted" (columns sum to 1).
    """
    counts = np.asarray(matrix)
    if counts.sum() == 0:
        return empty_figure(F.no_samples, title)
    shares = normalise(counts, over)
    support = counts.sum(axis=1)
    whole = np.broadcast_to(support[:, None] if over == "true" else counts.sum(axis=0), counts.shape)
    texts = [
        [_cell(int(n), share, normalised) for n, share in zip(row, row_shares, strict=True)]
        for row, row_shares in zip(counts, shares, strict=True)
    ]
    hover = [
        [f"{_pair(classes, i, j)}<br>{n} / {whole[i, j]} ({percent(shares[i, j])})" for j, n in enumerate(row)]
        for i, row in enumerate(counts)
    ]
    figure = _heatmap(shares if normalised else counts, texts, hover, classes, support)
    figure.update_traces(colorscale=theme.SEQUENTIAL, zmin=0, zmax=1 if normalised else int(counts.max()))
    figure.update_traces(colorbar={"title": {"text": F.share if normalised else F.count}, "thickness": 12})
    figure.update_traces(colorbar_tickformat=".0%" if normalised else "d")
    return apply_layout(figure, _matrix_height(len(classes)), title)


def confusion_difference(change: ArrayLike, classes: Sequence[str], title: str = "") -> go.Figure:
    """Draw the change of the shares in percentage points: one colour for less, one for more.

    Args:
        change: (C, C) float in [-100, 100] of `analysis.confusion.difference`; NaN stays blank.  classes: (C,) names.
    """
    points = np.asarray(change, dtype=np.float64)
    defined = points[~np.isnan(points)]
    if not defined.size:
        return empty_figure(F.no_samples, title)
    texts = [[_points(value) for value in row] for row in points]
    hover = [
        [f"{_pair(classes, i, j)}<br>{text} {F.points}" for j, text in enumerate(row)] for i, row in enumerate(texts)
    ]
    most = max(1.0, float(np.abs(defined).max()))
    figure = _heatmap(points, texts, hover, classes)
    figure.update_traces(colorscale=theme.DIVERGING, zmin=-most, zmax=most, zmid=0)
    figure.update_traces(colorbar={"title": {"text": F.points}, "thickness": 12})
    return apply_layout(figure, _matrix_height(len(classes)), title)


def _heatmap(
    values: NDArray[np.generic],
    texts: list[list[str]],
    hover: list[list[str]],
    classes: Sequence[str],
    support: NDArray[np.int64] | None = None,
) -> go.Figure:
    positions = np.arange(len(classes))
    written = len(classes) <= CELLS_WRITTEN
    figure = go.Figure(
        go.Heatmap(
            x=positions, y=positions, z=values, xgap=1, ygap=1, hoverongaps=False,
            showscale=not written, text=texts if written else None, texttemplate="%{text}" if written else None,
            customdata=hover, hovertemplate="%{customdata}<extra></extra>",
        )
    )  # fmt: skip
    across = [safe(name, TICK_LENGTH) for name in classes]
    down = across if support is None else [f"{name} ({n})" for name, n in zip(across, support, strict=True)]
    ends = len(classes) - 0.5
    ticks = {"tickmode": "array", "tickvals": positions, "showgrid": False, "constrain": "domain"}
    turned = theme.tick_angle(across)
    figure.update_xaxes(
        title={"text": F.predicted_class}, ticktext=across, range=[-0.5, ends], tickangle=turned, **ticks
    )
    figure.update_yaxes(
        title={"text": F.true_class}, ticktext=down, range=[ends, -0.5], scaleanchor="x", constraintoward="top", **ticks
    )
    return figure


def _matrix_height(n_classes: int) -> int:
    return int(np.clip(170 + 56 * n_classes, 380, 900))


def _pair(classes: Sequence[str], true: int, predicted: int) -> str:
    return F.cell.format(true=f"<b>{safe(classes[true])}</b>", predicted=f"<b>{safe(classes[predicted])}</b>")


def _cell(n: int, share: float, normalised: bool) -> str:
    if normalised and np.isnan(share):
        return "–"
    return f"{percent(share, 0)}<br>{n}" if normalised and n else str(n)


def _points(value: float) -> str:
    if np.isnan(value):
        return "–"
    return "0" if abs(value) < 0.05 else f"{value:+.1f}".replace("-", "−")
