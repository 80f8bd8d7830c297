"""Figures without a browser: the data in the traces, the order of axes, and the words."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from plotly.colors import hex_to_rgb

from analysis.confusion import difference
from dashboard.charts import confusion_matrix, differences, sample_flows, theme, training_curves
from dashboard.text import F
from dashboard.widgets import clickable_matrix

STAGES = [(0, 0, "full"), (1, 1, "hard_negative"), (2, 1, "refined")]
EVIL = '<b>3d</b> & "x"'


def epochs(run_id="a", stages=STAGES, **columns):
    rows = [
        {"run_id": run_id, "position": p, "round": r, "stage": s, "global_epoch": 2 * p + e}
        for p, r, s in stages
        for e in range(2)
    ]
    frame = pd.DataFrame(rows).assign(**columns)
    return frame.assign(val_macro_f1=0.5 + 0.05 * frame["global_epoch"], train_loss=1 / (1 + frame["global_epoch"]))


def flow():
    grid = itertools.product(STAGES[1:], ["fixed", "still_wrong", "newly_wrong", "still_right"])
    return pd.DataFrame(
        [{"position": p, "round": r, "stage": s, "outcome": t, "n": i} for i, ((p, r, s), t) in enumerate(grid)]
    )


def comparison(classes=("ac", EVIL)):
    return pd.DataFrame(
        {
            "class_name": list(classes), "metric": "f1", "a": [0.5, 0.8], "b": [0.6, np.nan],
            "difference": [0.1, np.nan], "simultaneous_low": [0.04, np.nan], "simultaneous_high": [0.13, np.nan],
            "n": [30, 0], "n_groups": [9, 0], "verdict": ["better", "not_settled"],
        }
    )  # fmt: skip


COUNTS = np.array([[8, 2, 0], [1, 3, 0], [0, 0, 0]])
NAMES = ["ac", "afi", EVIL]


def every_figure():
    pool = pd.DataFrame({"round": [1, 1, 2], "reason": ["wrong", "near", "wrong"], "n": [5, 2, 3]})
    return {
        "learning_curves": training_curves.learning_curves(epochs()),
        "stage_scores": training_curves.stage_scores(epochs().drop_duplicates("position"), "val_macro_f1", "Macro-F1"),
        "confusion": confusion_matrix.confusion(COUNTS, NAMES),
        "confusion_difference": confusion_matrix.confusion_difference(difference(COUNTS, COUNTS.T + COUNTS), NAMES),
        "class_comparison": differences.class_comparison(comparison(), "a", "b", "F1"),
        "sample_flow": sample_flows.outcome_counts(flow()),
        "mined_pool": sample_flows.mined_pool(pool),
    }


@pytest.mark.parametrize("name", every_figure())
def test_every_figure_has_axis_titles_fits_light_and_dark_and_becomes_json(name):
    figure = every_figure()[name]
    shown = json.loads(figure.to_json())
    assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert figure.layout.font.color is None, "text takes the page's colour"
    assert figure.layout.xaxis.title.text and shown["layout"]["height"] >= 200
    if name != "class_comparison":  # its y axis is the list of class names
        assert figure.layout.yaxis.title.text
    assert "undefined" not in json.dumps(shown)


@pytest.mark.parametrize(
    ("figure", "sentence"),
    [
        (lambda: training_curves.learning_curves(epochs()[:0]), F.no_epochs),
        (lambda: training_curves.stage_scores(epochs()[:0], "val_macro_f1"), F.no_stages),
        (lambda: confusion_matrix.confusion(np.zeros((2, 2), int), ["a", "b"]), F.no_samples),
        (lambda: confusion_matrix.confusion(np.zeros((0, 0), int), []), F.no_samples),
        (lambda: confusion_matrix.confusion_difference(np.full((2, 2), np.nan), ["a", "b"]), F.no_samples),
        (lambda: differences.class_comparison(comparison()[:0], "a", "b"), F.no_classes),
        (lambda: sample_flows.outcome_counts(flow()[:0]), F.no_samples),
        (lambda: sample_flows.mined_pool(pd.DataFrame({"round": [], "reason": [], "n": []})), F.no_samples),
    ],
)
def test_nothing_to_show_is_said_in_a_sentence(figure, sentence):
    shown = figure()
    assert isinstance(shown, go.Figure) and not shown.data
    assert [note.text for note in shown.layout.annotations] == [sentence]


def test_curves_have_one_line_a_run_in_order_of_epochs():
    frame = pd.concat([epochs("b").sample(frac=1, random_state=0), epochs("a", STAGES[:1])])
    figure = training_curves.learning_curves(frame, "val_macro_f1", "Validation macro-F1")
    assert [trace.name for trace in figure.data] == ["b", "a"]
    assert list(figure.data[0].x) == [0, 1, 2, 3, 4, 5]
    np.testing.assert_allclose(figure.data[0].y, 0.5 + 0.05 * np.arange(6))
    assert figure.data[0].line.color != figure.data[1].line.color
    assert figure.layout.yaxis.title.text == "Validation macro-F1" and figure.layout.yaxis.tickformat == ".2~%"
    assert training_curves.learning_curves(frame, "train_loss").layout.yaxis.tickformat is None


def test_axes_of_curves_have_whole_epochs_and_no_share_beyond_its_bounds():
    few, many = epochs(), epochs().assign(global_epoch=range(1, 182, 36))
    assert training_curves.learning_curves(few).layout.xaxis.dtick == 1
    assert training_curves.learning_curves(many).layout.xaxis.dtick == 13
    flat = training_curves.learning_curves(few.assign(val_macro_f1=0.07)).layout.yaxis
    assert (flat.autorangeoptions.minallowed, flat.autorangeoptions.maxallowed) == (-0.02, 1.02)
    assert training_curves.learning_curves(few, "train_loss").layout.yaxis.autorangeoptions.minallowed is None


def test_curves_shade_the_stages_of_the_longest_run():
    figure = training_curves.learning_curves(pd.concat([epochs("short", STAGES[:1]), epochs("long")]))
    bands = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    assert [(band.x0, band.x1) for band in bands] == [(-0.5, 1.5), (1.5, 3.5), (3.5, 5.5)]
    assert [band.fillcolor for band in bands] == [theme.STAGE_COLOURS[stage] for _, _, stage in STAGES]
    assert [note.text for note in figure.layout.annotations] == ["full", "1 hard", "1 refined"]
    assert [shape.x0 for shape in figure.layout.shapes if shape.type == "line"] == [1.5, 3.5, 5.5]
    assert list(figure.data[1].marker.symbol) == ["circle"] * 2 + ["diamond"] * 2 + ["square"] * 2


def test_runs_of_one_name_are_told_apart_by_their_id():
    frame = pd.concat([epochs("r1", label="demo"), epochs("r2", label="demo"), epochs("r3", label=EVIL)])
    names = [trace.name for trace in training_curves.learning_curves(frame).data]
    assert names == ["demo (r1)", "demo (r2)", '&lt;b&gt;3d&lt;/b&gt; &amp; "x"']


def test_an_undefined_value_is_a_gap():
    frame = epochs()
    frame.loc[3, "val_macro_f1"] = np.nan
    figure = training_curves.learning_curves(frame)
    assert np.isnan(figure.data[0].y[3]) and not figure.data[0].connectgaps


def test_stage_scores_are_bars_for_one_run_and_lines_for_several():
    table = epochs().drop_duplicates("position")
    one = training_curves.stage_scores(table, "val_macro_f1")
    assert one.data[0].type == "bar" and list(one.data[0].text) == ["50.0 %", "60.0 %", "70.0 %"]
    assert list(one.data[0].marker.color) == [theme.STAGE_COLOURS[stage] for _, _, stage in STAGES]
    assert list(one.layout.xaxis.ticktext) == ["full", "1 hard", "1 refined"]
    several = training_curves.stage_scores(pd.concat([table, table.assign(run_id="b")]), "val_macro_f1")
    assert [trace.type for trace in several.data] == ["scatter", "scatter"] and several.layout.showlegend


def test_confusion_has_the_first_true_class_on_top_and_shares_of_its_row():
    figure = confusion_matrix.confusion(COUNTS, NAMES)
    (heat,) = figure.data
    np.testing.assert_allclose(heat.z, [[0.8, 0.2, 0], [0.25, 0.75, 0], [np.nan] * 3])
    assert [list(row) for row in heat.text] == [
        ["80 %<br>8", "20 %<br>2", "0"], ["25 %<br>1", "75 %<br>3", "0"], ["–"] * 3,
    ]  # fmt: skip
    top, bottom = figure.layout.yaxis.range[::-1]
    assert top < bottom, "reversed: row 0 is drawn at the top"
    assert list(figure.layout.xaxis.tickvals) == list(heat.x) == [0, 1, 2]
    assert list(figure.layout.yaxis.ticktext)[:2] == ["ac (10)", "afi (4)"]
    assert figure.layout.yaxis.title.text == "True class" and figure.layout.xaxis.title.text == "Predicted class"
    assert (heat.zmin, heat.zmax) == (0, 1)
    assert heat.customdata[0][1] == "<b>ac</b> predicted as <b>afi</b><br>2 / 10 (20.0 %)"


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
    assert theme.safe("a\nb  c") == "a b c"


@pytest.mark.parametrize("name", every_figure())
def test_no_figure_lets_a_class_name_be_markup(name):
    assert "<b>3d" not in every_figure()[name].to_json().replace("\\u003c", "<").replace("\\u003e", ">")


def test_comparison_draws_both_runs_and_the_difference_with_its_interval():
    figure = differences.class_comparison(comparison(), "run a", "run b", "F1")
    a, b, change = figure.data
    assert (a.name, b.name) == ("run a", "run b")
    np.testing.assert_allclose(a.x, [0.5, 0.8])
    np.testing.assert_allclose(b.x, [0.6, np.nan])
    np.testing.assert_allclose(change.x, [10, np.nan])
    np.testing.assert_allclose(change.error_x.array, [3, np.nan])
    np.testing.assert_allclose(change.error_x.arrayminus, [6, np.nan])
    assert change.customdata[0] == "+10.0 points, 95% CI +4.0 … +13.0<br>30 samples of 9 patients"
    assert figure.layout.xaxis2.title.text == "Lead of run b in points"
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


def test_flow_stacks_every_status_by_stage():
    figure = sample_flows.outcome_counts(flow())
    assert {trace.name: list(trace.y) for trace in figure.data} == {
        "still right": [3, 7], "fixed": [0, 4], "newly wrong": [2, 6], "still wrong": [1, 5],
    }  # fmt: skip
    assert figure.layout.barmode == "stack"
    assert list(figure.layout.xaxis.ticktext) == ["1 hard", "1 refined"]
    assert list(figure.data[1].text) == ["", "4"]


def test_pool_stacks_reasons_by_round():
    pool = pd.DataFrame({"round": [1, 1, 2], "reason": ["wrong", "nearly wrong", "wrong"], "n": [5, 2, 3]})
    figure = sample_flows.mined_pool(pool)
    bars = {trace.name: (list(trace.x), list(trace.y)) for trace in figure.data}
    assert bars == {"nearly wrong": ([1], [2]), "wrong": ([1, 2], [5, 3])}
    assert figure.layout.barmode == "stack"


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


def test_names_across_a_matrix_of_many_classes_are_turned_so_that_none_is_left_out():
    few, many = (confusion_matrix.confusion(np.eye(n, dtype=int), [f"class_{i}" for i in range(n)]) for n in (6, 13))
    assert few.layout.xaxis.tickangle is None and many.layout.xaxis.tickangle == 90
    long = confusion_matrix.confusion(np.eye(6, dtype=int), ["Trans-ventricular"] * 6)
    assert long.layout.xaxis.tickangle < 0, "to the right the last one would be left out"
    sizes = {note.font.size for note in clickable_matrix.clickable(many).layout.annotations}
    assert sizes == {9}, "two lines fit into a cell of 29 pixels"


def test_a_position_is_named_by_the_stages_of_all_runs():
    stages = {"a": ["full", "hard_negative"], "b": ["full", "control"]}
    rows = [
        {"run_id": run, "round": place, "stage": stage, "position": place, "accuracy": 0.5}
        for run, names in stages.items()
        for place, stage in enumerate(names)
    ]
    ticks = training_curves.stage_scores(pd.DataFrame(rows), "accuracy").layout.xaxis.ticktext
    assert len(ticks) == 2 and " / " not in ticks[0] and " / " in ticks[1]
