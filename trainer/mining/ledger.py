"""Keep the mining ledger: the outcome of each mined sample, and advice after each round."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.outcomes import Outcome, outcomes
from trainer.mining.miners import Mined

Bools = NDArray[np.bool_]

SMALLEST_POOL = 10  # fewer mined samples than this are drawn so often that the network would memorise them
NOISIEST = 0.5  # share of suspect labels among hard samples above which mining would select mostly noise
SLACK = 0.005  # tolerated fall of validation macro-F1 in a round, since it varies as much between epochs


@dataclass(frozen=True)
class Round:
    """A round under way: its mined samples, and the predictions before it began.

    N samples of the dataset: right_before and right_hard (N,), whether a sample was predicted correctly when it was
    mined, and after the hard stage (None until then). excluded: positions of suspect labels, which are not drawn;
    val_before: validation macro-F1.
    """

    mined: Mined
    excluded: NDArray[np.int64]
    right_before: Bools
    val_before: float
    right_hard: Bools | None = None

    @property
    def noise_share(self) -> float:
        """Return the share of suspect labels among mined and excluded samples; 0 if there are none."""
        return len(self.excluded) / max(1, len(self.excluded) + len(self.mined))


@dataclass(frozen=True)
class Advice:
    """Advice on whether another round is worthwhile, with the reason and its numbers.

    n_next: mined for the next round, None if none was to follow; n_fixed to n_still_right: outcomes of the mined
    samples over the round, which add up to n_mined; n_fixed_then_wrong: those of n_still_wrong that were right after
    the hard stage; n_newly_wrong_unmined: training samples that were right before the round and wrong after it, and
    were not mined; val_before, val_after: validation macro-F1.
    """

    go_on: bool
    why: str
    sentence: str
    n_mined: int
    n_next: int | None
    n_fixed: int
    n_still_wrong: int
    n_newly_wrong: int
    n_still_right: int
    n_fixed_then_wrong: int
    n_newly_wrong_unmined: int
    noise_share: float
    val_before: float
    val_after: float


@dataclass(frozen=True)
class Closed:
    """A round at its end, with the outcome of each of M mined samples.

    outcome_hard, outcome: (M,) str, from the stage that mined the sample to the end of the hard stage, and of the
    round; sampled, used: (M,) int, how often the hard stage drew it and learned from it; margin_after: (M,) of its pair
    at the round's end.
    """

    mined: Mined
    outcome_hard: NDArray[np.object_]
    outcome: NDArray[np.object_]
    sampled: NDArray[np.int64]
    used: NDArray[np.int64]
    margin_after: NDArray[np.float64]
    advice: Advice


def advise(round_: Round, after: Bools, train: NDArray[np.int64], n_next: int | None, val_after: float) -> Advice:
    """Advise after a round whether to go on.

    Args:
        after: (N,) whether each sample of the dataset is predicted correctly at the round's end.
        train: indices of the training samples.
        n_next: how many samples would be mined now; None if unknown.
        val_after: validation macro-F1 at the round's end.
    Source: own; that repeated mining can select noise, Liu et al. 2021 (Just Train Twice).
    """
    mined = round_.mined.index
    hard_outcomes, round_outcomes = _outcomes(round_, after)
    n_of = {outcome: int((round_outcomes == outcome).sum()) for outcome in Outcome}
    n_fixed_then_wrong = int(((hard_outcomes == Outcome.FIXED) & (round_outcomes == Outcome.STILL_WRONG)).sum())
    n_unmined = int((round_.right_before[train] & ~after[train] & ~np.isin(train, mined)).sum())
    n_lost = n_unmined + n_fixed_then_wrong + n_of[Outcome.NEWLY_WRONG]
    n_fixed = n_of[Outcome.FIXED]
    why = _why(round_, len(mined), n_next, n_lost, n_fixed, val_after)
    return Advice(
        go_on=why in _GO_ON,
        why=why,
        sentence=_SENTENCES[why].format(
            mined=len(mined), next="" if n_next is None else n_next, fixed=n_fixed, gone=n_lost,
            noise=round_.noise_share, before=round_.val_before, after=val_after, slack=SLACK, smallest=SMALLEST_POOL,
        ),
        n_mined=len(mined), n_next=n_next, n_fixed=n_fixed, n_still_wrong=n_of[Outcome.STILL_WRONG],
        n_newly_wrong=n_of[Outcome.NEWLY_WRONG], n_still_right=n_of[Outcome.STILL_RIGHT],
        n_fixed_then_wrong=n_fixed_then_wrong, n_newly_wrong_unmined=n_unmined, noise_share=round_.noise_share,
        val_before=round_.val_before, val_after=val_after,
    )  # fmt: skip


def close(
    round_: Round,
    after: Bools,
    probs: NDArray[np.float64],
    sampled: NDArray[np.int64],
    train: NDArray[np.int64],
    n_next: int | None,
    val_after: float,
    thresholds: NDArray[np.float64] | None = None,
    used: NDArray[np.int64] | None = None,
) -> Closed:
    """Close a round: compute its ledger and advice.

    Args:
        probs, thresholds: (N, C) and (C,) at the round's end; thresholds None for softmax.
        sampled, used: (N,) how often the hard stage drew a sample and learned from it; used None = each time.
        after, train, n_next, val_after: as in `advise`.
    """
    mined = round_.mined
    score = probs[mined.index] if thresholds is None else probs[mined.index] - thresholds  # as when it was mined
    rows = np.arange(len(mined))
    margin = score[rows, mined.true] - score[rows, mined.rival]
    advice = advise(round_, after, train, n_next, val_after)
    used = sampled if used is None else used
    return Closed(mined, *_outcomes(round_, after), sampled[mined.index], used[mined.index], margin, advice)


def _outcomes(round_: Round, after: Bools) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Return the outcomes of the mined samples in the hard stage and in the round, (M,) each.

    Both compare with the predictions by which the samples were mined.
    """
    rows, hard = round_.mined.index, after if round_.right_hard is None else round_.right_hard
    before = round_.right_before[rows]
    return outcomes(before, hard[rows]), outcomes(before, after[rows])


_GO_ON = ("shrinking", "last round")
_SENTENCES = {
    "noise": "Stop: {noise:.0%} of the hard samples have a suspect label; review those labels first.",
    "pool exhausted": "Stop: the pool is exhausted, {next} samples are left to mine (fewer than {smallest}).",
    "forgetting": "Stop: the round fixed {fixed} samples and lost {gone} that were right before or in between.",
    "validation": "Stop: validation macro-F1 fell from {before:.3f} to {after:.3f} in this round.",
    "not shrinking": "Stop: the hard set no longer shrinks, {mined} samples were mined and {next} would be now.",
    "shrinking": "Go on: the hard set shrank from {mined} to {next}, {fixed} fixed against {gone} lost, "
    "validation macro-F1 {before:.3f} to {after:.3f}.",
    "last round": "This was the last round: {fixed} of {mined} mined samples fixed against {gone} lost, "
    "validation macro-F1 {before:.3f} to {after:.3f}.",
}


def _why(round_: Round, n_mined: int, n_next: int | None, n_lost: int, n_fixed: int, val_after: float) -> str:
    """Return the first reason that applies, the most serious first."""
    reasons = {
        "noise": round_.noise_share > NOISIEST,
        "pool exhausted": n_next is not None and n_next < SMALLEST_POOL,
        "forgetting": n_lost > n_fixed,
        "validation": val_after < round_.val_before - SLACK,
        "not shrinking": n_next is not None and n_next >= n_mined,
        "last round": n_next is None,
    }
    return next((why for why, holds in reasons.items() if holds), "shrinking")
