"""The store's write path, on real files."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import store


def test_a_stage_written_twice_stands_once(results: Any) -> None:
    results.prepare()
    results.stage()
    results.stage()
    assert len(store.predictions("r", 0, "full")) == 3
    assert store.check() == []
    counts = store.confusion_counts("r", 0, "full", "test")
    assert counts.values.tolist() == [["x", "y", 1]]


def test_an_undefined_metric_stays_undefined(results: Any) -> None:
    results.prepare()
    results.stage()
    metrics = store.metrics(["r"]).set_index("metric")["value"]
    assert metrics["accuracy"] == 0.5
    assert pd.isna(metrics["f1"])


def test_a_refused_stage_leaves_nothing_of_itself(results: Any) -> None:
    results.prepare()
    with pytest.raises(store.StoreError):
        results.stage(predictions=pa.table({"sample_id": ["a"], "split": ["train"], "probs": ["no list"]}))
    assert store.stages("r").empty
    assert store.metrics(["r"]).empty


def test_only_one_of_two_claims_gets_a_job() -> None:
    job = store.add_job("train", title="t", args={})
    first, second = store.claim_job(["train"]), store.claim_job(["train"])
    assert first is not None and first["job_id"] == job and first["state"] == "starting"
    assert second is None
