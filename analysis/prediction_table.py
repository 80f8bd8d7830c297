"""Hold the predictions of one stage: a row per sample and arrays over C classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray


@dataclass(frozen=True)
class PredictionTable:
    """Predictions of one stage; rows of `samples` and of both arrays belong together.

    Attributes:
        samples: N rows with sample_id, patient, path, label (the class trained for), labels (the raw ones), prob (of
            the most probable class), and more.
        targets: (N, C) float, above 0.5 = trained to predict this class.
        probs: (N, C) float, about [0, 1].
    """

    samples: pd.DataFrame
    targets: NDArray[np.floating]
    probs: NDArray[np.floating]

    def __len__(self) -> int:
        """Count the samples."""
        return len(self.samples)

    @property
    def trained(self) -> NDArray[np.bool_]:
        """Return (N, C) bool: the classes that the run was trained to predict for each sample."""
        classes: NDArray[np.bool_] = self.targets > 0.5
        return classes

    @property
    def unit_probs(self) -> NDArray[np.float64]:
        """Return the probabilities as (N, C) float64 within [0, 1]."""
        probs: NDArray[np.float64] = np.clip(self.probs.astype(np.float64), 0, 1)
        return probs

    def take(self, rows: NDArray[np.int64]) -> PredictionTable:
        """Return the rows at some positions, in their order."""
        samples = self.samples.take(rows).reset_index(drop=True)
        return PredictionTable(samples, self.targets[rows], self.probs[rows])

    def with_labels(self, labels: pd.Series) -> PredictionTable:
        """Return the same predictions with other labels, one per sample in the order of the rows."""
        return replace(self, samples=self.samples.assign(label=labels))

    def with_classes(self, columns: Sequence[int]) -> PredictionTable:
        """Return the same predictions with the classes in another order."""
        order = list(columns)
        return replace(self, targets=self.targets[:, order], probs=self.probs[:, order])
