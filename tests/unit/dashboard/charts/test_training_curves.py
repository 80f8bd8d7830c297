"""Learning curves and scores by stage without a browser: the data in the traces, the axes, and the words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from dashboard.charts import theme, training_curves
from dashboard.text import F

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


def test_figures_are_sound(check_figure):
    check_figure(training_curves.learning_curves(epochs(label=EVIL)))
    check_figure(training_curves.stage_scores(epochs().drop_duplicates("position"), "val_macro_f1", "Macro-F1"))


@pytest.mark.parametrize(
    ("figure", "sentence"),
    [
        (lambda: training_curves.learning_curves(epochs()[:0]), F.no_epochs),
        (lambda: training_curves.stage_scores(epochs()[:0], "val_macro_f1"), F.no_stages),
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
    assert one.data[0].type == "bar" and list(one.data[0].text) == ["50.0%", "60.0%", "70.0%"]
    assert list(one.data[0].marker.color) == [theme.STAGE_COLOURS[stage] for _, _, stage in STAGES]
    assert list(one.layout.xaxis.ticktext) == ["full", "1 hard", "1 refined"]
    several = training_curves.stage_scores(pd.concat([table, table.assign(run_id="b")]), "val_macro_f1")
    assert [trace.type for trace in several.data] == ["scatter", "scatter"] and several.layout.showlegend


def test_a_position_is_named_by_the_stages_of_all_runs():
    stages = {"a": ["full", "hard_negative"], "b": ["full", "control"]}
    rows = [
        {"run_id": run, "round": place, "stage": stage, "position": place, "accuracy": 0.5}
        for run, names in stages.items()
        for place, stage in enumerate(names)
    ]
    ticks = training_curves.stage_scores(pd.DataFrame(rows), "accuracy").layout.xaxis.ticktext
    assert len(ticks) == 2 and " / " not in ticks[0] and " / " in ticks[1]
