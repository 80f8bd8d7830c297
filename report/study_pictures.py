"""Draw the figures of a study's report as SVG, which needs no script."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from markupsafe import Markup, escape

from analysis.comparison_verdicts import Verdict

COLOURS: Final[Mapping[str, str]] = {  # of Okabe and Ito, as on the pages
    Verdict.BETTER: "#009E73", Verdict.WORSE: "#D55E00", Verdict.EQUIVALENT: "#0072B2", Verdict.NOT_SETTLED: "#777777",
}  # fmt: skip
_LINES: Final = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#777777")
_DASHES: Final = ("", "6 3", "2 3")
_ROW, _LEFT, _WIDTH, _RIGHT = 26, 290, 420, 260
_CELL_WIDTH, _CELL_HEIGHT, _LABEL = 104, 52, 16


def forest(questions: pd.DataFrame, labels: Sequence[str], phrases: Sequence[str]) -> Markup:
    """Draw every question's difference with intervals, margin and verdict, as on the page.

    Args:
        questions: K rows of `StudyAnswers.questions`.  labels, phrases: K names and verdicts.
    """
    margins, differences = (100 * questions[name].to_numpy(np.float64) for name in ("margin", "difference"))
    ends = np.abs(100 * questions[["simultaneous_low", "simultaneous_high"]].to_numpy(np.float64))
    usual = float(np.quantile(ends[~np.isnan(ends)], 0.8)) if (~np.isnan(ends)).any() else 0.0
    edge = 1.1 * max(float(np.nanmax(np.append(np.abs(differences), 2 * margins))), usual)
    height = _ROW * len(questions)

    def at(value: float) -> float:
        return _LEFT + _WIDTH * (min(max(value, -edge), edge) + edge) / (2 * edge)

    parts = []
    rows = zip(questions.to_dict("records"), labels, phrases, strict=True)
    for number, (row, label, phrase) in enumerate(rows):
        middle, margin = _ROW * (number + 0.5), 100 * row["margin"]
        parts.append(_rect(at(-margin), middle - 9, at(margin) - at(-margin), 18))
        parts.append(_text(_LEFT - 8, middle + 4, label, "end"))
        parts.append(_text(_LEFT + _WIDTH + 8, middle + 4, phrase, "start"))
        if row["difference"] != row["difference"]:
            continue
        colour = COLOURS.get(row["verdict"], "#777777")
        for ends_of, width, shade in (("equivalence", 6, "#56B4E9"), ("simultaneous", 1.5, colour)):
            low, high = 100 * row[f"{ends_of}_low"], 100 * row[f"{ends_of}_high"]
            if low == low:
                parts.append(_line(at(low), middle, at(high), middle, shade, width))
        parts.append(f'<circle cx="{at(100 * row["difference"]):.1f}" cy="{middle:.1f}" r="5" fill="{colour}"/>')
    parts.append(_line(at(0), 0, at(0), height, "#777777", 1))
    for tick in _ticks(edge):
        parts.append(_text(at(tick), height + 16, f"{tick:+g}", "middle"))
    return _svg(_LEFT + _WIDTH + _RIGHT, height + 22, parts)


def curves(rows: pd.DataFrame) -> Markup:
    """Draw the test accuracy of each arm over rounds.

    Args:
        rows: arm, round, accuracy, accuracy_low, accuracy_high; of one dataset.
    """
    arms = list(rows["arm"].drop_duplicates())
    values = 100 * rows[["accuracy", "accuracy_low", "accuracy_high"]].to_numpy(np.float64)
    low, high = max(0.0, float(np.nanmin(values)) - 1), min(100.0, float(np.nanmax(values)) + 1)
    last = max(1, int(rows["round"].max()))
    left, width, height = 60, 460, 240

    def at(round_: float, accuracy: float) -> tuple[float, float]:
        return left + 20 + (width - 40) * round_ / last, height - height * (100 * accuracy - low) / (high - low)

    parts = [_line(left, height, left + width, height, "#999999", 1)]
    for share in np.linspace(low, high, 5):
        y = at(0, share / 100)[1]
        parts += [_line(left, y, left + width, y, "#dddddd", 1), _text(left - 6, y + 4, f"{share:.1f} %", "end")]
    parts += [_text(at(number, 0)[0], height + 16, str(number), "middle") for number in range(last + 1)]
    for number, arm in enumerate(arms):
        colour, dash = _LINES[number % len(_LINES)], _DASHES[number // len(_LINES) % len(_DASHES)]
        of_arm = rows[rows["arm"] == arm].sort_values("round")
        points = [at(row.round, row.accuracy) for row in of_arm.itertuples()]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-dasharray="{dash}"/>')
        for row, (x, y) in zip(of_arm.itertuples(), points, strict=True):
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>')
            if row.accuracy_low == row.accuracy_low:
                parts.append(_line(x, at(0, row.accuracy_low)[1], x, at(0, row.accuracy_high)[1], colour, 1))
        parts.append(_line(left + width + 16, 14 + 18 * number, left + width + 40, 14 + 18 * number, colour, 2, dash))
        parts.append(_text(left + width + 46, 18 + 18 * number, arm, "start"))
    return _svg(left + width + 260, max(height, 18 * len(arms)) + 24, parts)


def knob_map(rows: pd.DataFrame, show: Callable[[object], str]) -> Markup:
    """Draw one question over a grid of knobs: the difference of each cell.

    Cells that are not settled are hatched. Knobs stand in turn across and down, so that all their values are seen at
    once.

    Args:
        rows: of `StudyAnswers.questions`, of one question and source, one per cell.
        show: called with a knob's value; returns what people call it.
    """
    knobs = list(rows["values"].iloc[0])
    across, down = knobs[0::2], knobs[1::2]
    columns, lines = (list(dict.fromkeys(_place(cell, names) for cell in rows["values"])) for names in (across, down))
    left, top = 8 + 8 * max(len(_named(down, place, show)) for place in lines), 8 + _LABEL * len(across)
    most = max(1.0, float(np.nanmax(np.append(np.abs(100 * rows["difference"].to_numpy(np.float64)), 0.0))))
    parts = [
        '<defs><pattern id="open" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<line x1="0" y1="0" x2="0" y2="7" stroke="#555555" stroke-opacity="0.35" stroke-width="1.5"/></pattern></defs>'
    ]
    for number, place in enumerate(columns):
        for line, (knob, value) in enumerate(zip(across, place, strict=True)):
            x = left + _CELL_WIDTH * (number + 0.5)
            parts.append(_text(x, _LABEL * (line + 1), f"{knob} {show(value)}", "middle"))
    for number, place in enumerate(lines):
        y = top + _CELL_HEIGHT * (number + 0.5) + 4
        parts.append(_text(left - 8, y, _named(down, place, show), "end"))
    for row in rows.to_dict("records"):
        x = left + _CELL_WIDTH * columns.index(_place(row["values"], across))
        y = top + _CELL_HEIGHT * lines.index(_place(row["values"], down))
        parts += _cell(row, x, y, most)
    return _svg(left + _CELL_WIDTH * len(columns) + 8, top + _CELL_HEIGHT * len(lines) + 8, parts)


def _place(values: Mapping[str, object], knobs: Sequence[str]) -> tuple[object, ...]:
    return tuple(values[knob] for knob in knobs)


def _named(knobs: Sequence[str], place: Sequence[object], show: Callable[[object], str]) -> str:
    return ", ".join(f"{knob} {show(value)}" for knob, value in zip(knobs, place, strict=True))


def _cell(row: Mapping[str, Any], x: float, y: float, most: float) -> list[str]:
    """Return one cell of a map: its colour, hatch, difference and interval, in points."""
    gain = 100 * row["difference"]
    box = f'x="{x + 1:.1f}" y="{y + 1:.1f}" width="{_CELL_WIDTH - 2}" height="{_CELL_HEIGHT - 2}"'
    if gain != gain:
        return [f'<rect {box} fill="#f4f4f4"/>', _text(x + _CELL_WIDTH / 2, y + _CELL_HEIGHT / 2 + 4, "–", "middle")]
    end = COLOURS[Verdict.BETTER] if gain > 0 else COLOURS[Verdict.WORSE]
    parts = [f'<rect {box} fill="#f4f4f4"/>', f'<rect {box} fill="{end}" fill-opacity="{abs(gain) / most:.2f}"/>']
    if row["verdict"] not in (Verdict.BETTER, Verdict.WORSE, Verdict.EQUIVALENT):
        parts.append(f'<rect {box} fill="url(#open)"/>')
    low, high = 100 * row["simultaneous_low"], 100 * row["simultaneous_high"]
    parts.append(_text(x + _CELL_WIDTH / 2, y + 22, f"{gain:+.1f}", "middle", "bold"))
    if low == low:
        parts.append(_text(x + _CELL_WIDTH / 2, y + 40, f"{low:+.1f} … {high:+.1f}", "middle"))
    return parts


def _ticks(edge: float) -> list[float]:
    steps = [size * 10.0**power for power in (-2, -1, 0, 1, 2) for size in (1, 2, 5)]
    step = next((step for step in steps if 2 * edge / step <= 9), steps[-1])
    return [round(number * step, 6) + 0.0 for number in range(-int(edge / step), int(edge / step) + 1)]


def _svg(width: float, height: float, parts: Sequence[str]) -> Markup:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}"'
    return Markup(f'{head} style="max-width:100%" font-size="12" font-family="inherit">{"".join(parts)}</svg>')


def _rect(x: float, y: float, width: float, height: float) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="#dddddd"/>'


def _line(x0: float, y0: float, x1: float, y1: float, colour: str, width: float, dash: str = "") -> str:
    return (
        f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" stroke="{colour}" stroke-width="{width}" '
        f'stroke-dasharray="{dash}"/>'
    )


def _text(x: float, y: float, words: str, anchor: str, weight: str = "normal") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}">{escape(words)}</text>'
