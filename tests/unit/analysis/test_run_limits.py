"""Test what limited a run, on made-up epochs for each verdict."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.run_limits import Limit, RunLimits, guessing_loss, judge_run

FLAT = [1.0, 0.6, 0.5, 0.45, 0.44, 0.44]  # has learned, and has come to rest


def judged(
    train: list[float], val: list[float] | None = None, accuracies: tuple[float, float] = (0.9, 0.85),
    suspects: int = 0, n: tuple[int, int] = (400, 100),
) -> RunLimits:  # fmt: skip
    """Judge a run of one long stage, and a shorter one after it whose losses do not count."""
    val = train if val is None else val
    stages = [("full", 0, train, val), ("hard_negative", 1, [9.0, 1.0], [9.0, 9.0])]
    epochs = pd.DataFrame(
        [
            {"round": at, "stage": stage, "position": at, "epoch": i + 1, "train_loss": a, "val_loss": b}
            for stage, at, first, second in stages
            for i, (a, b) in enumerate(zip(first, second, strict=True))
        ]
    )
    metrics = pd.DataFrame(
        [
            {"split": split, "class_name": name, "metric": "accuracy", "value": value, "n": size, "position": position}
            for position, name, scores in ((0, None, (0.1, 0.1)), (1, "a", (0.0, 1.0)), (1, None, accuracies))
            for split, value, size in zip(("train", "val"), scores, n, strict=True)
        ]
    )
    ids = pd.DataFrame({"sample_id": [str(i) for i in range(suspects)] * 2})  # found in two rounds
    limits = judge_run(epochs, metrics, ids, guessing_loss("softmax", 4))
    assert limits is not None
    return limits


@pytest.mark.parametrize(
    ("numbers", "found"),
    [
        ({"train": FLAT}, ()),
        ({"train": [3.0, 1.0, 0.6, 0.5, 0.45, 0.44]}, ("rate_above",)),  # guessing is 1.39
        ({"train": [1.0, 0.6, 0.9, 0.5, 0.45, 0.44]}, ("rate_jumps",)),
        ({"train": [1.0, 0.1, 0.01, 0.02, 0.01, 0.01]}, ()),  # it doubles, of nearly nothing
        ({"train": [1.39, 1.385, 1.38, 1.38, 1.38, 1.375]}, ("rate_still",)),
        ({"train": [1.0, 0.9, 0.8, 0.7, 0.6, 0.5]}, ("steps",)),
        ({"train": [1.0, 0.9, 0.8, 0.7, 0.6, 0.5], "val": [1.0, 0.9, 0.8, 0.8, 0.85, 0.9]}, ()),
        ({"train": FLAT, "accuracies": (0.99, 0.8)}, ("data",)),
        ({"train": FLAT, "accuracies": (0.99, 0.8), "n": (40, 10)}, ()),  # two standard errors are 0.25
        ({"train": FLAT, "suspects": 20}, ("noise",)),
        ({"train": FLAT, "suspects": 19}, ()),
        ({"train": [1.0, 0.5, 0.1], "accuracies": (0.99, 0.8), "suspects": 40}, ("data", "noise")),
    ],
)
def test_each_limit_is_found_by_its_numbers(numbers: dict[str, object], found: tuple[Limit, ...]) -> None:
    assert judged(**numbers).found == found  # type: ignore[arg-type]


def test_the_numbers_are_those_of_the_longest_stage_and_the_last_accuracies() -> None:
    limits = judged([1.0, 0.9, 0.8, 0.7, 0.6, 0.5], suspects=40)
    assert (limits.stage, limits.round, limits.epochs, limits.jumps) == ("full", 0, 6, 0)
    assert limits.total_fall == pytest.approx(0.5)
    assert limits.train_fall == pytest.approx((1 - 0.5 / 0.7) / 2)
    assert (limits.train_accuracy, limits.val_accuracy, limits.n_train, limits.n_val) == (0.9, 0.85, 400, 100)
    assert limits.gap == pytest.approx(0.05) and limits.suspect_share == pytest.approx(0.1)


def test_what_is_not_known_points_to_nothing() -> None:
    epochs = pd.DataFrame(
        {"round": 0, "stage": "full", "position": 0, "epoch": [1], "train_loss": [np.nan], "val_loss": [1.0]}
    )
    none = pd.DataFrame(columns=["split", "class_name", "metric", "value", "n", "position", "sample_id"])
    limits = judge_run(epochs, none, none, guessing_loss("sigmoid", 4))
    assert limits is not None and limits.found == ()
    assert np.isnan([limits.total_fall, limits.train_fall, limits.gap, limits.suspect_share]).all()
    assert judge_run(epochs.iloc[:0], none, none, 1.0) is None
