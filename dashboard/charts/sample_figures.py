"""Draw one sample: its picture with outlines, and its class probabilities; pure functions."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts import theme
from dashboard.charts.theme import apply_layout, empty_figure, safe
from dashboard.text import F, name_of, stage_name, stage_short

PICTURE_CONFIG = theme.CONFIG | {"scrollZoom": True}
_DASHES = {"box": "solid", "caliper": "dash", "text": "dot"}
_COLOURS = {"box": theme.GREEN, "caliper": theme.ORANGE, "text": theme.SKY}


def picture(png: bytes, size: tuple[int, int], outlines: Sequence[Mapping[str, Any]]) -> go.Figure:
    """Draw a picture that can be zoomed and dragged; the legend switches its outlines.

    Args:
        png: the picture as PNG, possibly scaled down.
        size: width and height of the original picture in pixels.
        outlines: each {"kind" (box, caliper or text), "label", "x", "y", "w", "h"} in pixels of
            the original picture.
    """
    width, height = size
    figure = go.Figure()
    source = "data:image/png;base64," + base64.b64encode(png).decode()
    figure.add_layout_image(
        source=source, x=0, y=0, sizex=width, sizey=height, xref="x", yref="y", sizing="stretch", layer="below"
    )
    for kind in _DASHES:
        same_kind = [outline for outline in outlines if outline["kind"] == kind]
        if same_kind:
            x, y, labels = _closed(same_kind)
            figure.add_scatter(
                x=x, y=y, mode="lines", name=f"{name_of(F.outline_names, kind)} ({len(same_kind)})", text=labels,
                line={"color": _COLOURS[kind], "dash": _DASHES[kind], "width": 2},
                hovertemplate="%{text}<extra></extra>",
            )  # fmt: skip
    # Plotly draws axes, and with them the picture, only when there is a trace.
    figure.add_scatter(x=[0, width], y=[0, height], mode="markers", marker={"opacity": 0}, showlegend=False,
                       hoverinfo="skip")  # fmt: skip
    figure = apply_layout(figure, round(min(560, max(300, 90 + 480 * height / width))), showlegend=True, dragmode="pan")
    figure.update_xaxes(range=[0, width], visible=False, constrain="domain")
    figure.update_yaxes(range=[height, 0], visible=False, scaleanchor="x", constrain="domain")
    return figure


def _closed(outlines: Sequence[Mapping[str, Any]]) -> tuple[list[Any], list[Any], list[str]]:
    """Return x, y and label of the corners of all outlines, each closed and followed by a gap."""
    x: list[Any] = []
    y: list[Any] = []
    labels: list[str] = []
    for outline in outlines:
        left, top = float(outline["x"]), float(outline["y"])
        right, low = left + float(outline["w"]), top + float(outline["h"])
        x += [left, right, right, left, left, None]
        y += [top, top, low, low, top, None]
        labels += [safe(outline["label"])] * 6
    return x, y, labels


def class_probs(probs: pd.DataFrame, label: str, at_most: int = 6) -> go.Figure:
    """Draw the probability of each class at every stage, one line per class.

    The true class and those that were once likely are drawn.

    Args:
        probs: position, round, stage, class_name, prob in [0, 1].
        label: the true class; its line is thick.
        at_most: number of classes drawn; the least likely ones are left out and counted in the title.
    """
    if probs.empty:
        return empty_figure(F.no_history)
    highest = probs.groupby("class_name")["prob"].max().sort_values(ascending=False)
    drawn = list(dict.fromkeys([*[name for name in highest.index if name == label], *highest.index]))[:at_most]
    figure = go.Figure()
    for number, name in enumerate(drawn):
        rows = probs[probs["class_name"] == name].sort_values("position")
        colour, dash = theme.run_style(number)
        figure.add_scatter(
            x=rows["position"],
            y=rows["prob"],
            name=safe(name),
            mode="lines+markers",
            line={"color": colour, "dash": dash, "width": 4 if name == label else 2},
            customdata=[safe(stage_name(int(row.round), str(row.stage))) for row in rows.itertuples()],
            hovertemplate=f"{safe(name)}<br>%{{customdata}}<br>%{{y:.2f}}<extra></extra>",
        )
    stages = probs.drop_duplicates("position").sort_values("position")
    ticks = [safe(stage_short(int(row.round), str(row.stage))) for row in stages.itertuples()]
    figure.update_xaxes(title={"text": F.stage}, tickmode="array", tickvals=stages["position"], ticktext=ticks)
    figure.update_yaxes(title={"text": F.class_probability}, range=[-0.03, 1.03])
    n_left_out = len(highest) - len(drawn)
    return apply_layout(figure, 340, F.classes_left_out.format(n=n_left_out) if n_left_out > 0 else "", showlegend=True)
