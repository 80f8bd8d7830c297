"""A run keeps what made it, and everything else that it was resumed in."""

from __future__ import annotations

from typing import Any

import pytest

import store

FIRST = {"odap": "0.2.0", "torch": "2.14", "cuda": None, "device": "CPU", "python": "3.11.7", "commit": None}
SECOND = {**FIRST, "odap": "0.3.0"}


def begin(environment: dict[str, Any] | None) -> list[dict[str, Any]]:
    store.create_run(
        "r", recipe_name="r", recipe={}, objective="softmax", model="m", dataset_id="d@1", classes=["x", "y"], seed=0,
        control=False, rounds=0, device="cpu", environment=environment,
    )  # fmt: skip
    run = store.run("r")
    assert run is not None
    return store.environments(run["environment"])


@pytest.mark.parametrize(
    ("begun_in", "kept"),
    [
        ([FIRST], [FIRST]),
        ([FIRST, FIRST], [FIRST]),
        ([FIRST, SECOND, SECOND], [FIRST, SECOND]),
        ([FIRST, SECOND, FIRST], [FIRST, SECOND, FIRST]),
        ([None], [{}]),
        ([None, FIRST], [{}, FIRST]),
    ],
    ids=["one", "resumed in the same", "resumed in another", "and back", "not recorded", "recorded since"],
)
def test_environments_of_a_run(begun_in: list[dict[str, Any] | None], kept: list[dict[str, Any]]) -> None:
    for environment in begun_in:
        found = begin(environment)
    assert found == kept


def test_nothing_is_recorded_in_a_column_without_a_value() -> None:
    assert store.environments(None) == store.environments(float("nan")) == [{}]
