from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import store

IDS = ["a", "b", "c"]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store and folders of the test's own."""
    monkeypatch.setenv("ODAP_RESULTS", str(tmp_path / "results.duckdb"))
    monkeypatch.setenv("ODAP_RUNS", str(tmp_path / "runs"))
    return tmp_path


class Results:
    """Writes a small run as the trainer does: three samples, one of each split."""

    def prepare(self) -> None:
        """A dataset and a run."""
        samples = pd.DataFrame(
            {
                "sample_id": IDS, "path": IDS, "patient": IDS, "split": ["train", "val", "test"],
                "label": ["x", "y", "x"], "labels": [["x"], ["y"], ["x"]], "ambiguity": [0.1, None, 0.2],
                "marks": [[], [], []], "boxes": [None, None, None],
            }
        )  # fmt: skip
        store.register_dataset("d@1", "d", 1, ["x", "y"], "h", "/nowhere", samples)
        store.create_run(
            "r", recipe_name="r", recipe={}, objective="softmax", model="m", dataset_id="d@1", classes=["x", "y"],
            seed=0, control=False, rounds=0, device="cpu",
        )  # fmt: skip

    def stage(self, **changes: Any) -> bool:
        """The run's first stage; whether it was written at once."""
        given: dict[str, Any] = {
            "columns": {"position": 0, "epochs": 1},
            "metrics": pd.DataFrame(
                {"split": ["test"] * 2, "class_name": [None, "x"], "metric": ["accuracy", "f1"],
                 "value": [0.5, float("nan")], "n": [1, 1]}
            ),
            "predictions": pa.table(
                {
                    "sample_id": IDS, "split": ["train", "val", "test"], "targets": [[1.0, 0], [0, 1.0], [1.0, 0]],
                    "probs": [[0.9, 0.1], [0.4, 0.6], [0.3, 0.7]], "loss": [0.1, 0.5, 1.2],
                    "correct": [True, True, False],
                }
            ),
            "mined": None,
        }  # fmt: skip
        return store.record_stage("r", 0, "full", **(given | changes))

    def mined(self) -> pd.DataFrame:
        """One hard negative."""
        return pd.DataFrame(
            {"sample_id": ["a"], "true_class": ["x"], "rival_class": ["y"], "margin": [-0.1], "loss": [0.9],
             "reason": ["wrong"]}
        )  # fmt: skip


@pytest.fixture
def results() -> Results:
    return Results()


@pytest.fixture
def held(place: Path) -> Callable[..., AbstractContextManager[None]]:
    """The store's file is open in another process, as in a DuckDB shell that was left open."""

    @contextmanager
    def hold(*, read_only: bool = False) -> Iterator[None]:
        code = (
            "import duckdb, sys\n"
            f"shell = duckdb.connect(sys.argv[1], read_only={read_only})\n"
            "print('open', flush=True)\n"
            "input()"
        )
        shell = subprocess.Popen(
            [sys.executable, "-c", code, str(store.results_path())], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        assert shell.stdout is not None and shell.stdout.readline() == "open\n"
        try:
            yield
        finally:
            shell.communicate("\n")

    return hold
