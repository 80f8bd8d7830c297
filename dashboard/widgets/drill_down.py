"""Show the samples of a bar, point or band of a figure.

A click or a select box writes its id to the URL.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import unescape
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard.reads import run_queries, table_frames
from dashboard.text import T, called, number, plain
from dashboard.widgets import downloads, gallery, scrolling, url_state
from dashboard.widgets.gallery import Lines


def figure(chart: go.Figure, name: str, table: pd.DataFrame | None, choose: Callable[[str], None]) -> None:
    """Draw a figure; a click on a point that has an id passes the id to `choose`."""
    ids = [str(id_) for trace in chart.data for id_ in _ids(trace)]
    key = f"{name}_{url_state.digest(ids)}"

    def clicked() -> None:
        id_ = clicked_id(chart, st.session_state.get(key))
        if id_ is not None:
            choose(id_)
            scrolling.follow()

    downloads.figure(selectable(chart), name, table, key=key, on_select=clicked, selection_mode="points")


def selectable(chart: go.Figure) -> go.Figure:
    """Let the points of a figure be clicked; those not chosen stay readable."""
    for trace in chart.data:
        if len(_ids(trace)) and trace.unselected.marker.opacity is None:
            trace.unselected = {"marker": {"opacity": 0.6}}
    return chart.update_layout(clickmode="event+select", dragmode=False, hovermode="closest")


def clicked_id(chart: go.Figure, event: Any) -> str | None:
    """Return the id of the clicked point; None without one.

    `event` is what Streamlit keeps of the figure in the session.
    """
    points = event["selection"]["points"] if event else []
    if not points:
        return None
    ids, index = _ids(chart.data[points[0]["curve_number"]]), points[0]["point_index"]
    return unescape(str(ids[index])) if index < len(ids) else None


def choose(name: str, options: Mapping[str, str], label: str = "", place: url_state.Place = None) -> str:
    """Choose the point whose samples are shown in a select box, as an alternative to a click.

    Args:
        name: of the URL parameter.
        options: ids of points and what users read.
        label: of the select box.
        place: where it is drawn.
    Returns:
        The id; empty for none.
    """
    words = {"": T.none_chosen, **options}
    return url_state.choose(name, label or T.behind_label, list(words), show=words.__getitem__, place=place)


def setter(name: str) -> Callable[[str], None]:
    """Return a function that writes a point's id to the URL parameter which `choose` reads."""
    return lambda id_: url_state.set_view(**{name: id_})


def samples(
    run: dict[str, Any], rows: pd.DataFrame, lines: Lines, title: str, name: str, *, arrows: bool = False
) -> None:
    """Draw a gallery of samples under a title.

    Args:
        run: whose predictions the samples are shown with.
        rows: sample_id, path and the columns that `lines` uses.
        lines: the lines of a row's card.
        title: Markdown.
        name: of the gallery, unique on its page.
        arrows: as for `dashboard.widgets.gallery.draw`.
    """
    st.markdown(f"#### {title}")
    if rows.empty:
        st.info(T.none_behind, icon=":material/info:")
        return
    gallery.warn_if_gone(run["dataset_id"])
    cards = gallery.cards_of_run(run, rows, lines)
    gallery.draw(cards, f"{name}_{url_state.digest([run['run_id'], title, *rows['sample_id']])}", arrows=arrows)


def mistakes(run_id: str, round_: int, stage: str, bar: str, name: str) -> None:
    """Draw the test samples that a stage got wrong, the most confident mistakes first.

    `bar` is what users call the chosen point of the figure.
    """
    wrong = table_frames.wrong_samples(run_queries.predictions(run_id, round_, stage, "test"))
    samples(run_queries.run(run_id), wrong, _mistake, T.class_title.format(bar=plain(bar), n=len(wrong)), name)


def _mistake(row: Any) -> tuple[str, ...]:
    words = T.was_now.format(was=called(row.label), now=called(row.predicted))
    return f"**{words}**", T.card_prob.format(prob=number(row.prob))


def _ids(trace: Any) -> Any:
    return () if trace.ids is None else trace.ids
