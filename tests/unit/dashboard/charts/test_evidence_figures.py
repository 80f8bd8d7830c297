"""Figures that weigh evidence and matrices that answer a click, without a browser."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from analysis.calibration import reliability
from analysis.confused_pairs import pair_trends
from analysis.confusion_change import confusion_change
from analysis.trajectories import flow_links, gained_and_lost, states
from dashboard.charts import confusion_matrix, differences, reliability_diagram, sample_flows
from dashboard.text import F
from dashboard.widgets import clickable_matrix

EVIL = "<b>3d</b>"
NAMES = ["ac", EVIL, "x" * 300]
STAGES = pd.DataFrame({"round": [0, 1, 1], "stage": ["full", "hard_negative", "refined"], "position": [0, 1, 2]})


@pytest.fixture
def history():
    rows = [
        {"sample_id": s, "position": p, "round": int(p > 0), "stage": STAGES["stage"][p], "correct": bool(right)}
        for s, said in {"a": [0, 1, 0], "b": [1, 1, 1], "c": [1, 0, 0], "d": [0, 0, 1]}.items()
        for p, right in enumerate(said)
    ]
    return pd.DataFrame(rows)


def test_every_cell_can_be_clicked_and_tells_its_pair():
    figure = clickable_matrix.clickable(confusion_matrix.confusion(np.arange(9).reshape(3, 3), NAMES))
    marks = next(trace for trace in figure.data if trace.name == clickable_matrix.CELLS)
    cells = list(zip(marks.y, marks.x, marks.customdata, strict=True))
    assert len(cells) == 9
    assert cells[5][:2] == (1, 2) and "&lt;b&gt;3d" in cells[5][2] and "5 / 12" in cells[5][2]
    assert figure.layout.clickmode == "event+select"
    assert clickable_matrix.clicked({"selection": {"points": [{"x": 2, "y": 1}]}}) == (1, 2)
    assert clickable_matrix.clicked({"selection": {"points": []}}) is None and clickable_matrix.clicked(None) is None


def test_shares_of_the_predicted_class_sum_to_one_by_column():
    figure = confusion_matrix.confusion([[3, 1], [1, 3]], ["a", "b"], over="predicted")
    np.testing.assert_allclose(np.sum(figure.data[0].z, axis=0), 1)
    assert "3 / 4" in figure.data[0].customdata[0][0]


def test_frames_are_on_the_cells_that_moved():
    true = np.repeat([0, 1, 2], 40)
    after = true.copy()
    after[:30] = 1
    change = confusion_change(true, true, after, np.arange(120), 3)
    figure = clickable_matrix.changed(change, NAMES)
    assert {(round(s.x0 + 0.47), round(s.y0 + 0.47)) for s in figure.layout.shapes} == {(0, 0), (1, 0)}
    told = figure.data[0].customdata[0][1]
    assert "+75.0" in told and "95 %" in told and "0 → 30 / 40" in told and F.moved in told


def test_members_of_a_folded_matrix():
    classes = list("abcde")
    assert clickable_matrix.names_of([1, 3], classes, "(others)") == ["b", "d", "(others)"]
    assert clickable_matrix.members(2, [1, 3], classes) == ["a", "c", "e"] and clickable_matrix.members(
        1, [1, 3], classes
    ) == ["d"]


def test_cooccurrence_leaves_the_diagonal_blank():
    figure = clickable_matrix.cooccurrence([[9, 2], [0, 7]], ["a", EVIL])
    assert np.isnan(figure.data[0].z[0][0]) and figure.data[0].z[0][1] == 2 and figure.data[0].zmax == 2


def test_flow_carries_every_sample_between_named_states(history):
    links = flow_links(states(history))
    figure = sample_flows.outcome_sankey(links, STAGES)
    (sankey,) = figure.data
    assert sum(sankey.link.value) == 8 and len(sankey.node.label) == len(sankey.node.x) == len(sankey.node.y)
    said = {t for t in sankey.link.customdata}
    assert "fixed → newly wrong: 1 samples" in said and "right → still right: 1 samples" in said
    assert [note.text for note in figure.layout.annotations] == ["full", "1 hard", "1 refined"]


def test_gains_and_losses_are_on_either_side():
    rows = gained_and_lost([0, 0, 1, 1], [1, 0, 1, 0], [1, 0, 0, 1], ["ac", EVIL, "none"])
    assert rows[["gained", "lost", "net", "n"]].to_numpy().tolist() == [[0, 0, 0, 2], [1, 1, 0, 2], [0, 0, 0, 0]]
    figure = differences.gained_lost([("run", rows)])
    assert list(figure.data[0].x) == [0, 1, 0] and list(figure.data[1].x) == [0, -1, 0]
    assert figure.layout.yaxis.ticktext[1] == "&lt;b&gt;3d&lt;/b&gt; (2)"
    assert (figure.layout.xaxis.dtick, figure.layout.xaxis.range) == (1, (-2, 2)), "no tick at half a sample"
    nothing = differences.gained_lost([("run", rows.assign(gained=0, lost=0))])
    assert nothing.layout.xaxis.range == (-1, 1)


def test_calibration_skips_empty_bins_and_says_its_counts():
    bins = reliability([True, False, True], [0.9, 0.9, 0.2])
    figure = reliability_diagram.reliability([("a", bins), (EVIL, bins)])
    assert [len(trace.x) for trace in figure.data] == [2, 2, 2]
    assert figure.data[1].customdata[1].startswith("2 answers, said 90.0 %, came true 50.0 %")
    assert figure.data[2].name == "&lt;b&gt;3d&lt;/b&gt;"


def test_trends_have_a_line_a_pair():
    counts = pd.DataFrame(
        [(0, "ac", EVIL, 2), (0, "ac", "ac", 2), (2, "ac", "ac", 4)],
        columns=["position", "true_class", "predicted_class", "n"],
    )
    (line,) = sample_flows.pair_trends(pair_trends(counts), STAGES).data
    assert list(line.y) == [0.5, 0] and list(line.customdata) == ["2 / 4", "0 / 4"]


def test_nothing_to_show_is_a_sentence_and_every_figure_is_json():
    none = pd.DataFrame(columns=["n"])
    shown = [
        sample_flows.outcome_sankey(none, STAGES), sample_flows.pair_trends(none, STAGES), differences.gained_lost([]),
        reliability_diagram.reliability([("a", reliability([], []))]), differences.threshold_effect(none, 0.5, 0.5),
        clickable_matrix.cooccurrence(np.zeros((2, 2)), ["a", "b"]),
    ]  # fmt: skip
    assert all(not figure.data and len(figure.layout.annotations) == 1 for figure in shown)
    curve = pd.DataFrame({"threshold": [0.1, 0.9], "precision": [0.5, np.nan], "recall": [1, 0], "f1": [0.6, 0]})
    assert len(json.loads(differences.threshold_effect(curve, 0.5, 0.4).to_json())["data"]) == 3
