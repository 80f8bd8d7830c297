"""Test what is queued, refused, listed and stopped."""

from __future__ import annotations

import math
import re
import signal
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

import catalog.__main__ as catalog_commands
import jobs
import store
from jobs import commands, process
from jobs.commands import command, setting
from jobs.lifecycle import reconcile_jobs
from recipes import RecipeError, parse_setting
from tests.unit.jobs.conftest import describe

pytestmark = pytest.mark.usefixtures("worker_elsewhere")


def known(job_id: str) -> dict[str, Any]:
    job = store.job(job_id)
    assert job is not None
    return job


def make_run(run_id: str, status: str = "stopped") -> None:
    store.create_run(
        run_id, recipe_name="demo", recipe={"name": "demo"}, objective="softmax", model="resnet18",
        dataset_id="demo@1", classes=["ac", "bpd"], seed=3, control=False, rounds=1, device="cpu",
    )  # fmt: skip
    if status != "running":
        store.finish_run(run_id, status)


@pytest.mark.usefixtures("datasets")
def test_training_waits_with_all_it_needs() -> None:
    job = known(jobs.submit_training("demo", dataset="busi", seed=7, settings={"full.epochs": 3, "rounds": 0}))
    assert (job["kind"], job["state"], job["dataset"], job["seed"]) == ("train", "queued", "busi@1", 7)
    assert re.fullmatch(r"demo-s7-\d{8}-\d{6}-[0-9a-f]{4}", job["run_id"])
    plan = job["args"]["recipe"]
    assert (plan["dataset"], plan["seed"], plan["full"]["epochs"], plan["rounds"]) == ("busi@1", 7, 3, 0)
    file = store.runs_root() / job["run_id"] / "recipe.yaml"
    assert command(job)[1:] == ["-m", "trainer", "train", str(file), "--run", job["run_id"], "--job", job["job_id"]]


@pytest.mark.parametrize(
    "value",
    [3, -1, 1e-5, 2.5e-4, True, False, None, "resnet18", "yes", "1e-3", "a: b # c", "", "한글", [1, 2], {"lr": 0.1}],
)
def test_setting_survives_the_command_line(value: Any) -> None:
    text = setting("full.lr", value)
    assert "\n" not in text
    assert parse_setting(text) == ("full.lr", value)


@pytest.mark.parametrize(
    "submission",
    [
        {"recipe": "no_such_recipe"},
        {"recipe": "demo", "settings": {"full.epochz": 3}},
        {"recipe": "demo", "settings": {"full.epochs": 0}},
        {"recipe": "demo", "seed": -1},
        {"recipe": "demo", "dataset": "../elsewhere"},
    ],
)
def test_mistakes_are_refused_before_anything_waits(submission: dict[str, Any]) -> None:
    with pytest.raises(RecipeError):
        jobs.submit_training(**submission)
    assert store.jobs().empty


def test_missing_dataset_is_refused() -> None:
    with pytest.raises(jobs.JobError, match="none yet"):
        jobs.submit_training("demo")
    describe("busi")
    with pytest.raises(jobs.JobError, match=r"There is no dataset 'demo'\. Known: busi\."):
        jobs.submit_training("demo")
    describe("demo")
    with pytest.raises(jobs.JobError, match=r"There is no dataset 'demo@2'\. Known: demo@1\."):
        jobs.submit_training("demo", dataset="demo@2")
    assert store.jobs().empty


def test_dataset_in_the_making_counts_as_known_by_the_version_that_it_will_have() -> None:
    phantom = jobs.submit_phantom("demo")
    job = known(jobs.submit_training("demo"))
    assert (job["dataset"], job["after"]) == ("demo@1", phantom)
    describe("demo")
    assert known(jobs.submit_training("demo"))["after"] is None
    job = known(jobs.submit_training("demo", dataset="demo@2"))
    assert (job["dataset"], job["after"]) == ("demo@2", phantom)
    with pytest.raises(jobs.JobError, match="There is no dataset 'demo@3'"):
        jobs.submit_training("demo", dataset="demo@3")


