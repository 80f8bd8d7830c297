"""A run on a label scheme, scored on the dataset's own labels, so that schemes are compared on common ground."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import catalog
from analysis.metrics import decide, stage_metrics
from analysis.thresholds import best_f1_thresholds
from catalog.schemes import Scheme
from trainer.errors import TrainerError

PREFIX = "base_"

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CommonGround:
    """What the dataset's own labels say of every sample, in the manifest's order.

    scheme: that the run is trained on; raw: all labels of the dataset; classes: (B,) those of them that the scheme's
    classes collapse to; targets: (N, B) 0/1; label: (N,) int, the one label.
    """

    scheme: Scheme
    raw: tuple[str, ...]
    classes: tuple[str, ...]
    targets: Floats
    label: NDArray[np.int64]

    def metrics(self, probs: Floats, objective: str, split: NDArray[np.str_]) -> pd.DataFrame:
        """Scores of collapsed probabilities, by split.

        Thresholds of a sigmoid run are found anew for the collapsed classes, on validation alone.

        Args:
            probs: (N, C) of the scheme's classes.
            split: (N,) train, val or test.
        Returns:
            split, class_name (None = overall), metric (with PREFIX before its name), value, n; the loss, which has no
            counterpart after collapsing, is left out.
        """
        kind: Literal["softmax", "sigmoid"] = "softmax" if objective == "softmax" else "sigmoid"
        collapsed = self.scheme.collapse(probs, kind, self.raw).clip(0.0, 1.0)  # sums may leave it by a rounding
        val = split == "val"
        limits = None if objective == "softmax" else best_f1_thresholds(self.targets[val], collapsed[val])
        parts = []
        for name in ("train", "val", "test"):
            rows = split == name
            decided = decide(collapsed[rows], objective, limits)
            losses = np.zeros(int(rows.sum()))
            scored = stage_metrics(self.targets[rows], collapsed[rows], decided, self.classes, self.label[rows], losses)
            parts.append(scored[scored["metric"] != "loss"].assign(split=name))
        found = pd.concat(parts, ignore_index=True)
        return found.assign(metric=PREFIX + found["metric"])


def common_ground(dataset: catalog.Dataset, objective: str, scheme: Scheme) -> CommonGround | None:
    """The ground on which a run of this scheme meets others; None for a scheme that leaves labels as they are.

    Raises:
        TrainerError: some sample's label is none that the scheme's classes collapse to.
    """
    if not scheme.rules:
        return None
    classes = scheme.base_classes(dataset.classes)
    number = {name: position for position, name in enumerate(classes)}
    samples = dataset.samples
    if strange := sorted(set(samples["label"]) - set(classes)):
        raise TrainerError(
            f"Label scheme {scheme.name} collapses nothing to '{strange[0]}', a label of {dataset.dataset_id}; "
            "add it to collapse."
        )
    label = samples["label"].map(number).to_numpy(np.int64)
    targets = np.zeros((len(samples), len(classes)))
    for row, (one, several) in enumerate(zip(label, samples["labels"], strict=True)):
        targets[row, [number[name] for name in several if name in number] if objective == "sigmoid" else [one]] = 1
    return CommonGround(scheme, dataset.classes, classes, targets, label)
