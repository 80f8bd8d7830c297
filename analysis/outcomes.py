"""Name what became of a sample between two stages.

Ledger, flows, galleries and pages share this vocabulary.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Outcome(StrEnum):
    """What became of a sample from an earlier stage to a later one."""

    STILL_RIGHT = "still_right"
    FIXED = "fixed"  # wrong -> right
    NEWLY_WRONG = "newly_wrong"  # right -> wrong
    STILL_WRONG = "still_wrong"


OUTCOMES = tuple(outcome.value for outcome in Outcome)
_BY_ANSWERS = np.array([Outcome.STILL_WRONG, Outcome.FIXED, Outcome.NEWLY_WRONG, Outcome.STILL_RIGHT]).astype(object)


def outcomes(before: ArrayLike, after: ArrayLike) -> NDArray[np.object_]:
    """Name what became of N samples between two stages.

    Args:
        before, after: (N,) bool, whether each sample was right at the earlier and at the later stage.
    Returns:
        (N,) str, each one of OUTCOMES.
    Raises:
        ValueError: they are not of the same samples.
    """
    right_before, right_after = np.asarray(before, bool), np.asarray(after, bool)
    if right_before.shape != right_after.shape:
        raise ValueError(
            f"{right_before.shape} answers before and {right_after.shape} after are not of the same samples."
        )
    names: NDArray[np.object_] = _BY_ANSWERS[2 * right_before.astype(np.int64) + right_after]
    return names
