"""Training dynamics stand and fall with their stage."""

from __future__ import annotations

import pandas as pd

import store
from tests.unit.store.conftest import Results


def learned(*epochs: float | None, samples: tuple[str, ...] = ("a",)) -> pd.DataFrame:
    n = len(samples)
    return pd.DataFrame(
        {"sample_id": list(samples), "drawn": 2, "learned_epoch": pd.array(epochs[:n], dtype="Int64"), "forgotten": 1,
         "aum": [float("nan")] * n, "prob_true": 0.5}
    )  # fmt: skip


def test_dynamics_are_written_with_their_stage_and_replaced_with_it(results: Results) -> None:
    results.prepare()
    results.stage(dynamics=learned(3))
    (row,) = store.dynamics("r", 0, "full").to_dict("records")
    assert (row["sample_id"], row["patient"], row["drawn"], row["learned_epoch"]) == ("a", "a", 2, 3)
    assert pd.isna(row["aum"]) and row["forgotten"] == 1
    results.stage(dynamics=learned(None))
    assert store.dynamics("r", 0, "full")["learned_epoch"].isna().tolist() == [True]
    assert store.dynamics("r", 1, "refined").empty
    assert store.check() == []
    results.stage()  # as by a version that did not record them
    assert store.dynamics("r", 0, "full").empty


def test_dynamics_wait_in_the_spool_with_their_stage(results: Results, held) -> None:
    results.prepare()
    with held():
        assert not results.stage(dynamics=learned(3), timeout=0.1)
    assert store.apply_waiting(30) == 1
    assert store.dynamics("r", 0, "full")["learned_epoch"].tolist() == [3]


def test_a_deleted_run_leaves_no_dynamics(results: Results) -> None:
    results.prepare()
    results.stage(dynamics=learned(3))
    store.finish_run("r", "done")
    assert store.rows_of("r")["dynamics"] == 1
    store.delete_run("r")
    assert store.counts()["dynamics"] == 0


def test_check_finds_dynamics_of_validation_or_without_a_stage(results: Results) -> None:
    results.prepare()
    results.stage(dynamics=learned(3, 4, samples=("a", "b")))  # b is of validation
    assert any("not for training" in found for found in store.check())
    results.stage(dynamics=learned(3))
    with store.write() as connection:
        connection.execute(
            "INSERT INTO dynamics BY NAME SELECT 'r' AS run_id, 1 AS round, 'x' AS stage, 'a' AS sample_id"
        )
    assert any("dynamics stand without their stage" in found for found in store.check())
