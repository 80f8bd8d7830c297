"""The store's write path, on real files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import store
from store import spool

IDS = ["a", "b", "c"]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ODAP_RESULTS", str(tmp_path / "results.duckdb"))
    monkeypatch.setenv("ODAP_RUNS", str(tmp_path / "runs"))
    return tmp_path


def prepare() -> None:
    samples = pd.DataFrame(
        {
            "sample_id": IDS, "path": IDS, "patient": IDS, "split": ["train", "val", "test"], "label": ["x", "y", "x"],
            "labels": [["x"], ["y"], ["x"]], "ambiguity": [0.1, None, 0.2], "marks": [[], [], []],
            "boxes": [None, None, None],
        }
    )  # fmt: skip
    store.register_dataset("d@1", "d", 1, ["x", "y"], "h", "/nowhere", samples)
    store.create_run(
        "r", recipe_name="r", recipe={}, objective="softmax", model="m", dataset_id="d@1", classes=["x", "y"], seed=0,
        control=False, rounds=0, device="cpu",
    )  # fmt: skip


def stage(**changes: Any) -> bool:
    given: dict[str, Any] = {
        "columns": {"position": 0, "epochs": 1},
        "metrics": pd.DataFrame(
            {"split": ["test"] * 2, "class_name": [None, "x"], "metric": ["accuracy", "f1"],
             "value": [0.5, float("nan")], "n": [1, 1]}
        ),
        "predictions": pa.table(
            {
                "sample_id": IDS, "split": ["train", "val", "test"], "targets": [[1.0, 0], [0, 1.0], [1.0, 0]],
                "probs": [[0.9, 0.1], [0.4, 0.6], [0.3, 0.7]], "loss": [0.1, 0.5, 1.2], "correct": [True, True, False],
            }
        ),
        "mined": None,
    }  # fmt: skip
    return store.record_stage("r", 0, "full", **(given | changes))


def test_a_stage_written_twice_stands_once() -> None:
    prepare()
    stage()
    stage()
    assert len(store.predictions("r", 0, "full")) == 3
    assert store.check() == []
    counts = store.confusion_counts("r", 0, "full", "test")
    assert counts.values.tolist() == [["x", "y", 1]]


def test_an_undefined_metric_stays_undefined() -> None:
    prepare()
    stage()
    metrics = store.metrics(["r"]).set_index("metric")["value"]
    assert metrics["accuracy"] == 0.5
    assert pd.isna(metrics["f1"])


def test_a_refused_stage_leaves_nothing_of_itself() -> None:
    prepare()
    with pytest.raises(store.StoreError):
        stage(predictions=pa.table({"sample_id": ["a"], "split": ["train"], "probs": ["no list"]}))
    assert store.stages("r").empty
    assert store.metrics(["r"]).empty


def test_a_stage_that_finds_the_store_held_is_spooled_and_applied_once(place: Path) -> None:
    prepare()
    holder = subprocess.Popen(
        [sys.executable, "-c", "import duckdb,sys; c=duckdb.connect(sys.argv[1]); print(1, flush=True); input()",
         str(store.results_path())],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdout is not None
    holder.stdout.readline()
    try:
        assert stage(timeout=0.2) is False
        assert len(spool.waiting()) == 1
    finally:
        holder.communicate("\n")
    assert len(store.predictions("r", 0, "full")) == 3
    assert spool.waiting() == []
    assert store.check() == []


def test_check_finds_what_is_planted() -> None:
    prepare()
    stage()
    with store.write() as connection:
        connection.execute("DELETE FROM predictions WHERE sample_id = 'a'")
        connection.execute("INSERT INTO mined (run_id, round, sample_id) VALUES ('r', 1, 'c')")
    found = " ".join(store.check())
    assert "not one prediction for each sample" in found
    assert "not a training sample" in found


def test_a_file_that_is_no_store_is_named_with_the_remedy(place: Path) -> None:
    store.results_path().write_bytes(b"garbage" * 1000)
    with pytest.raises(store.StoreError, match=r"results\.duckdb is not a sound DuckDB file; move it away"):
        store.runs()


def test_a_newer_store_is_refused() -> None:
    prepare()
    with store.write() as connection:
        connection.execute("INSERT INTO schema_version VALUES (99, 'later', NULL)")
    code = "import store\ntry:\n store.runs()\nexcept store.StoreError as e:\n print(e)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "written by a newer Odap (schema 99" in said


def test_only_one_of_two_claims_gets_a_job() -> None:
    job = store.add_job("train", title="t", args={})
    first, second = store.claim_job(["train"]), store.claim_job(["train"])
    assert first is not None and first["job_id"] == job and first["state"] == "starting"
    assert second is None
