"""Draw what a study has shown: verdicts, classes, costs, rounds and maps over knobs; pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.comparison_verdicts import Verdict
from dashboard.charts import theme
from dashboard.charts.theme import apply_layout, empty_figure, safe
from dashboard.text import F

VERDICT_COLOURS: Final[Mapping[str, str]] = {
    Verdict.BETTER: theme.GREEN, Verdict.WORSE: theme.VERMILION, Verdict.EQUIVALENT: theme.BLUE,
    Verdict.NOT_SETTLED: theme.GREY,
}  # fmt: skip
_SYMBOLS: Final = {Verdict.BETTER: "triangle-right", Verdict.WORSE: "triangle-left", Verdict.EQUIVALENT: "square"}
_ROW: Final = 34  # pixels
_ASIDE: Final = 0.012  # of the axis, between arms of one cost
_LEGEND_ROW: Final = 20  # pixels
_NAME_HEIGHTS: Final = (-28, -52, -76)  # pixels, of the names of neighbours above their points
_BAND: Final = 0.32  # of a row, on each side of its middle
_STRIPES: Final = 4  # of a hatched cell, on each side of its middle
_HALF: Final = 0.48  # of a cell
_NUMBERS: Final = (
    "difference", "simultaneous_low", "simultaneous_high", "equivalence_low", "equivalence_high", "margin",
)  # fmt: skip


def forest(questions: pd.DataFrame, labels: Sequence[str], phrases: Sequence[str], title: str = "") -> go.Figure:
    """Draw the difference of every question with its intervals, margin and verdict.

    Args:
        questions: K rows of `comparisons.study_answers.StudyAnswers.questions`; main questions are drawn first.
        labels: K names of rows.  phrases: K verdicts as people read them, written at the right.
    Returns:
        Bands show the margins, thick lines the 90 % intervals of equivalence, thin ones the 95 % intervals that hold
        together. Ids of points: `question|dataset`. Rows without a number have their phrase alone.
    """
    if questions.empty:
        return empty_figure(F.no_questions, title)
    order = np.argsort(~questions["main"].to_numpy(bool), kind="stable")
    rows = questions.iloc[order].reset_index(drop=True)
    names, verdicts = ([safe(texts[number], 60) for number in order] for texts in (labels, phrases))
    positions = np.arange(len(rows)) + np.where(rows["main"], 0.0, 0.5)
    points = {name: 100 * rows[name].to_numpy(np.float64) for name in _NUMBERS}
    figure = go.Figure()
    for low, high, width, name in (
        ("equivalence_low", "equivalence_high", 7, F.interval_equivalence),
        ("simultaneous_low", "simultaneous_high", 2, F.interval_together),
    ):
        x = np.stack([points[low], points[high], np.full(len(rows), np.nan)], axis=1).ravel()
        figure.add_scatter(
            x=x, y=np.repeat(positions, 3), mode="lines", name=name, hoverinfo="skip",
            line={"width": width, "color": theme.SKY if width > 2 else theme.GREY},
        )  # fmt: skip
    figure.add_scatter(
        x=points["difference"], y=positions, mode="markers", showlegend=False, name="",
        ids=[theme.point_id(row.question, row.dataset) for row in rows.itertuples()],
        marker={"size": 11, "color": [VERDICT_COLOURS.get(verdict, theme.GREY) for verdict in rows["verdict"]],
                "symbol": [_SYMBOLS.get(verdict, "circle") for verdict in rows["verdict"]]},
        customdata=[_hover(*parts) for parts in zip(rows.itertuples(), names, verdicts, strict=True)],
        hovertemplate="%{customdata}<extra></extra>",
    )  # fmt: skip
    figure.add_bar(x=[None], y=[positions[0]], name=F.margin, marker={"color": theme.LINE}, orientation="h")
    edge = _edge(rows, points)
    bands = [_band(position, margin, edge) for position, margin in zip(positions, points["margin"], strict=True)]
    notes = [
        {"x": 1.01, "xref": "paper", "xanchor": "left", "y": position, "text": phrase, "showarrow": False}
        for position, phrase in zip(positions, verdicts, strict=True)
    ]
    explored = np.flatnonzero(~rows["main"].to_numpy(bool))
    if len(explored) and len(explored) < len(rows):
        line = positions[explored[0]] - 0.75
        bands.append(theme.horizontal_line(line, color=theme.GREY, dash="dot", width=1))
        notes.append(
            {"x": 0, "xref": "paper", "xanchor": "left", "y": line, "yanchor": "top", "text": F.explored,
             "showarrow": False}
        )  # fmt: skip
    widest = max(map(_pixels, verdicts), default=0)
    bands.append(theme.vertical_line(0, color=theme.GREY, width=1))
    return apply_layout(
        figure, 150 + _ROW * len(rows), title, showlegend=True, shapes=bands,
        annotations=notes, margin={"l": 10, "r": 30 + widest, "t": 56 if title else 28, "b": 48},
        xaxis=theme.axis(F.difference_points, range=[-edge, edge]),
        yaxis=theme.axis(tickmode="array", tickvals=positions, ticktext=names, range=[positions[-1] + 0.6, -0.6],
                         showgrid=False),
    )  # fmt: skip


def _pixels(text: str) -> int:
    """Return about how wide a text is drawn; Hangul is wider than Latin letters."""
    return sum(13 if unicodedata.east_asian_width(letter) in "WF" else 7 for letter in text)


def _edge(rows: pd.DataFrame, points: Mapping[str, Any]) -> float:
    """Return how far the axis reaches.

    It holds all differences and margins, and intervals that are not endless.
    """
    near = np.concatenate([np.abs(points["difference"]), 2 * points["margin"]])
    ends = np.abs(np.concatenate([points["simultaneous_low"], points["simultaneous_high"]]))
    ends = ends[~np.isnan(ends)]
    most = float(np.nanmax(near))
    usual = float(np.quantile(ends, 0.8)) if len(ends) else 0.0
    return 1.1 * max(most, usual)


def _band(position: float, margin: float, edge: float) -> dict[str, Any]:
    reach = min(margin, edge)
    return {
        "type": "rect", "x0": -reach, "x1": reach, "y0": position - _BAND, "y1": position + _BAND, "layer": "below",
        "fillcolor": theme.LINE, "line": {"width": 0},
    }  # fmt: skip


def _hover(row: Any, name: str, phrase: str) -> str:
    together = F.interval.format(level=95, low=100 * row.simultaneous_low, high=100 * row.simultaneous_high)
    alone = F.interval.format(level=90, low=100 * row.equivalence_low, high=100 * row.equivalence_high)
    return (
        f"{name}<br>{100 * row.difference:+.1f} {F.points}; {together}; {alone}<br>"
        f"{F.study_support.format(seeds=row.n_seeds, n=row.n_samples, patients=row.n_patients)}<br>{phrase}"
    )


def class_wins(rows: pd.DataFrame, name_a: str, name_b: str, title: str = "") -> go.Figure:
    """Draw the samples of each class that one arm alone has right.

    Those that neither has alone are ties.

    Args:
        rows: of `StudyAnswers.by_class`, of one question and dataset. Ids of bars: `win|class`, `loss|class`.
    """
    if rows.empty:
        return empty_figure(F.no_classes, title)
    figure = go.Figure()
    for column, sign, colour, name in (("win", 1, theme.GREEN, name_a), ("loss", -1, theme.VERMILION, name_b)):
        figure.add_bar(
            x=sign * rows[column], y=np.arange(len(rows)), orientation="h", name=F.only_right.format(arm=safe(name)),
            marker={"color": colour}, text=[f"{value:.1f}" for value in rows[column]], textangle=0,
            ids=[theme.point_id(column, class_name) for class_name in rows["class_name"]],
            customdata=[_wins(row) for row in rows.itertuples()], hovertemplate="%{customdata}<extra></extra>",
        )  # fmt: skip
    ticks = [f"{safe(row.class_name, theme.TICK_LENGTH)} ({row.n})" for row in rows.itertuples()]
    most = 1.25 * max(1.0, float(rows[["win", "loss"]].to_numpy().max()))
    return apply_layout(
        figure, 150 + _ROW * len(rows), title, showlegend=True, barmode="relative",
        shapes=[theme.vertical_line(0, color=theme.GREY, width=1)],
        xaxis=theme.axis(F.images_per_seed, range=[-most, most]),
        yaxis=theme.axis(tickmode="array", tickvals=list(range(len(rows))), ticktext=ticks,
                         range=[len(rows) - 0.5, -0.5]),
    )  # fmt: skip


def _wins(row: Any) -> str:
    counted = F.class_wins.format(win=f"{row.win:.1f}", tie=f"{row.tie:.1f}", loss=f"{row.loss:.1f}", n=row.n)
    return f"{safe(row.class_name)}: {counted}<br>" + F.seed_wins.format(
        won=row.seeds_won, tied=row.seeds_tied, lost=row.seeds_lost
    )


def gain_against_cost(
    rows: pd.DataFrame, cost: str, cost_label: str, reference: str = "", title: str = ""
) -> go.Figure:
    """Draw the accuracy of each arm against what one run of it takes.

    Arms that no other beats at the same or a lower cost are joined by a line. They and the reference have their name
    and interval beside them; of the others the legend has the name, and the hover text the interval. Arms of one cost
    stand side by side.

    Args:
        rows: arm, the cost, accuracy, accuracy_low, accuracy_high (NaN: no interval); of one dataset. Ids: the arms.
        cost: a column of `rows`.
        reference: the arm that the others are compared with.
    """
    if rows.empty:
        return empty_figure(F.no_ended_runs, title)
    figure = go.Figure()
    least, most = float(rows[cost].min()), float(rows[cost].max())
    span = max(most - least, 0.2 * most)
    alike = rows.groupby(cost)[cost]
    places = alike.cumcount() - (alike.transform("size") - 1) / 2
    rows = rows.assign(x=rows[cost] + _ASIDE * span * places, best=_unbeaten(rows, cost))
    rows["named"] = rows["best"] | rows["arm"].eq(reference)
    line = rows[rows["best"]].sort_values([cost, "x"])
    figure.add_scatter(
        x=line["x"], y=line["accuracy"], mode="lines", name=F.best_for_cost, hoverinfo="skip",
        line={"color": theme.GREY, "width": 1, "dash": "dot"},
    )  # fmt: skip
    for number, row in enumerate(rows.to_dict("records")):
        colour, _ = theme.run_style(number)
        spread = {
            "type": "data", "symmetric": False, "array": [row["accuracy_high"] - row["accuracy"]],
            "arrayminus": [row["accuracy"] - row["accuracy_low"]], "color": colour, "thickness": 1,
        }  # fmt: skip
        figure.add_scatter(
            x=[row["x"]], y=[row["accuracy"]], mode="markers", customdata=[_cost_hover(row, cost)],
            name=safe(row["arm"]), ids=[theme.point_id(row["arm"])], cliponaxis=False,
            marker={"size": 12 if row["named"] else 8, "color": colour, "symbol": number % 6,
                    "opacity": 1 if row["named"] else 0.7},
            error_y=spread if row["named"] else None,
            hovertemplate="%{customdata}<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    ends = pd.concat(
        [rows["accuracy"], rows.loc[rows["named"], "accuracy_low"], rows.loc[rows["named"], "accuracy_high"]]
    )
    low, high = float(ends.min()), float(ends.max())
    room = max(0.02, 0.15 * (high - low))  # Plotly alone would give a single point an axis from -50 to 100 %
    return apply_layout(
        figure, max(380, 90 + _LEGEND_ROW * len(rows)), title, showlegend=True,
        legend={"orientation": "v", "x": 1.02, "xanchor": "left", "y": 1, "yanchor": "top"},
        annotations=_arm_names(rows, line["arm"]),
        xaxis=theme.axis(cost_label, range=[max(0.0, least - 0.25 * span), most + 0.1 * span]),
        yaxis=theme.axis(F.test_accuracy, tickformat=".1%", range=[low - room, high + 2 * room]),
    )  # fmt: skip


def _arm_names(rows: pd.DataFrame, best: pd.Series) -> list[dict[str, Any]]:
    """Name arms beside their points: those of `best` above at the left, others below.

    Neighbours are named at different heights.
    """
    heights = {arm: _NAME_HEIGHTS[number % len(_NAME_HEIGHTS)] for number, arm in enumerate(best)}
    return [
        {
            "x": row["x"], "y": row["accuracy"], "text": safe(row["arm"], 24), "arrowhead": 0, "arrowwidth": 1,
            "arrowcolor": theme.GREY, "ax": -22, "ay": heights.get(row["arm"], 60),
            "xanchor": "right" if row["best"] else "center",
        }
        for row in rows[rows["named"]].to_dict("records")
    ]  # fmt: skip


def _unbeaten(rows: pd.DataFrame, cost: str) -> list[bool]:
    """Return which arms are more accurate than every other arm that costs as much or less."""
    costs, scores = rows[cost].to_numpy(np.float64), rows["accuracy"].to_numpy(np.float64)
    ahead = (costs[None, :] <= costs[:, None]) & (scores[None, :] >= scores[:, None])
    same = (costs[None, :] == costs[:, None]) & (scores[None, :] == scores[:, None])
    return [bool(one) for one in ~(ahead & ~same).any(axis=1)]


def _cost_hover(row: Mapping[str, Any], cost: str) -> str:
    interval = (
        f" ({row['accuracy_low']:.1%}–{row['accuracy_high']:.1%})" if row["accuracy_low"] == row["accuracy_low"] else ""
    )
    return f"{row['accuracy']:.1%}{interval}, {row[cost]:,.0f}"


def round_curves(rows: pd.DataFrame, title: str = "") -> go.Figure:
    """Draw the test accuracy of each arm over rounds, with the interval over seeds.

    Args:
        rows: arm, round, accuracy, accuracy_low, accuracy_high, n_seeds; of one dataset. Ids: `arm|round`.
    """
    if rows.empty:
        return empty_figure(F.no_stages, title)
    figure = go.Figure()
    arms = rows["arm"].drop_duplicates()
    shift = np.linspace(-0.06, 0.06, len(arms)) if len(arms) > 1 else np.zeros(1)  # intervals would hide each other
    for number, (arm, of_arm) in enumerate(rows.groupby("arm", sort=False)):
        colour, dash = theme.run_style(number)
        figure.add_scatter(
            x=of_arm["round"] + shift[number], y=of_arm["accuracy"], mode="lines+markers", name=safe(arm),
            line={"color": colour, "dash": dash}, marker={"size": 8, "symbol": number % 6},
            ids=[theme.point_id(arm, row.round) for row in of_arm.itertuples()],
            error_y={"type": "data", "symmetric": False, "array": of_arm["accuracy_high"] - of_arm["accuracy"],
                     "arrayminus": of_arm["accuracy"] - of_arm["accuracy_low"], "color": colour, "thickness": 1},
            customdata=[F.seeds_of.format(n=row.n_seeds) for row in of_arm.itertuples()],
            hovertemplate="%{y:.1%}, %{customdata}<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    ticks = sorted(rows["round"].unique())
    return apply_layout(
        figure, 380, title, showlegend=True,
        xaxis=theme.axis(F.round, tickmode="array", tickvals=ticks, ticktext=[str(tick) for tick in ticks]),
        yaxis=theme.axis(F.test_accuracy, tickformat=".1%"),
    )  # fmt: skip


def knob_map(rows: pd.DataFrame, across: str, down: str | None, phrases: Sequence[str], title: str = "") -> go.Figure:
    """Draw one question over a grid of knobs: the gain of each cell.

    A cell is hatched where it is not settled.

    Args:
        rows: of `StudyAnswers.questions`, one per cell; `values` holds the knobs.
        across, down: knobs of both axes; None: one row.
        phrases: the verdict of each row.  Ids are the datasets' keys.
    """
    if rows.empty:
        return empty_figure(F.no_questions, title)
    x_values = sorted({row[across] for row in rows["values"]}, key=_in_order)
    y_values = sorted({row[down] for row in rows["values"]}, key=_in_order) if down else [""]
    x = np.array([x_values.index(row[across]) for row in rows["values"]])
    y = np.array([y_values.index(row[down]) if down else 0 for row in rows["values"]])
    gain = 100 * rows["difference"].to_numpy(np.float64)
    most = max(1.0, float(np.nanmax(np.abs(gain)))) if not np.isnan(gain).all() else 1.0
    table = np.full((len(y_values), len(x_values)), np.nan)
    table[y, x] = gain
    figure = go.Figure(
        go.Heatmap(
            z=table, zmin=-most, zmax=most, colorscale=theme.GAIN, xgap=3, ygap=3, hoverinfo="skip",
            colorbar={"title": {"text": F.points}, "thickness": 14},
        )
    )  # fmt: skip
    figure.add_scatter(
        x=x, y=y, mode="markers+text", showlegend=False, marker={"size": 34, "opacity": 0}, name="",
        ids=[theme.point_id(dataset) for dataset in rows["dataset"]], textfont={"color": "#1a1a1a"},
        text=["–" if np.isnan(value) else f"<b>{value:+.1f}</b>" for value in gain],
        customdata=[_cell(*parts) for parts in zip(rows.to_dict("records"), phrases, strict=True)],
        hovertemplate="%{customdata}<extra></extra>",
    )  # fmt: skip
    settled = rows["verdict"].isin([Verdict.BETTER, Verdict.WORSE, Verdict.EQUIVALENT]).to_numpy(bool)
    stripes = [line for at in np.flatnonzero(~settled) for line in _hatch(float(x[at]), float(y[at]))]
    knobs = [theme.axis(safe(across), tickmode="array", tickvals=list(range(len(x_values))), showgrid=False,
                        ticktext=[_text(value) for value in x_values], range=[-0.5, len(x_values) - 0.5]),
             theme.axis(safe(down or ""), tickmode="array", tickvals=list(range(len(y_values))), showgrid=False,
                        ticktext=[_text(value) for value in y_values], range=[-0.5, len(y_values) - 0.5])]  # fmt: skip
    return apply_layout(
        figure, 170 + 60 * len(y_values), title, showlegend=False, shapes=stripes, xaxis=knobs[0], yaxis=knobs[1]
    )


def _hatch(x: float, y: float) -> list[dict[str, Any]]:
    """Return diagonal lines over one cell: not settled, whatever its colour seems to say."""
    lines = []
    for offset in np.linspace(-2 * _HALF, 2 * _HALF, 2 * _STRIPES + 1)[1:-1].tolist():
        left, right = max(-_HALF, offset - _HALF), min(_HALF, offset + _HALF)
        lines.append({
            "type": "line", "x0": x + left, "x1": x + right, "y0": y + offset - left, "y1": y + offset - right,
            "line": {"color": "rgba(60,60,60,0.45)", "width": 1.5},
        })  # fmt: skip
    return lines


def _cell(row: Mapping[str, Any], phrase: str) -> str:
    knobs = ", ".join(f"{safe(name)} {_text(value)}" for name, value in row["values"].items())
    interval = F.interval.format(level=95, low=100 * row["simultaneous_low"], high=100 * row["simultaneous_high"])
    return f"{knobs}<br>{100 * row['difference']:+.1f} {F.points}, {interval}<br>{safe(phrase)}"


def _in_order(value: object) -> tuple[bool, float, str]:
    number = isinstance(value, int | float)
    return not number, float(value) if isinstance(value, int | float) else 0.0, str(value)


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else safe(value, theme.TICK_LENGTH)
