"""Define the samples of a run: their splits, and the classes that it is trained on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import catalog
import store
from catalog.schemes import Scheme
from trainer.base_labels import BaseLabels, base_labels_of
from trainer.errors import TrainerError


@dataclass(frozen=True)
class Truth:
    """The samples of a run with their labels, in the manifest's order.

    samples: the manifest; classes: (C,) names; targets: (N, C) 0/1 as trained on; label: (N,) int, the one class that
    a single-label annotator chose; base: the dataset's own labels, if the run is on a label scheme, else None.
    """

    samples: pd.DataFrame
    classes: tuple[str, ...]
    targets: NDArray[np.float64]
    label: NDArray[np.int64]
    base: BaseLabels | None = None

    def rows(self, split: str) -> NDArray[np.int64]:
        """Return the rows of the manifest that are in a split, (n_split,)."""
        return np.flatnonzero(self.samples["split"].to_numpy() == split)

    def of_held_out_patients(self) -> NDArray[np.bool_]:
        """Return (N,) whether the sample's patient has samples in validation or test.

        Training samples can be among them only where the splits came with the images.
        """
        held_out = self.samples.loc[self.samples["split"] != "train", "patient"]
        mask: NDArray[np.bool_] = self.samples["patient"].isin(held_out).to_numpy(np.bool_)
        return mask


def truth_of(dataset: catalog.Dataset, objective: str, label_scheme: str = "base") -> Truth:
    """Return the labels of every sample under a label scheme: one for softmax, all for sigmoid.

    Raises:
        TrainerError: the scheme leaves samples out; every sample is judged at every stage, so each needs a class.
        catalog.CatalogError: the scheme does not exist, or is not for this dataset.
    """
    scheme = Scheme.load(label_scheme)
    labelled = scheme.apply(dataset.samples, dataset.classes)
    if labelled.n_left_out:
        raise TrainerError(
            f"Label scheme {label_scheme} has no class for {labelled.n_left_out:,} samples of {dataset.dataset_id}; "
            "add a rule for them, or import the dataset without them."
        )
    samples, classes = labelled.samples, labelled.classes
    number = {name: i for i, name in enumerate(classes)}
    label = samples["label"].map(number).to_numpy(np.int64)
    targets = np.zeros((len(samples), len(classes)))
    if objective == "softmax":
        targets[np.arange(len(samples)), label] = 1
    else:
        for row, labels in enumerate(samples["labels"]):
            targets[row, [number[name] for name in labels]] = 1
    return Truth(samples, classes, targets, label, base_labels_of(dataset, objective, scheme))


def refuse_untrainable(truth: Truth, dataset_id: str) -> None:
    """Raise TrainerError for an empty split, a single training sample, or a class without any.

    Batch norm cannot train on a single sample: its statistics need two. From two training samples on, no mini-batch is
    smaller than two (see `batches.Plain`).

    A class that is only ever a second label passes, though with softmax, which trains on one label, no sample has it as
    its class: the run can still be compared with one on all labels.
    """
    for split in ("train", "val", "test"):
        if not len(truth.rows(split)):
            raise TrainerError(f"Dataset {dataset_id} has no {split} samples; import it again with other split sizes.")
    trained_classes = set(truth.samples["labels"].iloc[truth.rows("train")].explode())
    missing = [name for name in truth.classes if name not in trained_classes]
    if missing:
        raise TrainerError(
            f"Dataset {dataset_id} has no training sample of {', '.join(missing)}; "
            "add images of it, of other patients too, and import again, or leave the class out."
        )
    if len(truth.rows("train")) == 1:
        raise TrainerError(
            f"Dataset {dataset_id} has a single training sample, and a mini-batch takes two; add images of other "
            "patients, and import again."
        )


def refuse_changed(dataset: catalog.Dataset) -> None:
    """Raise TrainerError if the store knows other content under this dataset's id."""
    datasets = store.datasets()
    hashes = datasets.loc[datasets["dataset_id"] == dataset.dataset_id, "content_hash"]
    if len(hashes) and hashes.iloc[0] != dataset.content_hash:
        raise TrainerError(
            f"Dataset {dataset.dataset_id} has changed since runs were trained on it; "
            "import the images under a new name."
        )


def shared_patients_warning(truth: Truth, dataset_id: str) -> str | None:
    """Return a warning if training patients are in validation or test too."""
    n = int(truth.of_held_out_patients()[truth.rows("train")].sum())
    if not n:
        return None
    return (
        f"{n:,} training samples are of patients who are in validation or test too: none of them is mined, and "
        f"test results may be too good; see: python -m catalog check {dataset_id}"
    )
