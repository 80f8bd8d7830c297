"""Mining against loops by hand, and batches by their quotas."""

from __future__ import annotations

import numpy as np
import pytest

from trainer.batches import Focused, Plain
from trainer.errors import TrainerError
from trainer.mining import ConfusedPairs, Errors, Mined, TrainPredictions, margins
from trainer.recipe import FocusSettings, Recipe, RecipeError


def predictions(n: int = 200, classes: int = 4, seed: int = 0) -> TrainPredictions:
    rng = np.random.default_rng(seed)
    probs = rng.dirichlet(np.ones(classes), n)
    return TrainPredictions(np.arange(n) * 2, probs, np.eye(classes)[rng.integers(0, classes, n)], rng.random(n))


def test_margins_equal_a_loop_by_hand() -> None:
    given = predictions()
    found = margins(given)
    for i, (probs, targets) in enumerate(zip(given.probs, given.targets, strict=True)):
        true = int(targets.argmax())
        rival = max((c for c in range(4) if c != true), key=lambda c: probs[c])
        assert (found.true[i], found.rival[i]) == (true, rival)
        assert found.margin[i] == pytest.approx(probs[true] - probs[rival])
        assert found.failed[i] == (probs.argmax() != true)


def test_errors_are_all_failures_hardest_first() -> None:
    given = predictions()
    mined = Errors(max_share=1.0).mine(given)
    wrong = given.index[given.probs.argmax(1) != given.targets.argmax(1)]
    assert set(mined.index) == set(wrong)
    assert (np.diff(mined.margin) >= 0).all()
    assert set(mined.reason) == {"wrong"}


def test_confused_pairs_take_failures_and_near_failures_of_the_worst_pair_only() -> None:
    mined = ConfusedPairs(top_pairs=1, min_count=1, margin=0.2, max_share=1.0).mine(predictions())
    assert len(set(zip(mined.true, mined.rival, strict=True))) == 1
    assert (mined.margin < 0.2).all()
    assert set(mined.reason) == {"wrong", "nearly wrong"}


def test_a_perfect_stage_gives_nothing_to_mine() -> None:
    targets = np.eye(3)
    sure = TrainPredictions(np.arange(3), targets, targets, np.zeros(3))
    assert len(ConfusedPairs(3, 1, 0.2, 1.0).mine(sure)) == 0


def test_focused_batches_keep_their_quotas_and_the_budget() -> None:
    train, label = np.arange(320), np.arange(320) % 4
    mined = Mined(
        np.arange(0, 40, 4), np.zeros(10, int), np.ones(10, int), np.zeros(10), np.zeros(10), np.full(10, "w")
    )
    right = np.ones(320, bool)
    right[mined.index] = False
    batches = list(Focused(train, label, right, mined, FocusSettings(), 32).epoch(np.random.default_rng(0)))
    assert len(batches) == len(list(Plain(train, 32).epoch(np.random.default_rng(0))))
    for batch in batches:
        assert len(batch) == 32
        assert np.isin(batch[:8], mined.index).all()
        assert right[batch[8:16]].all() and set(label[batch[8:16]]) == {0, 1}


def test_a_mined_sample_outside_the_training_split_is_refused() -> None:
    mined = Mined(np.array([9]), np.array([0]), np.array([1]), np.zeros(1), np.zeros(1), np.array(["wrong"]))
    with pytest.raises(TrainerError, match="not in the training split"):
        Focused(np.arange(8), np.arange(10) % 2, np.ones(10, bool), mined, FocusSettings(), 4)


def test_an_unknown_recipe_key_names_the_nearest() -> None:
    with pytest.raises(RecipeError, match="unknown key 'rouns'; did you mean 'rounds'"):
        Recipe.load("demo", {"rouns": 3})
