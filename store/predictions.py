"""Hold the predictions of a run's stages as arrays, from which all tables are computed.

DuckDB unpacks the probabilities of all stages of a run in little more time than those of one, and numpy finds the top
class of 30,000 rows in a millisecond. SQL queries on lists, one for each table, took several times as long.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from analysis.prediction_table import PredictionTable

_ROWS = ("sample_index", "stage_index", "true", "targets", "probs", "loss", "correct")


@dataclass(frozen=True)
class RunContext:
    """Describe the run that predictions belong to.

    Attributes:
        classes: the run's C classes.
        softmax: whether the run predicts exactly one class for each sample.
        samples: the dataset's samples in the manifest's order.
        ended: round, stage and position of the finished stages, in order.
    """

    classes: tuple[str, ...]
    softmax: bool
    samples: pd.DataFrame
    ended: pd.DataFrame


@dataclass(frozen=True)
class Predictions:
    """Hold N predictions of a run of C classes, ordered by stage, then as in the manifest.

    Attributes:
        sample_index: (N,) row of `context.samples`.
        stage_index: (N,) row of `context.ended`.
        true: (N,) class index of the label, -1 where the label is none of the run's classes.
        targets, probs: (N, C).
        loss, correct: (N,), as recorded.

    The label is the class trained for, which under a label scheme is not the raw label. Where a sigmoid run is trained
    for several classes, it is the one annotated label, if that is among them.
    """

    context: RunContext
    sample_index: NDArray[np.int64]
    stage_index: NDArray[np.int64]
    true: NDArray[np.int64]
    targets: NDArray[np.float32]
    probs: NDArray[np.float32]
    loss: NDArray[np.float32]
    correct: NDArray[np.bool_]

    @property
    def top(self) -> NDArray[np.int64]:
        """Return (N,) the class of the highest probability; the first of equals."""
        return self.probs.argmax(axis=1) if len(self.probs) else np.zeros(0, np.int64)

    @property
    def right(self) -> NDArray[np.bool_]:
        """Return (N,) whether the top class is the label."""
        same: NDArray[np.bool_] = self.top == self.true
        return same

    def select(self, rows: NDArray[np.bool_] | NDArray[np.int64] | slice) -> Predictions:
        """Return the predictions of some rows."""
        return replace(self, **{name: getattr(self, name)[rows] for name in _ROWS})

    def of_stage(self, round_: int, stage: str) -> Predictions:
        """Return the predictions of one stage; empty when the stage has not finished."""
        stages = np.flatnonzero((self.context.ended["round"] == round_) & (self.context.ended["stage"] == stage))
        first, last = np.searchsorted(self.stage_index, [stages[0], stages[0] + 1]) if len(stages) else (0, 0)
        return self.select(slice(first, last))

    def at_both(self, before: int, now: int) -> tuple[Predictions, Predictions]:
        """Return the predictions of two stages on their common samples, in the same order.

        The stages are given by position.
        """
        positions = self.context.ended["position"].to_numpy()[self.stage_index]
        first, second = (np.flatnonzero(positions == position) for position in (before, now))
        _, a, b = np.intersect1d(
            self.sample_index[first], self.sample_index[second], assume_unique=True, return_indices=True
        )
        return self.select(first[a]), self.select(second[b])

    def table(self) -> PredictionTable:
        """Return the sample table together with the arrays; for predictions of one stage."""
        return PredictionTable(self.sample_table(), self.targets, self.probs)

    def sample_table(self) -> pd.DataFrame:
        """Return the columns of `store.predictions` without the lists `targets` and `probs`."""
        names = ["sample_id", "patient", "labels", "split", "path"]
        return self._sample_columns(names).assign(
            label=self._labels(), loss=self.loss, correct=self.correct, predicted=self._named(self.top),
            prob=self._likeliest(),
        )[
            ["sample_id", "patient", "label", "labels", "split", "loss", "correct", "path", "predicted", "prob"]
        ]  # fmt: skip

    def frame(self) -> pd.DataFrame:
        """Return the columns of `store.predictions`.

        One list per row takes time: use the arrays where they suffice.
        """
        return self.sample_table().assign(targets=list(self.targets), probs=list(self.probs))[
            ["sample_id", "patient", "label", "labels", "split", "targets", "probs", "loss", "correct", "path",
             "predicted", "prob"]
        ]  # fmt: skip

    def answers(self) -> pd.DataFrame:
        """Return whether the top-1 class of each prediction is the label, for multi-label runs too.

        Columns: sample_id, patient, label, round, stage, position, predicted, correct; by position, then in the
        manifest's order.
        """
        return self._sample_columns(["sample_id", "patient"]).assign(
            label=self._labels(), **self._stage_columns(), predicted=self._named(self.top), correct=self.right
        )

    def history(self) -> pd.DataFrame:
        """Return the columns of `store.sample_history`; by sample, then by stage."""
        of_true = self.probs[np.arange(len(self.true)), self.true] if len(self.true) else self._likeliest()
        frame = self._sample_columns(["sample_id"]).assign(
            label=self._labels(), **self._stage_columns(), predicted=self._named(self.top),
            prob_true=np.where(self.true < 0, np.nan, of_true),
            prob_predicted=self._likeliest(), correct=self.correct, loss=self.loss,
        )  # fmt: skip
        return frame.sort_values(["sample_id", "position"], kind="stable", ignore_index=True)

    def confusion(self) -> pd.DataFrame:
        """Count predictions by stage, true class and predicted class.

        Columns: round, stage, position, true_class (the label), predicted_class (top-1), n.
        """
        cells = pd.DataFrame(
            {**self._stage_columns(), "true_class": self._labels(), "predicted_class": self._named(self.top)}
        )
        counted = cells.groupby(list(cells), sort=True, observed=True).size().rename("n").reset_index()
        return counted.sort_values(["position", "true_class", "predicted_class"], ignore_index=True)

    def _sample_columns(self, names: list[str]) -> pd.DataFrame:
        return self.context.samples[names].take(self.sample_index).reset_index(drop=True)

    def _stage_columns(self) -> dict[str, NDArray[np.generic]]:
        return {name: self.context.ended[name].to_numpy()[self.stage_index] for name in ("round", "stage", "position")}

    def _likeliest(self) -> NDArray[np.float32]:
        return self.probs.max(axis=1) if len(self.probs) else np.zeros(0, np.float32)

    def _labels(self) -> pd.Series:
        named = self._named(self.true)
        return named if self.context.softmax else named.where(self.true >= 0, self._sample_columns(["label"])["label"])

    def _named(self, classes: NDArray[np.int64]) -> pd.Series:
        return pd.Series(pd.array(list(self.context.classes), dtype="str").take(classes))


def arrange(rows: pa.Table, context: RunContext) -> Predictions:
    """Build Predictions from a run's rows of table `predictions`, in any order.

    Rows of unfinished stages are left out.

    Raises:
        ValueError: the probabilities or targets are not of the run's classes.
    """
    sample_index = pd.Index(context.samples["sample_id"]).get_indexer(rows["sample_id"].to_pandas()).astype(np.int64)
    stages = rows["stage"].combine_chunks().dictionary_encode()
    names = stages.dictionary.to_pylist()
    place = {(row.round, row.stage): order for order, row in enumerate(context.ended.itertuples())}
    rounds, codes = rows["round"].to_numpy(), stages.indices.to_numpy(zero_copy_only=False)
    kinds, kind = np.unique(rounds.astype(np.int64) * len(names) + codes, return_inverse=True)
    rank = [place.get((int(one) // len(names), names[int(one) % len(names)]), -1) for one in kinds]
    stage_index = np.array(rank, np.int64)[kind] if len(rank) else np.zeros(0, np.int64)
    targets = _grid(rows["targets"], len(context.classes))
    if context.softmax:
        true = targets.argmax(axis=1) if len(targets) else np.zeros(0, np.int64)
    else:
        labels = pd.Index(context.classes).get_indexer(context.samples["label"]).astype(np.int64)
        true = _one_of(targets, labels[sample_index])
    predictions = Predictions(
        context, sample_index, stage_index, true, targets, _grid(rows["probs"], len(context.classes)),
        rows["loss"].to_numpy(), rows["correct"].to_numpy(),
    )  # fmt: skip
    key = stage_index * max(1, len(context.samples)) + sample_index
    whole = bool((stage_index >= 0).all() and (sample_index >= 0).all())
    if whole and (np.diff(key) > 0).all():
        return predictions
    order = np.argsort(key, kind="stable")
    return predictions.select(order[(stage_index[order] >= 0) & (sample_index[order] >= 0)])


def _one_of(targets: NDArray[np.float32], raw: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return (N,) the class trained for; of several the raw label, or -1 if it is none."""
    if not len(targets):
        return raw
    present = targets > 0.5
    among = (raw >= 0) & present[np.arange(len(raw)), raw]
    return np.where(present.sum(axis=1) == 1, present.argmax(axis=1), np.where(among, raw, -1))


def _grid(column: pa.ChunkedArray, n_classes: int) -> NDArray[np.float32]:
    """Return an (N, C) array from lists of C numbers."""
    flat: NDArray[np.float32] = column.combine_chunks().flatten().to_numpy(zero_copy_only=False)
    if len(flat) != len(column) * n_classes:
        raise ValueError(f"{len(flat)} numbers for {len(column)} rows of {n_classes} classes")
    return flat.reshape(len(column), n_classes)
