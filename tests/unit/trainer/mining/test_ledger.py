"""Test the ledger's outcomes, and the advice and reason after a round."""

from __future__ import annotations

import numpy as np
import pytest

from trainer.mining.ledger import Round, advise, close
from trainer.mining.miners import Errors, Mined, TrainPredictions


def mined(n: int) -> Mined:
    rows = np.arange(n)
    return Mined(rows, rows * 0, rows * 0 + 1, np.zeros(n), np.zeros(n), np.full(n, "wrong"))


def a_round(n_mined: int = 20, *, n_apart: int = 0, val: float = 0.8) -> Round:
    """100 training samples, the first `n_mined` of them wrong and mined."""
    before = np.arange(100) >= n_mined
    return Round(mined(n_mined), np.arange(50, 50 + n_apart), before, val, right_hard=before)


def test_both_outcomes_of_a_round_by_hand_lose_nothing_of_what_happened_between() -> None:
    cases = {  # right when mined, after the hard stage, after the round
        (False, False, True): ("still_wrong", "fixed"),
        (False, True, True): ("fixed", "fixed"),
        (False, False, False): ("still_wrong", "still_wrong"),
        (False, True, False): ("fixed", "still_wrong"),
        (True, True, True): ("still_right", "still_right"),
        (True, False, True): ("newly_wrong", "still_right"),
        (True, True, False): ("still_right", "newly_wrong"),
        (True, False, False): ("newly_wrong", "newly_wrong"),
    }
    before, hard, after = (np.array(column) for column in zip(*cases, strict=True))
    n = len(cases)
    round_ = Round(mined(n), np.empty(0, np.int64), before, 0.8, right_hard=hard)
    closed = close(round_, after, np.full((n, 2), 0.5), np.zeros(n, int), np.arange(n), None, 0.8)
    assert list(zip(closed.outcome_hard, closed.outcome, strict=True)) == list(cases.values())
    advice = closed.advice
    assert (advice.n_fixed, advice.n_still_wrong, advice.n_newly_wrong, advice.n_still_right) == (2, 2, 2, 2)
    assert advice.n_fixed_then_wrong == 1 and advice.n_newly_wrong_unmined == 0


@pytest.mark.parametrize(
    ("round_", "fixed", "lost", "n_next", "val_after", "why", "says"),
    [
        (a_round(), 12, 3, 11, 0.82, "shrinking", "shrank from 20 to 11, 12 fixed against 3 lost"),
        (a_round(), 12, 3, None, 0.82, "last round", "12 of 20 mined samples fixed"),
        (a_round(), 12, 3, 20, 0.82, "not shrinking", "20 samples were mined and 20 would be now"),
        (a_round(), 12, 3, 9, 0.82, "pool exhausted", "9 samples are left to mine"),
        (a_round(), 3, 12, 11, 0.82, "forgetting", "fixed 3 samples and lost 12"),
        (a_round(), 12, 3, 11, 0.79, "validation", "fell from 0.800 to 0.790"),
        (a_round(), 12, 3, 11, 0.796, "shrinking", "0.800 to 0.796"),
        (a_round(n_apart=25), 12, 3, 11, 0.82, "noise", "56% of the hard samples"),
    ],
)
def test_advice_names_the_reason_and_its_numbers(
    round_: Round, fixed: int, lost: int, n_next: int | None, val_after: float, why: str, says: str
) -> None:
    after = round_.right_before.copy()
    after[:fixed] = True
    after[90 : 90 + min(lost, 10)] = False
    after[80 : 80 + max(lost - 10, 0)] = False
    advice = advise(round_, after, np.arange(100), n_next, val_after)
    assert advice.why == why and says in advice.sentence
    assert advice.go_on == (why in ("shrinking", "last round"))
    assert advice.sentence.startswith({"shrinking": "Go on", "last round": "This was"}.get(why, "Stop"))
    assert (advice.n_fixed, advice.n_still_wrong, advice.n_newly_wrong_unmined) == (fixed, 20 - fixed, lost)


def test_a_closed_round_has_each_samples_margin_and_times_sampled() -> None:
    probs = np.random.default_rng(0).dirichlet(np.ones(3), 100)
    closed = close(a_round(), np.ones(100, bool), probs, np.arange(100), np.arange(100), 11, 0.82)
    np.testing.assert_allclose(closed.margin_after, probs[:20, 0] - probs[:20, 1])
    assert closed.sampled.tolist() == list(range(20)) and set(closed.outcome) == {"fixed"}
    assert closed.used.tolist() == closed.sampled.tolist()
    left_out = close(
        a_round(), np.ones(100, bool), probs, np.arange(100), np.arange(100), 11, 0.82, used=np.arange(100) // 2
    )
    assert left_out.sampled.tolist() == list(range(20)) and left_out.used.tolist() == [n // 2 for n in range(20)]


def test_a_multi_label_runs_margins_before_and_after_are_on_one_scale() -> None:
    rng = np.random.default_rng(1)
    probs, thresholds = rng.random((100, 3)), np.array([0.2, 0.7, 0.5])
    targets = np.eye(3)[rng.integers(0, 3, 100)]
    found = Errors(0.5).mine(TrainPredictions(np.arange(100), probs, targets, rng.random(100), thresholds))
    right = ((probs >= thresholds) == (targets > 0)).all(axis=1)
    closed = close(Round(found, np.empty(0, np.int64), right, 0.8), right, probs, np.arange(100), np.arange(100), 11,
                   0.8, thresholds)  # fmt: skip
    np.testing.assert_allclose(closed.margin_after, found.margin, err_msg="nothing was learned: no margin has moved")
