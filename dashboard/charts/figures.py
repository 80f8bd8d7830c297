"""Frames in, plotly figures out; pure. A frame without rows gives a figure that says so in a sentence.

Class and run names are shown literally. Positions on axes are numbers with written ticks, so that equal or
shortened names never fall together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

from analysis.comparison_verdicts import Verdict
from analysis.confusion import normalise
from dashboard.charts import theme
from dashboard.charts.theme import empty, laid_out, safe
from dashboard.text import F, T, name_of, percent, stage_name, stage_short

CONFIG = theme.CONFIG
CELLS_WRITTEN = 16  # more classes than this, and numbers in cells no longer fit
TICK_LENGTH = 24
_VERDICT_COLOURS = {Verdict.BETTER: theme.RUN_COLOURS[1], Verdict.WORSE: theme.RUN_COLOURS[0]}
MOST_EPOCHS = 15  # that are written below learning curves


def learning_curves(
    epochs: pd.DataFrame, metric: str = "val_macro_f1", metric_label: str = "", title: str = ""
) -> go.Figure:
    """One line a run over its epochs, the stages shaded and named above.

    Args:
        epochs: run_id, round, stage, position, global_epoch, the metric (NaN leaves a gap); label (optional) names
            the run in the legend.
        metric: a column of `epochs`; shares are written in percent, losses as they are.
        metric_label: the y axis.
    Returns:
        One trace a run, in order of appearance; ids of points:
        `run_id|position|global_epoch`. The shading is that of the run with most stages; the markers of every
        run tell its own stages apart.
    """
    if epochs.empty:
        return empty(F.no_epochs, title)
    figure = go.Figure()
    runs = [(run_id, rows.sort_values("global_epoch")) for run_id, rows in epochs.groupby("run_id", sort=False)]
    loss = metric.endswith("loss")
    for number, ((_, rows), label) in enumerate(zip(runs, _labels(runs), strict=True)):
        colour, dash = theme.run_style(number)
        figure.add_scatter(
            x=rows["global_epoch"],
            y=rows[metric],
            name=label,
            ids=[theme.mark(row.run_id, row.position, row.global_epoch) for row in rows.itertuples()],
            mode="lines+markers",
            line={"color": colour, "dash": dash, "width": 2},
            marker={"size": 7, "symbol": [theme.STAGE_SYMBOLS.get(stage, "circle") for stage in rows["stage"]]},
            customdata=[safe(stage_name(int(row.round), str(row.stage))) for row in rows.itertuples()],
            hovertemplate=f"%{{customdata}}<br>%{{y:{'.4f' if loss else '.1%'}}}<extra>{label}</extra>",
        )
    _shade_stages(figure, max((rows for _, rows in runs), key=lambda rows: rows["position"].nunique()))
    # Whole epochs only, and shares within their bounds: a flat line would be drawn from -100 % to 100 %.
    figure.update_xaxes(title={"text": F.epoch}, tick0=0, dtick=int(epochs["global_epoch"].max()) // MOST_EPOCHS + 1)
    figure.update_yaxes(title={"text": safe(metric_label or name_of(T.curve_names, metric))})
    if not loss:
        figure.update_yaxes(tickformat=".2~%", autorangeoptions={"minallowed": -0.02, "maxallowed": 1.02})
    return laid_out(figure, 380, title, showlegend=True, hovermode="x unified")


def stage_scores(table: pd.DataFrame, metric: str, metric_label: str = "", title: str = "") -> go.Figure:
    """A score at the end of each stage: bars for one run, coloured by kind of stage; lines for several.

    Args:
        table: run_id, round, stage, position, the metric in [0, 1] (NaN = undefined: no bar); label (optional). Ids of
            marks: `run_id|position`.
    """
    if table.empty:
        return empty(F.no_stages, title)
    figure = go.Figure()
    runs = [(run_id, rows.sort_values("position")) for run_id, rows in table.groupby("run_id", sort=False)]
    for number, ((_, rows), label) in enumerate(zip(runs, _labels(runs), strict=True)):
        names = [safe(stage_name(int(row.round), str(row.stage))) for row in rows.itertuples()]
        common = {"x": rows["position"], "y": rows[metric], "name": label, "customdata": names}
        common["ids"] = [theme.mark(row.run_id, row.position) for row in rows.itertuples()]
        hover = f"%{{customdata}}<br>%{{y:.1%}}<extra>{label}</extra>"
        if len(runs) == 1:
            colours = [theme.stage_colour(stage) for stage in rows["stage"]]
            texts = [percent(value) for value in rows[metric]]
            figure.add_bar(**common, text=texts, marker={"color": colours}, hovertemplate=hover)
        else:
            colour, dash = theme.run_style(number)
            symbols = [theme.STAGE_SYMBOLS.get(stage, "circle") for stage in rows["stage"]]
            figure.add_scatter(
                **common,
                mode="lines+markers",
                line={"color": colour, "dash": dash},
                marker={"size": 9, "symbol": symbols},
                hovertemplate=hover,
            )
    return laid_out(
        figure, 320, title, showlegend=len(runs) > 1, xaxis=_stage_axis(table),
        yaxis=theme.axis(safe(metric_label or metric), tickformat=".0%", rangemode="tozero"),
    )  # fmt: skip


def confusion(
    matrix: ArrayLike,
    classes: Sequence[str],
    normalised: bool = True,
    title: str = "",
    over: Literal["true", "predicted"] = "true",
) -> go.Figure:
    """The matrix as a heat map: true class down, predicted class across, the first class top left.

    Args:
        matrix: (C, C) counts, row = true class.  classes: (C,) names.
        normalised: colour by the share of the true class (a class without samples stays blank), else by count. Counts
            are in the cells either way while they fit, and in the hover text always.
        over: the class whose share it is: "true" (rows sum to 1) or "predicted" (columns do).
    """
    counts = np.asarray(matrix)
    if counts.sum() == 0:
        return empty(F.no_samples, title)
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
    return laid_out(figure, _matrix_height(len(classes)), title)


def confusion_difference(change: ArrayLike, classes: Sequence[str], title: str = "") -> go.Figure:
    """How the shares changed, in points: one colour for less, one for more, neutral at none.

    Args:
        change: (C, C) float in [-100, 100] of `analysis.confusion.difference`; NaN stays blank.  classes: (C,) names.
    """
    points = np.asarray(change, dtype=np.float64)
    known = points[~np.isnan(points)]
    if not known.size:
        return empty(F.no_samples, title)
    texts = [[_points(value) for value in row] for row in points]
    hover = [
        [f"{_pair(classes, i, j)}<br>{text} {F.points}" for j, text in enumerate(row)] for i, row in enumerate(texts)
    ]
    most = max(1.0, float(np.abs(known).max()))
    figure = _heatmap(points, texts, hover, classes)
    figure.update_traces(colorscale=theme.DIVERGING, zmin=-most, zmax=most, zmid=0)
    figure.update_traces(colorbar={"title": {"text": F.points}, "thickness": 12})
    return laid_out(figure, _matrix_height(len(classes)), title)


def class_comparison(
    rows: pd.DataFrame, name_a: str, name_b: str, metric_label: str = "", title: str = ""
) -> go.Figure:
    """Draw one score of every class in both runs (left), and the difference b - a with its interval (right).

    Args:
        rows: of `assign_verdicts`, those of one metric. The simultaneous interval is drawn, unless it
            is NaN; a value that is NaN has no mark. A difference has the colour of the run that its verdict
            calls better.
        metric_label: the left x axis.
    Returns:
        Traces a, b (left) and the difference in points (right); the first class at the top. Ids of marks: `a|class`,
        `b|class`, `gap|class`.
    Raises:
        ValueError: `rows` hold more than one metric.
    """
    if rows.empty:
        return empty(F.no_classes, title)
    if rows["metric"].nunique() > 1:
        raise ValueError(f"rows hold the metrics {', '.join(rows['metric'].unique())}; give those of one metric.")
    at = np.arange(len(rows))
    support = [F.support.format(n=row.n, n_groups=row.n_groups) for row in rows.itertuples()]
    figure = go.Figure()
    for number, (run, name) in enumerate((("a", name_a), ("b", name_b))):
        figure.add_bar(
            x=rows[run], y=at, orientation="h", name=safe(name), customdata=support, offsetgroup=run,
            ids=[theme.mark(run, found) for found in rows["class_name"]],
            marker={"color": theme.RUN_COLOURS[number]}, hovertemplate="%{x:.1%}<br>%{customdata}",
        )  # fmt: skip
    drawn = ("difference", "simultaneous_low", "simultaneous_high")
    change, low, high = (100 * rows[column].to_numpy(np.float64) for column in drawn)
    figure.add_scatter(
        x=change, y=at, mode="markers", showlegend=False, xaxis="x2", name="",
        ids=[theme.mark("gap", found) for found in rows["class_name"]],
        error_x={"type": "data", "symmetric": False, "array": high - change, "arrayminus": change - low,
                 "color": theme.GREY},
        marker={"color": [_VERDICT_COLOURS.get(verdict, theme.GREY) for verdict in rows["verdict"]], "size": 9},
        customdata=[_interval(*found) for found in zip(change, low, high, support, strict=True)],
        hovertemplate="%{customdata}<extra></extra>",
    )  # fmt: skip
    ticks = [safe(name, TICK_LENGTH) for name in rows["class_name"]]
    return laid_out(
        figure, 150 + 44 * len(rows), title, showlegend=True, barmode="group",
        xaxis=theme.axis(
            safe(metric_label or rows["metric"].iloc[0]), domain=[0, 0.53], range=[0, 1], tickformat=".0%"
        ),
        xaxis2=theme.axis(
            F.lead.format(b=safe(name_b, TICK_LENGTH)), domain=[0.57, 1], rangemode="tozero", zeroline=True,
            zerolinecolor=theme.GREY, anchor="y",
        ),
        yaxis=theme.axis(tickmode="array", tickvals=at, ticktext=ticks, range=[len(rows) - 0.5, -0.5]),
    )  # fmt: skip


def sample_flow(flow: pd.DataFrame, title: str = "") -> go.Figure:
    """What became of samples at each stage: stacked bars of its four outcomes.

    Args:
        flow: position, round, stage, outcome, n, as `analysis.trajectories.flow_counts` gives it. Ids of bars:
            `position|outcome`.
    """
    if flow.empty:
        return empty(F.no_samples, title)
    figure = go.Figure()
    for outcome, colour in theme.OUTCOME_COLOURS.items():
        rows = flow[flow["outcome"] == outcome].sort_values("position")
        figure.add_bar(
            x=rows["position"],
            y=rows["n"],
            name=name_of(F.state_names, outcome),
            ids=[theme.mark(position, outcome) for position in rows["position"]],
            marker={"color": colour},
            text=[str(n) if n else "" for n in rows["n"]],
            textposition="inside",
            customdata=[safe(stage_name(int(row.round), str(row.stage))) for row in rows.itertuples()],
            hovertemplate="%{customdata}<br>%{fullData.name}: %{y}<extra></extra>",
        )
    figure.update_xaxes(_stage_axis(flow))
    figure.update_yaxes(title={"text": F.samples})
    return laid_out(figure, 300, title, showlegend=True, barmode="stack")


def mined_pool(pool: pd.DataFrame, title: str = "") -> go.Figure:
    """How many samples were mined for each round, stacked by reason.

    Args:
        pool: round, reason, n, as `analysis.trajectories.pool_sizes` gives it. Ids of bars: `round|reason`.
    """
    if pool.empty:
        return empty(F.no_samples, title)
    figure = go.Figure()
    for number, (reason, rows) in enumerate(pool.groupby("reason", sort=True)):
        figure.add_bar(
            x=rows["round"],
            y=rows["n"],
            name=safe(name_of(T.reason_names, str(reason))),
            ids=[theme.mark(round_, reason) for round_ in rows["round"]],
            marker={"color": theme.RUN_COLOURS[number % len(theme.RUN_COLOURS)]},
            text=rows["n"].astype(str),
            hovertemplate="%{fullData.name}: %{y}<extra></extra>",
        )
    figure.update_xaxes(title={"text": F.round}, dtick=1, tickformat="d")
    figure.update_yaxes(title={"text": F.samples}, rangemode="tozero")
    return laid_out(figure, 300, title, showlegend=True, barmode="stack")


def _labels(runs: Sequence[tuple[object, pd.DataFrame]]) -> list[str]:
    """What the legend calls each run: its label, with the run's id where two share one."""
    labels = [str(rows["label"].iloc[0]) if "label" in rows else str(run_id) for run_id, rows in runs]
    return [
        safe(label if labels.count(label) == 1 else f"{label} ({run_id})")
        for label, (run_id, _) in zip(labels, runs, strict=True)
    ]


