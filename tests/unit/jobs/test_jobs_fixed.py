"""Test that a job does what it was queued for, whatever is edited or removed while it waits."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import catalog
import jobs
import store
from catalog import SampleChange
from jobs import commands, retries
from jobs.__main__ import main
from jobs.queued_recipe import write_recipe
from jobs.timing import Timing
from jobs.worker import Worker

PATIENT = Timing(idle=0.3, tick=0.05, training=0.1)
RECIPE = (
    "name: mine\ndataset: tiny\nmodel: squeezenet1_1\nimage_size: 32\nbatch_size: 8\nrounds: 0\naugment: false\n"
    "full: {epochs: 1, lr: 0.002}\n"
)
EDITED = RECIPE.replace("epochs: 1, lr: 0.002", "epochs: 2, lr: 0.02")
SCHEME = "name: renamed\nclasses: [x, y]\nrules: [{label: a, class: x}, {label: b, class: y}]\ncollapse: {x: a, y: b}\n"


@pytest.fixture
def tiny() -> catalog.Dataset:
    pixels = np.random.default_rng(0).integers(0, 256, (24, 16, 16), dtype=np.uint8)
    splits = ("train", "train", "val", "test")
    samples = [
        catalog.NewSample(f"{i}.png", "ab"[i % 2], pixels[i], patient=str(i), split=splits[i // 2 % 4])
        for i in range(24)
    ]
    return catalog.save_dataset("tiny", samples, classes=("a", "b"), source="test")


def revise(dataset: catalog.Dataset) -> None:
    samples = dataset.samples
    sample = str(samples.loc[samples["split"] == "train", "sample_id"].iloc[0])
    assert catalog.revise("tiny", [SampleChange(sample, "excluded")]).dataset_id == "tiny@2"


def known(job_id: str) -> dict[str, Any]:
    job = store.job(job_id)
    assert job is not None
    return job


@pytest.mark.slow
@pytest.mark.parametrize("deleted", [False, True], ids=["edited", "deleted"])
def test_the_queued_settings_and_version_are_trained(
    deleted: bool, places: Path, tiny: catalog.Dataset, monkeypatch: pytest.MonkeyPatch, worker_elsewhere: None
) -> None:
    """Queue by the command line, and let a worker with the real trainer take the job later."""
    folder = places / "mine"
    folder.mkdir()
    (folder / "mine.yaml").write_text(RECIPE + "label_scheme: renamed.yaml\n", encoding="utf-8")
    (folder / "renamed.yaml").write_text(SCHEME, encoding="utf-8")
    monkeypatch.setenv("ODAP_ROOTS", str(places))
    monkeypatch.chdir(folder)
    assert main(["submit", "mine.yaml", "--set", "seed=3"]) == 0
    job = store.jobs().iloc[0]
    assert (job["dataset"], job["title"]) == ("tiny@1", "mine on tiny@1, seed 3")

    monkeypatch.chdir(places)
    if deleted:
        (folder / "mine.yaml").unlink()
        (folder / "renamed.yaml").unlink()
    else:
        (folder / "mine.yaml").write_text(EDITED, encoding="utf-8")
        (folder / "renamed.yaml").write_text(SCHEME.replace("x", "other"), encoding="utf-8")
    revise(tiny)

    taken = Worker(timing=PATIENT)
    while store.job_state(str(job["job_id"])) not in {"done", "failed", "lost"}:
        taken.tick()
    ended = known(str(job["job_id"]))
    assert ended["state"] == "done", ended["error"]

    run = store.run(str(job["run_id"]))
    assert run is not None
    assert (run["dataset_id"], run["seed"], list(run["classes"])) == ("tiny@1", 3, ["x", "y"])
    plan = json.loads(run["recipe"])
    assert plan["full"] == {"epochs": 1, "lr": 0.002} and plan["dataset"] == "tiny@1"
    assert len(store.epochs([run["run_id"]])) == 1
    assert len(store.predictions(run["run_id"], 0, "full")) == 24  # tiny@2 has one fewer
    made_by = store.environments(run["environment"])
    assert len(made_by) == 1 and made_by[0]["odap"] and made_by[0]["python"] == sys.version.split()[0]


@pytest.mark.usefixtures("worker_elsewhere")
def test_a_retry_of_what_never_began_is_of_the_same_recipe_and_version(places: Path, tiny: catalog.Dataset) -> None:
    file = places / "mine.yaml"
    file.write_text(RECIPE, encoding="utf-8")
    job = known(jobs.submit_training(file))
    file.write_text(EDITED, encoding="utf-8")
    revise(tiny)
    again = retries.next_attempt(job, "gone")
    assert again is not None and again.args["recipe"] == job["args"]["recipe"]
    store.update_job(job["job_id"], state="lost")
    (by_hand,) = jobs.retry(job["job_id"])
    assert known(by_hand)["args"]["recipe"] == job["args"]["recipe"]
    assert known(by_hand)["dataset"] == "tiny@1"


@pytest.mark.usefixtures("worker_elsewhere")
def test_the_run_keeps_the_queued_recipe(places: Path, tiny: catalog.Dataset) -> None:
    job = known(jobs.submit_training("demo", dataset="tiny", settings={"full.lr": 1e-5}))
    write_recipe(job)
    kept = yaml.safe_load((store.runs_root() / job["run_id"] / "recipe.yaml").read_text(encoding="utf-8"))
    assert kept == job["args"]["recipe"] and kept["full"]["lr"] == 1e-5


@pytest.mark.usefixtures("worker_elsewhere")
@pytest.mark.parametrize("change", ["edited", "gone", "touched"])
def test_changed_weights_are_refused_when_the_job_is_taken(
    change: str, places: Path, tiny: catalog.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ODAP_ROOTS", str(places))
    (places / "w.pt").write_bytes(b"first")
    (places / "mine.yaml").write_text(RECIPE + "weights: w.pt\n", encoding="utf-8")
    job = known(jobs.submit_training(places / "mine.yaml"))
    assert job["args"]["recipe"]["weights"] == str((places / "w.pt").resolve())
    if change == "gone":
        (places / "w.pt").unlink()
    else:
        (places / "w.pt").write_bytes(b"other" if change == "edited" else b"first")
    started = Worker(command=lambda job: [sys.executable, "-c", "raise SystemExit('started')"], timing=PATIENT)
    while store.job_state(job["job_id"]) in {"queued", "starting"}:
        started.tick()
    error = known(job["job_id"])["error"]
    words = {"edited": "has changed since it was queued", "gone": "is gone", "touched": "started"}[change]
    assert words in error and (change == "touched" or "queue the training again" in error)


@pytest.mark.usefixtures("worker_elsewhere")
@pytest.mark.parametrize(
    ("key", "value", "words"),
    [("weights", "nothing.pt", "cannot be read"), ("label_scheme", "nothing", "There is no label scheme 'nothing'")],
)
def test_a_file_that_is_not_there_is_refused_before_anything_waits(
    key: str, value: str, words: str, tiny: catalog.Dataset, places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ODAP_ROOTS", str(places))
    value = str(places / value) if key == "weights" else value
    with pytest.raises(jobs.JobError, match=words):
        jobs.submit_training("demo", dataset="tiny", settings={key: value})
    assert store.jobs().empty


def test_a_job_queued_before_jobs_held_recipes_still_starts() -> None:
    args = {"recipe": "demo", "recipe_name": "demo", "dataset": "busi", "seed": 7, "settings": {"full.epochs": 3}}
    job = {"kind": "train", "job_id": "j", "run_id": "r", "args": args, "device": None}
    write_recipe(job)
    assert not (store.runs_root() / "r").exists()
    assert commands.command(job)[1:] == [
        "-m", "trainer", "train", "demo", "--dataset", "busi", "--seed", "7", "--set", "full.epochs=3",
        "--run", "r", "--job", "j",
    ]  # fmt: skip


@pytest.mark.usefixtures("worker_elsewhere")
def test_a_recipe_of_another_version_is_told_as_that(tiny: catalog.Dataset) -> None:
    job = known(jobs.submit_training("demo", dataset="tiny"))
    args = job["args"]
    strange = {**args, "odap": "9.9.9", "recipe": {**args["recipe"], "new_key": 1}}
    job_id = store.add_job("train", title="t", args=strange, run_id="later")
    store.request_stop(job["job_id"])
    taken = Worker(command=lambda job: [sys.executable, "-c", "raise SystemExit('started')"], timing=PATIENT)
    while store.job_state(job_id) in {"queued", "starting"}:
        taken.tick()
    error = known(job_id)["error"]
    assert error.startswith("This training was queued by Odap 9.9.9, and Odap") and "new_key" in error
    assert error.endswith("queue it again.") and store.job_state(job_id) == "failed"
