"""Test that a run which starts from a stage of another ends as the same recipe trained from the start."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

import catalog
import store
from recipes import Recipe
from store import Fork
from system.paths import ROOT
from trainer import checkpoints, forks, predict
from trainer.__main__ import main
from trainer.errors import Stopped, TrainerError
from trainer.explain.map_scores import score_run
from trainer.run import Run

COMMON = {
    "dataset": "tiny@1", "model": "squeezenet1_1", "image_size": 32, "batch_size": 24, "rounds": 1, "full.epochs": 2,
    "hard_negative.epochs": 2, "refined.epochs": 1, "miner.min_count": 1, "ema": 0.8,
}  # fmt: skip
PARENT = COMMON | {"miner.name": "errors", "miner.predictions": "out_of_fold", "miner.folds": 2, "miner.fold_epochs": 1}
MINES = {"miner.predictions": "in_sample", "rounds": 2}
CHILDREN: dict[str, dict[str, Any]] = {
    "control": {"control": True},
    "confused_pairs": MINES,
    "restart_without_refined": MINES | {"restart": True, "refined.epochs": 0, "focus.weight": 2},
    "forgetting_and_aum": MINES | {"miner.name": "forgetting", "guard.name": "aum", "guard.aum": 0.5},
    "out_of_fold": {"miner.predictions": "out_of_fold", "miner.folds": 3, "miner.fold_epochs": 1, "guard.name": "both"},
}
TABLES = {"mined": store.mined, "ledger": store.ledger, "suspects": store.suspects, "rounds": store.rounds}
LATER = {"miner.name": "forgetting", "guard.name": "aum", "guard.aum": 0.5}
COST = ["round", "stage", "position", "epochs", "best_epoch", "steps", "samples_seen", "samples_used", "n_mined"]


@pytest.fixture(scope="module", autouse=True)
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    root = tmp_path_factory.mktemp("forks")
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        for name, place in (("RESULTS", "results.duckdb"), ("DATA", "data"), ("RUNS", "runs")):
            patch.setenv(f"ODAP_{name}", str(root / place))
        catalog.save_dataset("tiny", images(0), classes=("a", "b", "c"), source="test")
        catalog.save_dataset("other", images(1), classes=("a", "b", "c"), source="test")
        yield root


def images(seed: int) -> list[catalog.NewSample]:
    rng = np.random.default_rng(seed)
    samples = []
    for i in range(120):
        pixels = rng.integers(0, 160, (32, 32), dtype=np.uint8)
        pixels[:, (i % 3) * 10 : (i % 3) * 10 + 10] += np.uint8(rng.integers(0, 60))
        samples.append(catalog.NewSample(f"{i}.png", "abc"[i % 3], pixels, patient=f"p{i // 2}"))
    return samples


def recipe(**settings: Any) -> Recipe:
    return Recipe.load("single_label_hnl", COMMON | {"miner.predictions": "in_sample"} | settings)


def go(run: Run) -> str:
    run.folder.mkdir(parents=True, exist_ok=True)
    job = store.add_job("train", title="t", args={}, run_id=run.run_id, state="running")
    run.train(job, bar=False)
    store.finish_run(run.run_id, "done")
    store.update_job(job, state="done")
    done = store.job(job)
    assert done is not None and done["step"] == done["steps"] == run.total_steps
    return run.run_id


def train(run_id: str, settings: dict[str, Any], fork: Fork | None = None) -> str:
    return go(Run(recipe(**settings), run_id, "cpu", fork))


@pytest.fixture(scope="module")
def parent(house: Path) -> str:
    return train("parent", PARENT)


def rows_of(run_id: str) -> dict[str, pd.DataFrame]:
    """Return all rows of a run that do not say its name or its time."""
    stages = store.stages(run_id)
    curve = ["stage", "epoch", "global_epoch", "lr", "train_loss", "val_loss", "val_macro_f1", "samples_used"]
    score = ["position", "split", "metric", "class_name"]
    place = ["round", "stage", "sample_id", "class_name"]
    frames = {
        "stages": stages[COST].assign(thresholds=[str(thresholds) for thresholds in stages["thresholds"]]),
        "metrics": store.metrics([run_id]).drop(columns="run_id").sort_values(score, ignore_index=True),
        "epochs": store.epochs([run_id])[curve],
        "maps": store.cams(run_id)[place].sort_values(place, ignore_index=True),
    }
    frames |= {name: read(run_id).drop(columns="run_id") for name, read in TABLES.items()}
    for row in stages.itertuples():
        said = store.predictions(run_id, int(row.round), str(row.stage)).drop(columns=["targets", "labels"])
        frames[f"predictions {row.position}"] = said.assign(probs=said["probs"].map(tuple))
    return frames


def same(forked: str, whole: str) -> None:
    """Assert that two runs have the same weights, predictions, scores, mined samples, costs and maps."""
    ended = store.stages(whole)
    assert len(ended) > 1
    for row in ended.itertuples():
        ours, theirs = (
            checkpoints.load_stage(store.runs_root() / run_id / "checkpoints", int(row.position), str(row.stage))
            for run_id in (forked, whole)
        )
        assert [name for name, value in theirs.items() if value.numpy().tobytes() != ours[name].numpy().tobytes()] == []
    both = rows_of(forked), rows_of(whole)
    assert both[0].keys() == both[1].keys()
    for name in both[0]:
        pd.testing.assert_frame_equal(both[0][name], both[1][name], check_exact=True, obj=name)
    assert store.check() == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in ("control", "forgetting_and_aum") else pytest.mark.long)
        for name in CHILDREN
    ],
)
def test_a_fork_after_full_is_its_recipe_trained_from_the_start(parent: str, name: str) -> None:
    settings = CHILDREN[name]
    whole = train(f"whole-{name}", settings)
    forked = train(f"forked-{name}", settings, Fork(parent, 0, "full"))
    same(forked, whole)
    if not settings.get("control"):
        assert len(store.mined(forked, 1)), "nothing was mined: nothing is shown"
    full = store.stages(forked).iloc[0]
    assert full["inherited"] and not store.stages(forked)["inherited"].iloc[1:].any()
    spent, cost = store.spent().set_index("run_id"), store.stages(whole)["steps"].sum()
    assert spent.at[whole, "steps"] == cost
    assert spent.at[forked, "steps"] == cost - 2 * Run(recipe(**settings), forked, "cpu").steps_per_epoch
    assert spent.at[forked, "steps"] == Run(recipe(**settings), forked, "cpu").total_steps


@pytest.mark.slow
def test_sigmoid_keeps_its_thresholds(house: Path) -> None:
    sigmoid = {"objective": "sigmoid"}
    train("sigmoid-parent", sigmoid | {"rounds": 0})
    whole = train("sigmoid-whole", sigmoid)
    same(train("sigmoid-forked", sigmoid, Fork("sigmoid-parent", 0, "full")), whole)
    assert store.stages(whole)["thresholds"].notna().all()


@pytest.mark.slow
def test_a_fork_after_a_later_stage_closes_its_round_itself(house: Path) -> None:
    train("short", LATER)
    whole = train("long", LATER | {"rounds": 2})
    assert store.rounds("short")["n_next"].isna().all() and store.rounds("long")["n_next"].notna().any()
    same(train("more-rounds", LATER | {"rounds": 2}, Fork("short", 1, "refined")), whole)
    assert store.stages("more-rounds")["inherited"].tolist() == [True, True, True, False, False]


@pytest.mark.slow
@pytest.mark.long
def test_a_fork_of_a_fork_and_one_inside_a_round_are_their_recipes_trained_from_the_start(house: Path) -> None:
    train("first", LATER)
    longer = LATER | {"refined.epochs": 2}
    same(train("other-end", longer, Fork("first", 1, "hard_negative")), train("other-whole", longer))
    train("second", LATER | {"rounds": 2}, Fork("first", 1, "refined"))
    again = LATER | {"rounds": 3}
    same(train("grandchild", again, Fork("second", 2, "refined")), train("longest", again))


class Interrupted(Run):
    """A fork that is stopped as a certain step of it is about to be done for the n-th time."""

    def __init__(self, run_id: str, settings: dict[str, Any], where: str, n: int, fork: Fork | None) -> None:
        super().__init__(recipe(**settings), run_id, "cpu", fork)
        before = getattr(self, where)

        def step(*args: Any, **named: Any) -> Any:
            nonlocal n
            n -= 1
            if n == 0:
                raise Stopped
            return before(*args, **named)

        setattr(self, where, step)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("where", "n"),
    [
        ("_mine", 2),
        *(
            pytest.param(where, n, marks=pytest.mark.long)
            for where, n in (("_load", 1), ("_mine", 1), ("_explain", 1), ("_record_epoch", 2))
        ),
    ],
)
def test_a_fork_that_was_stopped_ends_like_one_that_was_not(parent: str, where: str, n: int) -> None:
    settings = CHILDREN["forgetting_and_aum"]
    whole = "whole-forgetting_and_aum"
    if store.run(whole) is None:
        train(whole, settings)
    run_id = f"stopped{where}-{n}"
    with pytest.raises(Stopped):
        go(Interrupted(run_id, settings, where, n, Fork(parent, 0, "full")))
    with contextlib.suppress(Stopped):
        go(Interrupted(run_id, settings, "_record_epoch", 1, None))
    resumed = Run(recipe(**settings), run_id, "cpu")
    resumed.train(store.add_job("train", title="t", args={}, run_id=run_id, state="running"), bar=False)
    same(run_id, whole)


def begin(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "trainer", *words, "--device", "cpu"]
    return subprocess.Popen(command, cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"}, text=True)


@pytest.mark.slow
@pytest.mark.long
def test_a_fork_that_was_killed_ends_like_one_that_was_not(parent: str) -> None:
    settings = COMMON | CHILDREN["confused_pairs"] | {"hard_negative.epochs": 6}
    options = [f"--set={key}={value}" for key, value in settings.items()]
    assert begin("train", "single_label_hnl", "--run", "never-killed", *options).wait(timeout=240) == 0
    process = begin("train", "single_label_hnl", "--from", parent, "--run", "killed", *options)
    deadline = time.monotonic() + 200
    while time.monotonic() < deadline and process.poll() is None:
        if (store.runs_root() / "killed" / "checkpoints" / "last.safetensors").exists():
            break
        time.sleep(0.002)
    process.kill()
    assert process.wait() == -9, "the run ended before it could be killed"
    assert len(store.stages("killed")) == 1, "killed too late to prove anything"
    assert begin("resume", "killed").wait(timeout=240) == 0
    same("killed", "never-killed")


@pytest.mark.slow
def test_a_fork_lives_on_without_its_parent(parent: str, tmp_path: Path) -> None:
    train("mother", PARENT)
    score_run("mother", "full", device="cpu", limit=6)
    forked = train("orphan", {"control": True}, Fork("mother", 0, "full"))
    inherited, scored = (store.map_scores(of).drop(columns="run_id") for of in (forked, "mother"))
    assert len(scored) and set(inherited["stage"]) == {"full"}
    pd.testing.assert_frame_equal(inherited, scored, check_exact=True)
    store.delete_run("mother")
    assert store.check() == []
    run = store.run(forked)
    assert run is not None and (run["forked_from"], run["forked_round"], run["forked_stage"]) == ("mother", 0, "full")
    assert forks.of_run(forked) == Fork("mother", 0, "full")
    weights = checkpoints.load_stage(store.runs_root() / parent / "checkpoints", 0, "full")
    own = predict.load(forked, "full", "cpu").model.state_dict()
    assert all(torch.equal(own[name], value) for name, value in weights.items())
    assert len(store.read_predictions(forked, round=0, stage="full").loss) == 120
    catalog.open_dataset("tiny")
    go(Run(recipe(control=True), forked, "cpu"))  # nothing left to do, and nothing that needs the parent


@pytest.mark.slow
def test_from_the_command_line(parent: str, house: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(
        "name: own\nmodel: squeezenet1_1\nimage_size: 32\nbatch_size: 24\nema: 0.8\nrounds: 1\ncontrol: true\n"
        "full: {epochs: 9, lr: 0.01}\nhard_negative: {epochs: 1, lr: 0.0003}\nrefined: {epochs: 0, lr: 0.0003}\n"
    )
    words = ["train", str(file), "--from", parent, "--run", "typed", "--device", "cpu"]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert f"Starts from {parent} after full; taken from there: full.epochs 2, full.lr 0.001, dataset tiny@1." in said
    steps = Run(recipe(), "x", "cpu").steps_per_epoch
    assert f"Run typed on tiny@1 (cpu): {steps} steps." in said
    run = store.run("typed")
    assert run is not None and run["forked_from"] == parent and run["dataset_id"] == "tiny@1"
    assert Recipe.load(store.runs_root() / "typed" / "recipe.yaml").full.epochs == 2

    def refused(*more: str) -> str:
        assert main([*words[:-3], "no", *words[-2:], *more]) == 2
        assert store.run("no") is None and not (store.runs_root() / "no").exists()
        return capsys.readouterr().err

    assert "'loss' is focal, not plain; add --set loss=plain, or" in refused("--set", "loss=focal")
    assert "'seed' is 3, not 0" in refused("--seed", "3")
    assert "'dataset' is other@1, not tiny@1" in refused("--dataset", "other")
    assert "'image_size' is 64, not 32" in refused("--set", "image_size=64")
    assert "'model' is resnet18, not squeezenet1_1" in refused("--set", "model=resnet18")
    assert "has no stage after full" in refused("--set", "rounds=0")
    assert "has not finished the stage control; it has full, hard_negative --round 1" in refused("--stage", "control")
    assert "has not finished the stage full of round 1" in refused("--round", "1")
    assert "There is no run 'nobody' to start from" in refused("--from", "nobody")
    assert "'control' is true, not false" in refused("--stage", "hard_negative", "--set", "rounds=2")
    path = checkpoints.stage_path(store.runs_root() / parent / "checkpoints", 0, "full")
    path.rename(house / "aside")
    assert "The checkpoint of stage full is gone (00-full.safetensors)" in refused()
    (house / "aside").rename(path)
    assert main(["train", str(file), "--stage", "full", "--device", "cpu"]) == 2
    assert "--from RUN" in capsys.readouterr().err


@pytest.mark.slow
def test_a_parent_of_an_earlier_version_has_no_dynamics(house: Path) -> None:
    train("early", {})
    for path in (store.runs_root() / "early" / "checkpoints").glob("*.dynamics.safetensors"):
        path.unlink()
    same(train("late", {"refined.epochs": 0}, Fork("early", 0, "full")), train("late-whole", {"refined.epochs": 0}))
    for settings in (CHILDREN["forgetting_and_aum"], MINES | {"guard.name": "confident"}):
        with pytest.raises(TrainerError, match="did not keep the training dynamics of its stages"):
            Run(recipe(**settings), "never", "cpu", Fork("early", 0, "full"))
    with pytest.raises(TrainerError, match="did not keep"):
        Run(recipe(**PARENT | {"rounds": 2}), "never", "cpu", Fork("early", 1, "refined"))


def test_a_stage_must_be_named_where_there_are_several(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(0, "full"), (1, "refined"), (2, "refined")]
    monkeypatch.setattr(store, "run", lambda run_id: {"run_id": run_id})
    monkeypatch.setattr(store, "stages", lambda run_id: pd.DataFrame(rows, columns=["round", "stage"]))
    with pytest.raises(TrainerError, match="more than once; add --round 1 or --round 2"):
        forks.find("r", "refined")
    assert forks.find("r", "refined", 2) == Fork("r", 2, "refined")
    assert forks.find("r", "full") == Fork("r", 0, "full")
