"""Results that found the store busy are written by housekeeping: a worker, or the app where there is none."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pyarrow as pa
import pytest

import jobs
import store
from dashboard.reads import job_queries
from jobs.worker import Worker
from store import spool


@pytest.mark.parametrize(
    "maintain",
    [lambda: Worker().tick(), jobs.reconcile, job_queries.run_maintenance],
    ids=["worker", "reconcile", "app"],
)
def test_what_waits_is_written_by_housekeeping_and_seen_after_it(
    worker_elsewhere: None, maintain: Callable[[], object]
) -> None:
    samples = pd.DataFrame(
        {"sample_id": ["a"], "path": ["a"], "patient": ["a"], "split": ["test"], "label": ["x"], "labels": [["x"]],
         "ambiguity": [None], "marks": [[]], "boxes": [None]}
    )  # fmt: skip
    store.register_dataset("d@1", "d", 1, ["x"], "h", "/nowhere", samples)
    store.create_run(
        "r", recipe_name="r", recipe={}, objective="softmax", model="m", dataset_id="d@1", classes=["x"], seed=0,
        control=False, rounds=0, device="cpu",
    )  # fmt: skip
    spool.put("r", 0, "full", {"epochs": pa.Table.from_pylist([{"position": 0, "epoch": 1, "global_epoch": 1}])})
    assert store.epochs(["r"]).empty and len(spool.waiting()) == 1
    maintain()
    assert store.epochs(["r"])["epoch"].tolist() == [1] and spool.waiting() == []
