"""How a confusion matrix changed between two answers to the same samples, and which cells moved beyond chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.bootstrap import FEWEST_PATIENTS, group_index, group_sums, group_weights, percentile_interval
from analysis.checks import class_indices, same_length
from analysis.metrics import ratio

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Change:
    """Cells (C, C), row = true class, in percentage points of the true class, `b` minus `a`; NaN = class absent."""

    points: Floats
    low: Floats
    high: Floats
    """95 % interval of each cell by itself; NaN with fewer than two patients."""
    moved: NDArray[np.bool_]
    """Cells that moved beyond chance, with all cells looked at taken into account."""
    before: Counts
    after: Counts
    n_patients: Counts
    """Patients with a sample that entered or left the cell."""

    @property
    def n(self) -> int:
        """Samples on both sides."""
        return int(self.before.sum())


def confusion_change(
    targets: ArrayLike,
    predicted_a: ArrayLike,
    predicted_b: ArrayLike,
    groups: ArrayLike,
    n_classes: int,
    n_bootstrap: int = 1000,
    seed: int = 0,
) -> Change:
    """The change of every cell with a paired bootstrap over patients.

    Args:
        targets, predicted_a, predicted_b: (N,) int in [0, n_classes), of the same samples in the same order.
        groups: (N,) patient of each sample.
    Returns:
        The change. A cell has `moved` when its change exceeds, in units of its bootstrap standard error, the 95 %
        quantile of the largest such deviation over all cells (so that a whole matrix of unmoved cells shows a mark
        once in twenty), and at least FEWEST_PATIENTS patients had a sample that moved.
    Raises:
        ValueError: lengths differ or a class is out of range.
    Source: maximal statistic over all cells: Westfall and Young 1993, algorithm 2.5; resampling of patients as in
        analysis.bootstrap.
    """
    true = class_indices("targets", targets, n_classes)
    sides = [class_indices(f"predicted_{run}", of, n_classes) for run, of in (("a", predicted_a), ("b", predicted_b))]
    index, n_groups = group_index(groups)
    same_length(targets=true, predicted_a=sides[0], predicted_b=sides[1], groups=index)
    flat = [true * n_classes + said for said in sides]
    before, after = (np.bincount(cell, minlength=n_classes**2) for cell in flat)
    cells = np.flatnonzero(before + after)
    weights = group_weights(n_groups, n_bootstrap, seed)
    entered = _one_hot(flat[1], cells) - _one_hot(flat[0], cells)
    by_group = group_sums(entered, index, n_groups)
    support = group_sums(true[:, None] == np.arange(n_classes), index, n_groups)
    resampled = 100 * ratio(weights @ by_group, (weights @ support)[:, cells // n_classes])
    low, high = percentile_interval(resampled[1:] if n_groups > 1 else resampled[:0])
    n_patients = (group_sums(np.abs(entered), index, n_groups) > 0).sum(axis=0)
    moved = _beyond_chance(resampled, n_patients) if n_groups > 1 and n_bootstrap else np.zeros(len(cells), bool)
    absent = np.repeat(np.bincount(true, minlength=n_classes) == 0, n_classes)
    still = np.where(absent, np.nan, 0.0)
    unmoved = still if n_groups > 1 and n_bootstrap else np.full(len(still), np.nan)
    place = np.stack([still, unmoved, unmoved])
    place[:, cells] = resampled[0], low, high
    marked, patients = np.zeros(n_classes**2, bool), np.zeros(n_classes**2, np.int64)
    marked[cells], patients[cells] = moved, n_patients
    square = (n_classes, n_classes)
    points, lows, highs = place.reshape(3, *square)
    return Change(
        points, lows, highs, marked.reshape(square), before.reshape(square), after.reshape(square),
        patients.reshape(square),
    )  # fmt: skip


def cell_table(change: Change, classes: Sequence[str]) -> pd.DataFrame:
    """Every cell that anybody is or was in.

    Returns:
        true_class, predicted_class, before, after (samples), support (samples of the true class), points, low, high,
        n_patients, moved, verdict: "worse" (moved, off the diagonal and up, or on it and down), "better" (the
        opposite) or "unshown"; those that moved first, then by size of the change.
    """
    true, said = np.nonzero(change.before + change.after)
    names = np.asarray(list(classes), dtype=object)
    points, moved = change.points[true, said], change.moved[true, said]
    bad = (points > 0) != (true == said)
    frame = pd.DataFrame(
        {
            "true_class": names[true],
            "predicted_class": names[said],
            "before": change.before[true, said],
            "after": change.after[true, said],
            "support": change.before.sum(axis=1)[true],
            "points": points,
            "low": change.low[true, said],
            "high": change.high[true, said],
            "n_patients": change.n_patients[true, said],
            "moved": moved,
            "verdict": np.select([moved & bad, moved], ["worse", "better"], "unshown"),
        }
    )
    order = np.lexsort((said, true, -np.abs(points), ~moved))
    return frame.iloc[order].reset_index(drop=True)


def worse_pairs(cells: pd.DataFrame) -> pd.DataFrame:
    """The pairs of classes that are confused more often than before, beyond chance: rows of `cell_table`."""
    off_diagonal = cells["true_class"] != cells["predicted_class"]
    return cells[off_diagonal & (cells["verdict"] == "worse")].reset_index(drop=True)


def _beyond_chance(resampled: Floats, n_patients: Counts) -> NDArray[np.bool_]:
    """(cells,) bool from (1 + R, cells), the first row being the data."""
    change, drawn = resampled[0], resampled[1:]
    testable = n_patients >= FEWEST_PATIENTS
    moved = np.zeros(len(change), bool)
    if not testable.any():
        return moved
    tested, drawn = change[testable], drawn[:, testable]
    error = np.nanstd(drawn, axis=0, ddof=1)
    steady = error == 0  # every sample of six patients or more went the same way
    deviation = ratio(np.abs(drawn - tested), np.where(steady, 1, error))
    critical = np.quantile(np.nanmax(np.where(np.isnan(deviation), 0, deviation), axis=1), 0.95)
    moved[testable] = np.where(steady, tested != 0, ratio(np.abs(tested), error) > critical)
    return moved


def _one_hot(at: Counts, cells: Counts) -> NDArray[np.int8]:
    found: NDArray[np.int8] = (at[:, None] == cells).astype(np.int8)
    return found
