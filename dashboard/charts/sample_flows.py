"""Draw the outcomes of samples from stage to stage, and confused pairs over rounds; pure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.charts import theme, training_curves
from dashboard.charts.theme import apply_layout, empty_figure, safe
from dashboard.text import F, T, name_of, stage_name, stage_short


def outcome_counts(flow: pd.DataFrame, title: str = "") -> go.Figure:
    """Draw the number of samples of each outcome at every stage as stacked bars.

    Args:
        flow: position, round, stage, outcome, n, from `analysis.trajectories.flow_counts`. Ids of bars:
            `position|outcome`.
    """
    if flow.empty:
        return empty_figure(F.no_samples, title)
    figure = go.Figure()
    for outcome, colour in theme.OUTCOME_COLOURS.items():
        rows = flow[flow["outcome"] == outcome].sort_values("position")
        figure.add_bar(
            x=rows["position"],
            y=rows["n"],
            name=name_of(F.state_names, outcome),
            ids=[theme.point_id(position, outcome) for position in rows["position"]],
            marker={"color": colour},
            text=[str(n) if n else "" for n in rows["n"]],
            textposition="inside",
            customdata=[safe(stage_name(int(row.round), str(row.stage))) for row in rows.itertuples()],
            hovertemplate="%{customdata}<br>%{fullData.name}: %{y}<extra></extra>",
        )
    figure.update_xaxes(training_curves.stage_axis(flow))
    figure.update_yaxes(title={"text": F.samples})
    return apply_layout(figure, 300, title, showlegend=True, barmode="stack")


def mined_pool(pool: pd.DataFrame, title: str = "") -> go.Figure:
    """Draw how many samples were mined for each round, stacked by reason.

    Args:
        pool: round, reason, n, from `analysis.trajectories.pool_sizes`. Ids of bars: `round|reason`.
    """
    if pool.empty:
        return empty_figure(F.no_samples, title)
    figure = go.Figure()
    for number, (reason, rows) in enumerate(pool.groupby("reason", sort=True)):
        figure.add_bar(
            x=rows["round"],
            y=rows["n"],
            name=safe(name_of(T.reason_names, str(reason))),
            ids=[theme.point_id(round_, reason) for round_ in rows["round"]],
            marker={"color": theme.RUN_COLOURS[number % len(theme.RUN_COLOURS)]},
            text=rows["n"].astype(str),
            hovertemplate="%{fullData.name}: %{y}<extra></extra>",
        )
    figure.update_xaxes(title={"text": F.round}, dtick=1, tickformat="d")
    figure.update_yaxes(title={"text": F.samples}, rangemode="tozero")
    return apply_layout(figure, 300, title, showlegend=True, barmode="stack")


def outcome_sankey(links: pd.DataFrame, stages: pd.DataFrame, title: str = "") -> go.Figure:
    """Draw how samples flow between states: a Sankey diagram with one column per stage.

    Args:
        links: of `analysis.trajectories.flow_links`.  stages: round, stage, position of the run.
    """
    if links.empty:
        return empty_figure(F.no_flow, title)
    ends = [(links["from_position"], links["from_state"]), (links["position"], links["state"])]
    nodes = list(dict.fromkeys(pair for position, state in ends for pair in zip(position, state, strict=True)))
    order = list(theme.STATE_COLOURS)
    nodes.sort(key=lambda node: (node[0], order.index(node[1])))
    node_index = {node: place for place, node in enumerate(nodes)}
    stage_of = {int(row.position): stage_short(int(row.round), str(row.stage)) for row in stages.itertuples()}
    columns = sorted({position for position, _ in nodes})
    labels = [name_of(F.state_names, state) for _, state in nodes]
    across = [0.001 + 0.998 * columns.index(position) / max(1, len(columns) - 1) for position, _ in nodes]
    source, target = ([node_index[pair] for pair in zip(position, state, strict=True)] for position, state in ends)
    figure = go.Figure(
        go.Sankey(
            arrangement="snap",
            node={"label": labels, "x": across, "y": _heights(nodes, links, node_index), "pad": 12, "thickness": 14,
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
    apply_layout(figure, 380, title)
    return figure.update_layout(margin={"l": 24, "r": 24, "t": 40 + 28 * bool(title), "b": 24})


def pair_trends(trends: pd.DataFrame, stages: pd.DataFrame, title: str = "") -> go.Figure:
    """Draw the rate of confused pairs at every stage, one line per pair.

    Args:
        trends: of `confused_pairs.pair_trends`, the pairs to draw.  stages: round, stage, position of the run. Ids of
            points: `position|true → predicted`.
    """
    if trends.empty:
        return empty_figure(F.no_pairs, title)
    figure = go.Figure()
    for number, ((true, predicted), rows) in enumerate(trends.groupby(["true_class", "predicted_class"], sort=False)):
        colour, dash = theme.run_style(number)
        figure.add_scatter(
            x=rows["position"], y=rows["rate"], mode="lines+markers", name=f"{safe(true, 24)} → {safe(predicted, 24)}",
            line={"color": colour, "dash": dash}, marker={"size": 8},
            customdata=[f"{row.count} / {row.support}" for row in rows.itertuples(name="Pair")],
            ids=[theme.point_id(position, f"{true} → {predicted}") for position in rows["position"]],
            hovertemplate="%{y:.1%} (%{customdata})<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    rows = stages.sort_values("position")
    ticks = [safe(stage_short(int(row.round), str(row.stage))) for row in rows.itertuples()]
    figure.update_xaxes(title={"text": F.stage}, tickmode="array", tickvals=rows["position"], ticktext=ticks)
    figure.update_yaxes(title={"text": F.rate}, tickformat=".0%", rangemode="tozero")
    return apply_layout(figure, 420, title, showlegend=True)


def _heights(nodes: list[tuple[int, str]], links: pd.DataFrame, node_index: dict[tuple[int, str], int]) -> list[float]:
    """Return the centre of every node from 0 (top) to 1, stacked in the order of `nodes`."""
    size = np.zeros(len(nodes))
    for position, state in (("from_position", "from_state"), ("position", "state")):
        sums = links.groupby([position, state])["n"].sum()
        for node, n in sums.items():
            size[node_index[node]] = max(size[node_index[node]], n)
    middle = np.zeros(len(nodes))
    for column in {node[0] for node in nodes}:
        indices = [index for node, index in node_index.items() if node[0] == column]
        share = size[indices] / size[indices].sum()
        middle[indices] = np.clip(np.cumsum(share) - share / 2, 0.01, 0.99)
    return middle.tolist()


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.35)"
