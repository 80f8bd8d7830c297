"""Differences between two runs without a browser: by class, gained and lost, by threshold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from analysis.trajectories import gained_and_lost
from dashboard.charts import differences, theme
from dashboard.text import F

EVIL = '<b>3d</b> & "x"'
CURVE = pd.DataFrame({"threshold": [0.1, 0.9], "precision": [0.5, np.nan], "recall": [1, 0], "f1": [0.6, 0]})


def comparison(classes=("ac", EVIL)):
    return pd.DataFrame(
        {
            "class_name": list(classes), "metric": "f1", "a": [0.5, 0.8], "b": [0.6, np.nan],
            "difference": [0.1, np.nan], "simultaneous_low": [0.04, np.nan], "simultaneous_high": [0.13, np.nan],
            "n": [30, 0], "n_groups": [9, 0], "verdict": ["better", "not_settled"],
        }
    )  # fmt: skip


def test_figures_are_sound(check_figure):
    check_figure(differences.class_comparison(comparison(), "a", "b", "F1"), y_title=False)  # the y axis names classes
    rows = gained_and_lost([0, 0, 1, 1], [1, 0, 1, 0], [1, 0, 0, 1], ["ac", EVIL])
    check_figure(differences.gained_lost([(EVIL, rows)]), y_title=False)
    check_figure(differences.threshold_effect(CURVE, 0.5, 0.4))


@pytest.mark.parametrize(
    ("figure", "sentence"),
    [
        (lambda: differences.class_comparison(comparison()[:0], "a", "b"), F.no_classes),
        (lambda: differences.gained_lost([]), F.no_classes),
        (lambda: differences.threshold_effect(CURVE[:0], 0.5, 0.5), F.no_answers),
    ],
)
def test_nothing_to_show_is_said_in_a_sentence(figure, sentence):
    shown = figure()
    assert isinstance(shown, go.Figure) and not shown.data
    assert [note.text for note in shown.layout.annotations] == [sentence]


def test_comparison_draws_both_runs_and_the_difference_with_its_interval():
    figure = differences.class_comparison(comparison(), "run a", "run b", "F1")
    a, b, change = figure.data
    assert (a.name, b.name) == ("run a", "run b")
    np.testing.assert_allclose(a.x, [0.5, 0.8])
    np.testing.assert_allclose(b.x, [0.6, np.nan])
    np.testing.assert_allclose(change.x, [10, np.nan])
    np.testing.assert_allclose(change.error_x.array, [3, np.nan])
    np.testing.assert_allclose(change.error_x.arrayminus, [6, np.nan])
    assert change.customdata[0] == "+10.0 points, 95% CI +4.0 to +13.0<br>30 samples of 9 patients"
    assert figure.layout.xaxis2.title.text == "Difference, points (right: run b is better)"
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1], "the first class is on top"
    assert figure.layout.xaxis2.zeroline, "no difference is marked"


def test_a_difference_wears_the_colour_of_the_better_run():
    rows = comparison().assign(b=0.5, verdict=["better", "worse"])
    assert list(differences.class_comparison(rows, "a", "b").data[2].marker.color) == [
        theme.RUN_COLOURS[1], theme.RUN_COLOURS[0],
    ]  # fmt: skip
    rows = rows.assign(verdict=["equivalent", "not_settled"])
    assert set(differences.class_comparison(rows, "a", "b").data[2].marker.color) == {theme.GREY}


def test_comparison_of_several_metrics_at_once_is_refused():
    with pytest.raises(ValueError, match="f1, recall"):
        differences.class_comparison(pd.concat([comparison(), comparison().assign(metric="recall")]), "a", "b")


def test_gains_and_losses_are_on_either_side():
    rows = gained_and_lost([0, 0, 1, 1], [1, 0, 1, 0], [1, 0, 0, 1], ["ac", EVIL, "none"])
    assert rows[["gained", "lost", "net", "n"]].to_numpy().tolist() == [[0, 0, 0, 2], [1, 1, 0, 2], [0, 0, 0, 0]]
    figure = differences.gained_lost([("run", rows)])
    assert list(figure.data[0].x) == [0, 1, 0] and list(figure.data[1].x) == [0, -1, 0]
    assert figure.layout.yaxis.ticktext[1] == '&lt;b&gt;3d&lt;/b&gt; &amp; "x" (2)'
    assert (figure.layout.xaxis.dtick, figure.layout.xaxis.range) == (1, (-2, 2)), "no tick at half a sample"
    nothing = differences.gained_lost([("run", rows.assign(gained=0, lost=0))])
    assert nothing.layout.xaxis.range == (-1, 1)


def test_a_curve_over_the_threshold_has_a_line_a_score():
    figure = differences.threshold_effect(CURVE, 0.5, 0.4)
    assert [trace.name for trace in figure.data] == ["Precision", "Recall", "F1"]
    assert [shape.x0 for shape in figure.layout.shapes] == [0.5, 0.4]
