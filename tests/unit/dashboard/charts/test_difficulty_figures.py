"""Figures of the page Difficulty, without a browser."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.charts.difficulty_figures import cue_intervals, learned_curves

NAMES = ("ac", "<b>3d</b>")
CUES = ("colour", "marks")


def curves() -> pd.DataFrame:
    rows = [(name, epoch, epoch / 4, 10) for name in NAMES for epoch in range(5)]
    return pd.DataFrame(rows, columns=["class_name", "epoch", "share", "n"])


def evidence() -> pd.DataFrame:
    rows = [(name, cue, 0.7, 0.6, 0.8, cue == "marks") for name in NAMES for cue in ("sooner", *CUES)]
    return pd.DataFrame(rows, columns=["class_name", "factor", "auc", "together_low", "together_high", "apart"])


def test_a_line_per_class_and_the_ends_of_stages(check_figure):
    figure = learned_curves(curves(), [2])
    check_figure(figure)
    assert [list(trace.y) for trace in figure.data] == [[0, 0.25, 0.5, 0.75, 1]] * 2
    assert figure.layout.shapes[0].x0 == 2.5 and "of 10 samples" in figure.data[0].customdata[2]


def test_cues_have_their_intervals_and_those_that_stand_out_are_filled(check_figure):
    figure = cue_intervals(evidence(), CUES)
    check_figure(figure, y_title=False)
    assert [trace.name for trace in figure.data] == ["colour", "burned-in marks"]
    assert np.allclose(figure.data[0].error_x.array, 0.1) and np.allclose(figure.data[0].error_x.arrayminus, 0.1)
    assert set(figure.data[0].marker.symbol) == {"circle-open"} and set(figure.data[1].marker.symbol) == {"circle"}
    assert [round(y) for y in figure.data[0].y] == [0, 1]


def test_where_nothing_is_known_a_figure_says_so():
    empty = learned_curves(curves()[:0], [])
    assert "not recorded" in empty.layout.annotations[0].text
    unknown = evidence().assign(auc=np.nan)
    assert "No cue" in cue_intervals(unknown, CUES).layout.annotations[0].text
