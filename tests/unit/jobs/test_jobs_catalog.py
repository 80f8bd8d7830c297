"""Test imports and checks of datasets as jobs, with real processes of the catalog."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import catalog
import jobs
import store
from jobs import commands
from jobs.lifecycle import reconcile_jobs

pytestmark = pytest.mark.usefixtures("worker_elsewhere")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for number in range(24):
        file = tmp_path / "-images" / "ab"[number % 2] / f"p{number // 2}_{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (30, 40), dtype=np.uint8)).save(file)
    return tmp_path / "-images"


def ended(job_id: str) -> dict[str, Any]:
    for _ in range(600):
        reconcile_jobs()
        job = store.job(job_id)
        assert job is not None
        if job["state"] in {"done", "failed", "lost", "stopped"}:
            return job
        time.sleep(0.1)
    raise AssertionError(f"{job_id} did not end")


def test_an_import_and_the_check_of_what_it_made(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(source.parent)
    job_id = jobs.submit_import("folder", source, "mine", ["--patient-regex", "^(p[0-9]+)_", "--seed", "3"])
    assert ended(job_id)["state"] == "done"
    dataset = catalog.open_dataset("mine@1")
    assert dataset.n_samples == 24 and dataset.has_patients and dataset.samples["patient"].nunique() == 12
    assert catalog.stored_findings(dataset) is None

    check = jobs.submit_check("mine@1")
    assert jobs.submit_check("mine@1") == check
    assert ended(check)["state"] == "done"
    known = catalog.stored_findings(dataset)
    assert known is not None and "class_counts" in {finding.code for finding in known.findings}


def test_an_import_that_is_refused_says_why(tmp_path: Path) -> None:
    job = ended(jobs.submit_import("folder", tmp_path / "nothing", "mine"))
    assert job["state"] == "failed"
    assert job["error"].startswith("There is no folder") and job["error"].endswith(".")
    assert catalog.list_datasets() == []


def test_the_source_cannot_pass_for_an_option() -> None:
    words = commands.command(
        {"kind": "import", "args": {"kind": "csv", "source": "--strict", "name": "mine", "options": ["--seed", 1]}}
    )
    assert words[-2:] == ["--", "--strict"] and words[3:7] == ["import", "csv", "--name", "mine"]


def test_one_import_of_a_name_at_a_time_and_trainings_wait_for_it() -> None:
    store.add_job("import", title="Import mine", args={}, dataset="mine", state="starting")
    with pytest.raises(jobs.JobError, match="mine is being made already"):
        jobs.submit_import("folder", "/somewhere", "mine")
    training = store.job(jobs.submit_training("demo", dataset="mine"))
    assert training is not None and training["dataset"] == "mine@1"
    assert training["after"] == store.jobs(states=["starting"])["job_id"].iloc[0]


@pytest.mark.parametrize("name", ["", "Mine", "a/b", "../x", "-x"])
def test_a_name_that_is_none(name: str) -> None:
    with pytest.raises(jobs.JobError, match="cannot name a dataset"):
        jobs.submit_import("folder", "/somewhere", name)
