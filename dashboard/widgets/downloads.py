"""Save figures as PNG or SVG, and tables as CSV that no spreadsheet executes."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from analysis.spreadsheets import escape_formula
from dashboard.charts import theme
from dashboard.text import T
from dashboard.widgets import url_state

_FORMATS = ("png", "svg")


def choose_format() -> None:
    """Choose the format in which the camera above figures saves them; the URL keeps it."""
    url_state.switch("picture", T.picture_format, T.picture_formats)


def config(name: str) -> dict[str, Any]:
    """Configure a figure so that its camera saves `odap-<name>` in the chosen format."""
    wanted = url_state.view("picture")
    format_ = wanted if wanted in _FORMATS else _FORMATS[0]
    return theme.CONFIG | {"toImageButtonOptions": {"format": format_, "scale": 2, "filename": f"odap-{name}"}}


def figure(chart: go.Figure, name: str, table: pd.DataFrame | None = None, key: str = "", **options: Any) -> Any:
    """Draw a figure with its numbers for download below; return what `st.plotly_chart` does."""
    kind = st.context.theme.type
    if kind is not None:
        theme.apply_page_colours(
            chart, *(str(st.get_option(f"theme.{kind}.{part}")) for part in ("textColor", "backgroundColor"))
        )
    event = st.plotly_chart(chart, key=key or name, config=options.pop("config", {}) | config(name), **options)
    if table is not None:
        download(table, name)
    return event


def download(table: pd.DataFrame, name: str) -> None:
    """Draw a button that saves a table; the CSV is made at the click."""
    st.download_button(
        T.download_csv,
        partial(csv, table),
        file_name=f"odap-{name}.csv",
        mime="text/csv",
        key=f"csv_{name}",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )


def csv(table: pd.DataFrame) -> bytes:
    """Format a table as CSV: UTF-8 with a byte order mark, so that spreadsheets read Korean.

    Text that a spreadsheet would evaluate as a formula gets an apostrophe in front. Numbers stay as they are, lists
    become `a; b`.
    """
    named = table.rename(columns=lambda name: escape_formula(str(name)))
    cells = {name: [_cell(value) for value in column] for name, column in named.items() if not _is_plain(column)}
    return str(named.assign(**cells).to_csv(index=False, lineterminator="\r\n")).encode("utf-8-sig")


def _is_plain(column: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column))


def _cell(value: Any) -> Any:
    if pd.api.types.is_list_like(value):
        value = "; ".join(str(part) for part in value)
    return escape_formula(value)
