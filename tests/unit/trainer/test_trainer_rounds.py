"""Test rounds with every option on: stopped and resumed, ended early; and refused settings."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

import catalog
import store
from analysis import recipe_differences, regression_to_mean
from recipes import Recipe
from trainer import curriculum, loop, predict
from trainer.errors import Stopped, TrainerError
from trainer.mining import ledger
from trainer.run import Run

RECIPE = Recipe.load(
    "single_label_hnl",
    {
        "dataset": "tiny", "model": "squeezenet1_1", "image_size": 32, "batch_size": 24, "rounds": 2, "full.epochs": 2,
        "hard_negative.epochs": 2, "refined.epochs": 1, "miner.predictions": "out_of_fold", "miner.folds": 2,
        "miner.fold_epochs": 1, "miner.min_count": 1, "guard.name": "aum", "guard.max_share": 0.05, "guard.aum": 0.5,
        "focus.weight": 2, "ema": 0.8,
    },
)  # fmt: skip
TABLES = {"mined": store.mined, "ledger": store.ledger, "suspects": store.suspects, "rounds": store.rounds}


@pytest.fixture(scope="module", autouse=True)
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    root = tmp_path_factory.mktemp("rounds")
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        for name, place in (("RESULTS", "results.duckdb"), ("DATA", "data"), ("RUNS", "runs")):
            patch.setenv(f"ODAP_{name}", str(root / place))
        catalog.save_dataset("tiny", images(), classes=("a", "b", "c"), source="test")
        yield root


def images() -> list[catalog.NewSample]:
    rng = np.random.default_rng(0)
    samples = []
    for i in range(120):
        pixels = rng.integers(0, 160, (32, 32), dtype=np.uint8)
        pixels[:, (i % 3) * 10 : (i % 3) * 10 + 10] += np.uint8(rng.integers(0, 60))
        samples.append(catalog.NewSample(f"{i}.png", "abc"[i % 3], pixels, patient=f"p{i // 2}"))
    return samples


def go(run: Run) -> None:
    run.folder.mkdir(parents=True, exist_ok=True)
    run.train(store.add_job("train", title="t", args={}, run_id=run.run_id, state="running"), bar=False)
    store.finish_run(run.run_id, "done")


class Interrupted(Run):
    """A run that is stopped as a certain step of it is done, or about to be, for the n-th time."""

    def __init__(self, run_id: str, where: str, n: int) -> None:
        super().__init__(RECIPE, run_id, "cpu")
        before = getattr(self, where)

        def step(*args: Any) -> Any:
            nonlocal n
            n -= 1
            if n == 0:
                raise Stopped
            return before(*args)

        setattr(self, where, step)


@pytest.fixture(scope="module")
def whole(house: Path) -> str:
    go(Run(RECIPE, "whole", "cpu"))
    return "whole"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("where", "n"),
    [
        ("_mine", 2),
        *(
            pytest.param(where, n, marks=pytest.mark.long)
            for where, n in (("_record_epoch", 4), ("_keep_weights", 2), ("_explain", 1), ("_explain", 3))
        ),
    ],
)
def test_a_run_stopped_anywhere_ends_with_the_rows_of_one_never_stopped(whole: str, where: str, n: int) -> None:
    run_id = f"{where}{n}"
    with pytest.raises(Stopped):
        go(Interrupted(run_id, where, n))
    go(Run(RECIPE, run_id, "cpu"))
    job = store.jobs().set_index("run_id").loc[run_id].iloc[-1]
    assert job["step"] == job["steps"], "what was done before the stop is counted, once"
    for name, rows in TABLES.items():
        expected, found = (rows(run).drop(columns="run_id") for run in (whole, run_id))
        assert len(expected), name
        pd.testing.assert_frame_equal(expected, found, check_exact=True)
    curve = ["stage", "epoch", "lr", "train_loss", "val_loss", "val_macro_f1"]  # the best epoch hides what came later
    pd.testing.assert_frame_equal(store.epochs([whole])[curve], store.epochs([run_id])[curve], check_exact=True)
    last = [store.predictions(run, 2, "refined")["probs"].map(tuple).tolist() for run in (whole, run_id)]
    assert last[0] == last[1]


@pytest.mark.slow
def test_quick_models_are_part_of_the_budget_and_the_control_has_it_too(whole: str) -> None:
    go(Run(RECIPE.model_copy(update={"control": True}), "control", "cpu"))
    for cost in ("steps", "samples_seen"):
        mining, control = (store.stages(run)[cost].tolist() for run in (whole, "control"))
        assert sum(mining[:2]) == sum(control[:2]), "when the first hard stage has been trained"
        assert sum(mining) == sum(control)
        assert mining[0] > control[0], "two models, each on half of everything, after the full stage"
    assert Run(RECIPE, whole, "cpu").total_steps == store.stages(whole)["steps"].sum()
    jobs = store.jobs().set_index("run_id")
    assert jobs.loc[whole, "step"] == jobs.loc[whole, "steps"] == jobs.loc["control", "step"]
    assert recipe_differences.controls_of(store.runs(), store.run(whole) or {}) == ["control"]
    at_mining, at_end = (
        [store.predictions(run, round_, stage, "train").set_index("sample_id") for run in (whole, "control")]
        for round_, stage in ((0, "full"), (1, "refined"))
    )
    pd.testing.assert_frame_equal(*at_mining)  # until the first mining the two are one training
    mined = store.mined(whole, 1)
    right = [said.loc[mined["sample_id"], "correct"] for said in (at_mining[0], at_end[0], at_mining[1], at_end[1])]
    found = regression_to_mean.compare_fixes(*right, mined["patient"])
    assert 0 < found.n_both == found.n_mined_wrong == (~right[0]).sum()
    kept = store.ledger(whole, 1)
    assert found.sides["n_fixed"].iloc[0] == (kept["outcome"] == "fixed").sum() == store.rounds(whole)["n_fixed"][0]


@pytest.mark.slow
def test_what_is_set_apart_is_neither_mined_nor_served(whole: str) -> None:
    for round_ in (1, 2):
        apart, mined = (set(rows(whole, round_)["sample_id"]) for rows in (store.suspects, store.mined))
        assert apart and mined and not apart & mined
        assert store.ledger(whole, round_)["served"].sum() >= 2 * 3 * 6  # epochs, steps, a quarter of 24
    assert store.check() == []


@pytest.mark.slow
def test_rounds_end_with_the_advice_to_stop_where_the_recipe_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "SMALLEST_POOL", 10**6)  # no pool is ever large enough
    quick = RECIPE.miner.model_copy(update={"predictions": "in_sample"})
    recipe = RECIPE.model_copy(update={"stop_early": True, "miner": quick, "rounds": 3})
    go(Run(recipe, "early", "cpu"))
    assert store.stages("early")["stage"].tolist() == ["full", "hard_negative", "refined"]
    assert store.rounds("early")["why"].tolist() == ["pool exhausted"]
    assert set(store.mined("early")["round"]) == {1}
    again = Run(recipe, "early", "cpu")
    go(again)  # nothing is left to do, and nothing is done
    assert len(store.stages("early")) == 3
    assert store.check() == []


@pytest.mark.slow
def test_rounds_that_may_stop_early_go_on_where_the_advice_is_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "_GO_ON", tuple(ledger._SENTENCES))  # whatever the round brought
    quick = RECIPE.miner.model_copy(update={"predictions": "in_sample"})
    go(Run(RECIPE.model_copy(update={"stop_early": True, "miner": quick}), "on", "cpu"))
    assert store.stages("on")["round"].tolist() == [0, 1, 1, 2, 2]


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["refined", "hard_negative", "full"])
def test_what_serves_is_the_newest_stage_or_the_newest_of_the_kind_asked_for(whole: str, stage: str) -> None:
    classifier = predict.load(whole, None if stage == "refined" else stage, "cpu")
    round_ = 0 if stage == "full" else 2
    assert classifier.stage == (f"{stage} (round {round_})" if round_ else stage)
    recorded = store.predictions(whole, round_, stage).set_index("sample_id")
    dataset = catalog.open_dataset("tiny")
    expected = np.stack(recorded.loc[dataset.samples["sample_id"], "probs"].to_list())
    np.testing.assert_allclose(classifier.probs(np.array(dataset.images(32))), expected, atol=1e-5)


@pytest.mark.slow
def test_a_restart_begins_the_second_training_with_the_first_weights() -> None:
    recipe = RECIPE.model_copy(
        update={
            "rounds": 1, "restart": True, "miner": RECIPE.miner.model_copy(update={"predictions": "in_sample"}),
            "refined": RECIPE.refined.model_copy(update={"epochs": 0}),
            "focus": Recipe.load("just_train_twice").focus, "guard": Recipe(name="x").guard,
        }
    )  # fmt: skip
    begun: list[dict[str, torch.Tensor]] = []

    class Watched(Run):
        def _begin(self, *args: Any) -> Any:
            at = super()._begin(*args)
            begun.append(at.weights)
            return at

    go(Watched(recipe, "twice", "cpu"))
    assert store.stages("twice")["stage"].tolist() == ["full", "hard_negative"]
    first, second = begun
    assert all(torch.equal(first[name], second[name]) for name in first)
    served = store.ledger("twice")["served"]
    assert (served == recipe.hard_negative.epochs).all()  # everything goes round once an epoch


def test_the_plan_leaves_out_a_refined_stage_of_no_epochs() -> None:
    recipe = Recipe.load("just_train_twice", {"rounds": 2})
    plan = list(curriculum.plan(recipe))
    assert [(p.round, p.stage, p.then_mine) for p in plan] == [
        (0, "full", True), (1, "hard_negative", True), (2, "hard_negative", False),
    ]  # fmt: skip
    assert [curriculum.ends_round(recipe, p) for p in plan] == [False, True, True]


def test_a_dataset_that_changed_since_is_refused_before_work_starts() -> None:
    dataset = catalog.open_dataset("tiny")
    with store.write() as connection:
        connection.execute("INSERT INTO datasets (dataset_id, content_hash) VALUES ('other@1', 'not this')")
    catalog.save_dataset("other", images(), classes=("a", "b", "c"), source="test")
    assert dataset.content_hash == catalog.open_dataset("other").content_hash
    with pytest.raises(TrainerError, match=r"^Dataset other@1 has changed since runs were trained on it; import"):
        Run(RECIPE.model_copy(update={"dataset": "other"}), "never", "cpu")
    assert store.run("never") is None and not (store.runs_root() / "never").exists()
    with store.write() as connection:
        connection.execute("DELETE FROM datasets WHERE dataset_id = 'other@1'")


@pytest.mark.slow
def test_a_checkpoint_of_another_model_is_refused_before_work_starts(whole: str) -> None:
    catalog.save_dataset("two", [one for one in images() if one.label != "c"], classes=("a", "b"), source="test")
    for other in ({"model": "resnet18"}, {"dataset": "two"}):
        with pytest.raises(TrainerError, match=r"^The checkpoint belongs to another model; start a new run instead"):
            Run(RECIPE.model_copy(update=other), whole, "cpu")


def test_more_folds_than_training_patients_are_refused_before_work_starts() -> None:
    samples = [
        catalog.NewSample(f"{i}.png", "ab"[i % 2], one.content, patient=f"p{i % 5}") for i, one in enumerate(images())
    ]
    catalog.save_dataset("few", samples, classes=("a", "b"), source="test")
    many = RECIPE.miner.model_copy(update={"folds": 6})
    with pytest.raises(TrainerError, match=r"^'miner.folds' is 6, and there are \d training patients; set it to"):
        Run(RECIPE.model_copy(update={"dataset": "few", "miner": many}), "never", "cpu")
    Run(RECIPE.model_copy(update={"dataset": "few", "miner": many, "control": True}), "never", "cpu")


def test_processor_seconds_of_a_stopped_run_add_up_and_hold_the_quick_models(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = itertools.count()
    monkeypatch.setattr(loop, "processor_seconds", lambda: float(next(ticks)))  # so that each epoch takes one second
    with pytest.raises(Stopped):
        go(Interrupted("clocked", "_record_epoch", 2))
    go(Run(RECIPE, "clocked", "cpu"))
    stages = store.stages("clocked")
    quick = RECIPE.miner.folds * RECIPE.miner.fold_epochs
    mines = stages["n_mined"].notna() * quick
    assert stages["cpu_seconds"].tolist() == (stages["epochs"] + mines).tolist()
    assert mines.iloc[0] == quick and mines.iloc[1] == 0
