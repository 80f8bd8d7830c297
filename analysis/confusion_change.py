"""Test which cells of a confusion matrix changed between two sets of predictions.

Both are of the same samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.bootstrap import FEWEST_PATIENTS, group_index, group_sums, group_weights, percentile_interval
from analysis.metrics import ratio
from analysis.simultaneous_intervals import ALPHA, intervals
from analysis.validation import class_indices, same_length

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class ConfusionChange:
    """The change of each cell (C, C) in percentage points of its true class, `b` minus `a`.

    Row = true class; NaN = class absent.
    """

    points: Floats
    low: Floats
    high: Floats
    """95 % interval of each cell by itself; NaN with fewer than two patients."""
    together_low: Floats
    together_high: Floats
    """Intervals that hold together over all cells that may be marked; NaN elsewhere."""
    moved: NDArray[np.bool_]
    """Cells that moved beyond chance, with all cells looked at taken into account."""
    before: Counts
    after: Counts
    n_patients: Counts
    """Patients with a sample that entered or left the cell."""

    @property
    def n(self) -> int:
        """Count the samples of each side."""
        return int(self.before.sum())


def confusion_change(
    targets: ArrayLike,
    predicted_a: ArrayLike,
    predicted_b: ArrayLike,
    groups: ArrayLike,
    n_classes: int,
    n_bootstrap: int = 1000,
    seed: int = 0,
) -> ConfusionChange:
    """Compute the change of every cell with a paired bootstrap over patients.

    Args:
        targets, predicted_a, predicted_b: (N,) int in [0, n_classes), of the same samples in the same order.
        groups: (N,) patient of each sample.
    Returns:
        The change. A cell has `moved` when its interval of `analysis.simultaneous_intervals`, which holds together with
        those of all other cells, leaves 0 out (so that a whole matrix of unmoved cells shows a mark once in twenty),
        and at least FEWEST_PATIENTS patients had a sample that moved.
    Raises:
        ValueError: lengths differ or a class is out of range.
    Source: maximal statistic over all cells: Westfall and Young 1993, algorithm 2.5; resampling of patients as in
        analysis.bootstrap.
    """
    true = class_indices("targets", targets, n_classes)
    sides = [
        class_indices(f"predicted_{run}", predicted, n_classes)
        for run, predicted in (("a", predicted_a), ("b", predicted_b))
    ]
    index, n_groups = group_index(groups)
    same_length(targets=true, predicted_a=sides[0], predicted_b=sides[1], groups=index)
    cells_of_samples = [true * n_classes + predicted for predicted in sides]
    before, after = (np.bincount(cell, minlength=n_classes**2) for cell in cells_of_samples)
    cells = np.flatnonzero(before + after)
    weights = group_weights(n_groups, n_bootstrap, seed)
    entered = _one_hot(cells_of_samples[1], cells) - _one_hot(cells_of_samples[0], cells)
    by_group = group_sums(entered, index, n_groups)
    support = group_sums(true[:, None] == np.arange(n_classes), index, n_groups)
    resampled = 100 * ratio(weights @ by_group, (weights @ support)[:, cells // n_classes])
    low, high = percentile_interval(resampled[1:] if n_groups > 1 else resampled[:0])
    n_patients = (group_sums(np.abs(entered), index, n_groups) > 0).sum(axis=0)
    possible = n_groups > 1 and n_bootstrap
    together = _together(resampled, n_patients) if possible else np.full((2, len(cells)), np.nan)
    moved = (together[0] > 0) | (together[1] < 0)
    absent = np.repeat(np.bincount(true, minlength=n_classes) == 0, n_classes)
    still = np.where(absent, np.nan, 0.0)
    unmoved = still if n_groups > 1 and n_bootstrap else np.full(len(still), np.nan)
    nowhere = np.full(len(still), np.nan)
    cell_values = np.stack([still, unmoved, unmoved, nowhere, nowhere])
    cell_values[:, cells] = resampled[0], low, high, *together
    marked, patients = np.zeros(n_classes**2, bool), np.zeros(n_classes**2, np.int64)
    marked[cells], patients[cells] = moved, n_patients
    square = (n_classes, n_classes)
    points, lows, highs, together_lows, together_highs = cell_values.reshape(5, *square)
    return ConfusionChange(
        points, lows, highs, together_lows, together_highs, marked.reshape(square), before.reshape(square),
        after.reshape(square), patients.reshape(square),
    )  # fmt: skip


def cell_table(change: ConfusionChange, classes: Sequence[str]) -> pd.DataFrame:
    """List every cell that has a sample before or after.

    Returns:
        true_class, predicted_class, before, after (samples), support (samples of the true class), points, low, high,
        together_low, together_high, n_patients, moved, verdict: "worse" (moved, off the diagonal and up, or on it and
        down), "better" (the opposite) or "unshown"; those that moved first, then by size of the change.
    """
    true, predicted = np.nonzero(change.before + change.after)
    names = np.asarray(list(classes), dtype=object)
    points, moved = change.points[true, predicted], change.moved[true, predicted]
    bad = (points > 0) != (true == predicted)
    frame = pd.DataFrame(
        {
            "true_class": names[true],
            "predicted_class": names[predicted],
            "before": change.before[true, predicted],
            "after": change.after[true, predicted],
            "support": change.before.sum(axis=1)[true],
            "points": points,
            "low": change.low[true, predicted],
            "high": change.high[true, predicted],
            "together_low": change.together_low[true, predicted],
            "together_high": change.together_high[true, predicted],
            "n_patients": change.n_patients[true, predicted],
            "moved": moved,
            "verdict": np.select([moved & bad, moved], ["worse", "better"], "unshown"),
        }
    )
    order = np.lexsort((predicted, true, -np.abs(points), ~moved))
    return frame.iloc[order].reset_index(drop=True)


def worse_pairs(cells: pd.DataFrame) -> pd.DataFrame:
    """Select the pairs of classes that are confused more often than before, beyond chance.

    Returns rows of `cell_table`.
    """
    off_diagonal = cells["true_class"] != cells["predicted_class"]
    return cells[off_diagonal & (cells["verdict"] == "worse")].reset_index(drop=True)


def _together(resampled: Floats, n_patients: Counts) -> Floats:
    """Compute (2, cells) simultaneous intervals from resamples (1 + R, cells).

    The first row is the data itself.

    NaN for cells that too few patients moved in or out of: they cannot be marked.
    """
    testable = n_patients >= FEWEST_PATIENTS
    ends = np.full((2, len(n_patients)), np.nan)
    if testable.any():
        change, drawn, patients = resampled[:1, testable], resampled[1:, testable], n_patients[testable]
        families = np.zeros(len(patients), np.int64)
        ends[:, testable] = intervals(change, drawn, patients, patients, families, ALPHA)
    return ends


def _one_hot(cell_of_sample: Counts, cells: Counts) -> NDArray[np.int8]:
    encoded: NDArray[np.int8] = (cell_of_sample[:, None] == cells).astype(np.int8)
    return encoded
