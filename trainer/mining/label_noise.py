"""Find training samples of suspect label, to be reviewed and not trained on as hard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recipes import GuardSettings

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Suspects:
    """Samples of suspect label, most suspect first.

    S samples: index, given and suggested are (S,) int; aum (S,) float, in logits; self_confidence (S,) float in [0, 1],
    the lowest probability of a given class; lower = more suspect, for both.
    """

    index: NDArray[np.int64]
    given: NDArray[np.int64]
    suggested: NDArray[np.int64]
    aum: Floats
    self_confidence: Floats

    def __len__(self) -> int:
        return len(self.index)


def suspects(
    settings: GuardSettings, rows: NDArray[np.int64], targets: Floats, probs: Floats, aum: Floats, several: bool
) -> Suspects:
    """Find the samples whose label is contradicted by training, by one criterion or by both.

    N training samples, C classes.
    Args:
        rows: (N,) their positions in the dataset.
        targets: (N, C) 0/1, the labels as given.
        probs: (N, C), best from models that were not trained on these samples; else their mean over training.
        aum: (N,) area under the margin, in logits.
        several: whether a sample may have several labels (sigmoid).
    Source: Pleiss et al. 2020 (area under the margin; a fixed threshold in place of their threshold samples);
        confident learning, Northcutt et al. 2021, by the library cleanlab.
    """
    criteria: dict[str, Callable[[], NDArray[np.bool_]]] = {
        "none": lambda: np.zeros(len(rows), np.bool_),
        "aum": lambda: aum < settings.aum,
        "confident": lambda: _contradicted(targets, probs, several),
        "both": lambda: (aum < settings.aum) & _contradicted(targets, probs, several),
    }
    present = targets > 0
    confidence = np.where(present, probs, np.inf).min(axis=1)
    chosen = np.flatnonzero(criteria[settings.name]())
    order = np.lexsort((rows[chosen], aum[chosen] if settings.name == "aum" else confidence[chosen]))
    chosen = chosen[order][: int(settings.max_share * len(rows))]
    return Suspects(
        index=rows[chosen],
        given=np.where(present, probs, np.inf).argmin(axis=1)[chosen],
        suggested=np.where(present, -np.inf, probs).argmax(axis=1)[chosen],
        aum=aum[chosen],
        self_confidence=confidence[chosen],
    )


def _contradicted(targets: Floats, probs: Floats, several: bool) -> NDArray[np.bool_]:
    """Return (N,) whether confident learning finds a label error."""
    from cleanlab import filter, multilabel_classification  # over a second to import, and only a guard needs it

    if several:
        labels = [np.flatnonzero(row).tolist() for row in targets]
        is_error = multilabel_classification.filter.find_label_issues(labels, probs, n_jobs=1)
    else:
        is_error = filter.find_label_issues(targets.argmax(axis=1), probs, n_jobs=1)
    return np.asarray(is_error, np.bool_)
