"""Check patients, splits and classes: patients in two splits, missing classes, label pairs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from catalog.checks.finding import Finding, listed, named
from catalog.manifest import SPLITS
from catalog.origin import FRAMES

IMBALANCE = 10.0  # least ratio of the largest class to the smallest that is worth a warning
_PAIRS = 6  # pairs of classes named in the message on co-occurrence


def co_occurrence(samples: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """Count the samples that show both the class of the row and that of the column.

    Returns:
        (C, C) counts; the diagonal counts all samples of a class.
    """
    number = {name: position for position, name in enumerate(classes)}
    shows = np.zeros((len(samples), len(classes)), dtype=np.int64)
    for row, labels in enumerate(samples["labels"]):
        shows[row, [number[label] for label in labels]] = 1
    return pd.DataFrame(shows.T @ shows, index=list(classes), columns=list(classes))


def class_counts(samples: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """Count the samples that show a class, by class and split.

    Returns:
        (C, 3) counts; a sample of several classes counts in each.
    """
    exploded = samples[["split", "labels"]].explode("labels")
    table = pd.crosstab(exploded["labels"], exploded["split"])
    return table.reindex(index=list(classes), columns=list(SPLITS), fill_value=0)


def patients(samples: pd.DataFrame, has_patients: bool, grouped_by: str | None = None) -> Iterator[Finding]:
    """Yield findings no_patients and patient_across_splits."""
    if not has_patients and grouped_by is not None:
        how = "runs of names, as those of frames of one video" if grouped_by == FRAMES else f"column '{grouped_by}'"
        text = (
            f"Patients are unknown: pictures are kept together in splits by {how}; those of one patient may still be "
        )
        yield Finding("info", "no_patients", text + "in several splits.")
        return
    if not has_patients:
        text = "Patients are unknown: every picture counts as a patient of its own, so that pictures of one patient "
        yield Finding("info", "no_patients", text + "may be in several splits; name them with --patient-regex.")
        return  # only duplicates share a patient then, and they have findings of their own
    n_splits = samples.groupby("patient")["split"].nunique()
    straddling = n_splits.index[n_splits > 1].tolist()
    if straddling:
        rows = samples[samples["patient"].isin(straddling)]
        text = f"{len(straddling)} patient{'s are' if len(straddling) > 1 else ' is'} in several splits "
        text += f"({named(straddling)}): test results would be too good; import again without the split folders."
        yield Finding("error", "patient_across_splits", text, tuple(rows["sample_id"]))


def counts(samples: pd.DataFrame, classes: Sequence[str]) -> Iterator[Finding]:
    """Yield findings on class counts and empty splits.

    Codes: class_counts, empty_split, class_not_trained, class_not_in_split and class_imbalance. A sample of several
    classes counts in each.
    """
    table = class_counts(samples, classes)
    totals = table.sum(axis=1)
    yield Finding("info", "class_counts", ", ".join(f"{name} {n:,}" for name, n in totals.items()) + ".")
    for split in SPLITS:
        absent = [name for name in classes if table.loc[name, split] == 0]
        if len(absent) == len(classes):
            text = f"There is nothing in {split}; import again with a larger share of it."
            yield Finding("error", "empty_split", text)
        elif absent and split == "train":
            text = f"No sample of {listed(absent)} is in train; add some or leave the class out."
            yield Finding("error", "class_not_trained", text)
        elif absent:
            text = f"No sample of {listed(absent)} is in {split}: its metrics will be undefined there."
            yield Finding("warning", "class_not_in_split", text)
    if totals.max() >= IMBALANCE * totals.min():
        text = f"{totals.idxmax()} has {totals.max():,} samples, {totals.idxmin()} only {totals.min():,}: "
        yield Finding("warning", "class_imbalance", text + "look at metrics by class, not at accuracy.")


def together(samples: pd.DataFrame, classes: Sequence[str]) -> Iterator[Finding]:
    """Yield finding label_co_occurrence, where samples have several labels."""
    several = samples[samples["labels"].map(len) > 1]
    if several.empty:
        return
    table = co_occurrence(samples, classes)
    pairs = {f"{a} + {b}": int(table.loc[a, b]) for a, b in combinations(classes, 2) if table.loc[a, b]}
    top = sorted(pairs.items(), key=lambda pair: -pair[1])
    text = f"{len(several):,} of {len(samples):,} samples have several labels: "
    text += ", ".join(f"{name} {n:,}" for name, n in top[:_PAIRS])
    more = f" and {len(top) - _PAIRS} pairs more" if len(top) > _PAIRS else ""
    yield Finding("info", "label_co_occurrence", f"{text}{more}.")
