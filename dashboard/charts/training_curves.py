"""Draw learning curves and scores by stage; pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts import theme
from dashboard.charts.theme import apply_layout, empty_figure, safe
from dashboard.text import F, T, name_of, percent, stage_name, stage_short

MOST_EPOCHS = 15  # labels on the x axis of learning curves


def learning_curves(
    epochs: pd.DataFrame, metric: str = "val_macro_f1", metric_label: str = "", title: str = ""
) -> go.Figure:
    """Draw one learning curve per run over its epochs; stages are shaded and named above.

    Args:
        epochs: run_id, round, stage, position, global_epoch, the metric (NaN leaves a gap); label (optional) names
            the run in the legend; inherited (optional) marks epochs that another run trained, by hollow markers.
        metric: a column of `epochs`; shares are shown in percent, losses as numbers.
        metric_label: title of the y axis.
    Returns:
        One trace per run, in order of appearance; ids of points: `run_id|position|global_epoch`. The run with most
        stages is shaded; the marker symbols of every run show its own stages.
    """
    if epochs.empty:
        return empty_figure(F.no_epochs, title)
    figure = go.Figure()
    runs = [(run_id, rows.sort_values("global_epoch")) for run_id, rows in epochs.groupby("run_id", sort=False)]
    loss = metric.endswith("loss")
    for number, ((_, rows), label) in enumerate(zip(runs, _labels(runs), strict=True)):
        colour, dash = theme.run_style(number)
        figure.add_scatter(
            x=rows["global_epoch"],
            y=rows[metric],
            name=label,
            ids=[theme.point_id(row.run_id, row.position, row.global_epoch) for row in rows.itertuples()],
            mode="lines+markers",
            line={"color": colour, "dash": dash, "width": 2},
            marker={"size": 7, "symbol": _symbols(rows)},
            customdata=_names(rows),
            hovertemplate=f"%{{customdata}}<br>%{{y:{'.4f' if loss else '.1%'}}}<extra>{label}</extra>",
        )
    _shade_stages(figure, max((rows for _, rows in runs), key=lambda rows: rows["position"].nunique()))
    # Ticks at whole epochs, and shares within their bounds: plotly would draw a flat line from -100 % to 100 %.
    figure.update_xaxes(title={"text": F.epoch}, tick0=0, dtick=int(epochs["global_epoch"].max()) // MOST_EPOCHS + 1)
    figure.update_yaxes(title={"text": safe(metric_label or name_of(T.curve_names, metric))})
    if not loss:
        figure.update_yaxes(tickformat=".2~%", autorangeoptions={"minallowed": -0.02, "maxallowed": 1.02})
    return apply_layout(figure, 380, title, showlegend=True, hovermode="x unified")


def stage_scores(table: pd.DataFrame, metric: str, metric_label: str = "", title: str = "") -> go.Figure:
    """Draw a score at the end of each stage.

    One run has bars, coloured by kind of stage; several runs have lines.

    Args:
        table: run_id, round, stage, position, the metric in [0, 1] (NaN = undefined: no bar); label (optional). Ids of
            bars and points: `run_id|position`. inherited (optional) marks stages that another run trained, by hatched
            bars or hollow markers.
    """
    if table.empty:
        return empty_figure(F.no_stages, title)
    figure = go.Figure()
    runs = [(run_id, rows.sort_values("position")) for run_id, rows in table.groupby("run_id", sort=False)]
    for number, ((_, rows), label) in enumerate(zip(runs, _labels(runs), strict=True)):
        common = {"x": rows["position"], "y": rows[metric], "name": label, "customdata": _names(rows)}
        common["ids"] = [theme.point_id(row.run_id, row.position) for row in rows.itertuples()]
        hover = f"%{{customdata}}<br>%{{y:.1%}}<extra>{label}</extra>"
        if len(runs) == 1:
            marker: dict[str, Any] = {"color": [theme.stage_colour(stage) for stage in rows["stage"]]}
            if any(_inherited(rows)):
                marker["pattern"] = {"shape": ["/" if inherited else "" for inherited in _inherited(rows)]}
            texts = [percent(value) for value in rows[metric]]
            figure.add_bar(**common, text=texts, marker=marker, hovertemplate=hover)
        else:
            colour, dash = theme.run_style(number)
            figure.add_scatter(
                **common,
                mode="lines+markers",
                line={"color": colour, "dash": dash},
                marker={"size": 9, "symbol": _symbols(rows)},
                hovertemplate=hover,
            )
    return apply_layout(
        figure, 320, title, showlegend=len(runs) > 1, xaxis=stage_axis(table),
        yaxis=theme.axis(safe(metric_label or metric), tickformat=".0%", rangemode="tozero"),
    )  # fmt: skip


def _inherited(rows: pd.DataFrame) -> list[bool]:
    return [bool(value) for value in rows["inherited"]] if "inherited" in rows else [False] * len(rows)


def _symbols(rows: pd.DataFrame) -> list[str]:
    symbols = [theme.STAGE_SYMBOLS.get(stage, "circle") for stage in rows["stage"]]
    return [f"{symbol}-open" if mark else symbol for symbol, mark in zip(symbols, _inherited(rows), strict=True)]


def _names(rows: pd.DataFrame) -> list[str]:
    names = [safe(stage_name(int(row.round), str(row.stage))) for row in rows.itertuples()]
    return [
        F.inherited.format(stage=name) if mark else name for name, mark in zip(names, _inherited(rows), strict=True)
    ]


def _labels(runs: Sequence[tuple[object, pd.DataFrame]]) -> list[str]:
    """Return the legend name of each run: its label, with the run id where two share one."""
    labels = [str(rows["label"].iloc[0]) if "label" in rows else str(run_id) for run_id, rows in runs]
    return [
        safe(label if labels.count(label) == 1 else f"{label} ({run_id})")
        for label, (run_id, _) in zip(labels, runs, strict=True)
    ]


def _shade_stages(figure: go.Figure, rows: pd.DataFrame) -> None:
    shapes, names = [], []  # assigned at once: adding them one by one takes plotly longer than the rest of the figure
    for _, stage_epochs in rows.groupby("position", sort=True):
        stage, round_ = str(stage_epochs["stage"].iloc[0]), int(stage_epochs["round"].iloc[0])
        start, end = stage_epochs["global_epoch"].min() - 0.5, stage_epochs["global_epoch"].max() + 0.5
        height = {"xref": "x", "y0": 0, "y1": 1, "yref": "y domain"}
        shapes += [
            {
                "type": "rect", "x0": start, "x1": end, "fillcolor": theme.stage_colour(stage), "opacity": 0.1,
                "line": {"width": 0}, "layer": "below", **height,
            },
            {
                "type": "line", "x0": end, "x1": end, "line": {"color": theme.LINE, "width": 1, "dash": "dot"},
                **height,
            },
        ]  # fmt: skip
        names.append({
            "x": (start + end) / 2, "xref": "x", "y": 1, "yref": "paper", "yanchor": "bottom", "showarrow": False,
            "text": safe(stage_short(round_, stage)), "font": {"size": 11},
        })  # fmt: skip
    figure.update_layout(shapes=shapes, annotations=names)


def stage_axis(rows: pd.DataFrame) -> dict[str, Any]:
    """Return an axis that names every position by its stage.

    Where runs differ at a position, it has the names of all their stages: a control has no stage that mines.
    """
    stages = rows.drop_duplicates(["position", "round", "stage"]).sort_values("position", kind="stable")
    names: dict[int, list[str]] = {}
    for row in stages.itertuples():
        names.setdefault(int(row.position), []).append(safe(stage_short(int(row.round), str(row.stage))))
    ticks = [" / ".join(dict.fromkeys(several)) for several in names.values()]
    return theme.axis(F.stage, tickmode="array", tickvals=list(names), ticktext=ticks)
