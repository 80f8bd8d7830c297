"""Confusion matrices and their difference without a browser: cells, axes, colours and the words."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest
from plotly.colors import hex_to_rgb

from analysis.confusion import difference
from dashboard.charts import confusion_matrix
from dashboard.text import F

EVIL = '<b>3d</b> & "x"'
COUNTS = np.array([[8, 2, 0], [1, 3, 0], [0, 0, 0]])
NAMES = ["ac", "afi", EVIL]


def test_figures_are_sound(check_figure):
    check_figure(confusion_matrix.confusion(COUNTS, NAMES))
    check_figure(confusion_matrix.confusion_difference(difference(COUNTS, COUNTS.T + COUNTS), NAMES))


@pytest.mark.parametrize(
    ("figure", "sentence"),
    [
        (lambda: confusion_matrix.confusion(np.zeros((2, 2), int), ["a", "b"]), F.no_samples),
        (lambda: confusion_matrix.confusion(np.zeros((0, 0), int), []), F.no_samples),
        (lambda: confusion_matrix.confusion_difference(np.full((2, 2), np.nan), ["a", "b"]), F.no_samples),
    ],
)
def test_nothing_to_show_is_said_in_a_sentence(figure, sentence):
    shown = figure()
    assert isinstance(shown, go.Figure) and not shown.data
    assert [note.text for note in shown.layout.annotations] == [sentence]


def test_confusion_has_the_first_true_class_on_top_and_shares_of_its_row():
    figure = confusion_matrix.confusion(COUNTS, NAMES)
    (heat,) = figure.data
    np.testing.assert_allclose(heat.z, [[0.8, 0.2, 0], [0.25, 0.75, 0], [np.nan] * 3])
    assert [list(row) for row in heat.text] == [
        ["80%<br>8", "20%<br>2", "0"], ["25%<br>1", "75%<br>3", "0"], ["–"] * 3,
    ]  # fmt: skip
    top, bottom = figure.layout.yaxis.range[::-1]
    assert top < bottom, "reversed: row 0 is drawn at the top"
    assert list(figure.layout.xaxis.tickvals) == list(heat.x) == [0, 1, 2]
    assert list(figure.layout.yaxis.ticktext)[:2] == ["ac (10)", "afi (4)"]
    assert figure.layout.yaxis.title.text == "True class" and figure.layout.xaxis.title.text == "Predicted class"
    assert (heat.zmin, heat.zmax) == (0, 1)
    assert heat.customdata[0][1] == "<b>ac</b> predicted as <b>afi</b><br>2 / 10 (20.0%)"


def test_shares_of_the_predicted_class_sum_to_one_by_column():
    figure = confusion_matrix.confusion([[3, 1], [1, 3]], ["a", "b"], over="predicted")
    np.testing.assert_allclose(np.sum(figure.data[0].z, axis=0), 1)
    assert "3 / 4" in figure.data[0].customdata[0][0]


def test_confusion_in_counts_knows_zero_from_undefined():
    (heat,) = confusion_matrix.confusion(COUNTS, NAMES, normalised=False).data
    np.testing.assert_array_equal(heat.z, COUNTS)
    assert [list(row) for row in heat.text] == [["8", "2", "0"], ["1", "3", "0"], ["0", "0", "0"]]
    assert heat.zmax == 8


def test_many_classes_have_a_colour_bar_in_place_of_numbers():
    names = [f"class {i}" for i in range(60)]
    (heat,) = confusion_matrix.confusion(np.eye(60, dtype=int), names).data
    assert heat.text is None and heat.texttemplate is None and heat.showscale
    (few,) = confusion_matrix.confusion(COUNTS, NAMES).data
    assert few.texttemplate == "%{text}" and not few.showscale


def test_difference_is_neutral_at_zero_and_even_on_both_sides():
    (heat,) = confusion_matrix.confusion_difference([[10, -10.04, 0.04], [0, 0, 0], [np.nan] * 3], NAMES).data
    assert (heat.zmin, heat.zmid, heat.zmax) == (-10.04, 0, 10.04)
    assert [list(row) for row in heat.text] == [["+10.0", "−10.0", "0"], ["0", "0", "0"], ["–", "–", "–"]]
    colours = dict(heat.colorscale)
    red, green, blue = hex_to_rgb(colours[0.5])
    assert red == green == blue and colours[0.0] != colours[1.0]
    (still,) = confusion_matrix.confusion_difference(np.zeros((2, 2)), ["a", "b"]).data
    assert (still.zmin, still.zmax) == (-1, 1), "no change is not blown up"


def test_class_names_are_shown_literally_and_shortened_only_on_the_axis():
    long = "x" * 300
    figure = confusion_matrix.confusion(np.eye(2, dtype=int), [EVIL, long])
    assert figure.layout.xaxis.ticktext[0] == '&lt;b&gt;3d&lt;/b&gt; &amp; "x"'
    assert len(figure.layout.xaxis.ticktext[1]) == 24 and figure.layout.xaxis.ticktext[1].endswith("…")
    assert "&lt;b&gt;3d" in figure.data[0].customdata[0][1]


def test_names_across_a_matrix_of_many_classes_are_turned_so_that_none_is_left_out():
    few, many = (confusion_matrix.confusion(np.eye(n, dtype=int), [f"class_{i}" for i in range(n)]) for n in (6, 13))
    assert few.layout.xaxis.tickangle is None and many.layout.xaxis.tickangle == 90
    long = confusion_matrix.confusion(np.eye(6, dtype=int), ["Trans-ventricular"] * 6)
    assert long.layout.xaxis.tickangle < 0, "to the right the last one would be left out"
