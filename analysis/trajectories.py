"""Follow samples from stage to stage, in the words of `analysis.outcomes`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.outcomes import OUTCOMES, Outcome, outcomes

START = ("right", "wrong")
STATES = (*START, *OUTCOMES)


def transitions(history: pd.DataFrame) -> pd.DataFrame:
    """Name what became of every sample between each two consecutive stages.

    Args:
        history: sample_id, round, stage, position, correct (bool), one row per sample and stage; any order. A sample
            that lacks a stage has no outcome into it or out of it.
    Returns:
        sample_id, from_position, position, round, stage (the later of the two), outcome (one of OUTCOMES); by
        position, then by sample.
    Raises:
        ValueError: a sample occurs twice in one stage.
    """
    samples, stages, order = _in_order(history)
    _refuse_repeated(history, samples, stages, order)
    earlier, later = _consecutive(samples, stages, order)
    by_stage = np.lexsort((samples[later], stages[later]))
    earlier, later = earlier[by_stage], later[by_stage]
    right = history["correct"].to_numpy(bool)
    moved = history[["sample_id", "position", "round", "stage"]].take(later).reset_index(drop=True)
    return moved.assign(
        from_position=history["position"].to_numpy()[earlier], outcome=outcomes(right[earlier], right[later])
    )[["sample_id", "from_position", "position", "round", "stage", "outcome"]]


def flow_counts(moved: pd.DataFrame) -> pd.DataFrame:
    """Count the samples of each outcome at each stage.

    Args:
        moved: of `transitions`.
    Returns:
        position, round, stage, outcome, n: every stage with all four outcomes, in the order of OUTCOMES; one that no
        sample had is 0.
    """
    stages = moved[["position", "round", "stage"]].drop_duplicates().sort_values("position")
    grid = stages.merge(pd.DataFrame({"outcome": list(OUTCOMES)}), how="cross")
    counts = moved.groupby(["position", "outcome"]).size().rename("n").reset_index()
    joined = grid.merge(counts, on=["position", "outcome"], how="left")
    return joined.assign(n=joined["n"].fillna(0).astype(np.int64))


def fixed_before(moved: pd.DataFrame) -> NDArray[np.bool_]:
    """Flag the rows of `transitions` whose sample was fixed at an earlier stage.

    A sample that is newly wrong although it had been fixed before has been learned and lost again.

    Args:
        moved: of `transitions`.
    Returns:
        (N,) bool, in the order of the rows.
    Source: a forgetting event, Toneva et al. 2019, definition 2.1, between stages instead of between presentations.
    """
    samples, _, order = _in_order(moved)
    fixed = np.cumsum(moved["outcome"].to_numpy(object)[order] == Outcome.FIXED)
    first = np.searchsorted(samples[order], samples[order])  # of the sample, in this order
    earlier = np.concatenate([[0], fixed])
    was_fixed = np.zeros(len(moved), np.bool_)
    was_fixed[order] = earlier[:-1] - earlier[first] > 0
    return was_fixed


def states(history: pd.DataFrame) -> pd.DataFrame:
    """Name the state of every sample at every stage.

    It is right or wrong at the first stage, then the outcome since the stage before.

    Args:
        history: as for `transitions`.
    Returns:
        sample_id, position, round, stage, state (one of STATES); by position, then by sample. A sample has a state at a
        later stage only where it was seen by the stage before.
    Raises:
        ValueError: a sample occurs twice in one stage.
    """
    moved = transitions(history).rename(columns={"outcome": "state"})
    first = history[history["position"] == history["position"].min()]
    answers = first["correct"].astype(bool).map({True: "right", False: "wrong"}).astype(object)
    columns = ["sample_id", "position", "round", "stage", "state"]
    both = first.assign(state=answers)
    both = pd.concat([both[columns], moved[columns]]) if len(moved) else both
    return both[columns].sort_values(["position", "sample_id"], ignore_index=True)


def flow_links(sample_states: pd.DataFrame) -> pd.DataFrame:
    """Count the samples that went from each state to each state of the next stage.

    Args:
        sample_states: of `states`.
    Returns:
        from_position, from_state, position, state, n (above 0); by position, then by state in the order of STATES.
    """
    earlier, later = _consecutive(*_in_order(sample_states))
    position, state = sample_states["position"].to_numpy(), sample_states["state"].to_numpy(object)
    moves = pd.DataFrame(
        {"from_position": position[earlier], "from_state": state[earlier], "position": position[later],
         "state": state[later]}
    )  # fmt: skip
    keys = ["from_position", "from_state", "position", "state"]
    links = moves.groupby(keys, sort=False).size().rename("n").reset_index()
    rank = {name: rank_of for rank_of, name in enumerate(STATES)}
    by = links["from_state"].map(rank).astype(int), links["state"].map(rank).astype(int)
    return links.assign(a=by[0], b=by[1]).sort_values(["position", "a", "b"], ignore_index=True)[[*keys, "n"]]


def samples_on_link(
    sample_states: pd.DataFrame, from_position: int, from_state: str, position: int, state: str
) -> list[str]:
    """List the samples that one link of `flow_links` counts, in the order of the rows.

    Args:
        sample_states: of `states`.
    """
    before = sample_states[(sample_states["position"] == from_position) & (sample_states["state"] == from_state)][
        "sample_id"
    ]
    after = sample_states[(sample_states["position"] == position) & (sample_states["state"] == state)]["sample_id"]
    return [str(sample_id) for sample_id in after[after.isin(before)]]


def gained_and_lost(true: ArrayLike, before: ArrayLike, now: ArrayLike, classes: Sequence[str]) -> pd.DataFrame:
    """Count samples gained and lost between two sets of predictions, class by class.

    Args:
        true: (N,) int in [0, C), class of each sample.  before, now: (N,) bool, right or not.  classes: (C,) names.
    Returns:
        class_name, gained (wrong -> right), lost (right -> wrong), net = gained - lost, n (samples of the class); every
        class, in the order of `classes`.
    """
    classes_of, right_before, right_now = np.asarray(true, np.int64), np.asarray(before, bool), np.asarray(now, bool)
    gained, lost, n = (
        np.bincount(classes_of[chosen], minlength=len(classes))
        for chosen in (~right_before & right_now, right_before & ~right_now, np.ones(len(classes_of), bool))
    )
    return pd.DataFrame({"class_name": list(classes), "gained": gained, "lost": lost, "net": gained - lost, "n": n})


def pool_sizes(mined: pd.DataFrame) -> pd.DataFrame:
    """Count the samples that were mined for each round, by reason.

    Args:
        mined: round, reason, sample_id.
    Returns:
        round, reason, n; by round, then by reason.
    """
    return mined.groupby(["round", "reason"], sort=True).size().rename("n").reset_index()


def _in_order(frame: pd.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Enumerate each row's sample and stage, and sort rows by sample, then stage: three (N,)."""
    samples, _ = pd.factorize(frame["sample_id"], sort=True)
    stages, _ = pd.factorize(frame["position"], sort=True)
    return samples, stages, np.lexsort((stages, samples))


def _consecutive(
    samples: NDArray[np.int64], stages: NDArray[np.int64], order: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Select rows of one sample at two stages that follow each other."""
    follows = (np.diff(samples[order]) == 0) & (np.diff(stages[order]) == 1)
    return order[:-1][follows], order[1:][follows]


def _refuse_repeated(
    history: pd.DataFrame, samples: NDArray[np.int64], stages: NDArray[np.int64], order: NDArray[np.int64]
) -> None:
    twice = np.flatnonzero((np.diff(samples[order]) == 0) & (np.diff(stages[order]) == 0))
    if len(twice):
        sample_id, position = history[["sample_id", "position"]].iloc[order[twice[0]]]
        raise ValueError(f"Sample {sample_id} occurs twice at position {position}; give one row per stage.")
