"""Score a run on a label scheme by the dataset's own labels.

So runs on different label schemes can be compared.
"""

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
class BaseLabels:
    """The dataset's own labels of every sample, in the manifest's order.

    scheme: the label scheme of the run; raw: all labels of the dataset; classes: (B,) those labels that the scheme's
    classes collapse to; targets: (N, B) 0/1; label: (N,) int, the one label.
    """

    scheme: Scheme
    raw: tuple[str, ...]
    classes: tuple[str, ...]
    targets: Floats
    label: NDArray[np.int64]

    def metrics(self, probs: Floats, objective: str, split: NDArray[np.str_]) -> pd.DataFrame:
        """Compute metrics of the collapsed probabilities, by split.

        Thresholds of a sigmoid run are chosen again for the collapsed classes, on the validation split alone.

        Args:
            probs: (N, C) of the scheme's classes.
            split: (N,) train, val or test.
        Returns:
            split, class_name (None = overall), metric (with PREFIX before its name), value, n; the loss, which has no
            counterpart after collapsing, is left out.
        """
        kind: Literal["softmax", "sigmoid"] = "softmax" if objective == "softmax" else "sigmoid"
        collapsed = self.scheme.collapse(probs, kind, self.raw).clip(0.0, 1.0)  # rounding may put sums outside
        val = split == "val"
        thresholds = None if objective == "softmax" else best_f1_thresholds(self.targets[val], collapsed[val])
        parts = []
        for name in ("train", "val", "test"):
            rows = split == name
            decided = decide(collapsed[rows], objective, thresholds)
            losses = np.zeros(int(rows.sum()))
            scored = stage_metrics(self.targets[rows], collapsed[rows], decided, self.classes, self.label[rows], losses)
            parts.append(scored[scored["metric"] != "loss"].assign(split=name))
        metrics = pd.concat(parts, ignore_index=True)
        return metrics.assign(metric=PREFIX + metrics["metric"])


def base_labels_of(dataset: catalog.Dataset, objective: str, scheme: Scheme) -> BaseLabels | None:
    """Return the dataset's own labels for a run on a scheme, or None if it keeps all labels.

    Raises:
        TrainerError: the scheme's classes collapse to no class that some sample is labelled with.
    """
    if not scheme.rules:
        return None
    classes = scheme.base_classes(dataset.classes)
    number = {name: position for position, name in enumerate(classes)}
    samples = dataset.samples
    if unknown := sorted(set(samples["label"]) - set(classes)):
        raise TrainerError(
            f"Label scheme {scheme.name} collapses nothing to '{unknown[0]}', a label of {dataset.dataset_id}; "
            "add it to collapse."
        )
    label = samples["label"].map(number).to_numpy(np.int64)
    targets = np.zeros((len(samples), len(classes)))
    for row, (one, several) in enumerate(zip(label, samples["labels"], strict=True)):
        targets[row, [number[name] for name in several if name in number] if objective == "sigmoid" else [one]] = 1
    return BaseLabels(scheme, dataset.classes, classes, targets, label)
