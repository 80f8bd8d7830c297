"""The common look of figures: palette, text colours, and names shown literally."""

from __future__ import annotations

import itertools

import numpy as np
from plotly.colors import hex_to_rgb

from dashboard.charts import confusion_matrix, theme
from dashboard.widgets import clickable_matrix


def test_a_name_is_one_line_and_no_markup():
    assert theme.safe("a\nb  c") == "a b c"
    assert theme.safe("<b>3d</b>") == "&lt;b&gt;3d&lt;/b&gt;"
    assert len(theme.safe("x" * 300)) == 90 and theme.safe("x" * 300).endswith("…")


def test_palette_is_told_apart_by_colour_blind_readers():
    """Deuteranopia after Vienot, Brettel and Mollon 1999: colours used side by side stay distinct."""
    to_lms = np.array([[17.8824, 43.5161, 4.11935], [3.45565, 27.1554, 3.86714], [0.0299566, 0.184309, 1.46709]])
    blind = np.array([[1, 0, 0], [0.494207, 0, 1.24827], [0, 0, 1]])
    seen_as = np.linalg.inv(to_lms) @ blind @ to_lms
    for palette in (theme.RUN_COLOURS, theme.STAGE_COLOURS.values(), theme.OUTCOME_COLOURS.values()):
        seen = [seen_as @ (np.array(hex_to_rgb(colour)) / 255) ** 2.2 for colour in palette]
        for one, other in itertools.combinations(seen, 2):
            assert np.abs(one - other).max() > 0.05
    assert len({theme.run_style(number) for number in range(20)}) == 20


def test_a_long_list_of_runs_repeats_colours_with_another_dash():
    assert theme.run_style(0) == (theme.BLUE, "solid") and theme.run_style(7) == (theme.BLUE, "dash")


def test_ink_and_paper_of_the_page_are_in_the_figure_that_is_saved():
    """Streamlit's own grey is faint on white; without a paper a picture saved from a dark page is white on nothing."""
    shown = theme.apply_page_colours(
        confusion_matrix.confusion(np.eye(3, dtype=int) + 1, ["a", "b", "c"]), "#1b2b34", "#ffffff"
    )
    assert shown.layout.paper_bgcolor == "#ffffff"
    for axis in (shown.layout.xaxis, shown.layout.yaxis):
        assert axis.tickfont.color == axis.title.font.color == "#1b2b34"
    written = theme.apply_page_colours(
        clickable_matrix.clickable(confusion_matrix.confusion(np.eye(3, dtype=int), ["a", "b", "c"])), "#1b2b34", "#fff"
    )
    assert {note.font.color for note in written.layout.annotations} == {"#000000", "#ffffff"}, "cells keep their own"
