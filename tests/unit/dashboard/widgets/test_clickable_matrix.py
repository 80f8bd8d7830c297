"""Matrices that can be clicked, without a browser."""

from __future__ import annotations

import numpy as np

from analysis.confusion_change import confusion_change
from dashboard.charts import confusion_matrix
from dashboard.text import F
from dashboard.widgets import clickable_matrix

EVIL = "<b>3d</b>"
NAMES = ["ac", EVIL, "x" * 300]


def test_every_cell_can_be_clicked_and_tells_its_pair():
    figure = clickable_matrix.clickable(confusion_matrix.confusion(np.arange(9).reshape(3, 3), NAMES))
    marks = next(trace for trace in figure.data if trace.name == clickable_matrix.CELLS)
    cells = list(zip(marks.y, marks.x, marks.customdata, strict=True))
    assert len(cells) == 9
    assert cells[5][:2] == (1, 2) and "&lt;b&gt;3d" in cells[5][2] and "5 / 12" in cells[5][2]
    assert figure.layout.clickmode == "event+select"
    assert clickable_matrix.clicked({"selection": {"points": [{"x": 2, "y": 1}]}}) == (1, 2)
    assert clickable_matrix.clicked({"selection": {"points": []}}) is None and clickable_matrix.clicked(None) is None


def test_frames_are_on_the_cells_that_moved():
    true = np.repeat([0, 1, 2], 40)
    after = true.copy()
    after[:30] = 1
    change = confusion_change(true, true, after, np.arange(120), 3)
    figure = clickable_matrix.change_matrix(change, NAMES)
    assert {(round(s.x0 + 0.47), round(s.y0 + 0.47)) for s in figure.layout.shapes} == {(0, 0), (1, 0)}
    told = figure.data[0].customdata[0][1]
    assert "+75.0" in told and "95%" in told and "0 → 30 / 40" in told and F.moved in told


def test_members_of_a_folded_matrix():
    classes = list("abcde")
    assert clickable_matrix.names_of([1, 3], classes, "(others)") == ["b", "d", "(others)"]
    assert clickable_matrix.members(2, [1, 3], classes) == ["a", "c", "e"] and clickable_matrix.members(
        1, [1, 3], classes
    ) == ["d"]


def test_cooccurrence_leaves_the_diagonal_blank():
    figure = clickable_matrix.cooccurrence([[9, 2], [0, 7]], ["a", EVIL])
    assert np.isnan(figure.data[0].z[0][0]) and figure.data[0].z[0][1] == 2 and figure.data[0].zmax == 2


def test_cooccurrence_of_nothing_is_a_sentence():
    figure = clickable_matrix.cooccurrence(np.zeros((2, 2)), ["a", "b"])
    assert not figure.data and [note.text for note in figure.layout.annotations] == [F.no_samples]


def test_two_lines_fit_into_a_small_cell():
    many = confusion_matrix.confusion(np.eye(13, dtype=int), [f"class_{i}" for i in range(13)])
    sizes = {note.font.size for note in clickable_matrix.clickable(many).layout.annotations}
    assert sizes == {9}, "two lines fit into a cell of 29 pixels"
