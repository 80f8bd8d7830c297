"""Test training dynamics against plain loops, and the guard on flipped labels."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from recipes import GuardSettings
from trainer.mining import label_noise
from trainer.mining.training_dynamics import Dynamics
from trainer.network.objectives import Objective

SOFTMAX = Objective("softmax")


def test_margins_probabilities_and_forgetting_equal_a_loop_by_hand() -> None:
    rng = np.random.default_rng(0)
    targets = np.eye(3)[np.arange(10) % 3]
    dynamics = Dynamics(10, 3)
    seen: dict[int, list[np.ndarray]] = {row: [] for row in range(9)}  # the tenth is never drawn
    for step in range(30):
        rows = rng.integers(0, 9, 6)  # now and then one sample twice
        logits = rng.normal(size=(6, 3))
        dynamics.observe(rows, torch.from_numpy(logits), torch.from_numpy(targets[rows]))
        if step % 4 == 3:
            dynamics.accumulate(SOFTMAX, hard=step > 15, epoch=step)
        for row, one in zip(rows, logits, strict=True):
            seen[int(row)].append(one)
    dynamics.accumulate(SOFTMAX, hard=True, epoch=1)
    for row, logits in seen.items():
        true = row % 3
        margins = [one[true] - max(np.delete(one, true)) for one in logits]
        assert dynamics.sampled[row] == len(logits)
        assert dynamics.aum[row] == pytest.approx(np.mean(margins))
        probs = [np.exp(one) / np.exp(one).sum() for one in logits]
        np.testing.assert_allclose(dynamics.probs[row], np.mean(probs, axis=0), rtol=1e-5)
    assert np.isnan(dynamics.aum[9]) and np.isnan(dynamics.probs[9]).all()


def test_a_sample_is_forgotten_each_time_it_turns_from_right_to_wrong() -> None:
    dynamics = Dynamics(1, 2)
    for right in (False, True, False, True, True, False, False):
        logits = torch.tensor([[1.0, 0.0] if right else [0.0, 1.0]])
        dynamics.observe(np.array([0]), logits, torch.tensor([[1.0, 0.0]]))
    dynamics.accumulate(SOFTMAX, hard=False, epoch=1)
    assert dynamics.forgotten.tolist() == [2]
    assert dynamics.sampled_hard.tolist() == [0]


def draw(dynamics: Dynamics, epoch: int, rights: dict[int, list[bool]], together: bool = False) -> None:
    """Draw rows of class 0 in one epoch, right or wrong; `together`: in one mini-batch."""
    drawn = [(row, right) for row, each in rights.items() for right in each]
    for batch in [drawn] if together else [[one] for one in drawn]:
        logits = torch.tensor([[1.0, 0.0] if right else [0.0, 1.0] for _, right in batch])
        dynamics.observe(np.array([row for row, _ in batch]), logits, torch.tensor([[1.0, 0.0]] * len(batch)))
    dynamics.accumulate(SOFTMAX, hard=False, epoch=epoch)


@pytest.mark.parametrize("together", [False, True])
def test_a_sample_is_learned_in_the_epoch_since_which_it_has_been_right_whenever_drawn(together: bool) -> None:
    dynamics = Dynamics(6, 2)
    draw(dynamics, 1, {0: [True], 1: [True], 2: [False], 3: [True, False]}, together)
    draw(dynamics, 2, {0: [True], 1: [False], 2: [True], 3: [False, True], 4: [True]}, together)
    draw(dynamics, 3, {0: [True], 1: [True], 2: [True], 3: [True, True]}, together)
    draw(dynamics, 4, {2: [False]}, together)
    assert dynamics.learned.tolist()[:2] == [1, 3]  # always right; forgotten once, and learned again
    assert np.isnan(dynamics.learned[2])  # right for two epochs, and wrong when it was drawn last
    assert dynamics.learned[3] == 2 and dynamics.learned[4] == 2  # not drawn any more: nothing else is known of it
    assert np.isnan(dynamics.learned[5])  # never drawn
    if not together:
        assert dynamics.forgotten.tolist() == [0, 1, 1, 1, 0, 0]


def test_rows_for_the_store_are_of_the_samples_asked_for() -> None:
    dynamics = Dynamics(4, 2)
    draw(dynamics, 3, {0: [False, True], 1: [False]})
    ids, targets = np.array(["a", "b", "c", "d"], object), np.array([[1.0, 0], [1, 0], [1, 0], [1, 0]])
    frame = dynamics.frame(np.array([0, 1, 3]), ids, targets)
    assert frame["sample_id"].tolist() == ["a", "b", "d"]
    assert frame["drawn"].tolist() == [2, 1, 0] and frame["forgotten"].tolist() == [0, 0, 0]
    assert frame["learned_epoch"].fillna(-1).tolist() == [3, -1, -1]
    assert frame["aum"].fillna(-9).tolist() == [0.0, -1.0, -9]
    assert frame["prob_true"].round(3).fillna(-9).tolist() == [0.5, 0.269, -9]
    several = dynamics.frame(np.array([0, 1]), ids, np.array([[1.0, 1], [0, 0], [0, 0], [0, 0]]))
    assert several["prob_true"].round(3).fillna(-9).tolist() == [0.5, -9]  # the mean of two; no class, no probability


def test_a_run_begun_before_learned_epochs_were_kept_goes_on_and_claims_none() -> None:
    older, resumed = Dynamics(2, 2), Dynamics(2, 2)
    draw(older, 1, {0: [True], 1: [False]})
    kept = older.tensors()
    del kept["learned"]
    resumed.restore(kept)
    draw(resumed, 2, {0: [True], 1: [True]})
    assert resumed.sampled.tolist() == [2, 2] and not resumed.knows_learned
    assert resumed.frame(np.arange(2), np.array(["a", "b"], object), np.eye(2)).empty
    again = Dynamics(2, 2)
    again.restore(resumed.tensors())
    assert not again.knows_learned, "a second resumption does not make it known"
    fresh = Dynamics(2, 2)
    fresh.restore({})
    assert fresh.knows_learned


def test_dynamics_go_on_from_a_checkpoint() -> None:
    def steps(dynamics: Dynamics, seeds: range) -> None:
        for seed in seeds:
            logits = torch.from_numpy(np.random.default_rng(seed).normal(size=(4, 2)))
            dynamics.observe(np.arange(4), logits, torch.eye(2)[[0, 1, 0, 1]])
            dynamics.accumulate(SOFTMAX, hard=True, epoch=seed)

    whole, first, second = Dynamics(4, 2), Dynamics(4, 2), Dynamics(4, 2)
    for dynamics, seeds in ((whole, range(9)), (first, range(4))):
        steps(dynamics, seeds)
    second.restore(first.tensors())
    steps(second, range(4, 9))
    for name, tensor in whole.tensors().items():
        assert torch.allclose(tensor.double(), second.tensors()[name].double(), rtol=1e-12, equal_nan=True), name
    assert second.sampled_hard.tolist() == [9] * 4


def test_what_a_hard_stage_learned_from_is_counted_apart_from_what_it_served() -> None:
    dynamics = Dynamics(4, 2)
    rows, logits, targets = np.array([0, 1, 1, 2]), torch.zeros(4, 2), torch.eye(2)[[0, 1, 1, 0]]
    dynamics.observe(rows, logits, targets, torch.tensor([True, False, True, False]))
    dynamics.observe(rows, logits, targets)
    dynamics.accumulate(SOFTMAX, hard=True, epoch=1)
    assert dynamics.sampled_hard.tolist() == [2, 4, 2, 0]
    assert dynamics.used_hard.tolist() == [2, 3, 1, 0]
    again = Dynamics(4, 2)
    again.restore(dynamics.tensors())
    assert again.used_hard.tolist() == [2, 3, 1, 0]
    dynamics.begin_hard_stage()
    assert not dynamics.used_hard.any()


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("name", ["aum", "confident", "both"])
def test_the_guard_finds_flipped_labels(name: str, several: bool) -> None:
    rng = np.random.default_rng(1)
    clean = np.arange(300) % 3
    given = clean.copy()
    flipped = rng.choice(300, 12, replace=False)
    given[flipped] = (clean[flipped] + 1) % 3
    logits = rng.normal(size=(300, 3)) * 0.5 + 4 * np.eye(3)[clean]
    probs = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    if several:
        probs = 1 / (1 + np.exp(2 - logits))
    aum = logits[np.arange(300), given] - np.where(np.eye(3)[given] > 0, -np.inf, logits).max(axis=1)
    rows = np.arange(300) * 2
    settings = GuardSettings.model_validate({"name": name})
    found = label_noise.suspects(settings, rows, np.eye(3)[given], probs, aum, several)
    assert np.isin(2 * flipped, found.index).sum() >= 11  # confident learning rounds how many it expects
    assert len(found) <= 20
    hit = np.isin(found.index, 2 * flipped)
    assert (found.given[hit] == given[found.index[hit] // 2]).all()
    assert (found.suggested[hit] == clean[found.index[hit] // 2]).all()
    capped = GuardSettings.model_validate({"name": name, "max_share": 0.01})
    assert len(label_noise.suspects(capped, rows, np.eye(3)[given], probs, aum, several)) == 3


def test_no_guard_suspects_nothing() -> None:
    probs = np.full((4, 2), 0.5)
    assert not len(
        label_noise.suspects(GuardSettings(), np.arange(4), np.eye(2)[[0, 0, 1, 1]], probs, -np.ones(4), False)
    )
