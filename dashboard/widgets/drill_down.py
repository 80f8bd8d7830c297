"""The samples behind a bar, a point or a band of a figure: a click or a select box puts it into the URL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import unescape
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard.reads import run_queries, table_frames
from dashboard.text import T, called, number, plain
from dashboard.widgets import downloads, gallery, url_state
from dashboard.widgets.gallery import Lines


def figure(shown: go.Figure, name: str, table: pd.DataFrame | None, choose: Callable[[str], None]) -> None:
    """Draw a figure; a click on a mark that has an id hands that id to `choose`."""
    marks = [str(mark) for trace in shown.data for mark in _ids(trace)]
    key = f"{name}_{url_state.digest(marks)}"

    def clicked() -> None:
        mark = clicked_mark(shown, st.session_state.get(key))
        if mark is not None:
            choose(mark)

    downloads.figure(selectable(shown), name, table, key=key, on_select=clicked, selection_mode="points")


def selectable(shown: go.Figure) -> go.Figure:
    """Marks that answer a click; those not chosen stay readable."""
    for trace in shown.data:
        if len(_ids(trace)) and trace.unselected.marker.opacity is None:
            trace.unselected = {"marker": {"opacity": 0.6}}
    return shown.update_layout(clickmode="event+select", dragmode=False, hovermode="closest")


def clicked_mark(shown: go.Figure, event: Any) -> str | None:
    """The id of the mark that was clicked, from what Streamlit keeps of the figure; None without one."""
    points = event["selection"]["points"] if event else []
    if not points:
        return None
    ids, at = _ids(shown.data[points[0]["curve_number"]]), points[0]["point_index"]
    return unescape(str(ids[at])) if at < len(ids) else None


def choose(name: str, options: Mapping[str, str], label: str = "", place: url_state.Place = None) -> str:
    """The mark whose samples are shown, as a select box for those who do not click; empty for none.

    Args:
        name: of the URL parameter.  options: ids of marks and what users read.
    """
    words = {"": T.none_chosen, **options}
    return url_state.choose(name, label or T.behind_label, list(words), show=words.__getitem__, place=place)


def setter(name: str) -> Callable[[str], None]:
    """What to do at a click: write the mark's id to the URL parameter that `choose` reads."""
    return lambda mark: url_state.set_view(**{name: mark})


def samples(
    run: dict[str, Any], rows: pd.DataFrame, lines: Lines, title: str, name: str, *, arrows: bool = False
) -> None:
    """A gallery under its title; `arrows` as for `dashboard.widgets.gallery.draw`.

    Args:
        rows: sample_id, path and whatever `lines` tells of a row.  title: Markdown.
    """
    st.markdown(f"#### {title}")
    if rows.empty:
        st.info(T.none_behind, icon=":material/info:")
        return
    gallery.warn_if_gone(run["dataset_id"])
    cards = gallery.cards_of_run(run, rows, lines)
    gallery.draw(cards, f"{name}_{url_state.digest([run['run_id'], title, *rows['sample_id']])}", arrows=arrows)


def mistakes(run_id: str, round_: int, stage: str, bar: str, name: str) -> None:
    """What a stage got wrong on test, most certain mistakes first; `bar` is what users call the chosen mark."""
    said = table_frames.wrong_samples(run_queries.predictions(run_id, round_, stage, "test"))
    samples(run_queries.run(run_id), said, _mistake, T.class_title.format(bar=plain(bar), n=len(said)), name)


def _mistake(row: Any) -> tuple[str, ...]:
    words = T.was_now.format(was=called(row.label), now=called(row.predicted))
    return f"**{words}**", T.card_prob.format(prob=number(row.prob))


def _ids(trace: Any) -> Any:
    return () if trace.ids is None else trace.ids
