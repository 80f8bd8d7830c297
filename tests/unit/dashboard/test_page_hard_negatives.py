"""The hard-negatives page: the gallery with every stage's answer, its filters, and why there may be nothing."""

from __future__ import annotations

import pytest

import store


def test_empty_store(house, opened, texts):
    assert "No run yet" in texts(opened("hard_negatives"))


def test_a_half_finished_run(house, opened, texts):
    dataset = house.dataset()
    house.start("demo-1", dataset)
    assert "has not finished a stage yet" in texts(opened("hard_negatives"))
    house.stage("demo-1", dataset, 0)
    shown = texts(opened("hard_negatives"))
    assert "mined training samples" in shown and "appears here" in shown


@pytest.mark.parametrize(
    ("kind", "said"), [({"control": True}, "equal-budget control"), ({"objective": "sigmoid"}, "multi-label")]
)
def test_runs_that_do_not_mine_say_why(house, opened, texts, kind, said):
    house.complete("demo-1", house.dataset(), **kind)
    assert said in texts(opened("hard_negatives"))


def test_cards_show_classes_probability_margin_and_later_answers(house, opened, texts):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    mined = store.mined("demo-1")
    of_round = mined[mined["round"] == 1]
    at = opened("hard_negatives", run="demo-1", round="1")
    shown = texts(at)
    assert f"{len(of_round)} of {len(of_round)} mined training samples" in shown
    hardest = of_round.sort_values("margin").iloc[0]
    assert f"**{hardest['true_class']} → {hardest['predicted_class']}**" in shown
    assert f"margin {hardest['margin']:.2f}" in shown and "1&nbsp;hard&nbsp;" in shown
    assert len(at.image) == min(24, len(of_round))
    assert len(at.get("plotly_chart")) == 2


def test_the_pair_filter_keeps_that_pair_only(house, opened, texts):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    mined = store.mined("demo-1")
    of_round = mined[mined["round"] == 1]
    pair = (of_round["true_class"] + " → " + of_round["predicted_class"]).iloc[0]
    at = opened("hard_negatives", run="demo-1", round="1", mined_pair=pair)
    kept = int((of_round["true_class"] + " → " + of_round["predicted_class"] == pair).sum())
    assert f"{kept} of {len(of_round)} mined" in texts(at)
