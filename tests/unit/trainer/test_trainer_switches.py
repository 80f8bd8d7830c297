"""Test all combinations of objective, filter and hard-negative stage, and all recipes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import store
from analysis.outcomes import OUTCOMES
from catalog.__main__ import main as catalog_main
from recipes import Recipe, available
from trainer.__main__ import main

ROOT = Path(__file__).parents[3]
SETTINGS = {
    "image_size": 32, "batch_size": 16, "model": "squeezenet1_1", "full.epochs": 2, "hard_negative.epochs": 1,
    "refined.epochs": 1, "miner.min_count": 1,
}  # fmt: skip

# Four of the eight combinations, in which every two of the switches meet in every way.
PAIRS = (("softmax", None, 1), ("softmax", 0.3, 0), ("sigmoid", None, 0), ("sigmoid", 0.3, 1))
FEW = ("single_label_hnl", "just_train_twice", "legacy_confidence_filter_control")  # each in a way of its own
REASONS = ("wrong", "nearly wrong")


@pytest.fixture(scope="module")
def phantom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    root = tmp_path_factory.mktemp("switches")
    with pytest.MonkeyPatch.context() as patch:
        for name, place in (("RESULTS", "results.duckdb"), ("DATA", "data"), ("RUNS", "runs")):
            patch.setenv(f"ODAP_{name}", str(root / place))
        words = ["phantom", "--name", "demo", "--images", "120", "--size", "48", "--workers", "1"]
        assert catalog_main(words) == 0
        yield


def train(recipe: str, run_id: str, **settings: object) -> int:
    """Train in this process: eight starts of torch would take longer than the trainings."""
    words = [part for key, value in {**SETTINGS, **settings}.items() for part in ("--set", f"{key}={value}")]
    return main(["train", recipe, "--run", run_id, "--device", "cpu", *words])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("objective", "share", "rounds"),
    [
        pytest.param(*values, marks=() if values in PAIRS else pytest.mark.long)
        for values in product(("softmax", "sigmoid"), (None, 0.3), (1, 0))
    ],
    ids=str,
)
def test_all_eight_combinations_run(phantom: None, objective: str, share: float | None, rounds: int) -> None:
    run_id = f"{objective}-{'filter' if share else 'all'}-{rounds}"
    filter_ = "null" if share is None else share
    assert train("demo", run_id, objective=objective, confidence_filter=filter_, rounds=rounds) == 0
    stages = ["full", "hard_negative", "refined"] if rounds else ["full"]
    assert store.stages(run_id)["stage"].tolist() == stages
    used = store.epochs([run_id])["share_used"]
    assert used.between(0, 1).all() and (share is not None or (used == 1).all())

    mined, ledger, advice = store.mined(run_id), store.ledger(run_id), store.rounds(run_id)
    assert ledger["sample_id"].tolist() == mined["sample_id"].tolist()
    assert len(advice) == rounds and bool(rounds) == bool(len(mined))
    if rounds:
        after = store.predictions(run_id, 1, "refined").set_index("sample_id")["correct"]
        right = after[ledger["sample_id"]].to_numpy()
        assert (ledger["outcome"].isin(["fixed", "still_right"]).to_numpy() == right).all()
        was = store.predictions(run_id, 0, "full").set_index("sample_id")["correct"][ledger["sample_id"]].to_numpy()
        assert (ledger["outcome"].isin(["newly_wrong", "still_right"]).to_numpy() == was).all()
        hard = store.predictions(run_id, 1, "hard_negative").set_index("sample_id")["correct"]
        right_hard = hard[ledger["sample_id"]].to_numpy()
        assert (ledger["outcome_hard"].isin(["fixed", "still_right"]).to_numpy() == right_hard).all()
        n_of, row = ledger["outcome"].value_counts(), advice.iloc[0]
        assert [row[f"n_{name}"] for name in OUTCOMES] == [n_of.get(name, 0) for name in OUTCOMES]
        steps = store.stages(run_id).set_index("stage").loc["hard_negative", "steps"]
        quota = round(0.25 * (store.stages(run_id).set_index("stage").loc["hard_negative", "samples_seen"] // steps))
        assert ledger["served"].sum() >= steps * quota  # and once more where an anchor or the replay hit one
        assert ledger["served"].min() >= steps * quota // len(ledger)
        assert row["advice"].startswith(("Stop", "Go on", "This was the last round"))
    assert store.check() == []


@pytest.mark.slow
def test_a_filter_that_leaves_out_nearly_all_is_told_in_log_and_store(
    phantom: None, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = {"confidence_filter": 0.999, "confidence_filter.stages": "full,hard_negative", "rounds": 1}
    assert train("demo", "starved", **settings) == 0
    epochs = store.epochs(["starved"]).set_index(["stage", "epoch"])
    assert epochs["share_used"].tolist() == (epochs["samples_used"] / epochs["samples_seen"]).tolist()
    starved = epochs["warning"].notna()
    assert starved.tolist() == (epochs["share_used"] < 0.05).tolist() == [False, True, True, False]
    n = int(epochs.loc[("full", 2), "samples_seen"])
    told = epochs.loc[("hard_negative", 1), "warning"]
    assert told == (
        f"Epoch 1 of hard_negative (round 1) learned from 0 of {n} samples (0.0%); lower confidence_filter.threshold, "
        "or leave this stage out of confidence_filter.stages."
    )
    assert capsys.readouterr().out.count(told) == 1
    assert epochs["train_loss"].isna().tolist() == (epochs["samples_used"] == 0).tolist(), "of nothing there is no loss"
    stages = store.stages("starved").set_index("stage")
    assert stages["samples_used"].tolist() == epochs.groupby("position")["samples_used"].sum().tolist()
    assert stages.loc["hard_negative", "samples_seen"] == n and stages.loc["hard_negative", "samples_used"] == 0
    ledger = store.ledger("starved")
    assert ledger["served"].sum() > 0 and (ledger["used"] == 0).all()


@pytest.mark.slow
@pytest.mark.parametrize("control", [False, True])
def test_the_older_recipe_learns_from_all_that_its_hard_stage_serves(phantom: None, control: bool) -> None:
    run_id = f"open-{control}"
    settings = {"dataset": "demo", "rounds": 1, "confidence_filter": 0.999, "hard_negative.epochs": 2}
    assert train("legacy_confidence_filter", run_id, control=control, **settings) == 0
    shares = store.epochs([run_id]).groupby("stage")["share_used"].max()
    assert shares["control" if control else "hard_negative"] == 1 and shares["refined"] < 0.05
    ledger = store.ledger(run_id)
    assert control or (ledger["used"] == ledger["served"]).all()


@pytest.mark.slow
def test_a_hard_stage_that_begins_anew_is_not_filtered_in_its_first_half(phantom: None) -> None:
    settings = {"rounds": 1, "confidence_filter": 0.999, "restart": True, "hard_negative.epochs": 4, "full.epochs": 1}
    assert train("demo", "anew", **settings) == 0
    shares = store.epochs(["anew"]).set_index("stage")["share_used"]
    assert shares["full"] == 1 and shares["hard_negative"].tolist()[:2] == [1, 1]
    assert (shares["hard_negative"].iloc[2:] < 1).all()


@pytest.mark.slow
def test_a_multi_label_ledger_has_margins_relative_to_the_thresholds(
    phantom: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = np.linspace(0.1, 0.6, 6)  # so little training would give every class the same
    monkeypatch.setattr("trainer.outcome.best_f1_thresholds", lambda *_: limits)
    assert train("demo", "limits", objective="sigmoid", confidence_filter="null", rounds=1) == 0
    ledger, classes = store.ledger("limits"), pd.Index((store.run("limits") or {})["classes"])
    true, rival = (classes.get_indexer(pd.Index(ledger[f"{of}_class"])) for of in ("true", "rival"))
    for margin, (round_, stage) in {"margin_before": (0, "full"), "margin_after": (1, "refined")}.items():
        probs = store.predictions("limits", round_, stage).set_index("sample_id")["probs"][ledger["sample_id"]]
        score, rows = np.stack(probs.to_list()) - limits, np.arange(len(ledger))
        np.testing.assert_allclose(ledger[margin], score[rows, true] - score[rows, rival], atol=1e-6, err_msg=margin)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in FEW else pytest.mark.long)
        for name in available()
        if name.startswith(("single", "multi", "just", "legacy"))
    ],
)
def test_every_larger_recipe_that_ships_runs_on_the_phantom(phantom: None, name: str) -> None:
    recipe = Recipe.load(name)
    refined = min(1, recipe.refined.epochs)
    settings = {"dataset": "demo", "rounds": min(1, recipe.rounds), "refined.epochs": refined}
    assert train(name, name, **settings) == 0
    hard = "control" if recipe.control else "hard_negative"
    expected = ["full", hard, "refined"][: 1 + (1 + refined) * settings["rounds"]]
    assert store.stages(name)["stage"].tolist() == expected
    mined = store.mined(name)
    assert bool(len(mined)) == recipe.mines
    assert set(mined["reason"]) <= {"random" if recipe.miner.name == "random" else reason for reason in REASONS}
    share = store.epochs([name])["share_used"]
    assert recipe.ohem is None or share.between(0.5, 0.6).all()


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.realdata
def test_every_recipe_that_ships_runs_on_real_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = ROOT.parent / "shared" / "data" / "busi"
    if not source.is_dir():
        pytest.skip("the real images of ../shared/data/busi are not here")
    for name, place in (("RESULTS", "results.duckdb"), ("DATA", "data"), ("RUNS", "runs")):
        monkeypatch.setenv(f"ODAP_{name}", str(tmp_path / place))
    assert catalog_main(["import", "folder", str(source), "--name", "busi"]) == 0
    for name in available():
        recipe = Recipe.load(name)
        epochs = {"full.epochs": 1, "rounds": min(1, recipe.rounds), "refined.epochs": min(1, recipe.refined.epochs)}
        scheme = {} if recipe.label_scheme == "base" else {"label_scheme": "base"}
        if scheme:  # a scheme names the raw labels of the dataset that it is for
            assert train(name, "refused", dataset="busi") == 2
        assert train(name, name, dataset="busi", batch_size=64, **epochs, **scheme) == 0
        assert bool(len(store.mined(name))) == recipe.mines
        assert len(store.predictions(name, 0, "full")) == 562
    assert store.check() == []


@pytest.mark.slow
def test_nearest_anchors_pairs_in_turn_and_predictions_in_training_go_through_two_rounds(phantom: None) -> None:
    keys = {"miner.predictions": "in_training", "focus.pairs": "in_turn", "focus.anchor_choice": "nearest"}
    assert train("demo", "composed", rounds=2, **keys) == 0
    stages = store.stages("composed")
    assert stages["stage"].tolist() == ["full", "hard_negative", "refined", "hard_negative", "refined"]
    assert len(store.mined("composed")) and set(store.mined("composed")["reason"]) <= set(REASONS)


@pytest.mark.slow
def test_without_the_embeddings_of_the_stage_before_nearest_anchors_are_refused_in_a_sentence(
    phantom: None, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "save_embeddings", lambda *_: None)
        assert train("demo", "blind", **{"focus.anchor_choice": "nearest"}) != 0
    assert "set focus.anchor_choice to random" in capsys.readouterr().err
