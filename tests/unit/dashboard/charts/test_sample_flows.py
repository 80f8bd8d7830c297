"""Outcomes of samples, the mined pool and confused pairs over stages, without a browser."""

from __future__ import annotations

import itertools

import pandas as pd
import plotly.graph_objects as go
import pytest

from analysis.confused_pairs import pair_trends
from analysis.trajectories import flow_links, states
from dashboard.charts import sample_flows
from dashboard.text import F

EVIL = "<b>3d</b>"
STAGES = pd.DataFrame({"round": [0, 1, 1], "stage": ["full", "hard_negative", "refined"], "position": [0, 1, 2]})
POOL = pd.DataFrame({"round": [1, 1, 2], "reason": ["wrong", "nearly wrong", "wrong"], "n": [5, 2, 3]})
TRENDS = pair_trends(
    pd.DataFrame(
        [(0, "ac", EVIL, 2), (0, "ac", "ac", 2), (2, "ac", "ac", 4)],
        columns=["position", "true_class", "predicted_class", "n"],
    )
)


def flow():
    grid = itertools.product(
        [(1, 1, "hard_negative"), (2, 1, "refined")], ["fixed", "still_wrong", "newly_wrong", "still_right"]
    )
    return pd.DataFrame(
        [{"position": p, "round": r, "stage": s, "outcome": t, "n": i} for i, ((p, r, s), t) in enumerate(grid)]
    )


@pytest.fixture
def history():
    rows = [
        {"sample_id": s, "position": p, "round": int(p > 0), "stage": STAGES["stage"][p], "correct": bool(right)}
        for s, said in {"a": [0, 1, 0], "b": [1, 1, 1], "c": [1, 0, 0], "d": [0, 0, 1]}.items()
        for p, right in enumerate(said)
    ]
    return pd.DataFrame(rows)


def test_figures_are_sound(check_figure):
    check_figure(sample_flows.outcome_counts(flow()))
    check_figure(sample_flows.mined_pool(POOL))
    check_figure(sample_flows.pair_trends(TRENDS, STAGES))


@pytest.mark.parametrize(
    ("figure", "sentence"),
    [
        (lambda: sample_flows.outcome_counts(flow()[:0]), F.no_samples),
        (lambda: sample_flows.mined_pool(POOL[:0]), F.no_samples),
        (lambda: sample_flows.outcome_sankey(pd.DataFrame(columns=["n"]), STAGES), F.no_flow),
        (lambda: sample_flows.pair_trends(TRENDS[:0], STAGES), F.no_pairs),
    ],
)
def test_nothing_to_show_is_said_in_a_sentence(figure, sentence):
    shown = figure()
    assert isinstance(shown, go.Figure) and not shown.data
    assert [note.text for note in shown.layout.annotations] == [sentence]


def test_flow_stacks_every_status_by_stage():
    figure = sample_flows.outcome_counts(flow())
    assert {trace.name: list(trace.y) for trace in figure.data} == {
        "still right": [3, 7], "fixed": [0, 4], "newly wrong": [2, 6], "still wrong": [1, 5],
    }  # fmt: skip
    assert figure.layout.barmode == "stack"
    assert list(figure.layout.xaxis.ticktext) == ["1 hard", "1 refined"]
    assert list(figure.data[1].text) == ["", "4"]


def test_pool_stacks_reasons_by_round():
    figure = sample_flows.mined_pool(POOL)
    bars = {trace.name: (list(trace.x), list(trace.y)) for trace in figure.data}
    assert bars == {"nearly wrong": ([1], [2]), "wrong": ([1, 2], [5, 3])}
    assert figure.layout.barmode == "stack"


def test_flow_carries_every_sample_between_named_states(history):
    links = flow_links(states(history))
    figure = sample_flows.outcome_sankey(links, STAGES)
    (sankey,) = figure.data
    assert sum(sankey.link.value) == 8 and len(sankey.node.label) == len(sankey.node.x) == len(sankey.node.y)
    said = {t for t in sankey.link.customdata}
    assert "fixed → newly wrong: 1 samples" in said and "right → still right: 1 samples" in said
    assert [note.text for note in figure.layout.annotations] == ["full", "1 hard", "1 refined"]


def test_trends_have_a_line_a_pair():
    (line,) = sample_flows.pair_trends(TRENDS, STAGES).data
    assert list(line.y) == [0.5, 0] and list(line.customdata) == ["2 / 4", "0 / 4"]