def test_phantom_is_made_once() -> None:
    first = jobs.submit_phantom("demo", images=30)
    assert jobs.submit_phantom("demo") == first
    assert jobs.submit_phantom("other") != first
    made = ["-m", "catalog", "phantom", "--name", "demo", "--preset", "demo", "--images=30"]
    assert command(known(first))[1:] == made


def test_a_phantom_takes_a_preset_and_changes_to_it() -> None:
    changes = {"size": 64, "mark_bias": 0.8, "devices": ["fan-A", "fan-B"]}
    job = known(jobs.submit_phantom("marks", preset="shortcut", settings=changes))
    given = command(job)[command(job).index("phantom") :]
    assert given == [
        "phantom", "--name", "marks", "--preset", "shortcut", "--size=64", "--mark-bias=0.8", "--devices=fan-A,fan-B",
    ]  # fmt: skip
    options = catalog_commands._parser().parse_args(given)
    assert (options.size, options.mark_bias, options.devices) == (64, 0.8, ("fan-A", "fan-B"))


def test_a_phantom_queued_before_presets_is_still_made() -> None:
    job = {"kind": "phantom", "args": {"name": "old", "images": 30}}
    assert command(job)[1:] == ["-m", "catalog", "phantom", "--name", "old", "--images=30"]


