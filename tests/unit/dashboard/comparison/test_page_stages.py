"""The page Stages: the net effect of mining with its cost, and why there may be none."""

from __future__ import annotations

import re

import numpy as np
import pytest

import report
import store
from dashboard.text.language import TEXTS


def test_empty_store_and_no_staged_run(house, opened, texts):
    assert "with its equal-budget control" in texts(opened("stages"))
    house.complete("multi-1", house.dataset(), objective="sigmoid")
    assert "with its equal-budget control" in texts(opened("stages"))


def test_half_finished_and_failed_runs(house, opened, texts):
    dataset = house.dataset()
    house.start("demo-1", dataset)
    assert "has not finished a stage yet" in texts(opened("stages"))
    house.stage("demo-1", dataset, 0)
    store.finish_run("demo-1", "failed", "No space left.")
    shown = texts(opened("stages"))
    assert "No control of this run was trained on tiny@1" in shown
    assert "Only one stage has finished so far" in shown


def test_the_effect_is_the_difference_of_accuracies_with_interval_counts_and_cost(house, opened, texts):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    house.complete("control-1", dataset, control=True)
    at = opened("stages")
    shown = texts(at)
    scores = [store.predictions(of, 2, "refined", "test") for of in ("demo-1", "control-1")]
    staged, control = ((rows["label"] == rows["predicted"]).mean() for rows in scores)
    assert f"{100 * (staged - control):+.1f} points" in shown
    n = len(scores[0])
    assert f"{n} test samples of {n // 3} patients" in shown and "One seed: training the same" in shown
    assert "Steps: 200 vs. 200. Samples shown in training: 3,000 vs. 3,000." in shown
    assert "Equal-budget control: it differs" in shown
    table = next(found.value for found in at.dataframe if "lead" in found.value)
    last = table[(table["run_id"] == "demo-1") & (table["position"] == 4)].iloc[0]
    assert last["lead"] == pytest.approx(100 * (staged - control))
    assert np.isnan(table[table["run_id"] == "control-1"]["lead"]).all()


def test_several_seeds_join_in(house, opened, texts, monkeypatch):
    dataset = house.dataset()
    for seed in (0, 1, 2):
        for name, kind in (("demo", {}), ("control", {"control": True})):
            house.complete(f"{name}-{seed}", dataset, **kind)
            with store.write() as connection:
                connection.execute("UPDATE runs SET seed = ? WHERE run_id = ?", [seed, f"{name}-{seed}"])
    at = opened("stages", run="demo-1", control="control-1")
    assert "in 3 seeds" in texts(at) and "this run of" not in texts(at)
    alone = opened("stages", run="demo-1", control="control-1", seeds="one")
    assert "exclude seed-to-seed variation" in texts(alone) and "One seed: training the same" in texts(alone)
    board = next(found.value for found in opened().dataframe if "n_seeds" in found.value)
    assert board["n_seeds"].tolist() == [3, 3] and board["accuracy_low"].notna().all()


@pytest.mark.parametrize("kept", [0, 2])
def test_of_mining_nothing_is_said_before_anything_was_mined(house, opened, texts, kept):
    """At the end of the first stage a run and its control are alike; that once read as "mining is not needed"."""
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    house.complete("control-1", dataset, control=True)
    with store.write() as connection:
        connection.execute("DELETE FROM stages WHERE run_id = 'control-1' AND position > ?", [kept])
    said = texts(opened("stages", run="demo-1", margin="20"))
    assert ("before anything was mined" in said) == (kept == 0)
    assert ("With the same budget" in said or "mining hard negatives" in said) == (kept > 0)
    text = report.render(["demo-1", "control-1"], margin=0.2)
    assert "With the same budget" not in text and "mining hard negatives" not in text, "it compares the last stages"


def test_a_lead_over_another_run_is_not_called_one_over_a_control():
    assert not [words.lead_help for words in TEXTS.values() if re.search("control|대조군", words.lead_help)]


def test_a_control_with_other_classes_is_refused(house, opened, texts):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    house.complete("control-1", dataset, control=True)
    with store.write() as connection:
        connection.execute("UPDATE runs SET classes = ['q', 'r', 's'] WHERE run_id = 'control-1'")
    assert "different classes" in texts(opened("stages"))
