"""Figures that weigh evidence: calibration, flow between stages, pairs over rounds, gains and losses. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.charts import theme
from dashboard.charts.theme import empty, laid_out, safe
from dashboard.text import F, T, name_of, percent, stage_short

_FEW = 5  # samples below which an axis would put ticks between two whole numbers


def reliability(bins: Sequence[tuple[str, pd.DataFrame]], title: str = "") -> go.Figure:
    """What came true against what was said, one line a run, with the diagonal of perfect calibration.

    Args:
        bins: names, and frames of `analysis.calibration.reliability`; empty bins have no mark. Ids of marks:
            `number|bin`, both from 0.
    """
    if not sum(int(frame["n"].sum()) for _, frame in bins):
        return empty(F.no_answers, title)
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", name=F.perfect, line={"color": theme.GREY, "dash": "dot"}, hoverinfo="skip"
    )
    for number, (name, frame) in enumerate(bins):
        rows = frame[frame["n"] > 0]
        colour, dash = theme.run_style(number)
        figure.add_scatter(
            x=rows["confidence"], y=rows["frequency"], name=safe(name), mode="lines+markers",
            ids=[theme.mark(number, at) for at in rows.index],
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
    return laid_out(
        figure, 380, title, showlegend=True, xaxis=theme.axis(F.sure, range=[0, 1.02], tickformat=".0%"),
        yaxis=theme.axis(F.came_true, range=[0, 1.05], tickformat=".0%"),
    )  # fmt: skip


def flow(links: pd.DataFrame, stages: pd.DataFrame, title: str = "") -> go.Figure:
    """Samples flowing between states from stage to stage: a column of states for every stage.

    Args:
        links: of `analysis.trajectories.flow_links`.  stages: round, stage, position of the run.
    """
    if links.empty:
        return empty(F.no_flow, title)
    ends = [(links["from_position"], links["from_state"]), (links["position"], links["state"])]
    nodes = list(dict.fromkeys(pair for position, state in ends for pair in zip(position, state, strict=True)))
    order = list(theme.STATE_COLOURS)
    nodes.sort(key=lambda node: (node[0], order.index(node[1])))
    at = {node: place for place, node in enumerate(nodes)}
    stage_of = {int(row.position): stage_short(int(row.round), str(row.stage)) for row in stages.itertuples()}
    columns = sorted({position for position, _ in nodes})
    labels = [name_of(F.state_names, state) for _, state in nodes]
    across = [0.001 + 0.998 * columns.index(position) / max(1, len(columns) - 1) for position, _ in nodes]
    source, target = ([at[pair] for pair in zip(position, state, strict=True)] for position, state in ends)
    figure = go.Figure(
        go.Sankey(
            arrangement="snap",
            node={"label": labels, "x": across, "y": _heights(nodes, links, at), "pad": 12, "thickness": 14,
                  "color": [theme.STATE_COLOURS[state] for _, state in nodes], "line": {"width": 0},
                  "hovertemplate": "%{label}: %{value:.0f}<extra></extra>"},
            link={"source": source, "target": target, "value": links["n"],
                  "color": [_faint(theme.STATE_COLOURS[state]) for state in links["state"]],
                  "customdata": [
                      F.link.format(source=labels[s], target=labels[t], n=n)
                      for s, t, n in zip(source, target, links["n"], strict=True)
                  ],
                  "hovertemplate": "%{customdata}<extra></extra>"},
        )
    )  # fmt: skip
    for place, position in enumerate(columns):
        figure.add_annotation(
            x=place / max(1, len(columns) - 1), y=1.0, xref="paper", yref="paper", yanchor="bottom", showarrow=False,
            text=safe(stage_of.get(int(position), str(position))), xanchor="center", font={"size": 12},
        )  # fmt: skip
    laid_out(figure, 380, title)
    return figure.update_layout(margin={"l": 24, "r": 24, "t": 40 + 28 * bool(title), "b": 24})


def pair_trends(trends: pd.DataFrame, stages: pd.DataFrame, title: str = "") -> go.Figure:
    """The rate of some confused pairs at every stage, one line a pair.

    Args:
        trends: of `confused_pairs.pair_trends`, the pairs to show.  stages: round, stage, position of the run. Ids of
            marks: `position|true → predicted`.
    """
    if trends.empty:
        return empty(F.no_pairs, title)
    figure = go.Figure()
    for number, ((true, said), rows) in enumerate(trends.groupby(["true_class", "predicted_class"], sort=False)):
        colour, dash = theme.run_style(number)
        figure.add_scatter(
            x=rows["position"], y=rows["rate"], mode="lines+markers", name=f"{safe(true, 24)} → {safe(said, 24)}",
            line={"color": colour, "dash": dash}, marker={"size": 8},
            customdata=[f"{row.count} / {row.support}" for row in rows.itertuples(name="Pair")],
            ids=[theme.mark(position, f"{true} → {said}") for position in rows["position"]],
            hovertemplate="%{y:.1%} (%{customdata})<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    rows = stages.sort_values("position")
    ticks = [safe(stage_short(int(row.round), str(row.stage))) for row in rows.itertuples()]
    figure.update_xaxes(title={"text": F.stage}, tickmode="array", tickvals=rows["position"], ticktext=ticks)
    figure.update_yaxes(title={"text": F.rate}, tickformat=".0%", rangemode="tozero")
    return laid_out(figure, 420, title, showlegend=True)


def gained_lost(sides: Sequence[tuple[str, pd.DataFrame]], title: str = "") -> go.Figure:
    """Samples gained to the right and lost to the left, class by class, one bar a run.

    Args:
        sides: names, and frames of `analysis.trajectories.gained_and_lost`; the same classes in each. Ids of
            bars: `name|gained|class`, `name|lost|class`.
    """
    if not sides or sides[0][1].empty:
        return empty(F.no_classes, title)
    figure = go.Figure()
    first = sides[0][1]
    at = np.arange(len(first))
    for number, (name, rows) in enumerate(sides):
        colour, _ = theme.run_style(number)
        for column, sign in (("gained", 1), ("lost", -1)):
            figure.add_bar(
                x=sign * rows[column], y=at, orientation="h", name=safe(name), offsetgroup=str(number),
                legendgroup=str(number), showlegend=sign > 0, text=[str(n) if n else "" for n in rows[column]],
                textangle=0, ids=[theme.mark(name, column, found) for found in rows["class_name"]],
                marker={"color": colour, "opacity": 1.0 if sign > 0 else 0.55},
                customdata=[f"{getattr(F, column)} {n} / {of}" for n, of in zip(rows[column], rows["n"], strict=True)],
                hovertemplate="%{customdata}<extra>%{fullData.name}</extra>",
            )  # fmt: skip
    ticks = [f"{safe(row.class_name, 24)} ({row.n})" for row in first.itertuples()]
    most = max(int(rows[["gained", "lost"]].to_numpy().max()) for _, rows in sides)
    whole = {"dtick": 1, "range": [-most - 1, most + 1]} if most < _FEW else {}  # no ticks between whole samples
    return laid_out(
        figure, 150 + 40 * len(first), title, showlegend=True, barmode="group",
        shapes=[theme.upright(0, color=theme.GREY, width=1)],
        xaxis=theme.axis(F.samples_gained, tickformat="d", **whole),
        yaxis=theme.axis(tickmode="array", tickvals=at, ticktext=ticks, range=[len(first) - 0.5, -0.5]),
    )  # fmt: skip


def threshold_effect(curve: pd.DataFrame, tuned: float, moved: float, title: str = "") -> go.Figure:
    """Precision, recall and F1 of one class over its threshold, with the tuned and the moved one.

    Args:
        curve: threshold, precision, recall, f1 (NaN = undefined: a gap). Ids of its points, which are not seen but can
            be clicked: `precision|threshold`, ...
    """
    if curve.empty:
        return empty(F.no_answers, title)
    figure = go.Figure()
    for number, name in enumerate(("precision", "recall", "f1")):
        colour, dash = theme.run_style(number)
        figure.add_scatter(
            x=curve["threshold"], y=curve[name], mode="lines+markers", name=name_of(T.score_names, name),
            line={"color": colour, "dash": dash}, marker={"size": 9, "opacity": 0},
            unselected={"marker": {"opacity": 0}}, ids=[theme.mark(name, f"{at:.3f}") for at in curve["threshold"]],
            hovertemplate="%{y:.1%} (%{x:.3f})",
        )  # fmt: skip
    lines = [theme.upright(tuned, color=theme.GREY, dash="dot"), theme.upright(moved, color=theme.VERMILION, width=2)]
    return laid_out(
        figure, 300, title, showlegend=True, shapes=lines, xaxis=theme.axis(F.threshold, range=[0, 1]),
        yaxis=theme.axis(F.score, range=[0, 1.02], tickformat=".0%"),
    )  # fmt: skip


def _heights(nodes: list[tuple[int, str]], links: pd.DataFrame, at: dict[tuple[int, str], int]) -> list[float]:
    """The middle of every node, from 0 (top) to 1: stacked in the order of states within its stage."""
    size = np.zeros(len(nodes))
    for position, state in (("from_position", "from_state"), ("position", "state")):
        sums = links.groupby([position, state])["n"].sum()
        for node, n in sums.items():
            size[at[node]] = max(size[at[node]], n)
    middle = np.zeros(len(nodes))
    for column in {node[0] for node in nodes}:
        here = [place for node, place in at.items() if node[0] == column]
        share = size[here] / size[here].sum()
        middle[here] = np.clip(np.cumsum(share) - share / 2, 0.01, 0.99)
    return middle.tolist()


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.35)"