@pytest.mark.parametrize(
    ("name", "wrong", "said"),
    [
        ("Bad Name", {}, "cannot name a dataset"),
        ("--help", {}, "cannot name a dataset"),
        ("demo", {"images": 0}, "at least 1 image"),
        ("demo", {"preset": "clams"}, "There is no preset 'clams'"),
        ("demo", {"settings": {"hardness": 1}}, "'hardness' is no setting"),
        ("demo", {"settings": {"hard": "all"}}, "The setting hard of a phantom is 'all'"),
    ],
)
def test_phantom_mistakes(name: str, wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(jobs.JobError, match=said):
        jobs.submit_phantom(name, **wrong)
    assert store.jobs().empty


def test_demo_makes_the_dataset_first_and_then_compares() -> None:
    ids = jobs.submit_demo(dataset_missing=True)
    assert [known(job_id)["kind"] for job_id in ids] == ["phantom", "train", "train", "train"]
    claimed = []
    while (job := store.claim_job(["train", "phantom"])) is not None:
        claimed.append(job["job_id"])
        store.update_job(job["job_id"], state="done")
    assert claimed == ids
    assert [known(job_id)["args"]["recipe_name"] for job_id in ids[1:]] == list(jobs.submit.DEMO_RECIPES)
    describe("demo")
    assert len(jobs.submit_demo()) == 3


def test_resume_continues_the_run_once() -> None:
    make_run("demo-s3-x")
    job = known(jobs.submit_resume("demo-s3-x"))
    assert command(job)[1:] == ["-m", "trainer", "resume", "demo-s3-x", "--job", job["job_id"]]
    with pytest.raises(jobs.JobError, match="already queued"):
        jobs.submit_resume("demo-s3-x")


def test_resume_refuses_what_cannot_be_continued() -> None:
    with pytest.raises(jobs.JobError, match="There is no run 'nothing'"):
        jobs.submit_resume("nothing")
    make_run("finished", status="done")
    with pytest.raises(jobs.JobError, match="nothing to continue"):
        jobs.submit_resume("finished")


def test_explain_starts_at_once() -> None:
    make_run("explained")
    job_id = jobs.submit_explain("explained", ["0123456789abcdef"])
    job = known(job_id)
    assert job["kind"] == "explain" and job["pid"] > 0 and Path(job["log"]).parent.name == "jobs"
    started = process.identify(int(job["pid"]))
    assert started is not None and psutil.Process(started.pid).cmdline()[1:] == command(job)[1:]
    # What the trainer says of a run without checkpoints is its own affair.
    process.send(started, signal.SIGKILL)
    assert jobs.stop(job_id) == "stopping"


def test_explain_that_ended_in_trouble_says_which() -> None:
    job_id = store.add_job(
        "explain", title="maps", args={"sample_ids": ["a"]}, run_id="r", state="starting",
        pid=1, pid_started=0.0, boot_id="another boot",
    )  # fmt: skip
    log = commands.log_path(known(job_id))
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("Run r has no finished stage.\n", encoding="utf-8")
    assert reconcile_jobs() == [job_id]
    assert (known(job_id)["state"], known(job_id)["error"]) == ("failed", "Run r has no finished stage.")


@pytest.mark.usefixtures("datasets")
def test_last_ended_jobs_are_shown_even_without_a_time_of_their_end() -> None:
    job_id = store.add_job("train", title="by hand", args={}, run_id="r", state="running")
    store.update_job(job_id, state="done")
    stopped = jobs.submit_training("demo")
    jobs.stop(stopped)
    assert jobs.recent(finished=2)["job_id"].tolist() == [stopped, job_id]


def test_scores_are_asked_for_once() -> None:
    make_run("scored")
    job_id = jobs.submit_scores("scored")
    job = known(job_id)
    assert job["kind"] == "explain" and job["args"] == {"scores": True}
    assert command(job)[-5:] == ["scored", "--scores", "--every-stage", "--job", job_id]
    assert jobs.submit_scores("scored") == job_id
    jobs.submit_explain("scored", ["0123456789abcdef"])
    assert jobs.submit_scores("scored") == job_id
    store.update_job(job_id, state="failed")
    assert jobs.submit_scores("scored") != job_id
    with pytest.raises(jobs.JobError, match="There is no run 'nothing'"):
        jobs.submit_scores("nothing")


def test_explain_mistakes() -> None:
    with pytest.raises(jobs.JobError, match="There is no run"):
        jobs.submit_explain("nothing", ["0123456789abcdef"])
    make_run("explained")
    with pytest.raises(jobs.JobError, match="at least one sample"):
        jobs.submit_explain("explained", [])
    with pytest.raises(jobs.JobError, match="not a sample"):
        jobs.submit_explain("explained", ["--device"])


@pytest.mark.usefixtures("datasets")
def test_stop_of_a_queued_job_is_immediate() -> None:
    job_id = jobs.submit_training("demo")
    assert jobs.stop(job_id) == "stopped"
    assert store.claim_job(["train", "phantom"]) is None
    assert jobs.stop(job_id) == "stopped"


def test_stop_takes_a_run_too_and_works_by_the_store_alone() -> None:
    job_id = store.add_job(
        "train", title="by hand", args={}, run_id="by-hand", state="running", pid=1, pid_started=0.0, boot_id="x"
    )
    assert jobs.stop("by-hand") == "stopping"
    assert store.job_state(job_id) == "stopping"


def test_stop_of_nothing_is_one_sentence() -> None:
    with pytest.raises(jobs.JobError, match="There is no job or run 'nothing'"):
        jobs.stop("nothing")


@pytest.mark.usefixtures("datasets")
def test_live_shows_the_running_then_the_waiting_then_the_last_that_ended() -> None:
    assert jobs.recent().empty
    ended = []
    for seed in range(3):
        ended.append(jobs.submit_training("demo", seed=seed))
        jobs.stop(ended[-1])
        time.sleep(0.01)
    running = jobs.submit_training("demo")
    store.claim_job(["train"])
    store.update_job(running, state="running", step=1, steps=4)
    waiting = jobs.submit_training("demo")
    frame = jobs.recent(finished=2)
    assert frame["job_id"].tolist() == [running, waiting, ended[2], ended[1]]
    assert frame["progress"].iloc[0] == 0.25
    assert math.isnan(frame["progress"].iloc[1])
    assert set(store.jobs().columns) | {"progress"} == set(frame.columns)
