"""Define the look of figures: one colour-blind-safe palette, one layout.

Each colour has one meaning. Backgrounds are transparent and text colours are unset, so that figures fit a light and a
dark page; `apply_page_colours` sets those of the page when a figure is drawn.
Source of the palette: Okabe and Ito 2008, "Color Universal Design".
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from types import MappingProxyType
from typing import Any, Final

import plotly.graph_objects as go

TICK_LENGTH = 24  # characters of a tick label

BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#E69F00", "#009E73", "#CC79A7"
SKY, VERMILION, GREY = "#56B4E9", "#D55E00", "#999999"

STAGE_COLOURS: Final = MappingProxyType({"full": BLUE, "hard_negative": VERMILION, "control": GREY, "refined": GREEN})
STAGE_SYMBOLS: Final = MappingProxyType(
    {"full": "circle", "hard_negative": "diamond", "control": "x", "refined": "square"}
)
OUTCOME_COLOURS: Final = MappingProxyType(
    {"still_right": SKY, "fixed": GREEN, "newly_wrong": VERMILION, "still_wrong": ORANGE}
)
STATE_COLOURS: Final = MappingProxyType({"right": SKY, "wrong": ORANGE, **OUTCOME_COLOURS})
RUN_COLOURS: Final = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION, GREY)
RUN_DASHES: Final = ("solid", "dash", "dot")
SEQUENTIAL: Final = "Cividis"
DIVERGING: Final = ((0.0, BLUE), (0.5, "#f4f4f4"), (1.0, VERMILION))
GAIN: Final = ((0.0, VERMILION), (0.5, "#f4f4f4"), (1.0, GREEN))
LINE: Final = "rgba(128,128,128,0.3)"  # visible on white and on black

_NAMES_ACROSS, _LETTERS_ACROSS = 9, 60  # labels and characters that fit below a matrix without rotation
_AXIS: Final = {"automargin": True, "gridcolor": LINE, "zeroline": False, "linecolor": LINE}

CONFIG: Final[dict[str, Any]] = {
    "displaylogo": False,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
    "toImageButtonOptions": {"format": "png", "scale": 2},
}


def run_style(number: int) -> tuple[str, str]:
    """Return colour and dash of run `number` (0, 1, ...); colours repeat with another dash."""
    repeats, colour = divmod(number, len(RUN_COLOURS))
    return RUN_COLOURS[colour], RUN_DASHES[repeats % len(RUN_DASHES)]


def stage_colour(stage: str) -> str:
    """Return the colour of a kind of stage; grey for an unknown one."""
    return STAGE_COLOURS.get(stage, GREY)


def safe(name: object, longest: int = 90) -> str:
    """Escape a name for a figure, because plotly reads some tags as formatting.

    A name longer than `longest` characters ends in an ellipsis.
    """
    text = " ".join(str(name).split())
    return escape(text if len(text) <= longest else f"{text[: longest - 1]}…", quote=False)


def point_id(*parts: object) -> str:
    """Return the id of a bar or point, `part|part`, with markup escaped.

    `dashboard.widgets.drill_down` unescapes it after a click.
    """
    return escape("|".join(str(part) for part in parts), quote=False)


def apply_layout(figure: go.Figure, height: int, title: str = "", **layout: Any) -> go.Figure:
    """Apply the common layout to a figure and return it: transparent, legend below the plot.

    The layout is built as plain values and assigned once: plotly's update methods take ten times as long, at every
    rerun.
    """
    own = figure.layout.to_plotly_json()
    axes = {name: _AXIS | own.get(name, {}) for name in {"xaxis", "yaxis", *own} if name[:5] in ("xaxis", "yaxis")}
    figure.layout = own | axes | {
        "template": "none",
        "title": {"text": safe(title, 160)},
        "height": height,
        "margin": {"l": 10, "r": 10, "t": 56 if title else 28, "b": 48},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "legend": {"orientation": "h", "yref": "container", "yanchor": "bottom", "y": 0, "x": 0},
        "hoverlabel": {"align": "left"},
    } | layout  # fmt: skip
    return figure


def apply_page_colours(figure: go.Figure, text: str, background: str) -> go.Figure:
    """Set text and background colour of a figure wherever it names no colour itself.

    Streamlit's own grey is too faint on white, and a picture saved from a dark page would be white on transparent.

    Args:
        text, background: the page's colours.
    """
    own, colour = figure.layout.to_plotly_json(), {"color": text}
    for name, part in own.items():
        if name[:5] in ("xaxis", "yaxis"):
            title = part.get("title", {})
            part |= {"tickfont": part.get("tickfont", {}) | colour,
                      "title": title | {"font": title.get("font", {}) | colour}}  # fmt: skip
    for note in own.get("annotations", ()):
        note["font"] = colour | note.get("font", {})
    legend = own.get("legend", {}) | {"font": colour}
    figure.layout = own | {"paper_bgcolor": background, "font": colour, "legend": legend}
    for trace in figure.data:
        if trace.type == "sankey":
            trace.textfont.color = text
        elif trace.type == "heatmap":
            trace.update(colorbar={"tickfont": colour, "title": {"font": colour}})
    return figure


def axis(title: str = "", **options: Any) -> dict[str, Any]:
    """Return an axis for `apply_layout`: the common look, a title, and further options."""
    return _AXIS | ({"title": {"text": title}} if title else {}) | options


def vertical_line(x: float, **line: Any) -> dict[str, Any]:
    """Return a line from bottom to top at `x`, for `shapes` of `apply_layout`."""
    return {"type": "line", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1, "line": line}


def horizontal_line(y: float, **line: Any) -> dict[str, Any]:
    """Return a line from left to right at `y`, for `shapes` of `apply_layout`."""
    return {"type": "line", "y0": y, "y1": y, "xref": "paper", "x0": 0, "x1": 1, "line": line}


def empty_figure(sentence: str, title: str = "") -> go.Figure:
    """Return a figure without data that states the reason."""
    figure = apply_layout(go.Figure(), 220, title)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    figure.add_annotation(text=safe(sentence, 400), x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False)
    return figure


def tick_angle(names: Sequence[str]) -> int | None:
    """Return the angle of the names below a matrix; None where they fit side by side.

    By default plotly omits names that would overlap, and rotates others to the right, where the last one does not fit
    and is omitted too.
    """
    if len(names) > _NAMES_ACROSS:
        return 90
    return -40 if len(names) * max(map(len, names), default=0) > _LETTERS_ACROSS else None