def _shade_stages(figure: go.Figure, rows: pd.DataFrame) -> None:
    shapes, names = [], []  # set at once: to add them one by one takes plotly longer than all the rest of the figure
    for _, of_stage in rows.groupby("position", sort=True):
        stage, round_ = str(of_stage["stage"].iloc[0]), int(of_stage["round"].iloc[0])
        start, end = of_stage["global_epoch"].min() - 0.5, of_stage["global_epoch"].max() + 0.5
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


def _stage_axis(rows: pd.DataFrame) -> dict[str, Any]:
    """Name every position by its stage; by all of them where runs differ, as a control has none that mines."""
    stages = rows.drop_duplicates(["position", "round", "stage"]).sort_values("position", kind="stable")
    names: dict[int, list[str]] = {}
    for row in stages.itertuples():
        names.setdefault(int(row.position), []).append(safe(stage_short(int(row.round), str(row.stage))))
    ticks = [" / ".join(dict.fromkeys(several)) for several in names.values()]
    return theme.axis(F.stage, tickmode="array", tickvals=list(names), ticktext=ticks)


def _heatmap(
    values: NDArray[np.generic],
    texts: list[list[str]],
    hover: list[list[str]],
    classes: Sequence[str],
    support: NDArray[np.int64] | None = None,
) -> go.Figure:
    at = np.arange(len(classes))
    written = len(classes) <= CELLS_WRITTEN
    figure = go.Figure(
        go.Heatmap(
            x=at, y=at, z=values, xgap=1, ygap=1, hoverongaps=False,
            showscale=not written, text=texts if written else None, texttemplate="%{text}" if written else None,
            customdata=hover, hovertemplate="%{customdata}<extra></extra>",
        )
    )  # fmt: skip
    across = [safe(name, TICK_LENGTH) for name in classes]
    down = across if support is None else [f"{name} ({n})" for name, n in zip(across, support, strict=True)]
    ends = len(classes) - 0.5
    ticks = {"tickmode": "array", "tickvals": at, "showgrid": False, "constrain": "domain"}
    turned = theme.turned(across)
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


def _interval(change: float, low: float, high: float, support: str) -> str:
    told = (
        f"{change:+.1f} {F.points}" if np.isnan(low) else f"{change:+.1f} {F.points}, 95% CI {low:+.1f} … {high:+.1f}"
    )
    return f"{told}<br>{support}"
