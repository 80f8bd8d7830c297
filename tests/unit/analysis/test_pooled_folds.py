"""Test scores of pooled held-out predictions against scikit-learn, and their paired differences."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score

from analysis.pooled_folds import PooledPredictions, pooled_differences, pooled_scores


def pooled(seed: int, right: float) -> PooledPredictions:
    rng = np.random.default_rng(0)
    label = rng.choice(3, 300, p=[0.6, 0.3, 0.1])
    groups = np.repeat(np.arange(100), 3)
    of_run = np.random.default_rng(seed)
    predicted = np.where(of_run.random(300) < right, label, of_run.integers(0, 3, 300))
    return PooledPredictions(np.eye(3, dtype=bool)[label], np.eye(3, dtype=bool)[predicted], groups)


def test_scores_are_those_of_scikit_learn_with_the_value_inside_its_interval() -> None:
    predictions = pooled(1, 0.6)
    true, predicted = predictions.targets.argmax(1), predictions.decided.argmax(1)
    scores = pooled_scores(predictions).set_index("metric")
    assert scores["value"].to_dict() == pytest.approx(
        {
            "accuracy": accuracy_score(true, predicted),
            "balanced_accuracy": balanced_accuracy_score(true, predicted),
            "macro_f1": f1_score(true, predicted, average="macro"),
        }
    )
    assert ((scores["low"] < scores["value"]) & (scores["value"] < scores["high"])).all()


def test_a_paired_difference_is_narrower_than_the_scores_and_zero_with_itself() -> None:
    better, worse = pooled(1, 0.9), pooled(2, 0.4)
    difference = pooled_differences(better, worse).set_index("metric")
    assert (difference["low"] > 0).all()
    own = pooled_scores(better).set_index("metric")["value"] - pooled_scores(worse).set_index("metric")["value"]
    assert difference["value"].to_dict() == pytest.approx(own.to_dict())
    same = pooled_differences(better, better)
    assert not same[["value", "low", "high"]].to_numpy().any()


def test_groups_widen_the_interval() -> None:
    predictions = pooled(1, 0.6)
    twins = PooledPredictions(
        *(np.repeat(part, 4, axis=0) for part in (predictions.targets, predictions.decided)),
        np.repeat(np.arange(300), 4),
    )
    alone = PooledPredictions(twins.targets, twins.decided, np.arange(1200))
    width = [(scores["high"] - scores["low"]).mean() for scores in map(pooled_scores, (twins, alone))]
    assert width[0] > 1.7 * width[1]


def test_others_samples_are_refused() -> None:
    one = pooled(1, 0.6)
    with pytest.raises(ValueError, match="not of the same samples"):
        pooled_differences(one, PooledPredictions(one.targets[::-1], one.decided, one.groups))
