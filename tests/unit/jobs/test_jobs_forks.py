"""Test jobs of runs that start from a stage of another run, which may still have to be trained."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import jobs
import store
from jobs import Fork, commands
from jobs.__main__ import main
from recipes import Recipe, RecipeError

pytestmark = pytest.mark.usefixtures("worker_elsewhere", "datasets")
FULL = Fork("parent", 0, "full")


def known(job_id: str) -> dict[str, Any]:
    job = store.job(job_id)
    assert job is not None
    return job


def run_of_parent(**settings: Any) -> None:
    """Record the run `parent` as one that has begun."""
    recipe = Recipe.load("demo", {"dataset": "demo@1"} | settings)
    store.create_run(
        "parent", recipe_name="demo", recipe=recipe.model_dump(), objective="softmax", model=recipe.model,
        dataset_id="demo@1", classes=["ac", "bpd"], seed=recipe.seed, control=False, rounds=recipe.rounds, device="cpu",
    )  # fmt: skip


def stage_of_parent() -> None:
    with store.write() as connection:
        connection.execute("INSERT INTO stages (run_id, round, stage, position) VALUES ('parent', 0, 'full', 0)")


def test_a_parent_and_its_fork_are_queued_at_once() -> None:
    parent = jobs.new_training("demo", seed=3, settings={"full.epochs": 2}, run_id="parent")
    child = jobs.new_training("demo_control", fork=FULL, after=parent, run_id="child")
    store.add_jobs([parent, child])
    job = known(child.job_id)
    assert (job["after"], job["run_id"], job["seed"], job["dataset"]) == (parent.job_id, "child", 3, "demo@1")
    assert job["args"]["fork"] == {"run_id": "parent", "round": 0, "stage": "full"}
    assert job["args"]["recipe"]["full"]["epochs"] == 2 and job["args"]["recipe"]["control"]
    words = commands.command(job)
    assert words[words.index("--from") :] == ["--from", "parent", "--stage", "full", "--round", "0"]
    assert "--from" not in commands.command(known(parent.job_id))
    with pytest.raises(jobs.JobError, match="does not train elsewhere, the run to start from"):
        jobs.new_training("demo_control", fork=Fork("elsewhere", 0, "full"), after=parent)


def test_a_fork_waits_for_the_open_job_of_its_parent_until_the_stage_is_there() -> None:
    parent = jobs.new_training("demo", run_id="parent")
    store.add_jobs([parent])
    assert known(jobs.submit_training("demo_control", fork=FULL))["after"] == parent.job_id
    run_of_parent()
    assert known(jobs.submit_training("demo_control", dataset="demo", fork=FULL))["after"] == parent.job_id
    stage_of_parent()
    assert known(jobs.submit_training("demo_control", fork=FULL))["after"] is None


def test_a_fork_ends_with_a_sentence_where_its_parent_does_not_come() -> None:
    parent = jobs.new_training("demo", run_id="parent")
    store.add_jobs([parent])
    child = jobs.submit_training("demo_control", fork=FULL)
    store.update_job(parent.job_id, state="failed", error="no disk")
    assert known(child)["state"] == "failed"
    assert known(child)["error"].startswith('Not started: "demo on demo@1, seed 0", which this job waits for, failed')


def test_a_fork_waits_for_the_next_try_of_a_lost_parent() -> None:
    parent = jobs.new_training("demo", run_id="parent")
    store.add_jobs([parent])
    child = jobs.submit_training("demo_control", fork=FULL)
    again = jobs.retries.next_attempt(known(parent.job_id), "it was lost")
    store.update_job(parent.job_id, then=again, state="lost")
    assert again is not None and (known(child)["state"], known(child)["after"]) == ("queued", again.job_id)
    lost_child = jobs.retries.next_attempt(known(child), "it was lost")
    assert lost_child is not None and lost_child.args["fork"]["run_id"] == "parent"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"fork": Fork("nobody", 0, "full")}, "There is no run 'nobody' to start from"),
        ({"fork": Fork("parent", 1, "refined")}, "has not finished the stage refined"),
        ({"fork": FULL, "settings": {"loss": "focal"}}, "'loss' is focal, not plain"),
        ({"fork": FULL, "dataset": "busi"}, "'dataset' is busi, not demo@1"),
        ({"fork": FULL, "seed": 1}, "'seed' is 1, not 0"),
        ({"fork": FULL, "settings": {"rounds": 0}}, "has no stage after full"),
        ({"fork": FULL, "run_id": "a/b"}, "'a/b' cannot name a run"),
    ],
)
def test_what_cannot_go_on_is_refused_before_it_is_queued(asked: dict[str, Any], words: str) -> None:
    run_of_parent()
    stage_of_parent()
    with pytest.raises((jobs.JobError, RecipeError)) as refused:
        jobs.submit_training("demo_control", **asked)
    assert words in str(refused.value) and store.jobs().empty


def test_from_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    run_of_parent(**{"full.epochs": 2})
    stage_of_parent()
    assert main(["submit", "demo_control", "--from", "parent"]) == 0
    job = store.jobs().iloc[0]
    assert job["args"]["fork"] == {"run_id": "parent", "round": 0, "stage": "full"}
    assert main(["submit", "demo_control", "--from", "parent", "--stage", "refined"]) == 2
    assert "with --round N" in capsys.readouterr().err
    assert main(["submit", "demo_control", "--stage", "full"]) == 2
    assert "--from RUN" in capsys.readouterr().err


def test_what_a_waiting_fork_needs_is_neither_deleted_nor_thinned_out(places: Path) -> None:
    run_of_parent()
    stage_of_parent()
    with store.write() as connection:
        for position, stage in enumerate(("hard_negative", "refined"), start=1):
            connection.execute(
                "INSERT INTO stages (run_id, round, stage, position) VALUES ('parent', 1, ?, ?)", [stage, position]
            )
    store.finish_run("parent", "done")
    folder = store.runs_root() / "parent" / "checkpoints"
    folder.mkdir(parents=True)
    stages = [f"0{position}-{stage}" for position, stage in enumerate(("full", "hard_negative", "refined"))]
    for stage in stages:
        for end in (".safetensors", ".dynamics.safetensors"):
            (folder / f"{stage}{end}").write_bytes(b"x" * 10)
    job = jobs.submit_training("demo_control", fork=FULL, run_id="child")
    with pytest.raises(jobs.JobError, match="The run child is to start from parent; wait, or stop it with"):
        jobs.delete("parent")
    assert jobs.keep_best("parent") == 20
    left = sorted(path.name for path in folder.iterdir())
    assert left == sorted(f"{stages[at]}{end}" for at in (0, 2) for end in (".safetensors", ".dynamics.safetensors"))
    jobs.stop(job)
    assert jobs.keep_best("parent") == 20
    assert json.dumps(sorted(path.name for path in folder.iterdir())).count("02-refined") == 2
    assert jobs.delete("parent") == 20
