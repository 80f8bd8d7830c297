"""Figures of one sample: its picture with what is drawn over it, and its probabilities through the stages. Pure."""

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
    """A picture that can be zoomed and dragged, with outlines that the legend switches.

    Args:
        png: the picture as PNG; it may be smaller than it is.
        size: its true width and height in pixels.
        outlines: each {"kind" (box, caliper or text), "label", "x", "y", "w", "h"} in true pixels.
    """
    width, height = size
    figure = go.Figure()
    source = "data:image/png;base64," + base64.b64encode(png).decode()
    figure.add_layout_image(
        source=source, x=0, y=0, sizex=width, sizey=height, xref="x", yref="y", sizing="stretch", layer="below"
    )
    for kind in _DASHES:
        of_kind = [outline for outline in outlines if outline["kind"] == kind]
        if of_kind:
            x, y, said = _closed(of_kind)
            figure.add_scatter(
                x=x, y=y, mode="lines", name=f"{name_of(F.outline_names, kind)} ({len(of_kind)})", text=said,
                line={"color": _COLOURS[kind], "dash": _DASHES[kind], "width": 2},
                hovertemplate="%{text}<extra></extra>",
            )  # fmt: skip
    # Without a trace plotly draws no axes, and so no picture.
    figure.add_scatter(x=[0, width], y=[0, height], mode="markers", marker={"opacity": 0}, showlegend=False,
                       hoverinfo="skip")  # fmt: skip
    figure = apply_layout(figure, round(min(560, max(300, 90 + 480 * height / width))), showlegend=True, dragmode="pan")
    figure.update_xaxes(range=[0, width], visible=False, constrain="domain")
    figure.update_yaxes(range=[height, 0], visible=False, scaleanchor="x", constrain="domain")
    return figure


def _closed(outlines: Sequence[Mapping[str, Any]]) -> tuple[list[Any], list[Any], list[str]]:
    """Corners of all outlines, each closed and followed by a gap."""
    x: list[Any] = []
    y: list[Any] = []
    said: list[str] = []
    for outline in outlines:
        left, top = float(outline["x"]), float(outline["y"])
        right, low = left + float(outline["w"]), top + float(outline["h"])
        x += [left, right, right, left, left, None]
        y += [top, top, low, low, top, None]
        said += [safe(outline["label"])] * 6
    return x, y, said


def class_probs(probs: pd.DataFrame, label: str, at_most: int = 6) -> go.Figure:
    """The probability of each class at every stage, one line a class: the true one, and those that were ever likely.

    Args:
        probs: position, round, stage, class_name, prob in [0, 1].
        label: the true class; its line is thick.
        at_most: how many classes; the rest, which were never as likely, is left out and counted in the title.
    """
    if probs.empty:
        return empty_figure(F.no_history)
    highest = probs.groupby("class_name")["prob"].max().sort_values(ascending=False)
    kept = list(dict.fromkeys([*[name for name in highest.index if name == label], *highest.index]))[:at_most]
    figure = go.Figure()
    for number, name in enumerate(kept):
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
    left = len(highest) - len(kept)
    return apply_layout(figure, 340, F.classes_left_out.format(n=left) if left > 0 else "", showlegend=True)
