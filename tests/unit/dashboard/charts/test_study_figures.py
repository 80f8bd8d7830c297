"""Figures of a study: margins, verdicts, hatching; pure."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.charts import study_figures, theme


def questions(n=4):
    verdicts = ["better", "worse", "equivalent", "not_settled"]
    return pd.DataFrame({
        "question": [f"q{number}" for number in range(n)], "dataset": "d", "main": [True, False, True, True][:n],
        "difference": [0.03, -0.03, 0.001, 0.005][:n], "simultaneous_low": [0.01, -0.05, -0.01, -0.4][:n],
        "simultaneous_high": [0.05, -0.01, 0.012, 0.41][:n], "equivalence_low": [0.02, -0.04, -0.005, -0.2][:n],
        "equivalence_high": [0.04, -0.02, 0.007, 0.21][:n], "margin": 0.01, "verdict": verdicts[:n], "n_seeds": 3,
        "n_samples": 100, "n_patients": 20,
        "values": [{"hard": 0.1 * (number % 2), "noise": number // 2} for number in range(n)],
    })  # fmt: skip


def points_of(figure):
    return next(trace for trace in figure.data if trace.ids is not None)


def test_the_forest_draws_main_questions_first_with_margins_and_verdicts():
    figure = study_figures.forest(
        questions(), list("abcd"), ["better", "worse", "equivalent", "not settled: 9 more seeds"]
    )
    points = points_of(figure)
    assert list(points.ids) == ["q0|d", "q2|d", "q3|d", "q1|d"] and list(figure.layout.yaxis.ticktext) == list("acdb")
    np.testing.assert_allclose(points.x, [3, 0.1, 0.5, -3])
    assert points.marker.color[0] == theme.GREEN and points.marker.color[3] == theme.VERMILION
    bands = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    assert [(band.x0, band.x1) for band in bands] == [(-1, 1)] * 4
    notes = [note.text for note in figure.layout.annotations]
    assert notes[:4] == ["better", "equivalent", "not settled: 9 more seeds", "worse"] and "only explored" in notes
    assert figure.layout.xaxis.range[1] < 40, "one endless interval does not make all others invisible"


def test_questions_without_runs_keep_their_row():
    rows = questions().assign(difference=np.nan, simultaneous_low=np.nan, simultaneous_high=np.nan, verdict="no_runs")
    figure = study_figures.forest(rows, list("abcd"), ["no runs yet"] * 4)
    assert len(points_of(figure).x) == 4 and np.isfinite(figure.layout.xaxis.range).all()


def test_names_are_data_in_every_figure():
    rows = questions(1).assign(question="<b>q</b>")
    figure = study_figures.forest(rows, ["<b>name</b>"], ["<i>x</i>"])
    assert (
        figure.layout.yaxis.ticktext[0] == "&lt;b&gt;name&lt;/b&gt;"
        and "&lt;i&gt;" in figure.layout.annotations[0].text
    )


def test_wins_go_right_and_losses_left():
    rows = pd.DataFrame({"class_name": ["ac", "bpd"], "n": [10, 20], "win": [3.0, 0.5], "tie": [6.0, 19.0],
                         "loss": [1.0, 0.5], "seeds_won": [2, 0], "seeds_tied": 0, "seeds_lost": [0, 1]})  # fmt: skip
    wins, losses = study_figures.class_wins(rows, "a", "b").data
    assert list(wins.x) == [3.0, 0.5] and list(losses.x) == [-1.0, -0.5] and list(wins.ids) == ["win|ac", "win|bpd"]
    assert "tie 6.0" in wins.customdata[0]


def test_cells_that_are_not_settled_are_hatched_and_no_others():
    figure = study_figures.knob_map(questions(), "hard", "noise", ["a", "b", "c", "d"])
    lines = [shape for shape in figure.layout.shapes if shape.type == "line"]
    assert lines and {(round((line.x0 + line.x1) / 2), round((line.y0 + line.y1) / 2)) for line in lines} == {(1, 1)}
    for line in lines:
        assert all(0.5 <= end <= 1.5 for end in (line.x0, line.x1, line.y0, line.y1)), "stripes stay in their cell"
        assert np.isclose(line.x1 - line.x0, line.y0 - line.y1)
    np.testing.assert_allclose(figure.data[0].z, [[3, -3], [0.1, 0.5]])


def test_one_knob_is_one_row_and_a_cell_without_runs_has_a_dash():
    rows = questions(2).assign(difference=[0.02, np.nan], verdict=["better", "no_runs"])
    figure = study_figures.knob_map(rows, "hard", None, ["a", "b"])
    assert list(points_of(figure).text) == ["<b>+2.0</b>", "–"] and len(figure.data[0].z) == 1


def test_arms_keep_their_costs_and_rounds():
    rows = pd.DataFrame({"arm": ["a", "b"], "steps": [10, 20], "accuracy": [0.8, 0.9], "accuracy_low": [0.7, np.nan],
                         "accuracy_high": [0.9, np.nan], "round": [0, 0], "n_seeds": 3})  # fmt: skip
    _, *costs = study_figures.gain_against_cost(rows, "steps", "Steps").data
    assert [trace.x[0] for trace in costs] == [10, 20] and [trace.ids[0] for trace in costs] == ["a", "b"]
    assert [trace.customdata[0] for trace in costs] == ["80.0% (70.0%–90.0%), 10", "90.0%, 20"]
    assert [trace.ids[0] for trace in study_figures.round_curves(rows).data] == ["a|0", "b|0"]


def test_of_many_arms_only_those_that_no_other_beats_and_the_reference_are_named(check_figure):
    rows = pd.DataFrame({
        "arm": [f"arm{number}" for number in range(19)],
        "steps": [10, 20, 20, 30, *[25] * 15],
        "accuracy": [0.6, 0.7, 0.65, 0.8, *np.linspace(0.5, 0.69, 15)],
    })  # fmt: skip
    rows = rows.assign(accuracy_low=rows["accuracy"] - 0.01, accuracy_high=rows["accuracy"] + 0.01)
    figure = study_figures.gain_against_cost(rows, "steps", "Steps", "arm7")
    check_figure(figure)
    line, *arms = figure.data
    assert list(line.x) == [10, 20 - 0.012 * 20 / 2, 30] and len(arms) == 19
    named = [note.text for note in figure.layout.annotations]
    assert named == ["arm0", "arm1", "arm3", "arm7"]
    assert [trace.name for trace in arms if trace.error_y.array is not None] == named
    assert len({(trace.marker.color, trace.marker.symbol) for trace in arms}) == 19
    assert figure.layout.height >= 19 * 20 and figure.layout.legend.orientation == "v"


def test_a_single_arm_has_an_axis_about_its_accuracy():
    rows = pd.DataFrame({"arm": ["a"], "steps": [10], "accuracy": [0.37], "accuracy_low": [np.nan],
                         "accuracy_high": [np.nan]})  # fmt: skip
    low, high = study_figures.gain_against_cost(rows, "steps", "Steps").layout.yaxis.range
    assert 0.3 < low < 0.37 < high < 0.45, "Plotly's own would be -0.6 to 1.4"


def test_arms_of_one_cost_do_not_hide_each_other():
    rows = pd.DataFrame({"arm": ["a", "b"], "steps": [88, 88], "accuracy": 0.4, "accuracy_low": 0.3,
                         "accuracy_high": 0.5})  # fmt: skip
    figure = study_figures.gain_against_cost(rows, "steps", "Steps")
    _, a, b = figure.data
    assert a.x[0] < 88 < b.x[0] and a.customdata == b.customdata and figure.layout.showlegend


def test_a_korean_verdict_has_room_at_the_right():
    widths = [
        study_figures.forest(questions(1), ["q"], [phrase]).layout.margin.r for phrase in ("a" * 16, "결" * 16)
    ]  # fmt: skip
    assert widths[1] > 1.5 * widths[0]


def test_empty_figures_say_why():
    empty = questions(0)
    for figure in (
        study_figures.forest(empty, [], []), study_figures.class_wins(empty, "a", "b"),
        study_figures.gain_against_cost(empty, "steps", ""), study_figures.round_curves(empty),
        study_figures.knob_map(empty, "hard", None, []),
    ):  # fmt: skip
        assert figure.layout.annotations[0].text
