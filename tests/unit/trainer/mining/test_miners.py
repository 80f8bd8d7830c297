"""Mining against loops by hand, and batches by their quotas."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from recipes import FocusSettings, MinerSettings, Recipe, RecipeError
from trainer.batches import Balanced, Focused, Plain
from trainer.errors import TrainerError
from trainer.mining.miners import (
    ConfusedPairs,
    Errors,
    Forgetting,
    Mined,
    TopLoss,
    TrainPredictions,
    build,
    margins,
    refuse_leaks,
)


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


def test_confused_pairs_are_ranked_by_rate_above_a_floor_on_count() -> None:
    given = predictions(600)
    true, said = given.targets.argmax(1), given.probs.argmax(1)
    worst, best_rate = None, -1.0
    for a in range(4):
        for b in range(4):
            n = sum(1 for t, s in zip(true, said, strict=True) if (t, s) == (a, b))
            rate = n / max(1, sum(1 for t in true if t == a))
            if a != b and n >= 30 and rate > best_rate:
                worst, best_rate = (a, b), rate
    mined = ConfusedPairs(top_pairs=1, min_count=30, margin=0.2, max_share=1.0).mine(given)
    assert set(zip(mined.true.tolist(), mined.rival.tolist(), strict=True)) == {worst}
    floor = ConfusedPairs(top_pairs=1, min_count=599, margin=0.2, max_share=1.0).mine(given)
    assert len(floor) == (true != said).sum()  # no pair reaches it: every failure


def test_top_loss_takes_the_highest_losses_right_or_wrong() -> None:
    given = predictions()
    mined = TopLoss(max_share=0.1).mine(given)
    assert set(mined.index) == set(given.index[np.argsort(-given.losses)[:20]])
    assert set(mined.reason) == {"high loss"} and (np.diff(mined.margin) >= 0).all()


def test_forgetting_takes_the_most_often_forgotten() -> None:
    times = np.random.default_rng(3).permutation(200) // 40  # 40 samples each of 0 to 4 times
    given = dataclasses.replace(predictions(), forgotten=times)
    assert set(Forgetting(max_share=1.0).mine(given).index) == set(given.index[times > 0])
    assert set(Forgetting(max_share=0.2).mine(given).index) == set(given.index[times == 4])
    with pytest.raises(ValueError, match="how often"):
        Forgetting(max_share=1.0).mine(predictions())


def test_a_random_subset_is_as_large_as_what_pairs_would_take_and_not_the_same() -> None:
    settings = MinerSettings(name="random", min_count=1, max_share=1.0)
    given = predictions()
    pairs = build(settings.model_copy(update={"name": "confused_pairs"})).mine(given)
    first, again, other = (build(settings, seed).mine(given) for seed in (1, 1, 2))
    assert len(first) == len(pairs) == len(set(first.index))
    assert set(first.index) == set(again.index) != set(other.index)
    assert set(first.index) != set(pairs.index) and set(first.reason) == {"random"}


@pytest.mark.parametrize("name", ["confused_pairs", "errors", "top_loss", "forgetting", "random"])
def test_miners_do_not_depend_on_the_order_of_rows_but_for_the_random_one(name: str) -> None:
    settings = MinerSettings.model_validate({"name": name, "min_count": 1})
    given = dataclasses.replace(predictions(), forgotten=np.arange(200) % 3)
    order = np.random.default_rng(5).permutation(200)
    shuffled = TrainPredictions(
        given.index[order], given.probs[order], given.targets[order], given.losses[order], None, given.forgotten[order]
    )
    one, two = (build(settings).mine(p) for p in (given, shuffled))
    assert len(one) == len(two) and (name == "random" or one.index.tolist() == two.index.tolist())
    nobody = TrainPredictions(
        given.index[:0], given.probs[:0], given.targets[:0], given.losses[:0], None, given.forgotten[:0]
    )
    assert len(build(settings).mine(nobody)) == 0


def test_a_mined_samples_patient_in_another_split_is_refused() -> None:
    patients, splits = np.array(["a", "a", "b", "c"], object), np.array(["train", "test", "train", "val"], object)
    good, straddles = Errors(1.0).mine(predictions(4)), None
    good = dataclasses.replace(good, **{f.name: getattr(good, f.name)[:1] for f in dataclasses.fields(good)})
    refuse_leaks(dataclasses.replace(good, index=np.array([2])), patients, splits)
    for straddles in (0, 1, 3):
        with pytest.raises(TrainerError, match="1 mined samples are of patients who are in validation or test too"):
            refuse_leaks(dataclasses.replace(good, index=np.array([straddles])), patients, splits)


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


def test_pairs_in_turn_give_every_pair_as_many_mini_batches_and_each_of_one_pair() -> None:
    train, label = np.arange(320), np.arange(320) % 4
    true, rival = np.array([0] * 8 + [1] * 2 + [2]), np.array([1] * 8 + [0] * 2 + [3])
    rows = np.arange(11) * 4 + true
    mined = Mined(rows, true, rival, np.zeros(11), np.zeros(11), np.full(11, "w"))
    quotas = FocusSettings(pairs="in_turn")
    batches = list(Focused(train, label, np.ones(320, bool), mined, quotas, 32).epoch(np.random.default_rng(0)))
    first = [rows[:10], rows[10:]]  # ac for bpd is one pair, whichever was taken for the other
    of_pair = [next(n for n, members in enumerate(first) if np.isin(batch[:8], members).all()) for batch in batches]
    assert of_pair == [of_pair[0], 1 - of_pair[0]] * 5
    drawn = np.concatenate([batch[:8] for batch, pair in zip(batches, of_pair, strict=True) if pair == 0])
    assert np.bincount(drawn, minlength=320)[rows[:10]].tolist() == [4] * 10  # each before any comes again


def test_the_nearest_anchors_are_of_both_classes_right_and_most_like_the_mined_sample() -> None:
    rng = np.random.default_rng(0)
    train, label = np.arange(400), np.arange(400) % 4
    angle = np.linspace(0, np.pi, 400)
    embeddings = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    right = rng.random(400) < 0.7
    mined = Mined(np.array([100, 301]), np.array([0, 1]), np.array([1, 2]), *np.zeros((2, 2)), np.full(2, "w"))
    quotas = FocusSettings(anchor_choice="nearest")
    focused = Focused(train, label, right, mined, quotas, 32, None, embeddings)
    for batch in focused.epoch(rng):
        anchors = batch[8:16]
        assert right[anchors].all() and not np.isin(anchors, mined.index).any()
        near = np.abs(anchors[:, None] - mined.index).argmin(axis=1)
        assert (np.abs(anchors - mined.index[near]) < 4 * 8 / 0.5).all()
        assert set(label[anchors[near == 0]]) <= {0, 1} and set(label[anchors[near == 1]]) <= {1, 2}


def test_anchors_of_a_class_that_was_never_right_are_any_of_the_class_or_of_all() -> None:
    label = np.arange(40) % 2
    mined = Mined(np.array([0]), np.array([0]), np.array([3]), *np.zeros((2, 1)), np.array(["w"]))
    embeddings = np.ones((40, 1))
    for given in (None, embeddings):
        focused = Focused(np.arange(40), label, np.zeros(40, bool), mined, FocusSettings(), 16, None, given)
        drawn = np.concatenate([batch[4:8] for batch in focused.epoch(np.random.default_rng(0))])
        assert len(drawn) and np.isin(drawn, np.arange(40)).all()


def test_suspects_are_not_sampled_and_an_unbalanced_replay_goes_round_everything() -> None:
    train, label = np.arange(320), np.arange(320) % 4
    rows = np.arange(0, 40, 4)
    mined = Mined(rows, rows * 0, rows * 0 + 1, np.zeros(10), np.zeros(10), np.full(10, "w"))
    excluded = np.arange(100, 120)
    for balanced in (True, False):
        quotas = FocusSettings(failed=0.125, anchors=0.125, replay=0.75, balanced=balanced)
        focused = Focused(train, label, np.ones(320, bool), mined, quotas, 32, excluded)
        sampled = np.concatenate(list(focused.epoch(np.random.default_rng(0))))
        assert len(sampled) == 320 and not np.isin(sampled, excluded).any()
    replay = np.concatenate([batch[8:] for batch in focused.epoch(np.random.default_rng(0))])
    assert len(set(replay)) == len(replay) == 240  # none comes again before all have come


def test_balanced_batches_have_the_budget_and_draw_rare_classes_as_often() -> None:
    train = np.arange(330)
    label = (train % 11 == 0).astype(np.int64)  # 30 of 330
    batches = list(Balanced(train, label, 32).epoch(np.random.default_rng(0)))
    plain = list(Plain(train, 32).epoch(np.random.default_rng(0)))
    assert [len(batch) for batch in batches] == [len(batch) for batch in plain]
    assert 0.4 < label[np.concatenate(batches)].mean() < 0.6


def test_a_mined_sample_outside_the_training_split_is_refused() -> None:
    mined = Mined(np.array([9]), np.array([0]), np.array([1]), np.zeros(1), np.zeros(1), np.array(["wrong"]))
    with pytest.raises(TrainerError, match="not in the training split"):
        Focused(np.arange(8), np.arange(10) % 2, np.ones(10, bool), mined, FocusSettings(), 4)


def test_an_unknown_recipe_key_names_the_nearest() -> None:
    with pytest.raises(RecipeError, match="unknown key 'rouns'; did you mean 'rounds'"):
        Recipe.load("demo", {"rouns": 3})
