"""Draw the class counts of a dataset; pure functions. Class names are shown literally."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.charts import theme
from dashboard.charts.theme import apply_layout, empty_figure, safe
from dashboard.text import F, T, name_of

_SPLIT_COLOURS = {"train": theme.BLUE, "val": theme.ORANGE, "test": theme.GREEN}
_TICK_LENGTH = 24
_WRITTEN = 16  # more classes than this, and numbers in cells no longer fit


def class_counts(counts: pd.DataFrame) -> go.Figure:
    """Draw the number of images of each class, stacked by split, the first class at the top.

    Args:
        counts: one row per class, one column per split, from `catalog.class_counts`; or one column of all images.
            Ids of bars: `split|class`.
    """
    if counts.empty:
        return empty_figure(F.no_samples)
    positions = np.arange(len(counts))
    figure = go.Figure()
    for split in counts.columns:
        figure.add_bar(
            x=counts[split], y=positions, orientation="h", name=name_of(T.split_names, str(split)), text=counts[split],
            marker={"color": _SPLIT_COLOURS.get(str(split), theme.BLUE)}, textposition="inside",
            customdata=[safe(name) for name in counts.index],
            ids=[theme.point_id(split, name) for name in counts.index],
            hovertemplate="%{customdata}<br>%{fullData.name}: %{x:,}<extra></extra>",
        )  # fmt: skip
    ticks = [f"{safe(name, _TICK_LENGTH)} ({total:,})" for name, total in counts.sum(axis=1).items()]
    figure.update_yaxes(tickmode="array", tickvals=positions, ticktext=ticks, range=[len(counts) - 0.5, -0.5])
    figure.update_xaxes(title={"text": F.samples})
    return apply_layout(
        figure, 130 + 30 * len(counts), showlegend=len(counts.columns) > 1, barmode="stack", legend_traceorder="normal"
    )


def co_occurrence(table: pd.DataFrame) -> go.Figure:
    """Draw how many images show both the class of the row and that of the column.

    The diagonal, which counts all images of one class, stays blank.

    Args:
        table: (C, C) counts, from `catalog.co_occurrence`.
    """
    names: Sequence[str] = [str(name) for name in table.index]
    values = table.to_numpy(np.float64, copy=True)
    np.fill_diagonal(values, np.nan)
    if not np.nansum(values):
        return empty_figure(T.none_together)
    positions, written = np.arange(len(names)), len(names) <= _WRITTEN
    texts = [["" if np.isnan(n) or not n else f"{n:.0f}" for n in row] for row in values]
    hover = [[f"{safe(a)} + {safe(b)}" for b in names] for a in names]
    figure = go.Figure(
        go.Heatmap(
            x=positions, y=positions, z=values, xgap=1, ygap=1, hoverongaps=False, colorscale=theme.SEQUENTIAL, zmin=0,
            showscale=not written, text=texts if written else None, texttemplate="%{text}" if written else None,
            customdata=hover, hovertemplate="%{customdata}: %{z:,}<extra></extra>",
        )
    )  # fmt: skip
    ticks = [safe(name, _TICK_LENGTH) for name in names]
    axis = {"tickmode": "array", "tickvals": positions, "ticktext": ticks, "showgrid": False, "constrain": "domain"}
    figure.update_xaxes(**axis, range=[-0.5, len(names) - 0.5], tickangle=theme.tick_angle(ticks))
    figure.update_yaxes(**axis, range=[len(names) - 0.5, -0.5], scaleanchor="x")
    return apply_layout(figure, int(np.clip(130 + 44 * len(names), 300, 800)))
