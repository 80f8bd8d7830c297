"""Reliability diagrams without a browser: bins, counts and the words."""

from __future__ import annotations

import pytest

from analysis.calibration import reliability
from dashboard.charts import reliability_diagram
from dashboard.text import F

EVIL = "<b>3d</b>"


@pytest.fixture
def bins():
    return reliability([True, False, True], [0.9, 0.9, 0.2])


def test_the_figure_is_sound(check_figure, bins):
    check_figure(reliability_diagram.reliability([("a", bins), (EVIL, bins)]))


def test_nothing_to_show_is_said_in_a_sentence():
    figure = reliability_diagram.reliability([("a", reliability([], []))])
    assert not figure.data and [note.text for note in figure.layout.annotations] == [F.no_answers]


def test_calibration_skips_empty_bins_and_says_its_counts(bins):
    figure = reliability_diagram.reliability([("a", bins), (EVIL, bins)])
    assert [len(trace.x) for trace in figure.data] == [2, 2, 2]
    assert figure.data[1].customdata[1].startswith("2 predictions: mean probability 90.0%, observed 50.0%")
    assert figure.data[2].name == "&lt;b&gt;3d&lt;/b&gt;"
