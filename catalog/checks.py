"""What is wrong with a dataset, told before a GPU-hour is spent on it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from catalog.dataset import Dataset
from catalog.errors import CatalogError
from catalog.manifest import SPLITS
from catalog.parallel import ordered_map
from catalog.pictures import BadPicture, decode, is_grey
from catalog.progress import progress

Level = Literal["error", "warning", "info"]

FLAT = 2.0  # grey levels of standard deviation below which a picture shows nothing
IMBALANCE = 10.0  # the largest class over the smallest from which on it is worth a warning
_NAMED = 4  # pictures named in one message


@dataclass(frozen=True)
class Finding:
    """One thing to know about a dataset.

    Attributes:
        level: "error": results would be wrong or impossible; "warning": look at it; "info": good to know.
        code: the same word for the same kind of finding.
        message: one or two sentences for people.
        samples: sample_ids it is about; empty when it is about the whole.
    """

    level: Level
    code: str
    message: str
    samples: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Look:
    """What one picture file turned out to be: why it is unusable, or its pixels' hash and spread."""

    code: str | None = None
    reason: str = ""
    pixels: str | None = None
    spread: float = float("nan")


def check_dataset(dataset: Dataset, tell: Callable[[int, int], None] | None = None) -> list[Finding]:
    """Read every picture of a dataset and judge its table; errors first, then warnings, then the rest.

    Codes: damaged, missing_file, changed_file, unreadable_file, duplicate_across_splits, patient_across_splits,
    empty_split, class_not_trained (errors); duplicate_across_classes, duplicate, class_not_in_split, class_imbalance,
    near_constant (warnings); class_counts, no_patients (info).

    Args:
        dataset: any version.
        tell: called with (done, total); without it a terminal shows a bar.
    """
    try:
        samples = dataset.samples
    except CatalogError as error:
        return [Finding("error", "damaged", str(error))]
    with progress(len(samples), f"Checking {dataset.dataset_id}", tell) as bar:
        looks = []
        for look in ordered_map(lambda row: _look(dataset, *row), zip(samples["path"], samples["sha256"], strict=True)):
            looks.append(look)
            bar.step()
    seen = samples.assign(
        code=[look.code for look in looks],
        reason=[look.reason for look in looks],
        pixels=[look.pixels for look in looks],
        spread=[look.spread for look in looks],
    )
    found = [
        *_files(seen),
        *_duplicates(seen),
        *_patients(dataset, samples),
        *_classes(dataset, samples),
        *_flat(seen),
    ]
    return sorted(found, key=lambda finding: ("error", "warning", "info").index(finding.level))


def _look(dataset: Dataset, path: str, sha256: str) -> _Look:
    try:
        data = (dataset.folder / path).read_bytes()
    except FileNotFoundError:
        return _Look("missing_file", "is missing")
    except OSError as error:
        return _Look("unreadable_file", f"cannot be read ({error.strerror or error})")
    if hashlib.sha256(data).hexdigest() != sha256:
        return _Look("changed_file", "was changed after the dataset was made")
    try:
        picture = decode(data, path)
    except BadPicture as error:
        return _Look("unreadable_file", str(error))
    picture = picture.convert("L") if is_grey(picture) else picture
    pixels = np.asarray(picture)
    name = f"{picture.mode} {picture.size} {hashlib.sha256(pixels.tobytes()).hexdigest()}"
    return _Look(pixels=name, spread=float(pixels.std()))


def _files(seen: pd.DataFrame) -> Iterator[Finding]:
    for row in seen[seen["code"].notna()].itertuples():
        yield Finding("error", row.code, f"{row.key} {row.reason}; import the dataset again.", (row.sample_id,))


def _duplicates(seen: pd.DataFrame) -> Iterator[Finding]:
    """Pictures that are the same pixel by pixel: across splits, across classes, or merely twice."""
    repeated = seen[seen["pixels"].notna() & seen.duplicated("pixels", keep=False)]
    merely: list[pd.DataFrame] = []
    for _, group in repeated.groupby("pixels", sort=False):
        ids, same = tuple(group["sample_id"]), "byte for byte" if group["sha256"].nunique() == 1 else "pixel by pixel"
        names, crosses = _names(group["key"].tolist()), False
        if group["split"].nunique() > 1:
            crosses, splits = True, _listed(split for split in SPLITS if split in set(group["split"]))
            text = f"{names} are one picture, {same}, in {splits}: what is tested was trained on; import it once."
            yield Finding("error", "duplicate_across_splits", text, ids)
        if group["labels"].map(tuple).nunique() > 1:
            crosses, labels = True, _listed(sorted({label for labels in group["labels"] for label in labels}))
            text = f"{names} are one picture, {same}, labelled {labels}: at least one label is wrong or incomplete."
            yield Finding("warning", "duplicate_across_classes", text, ids)
        if not crosses:
            merely.append(group)
    if merely:
        rows = pd.concat(merely)
        text = f"{len(merely)} picture{'s are' if len(merely) > 1 else ' is'} there more than once within a class"
        text += (
            f" and split, and weigh{'' if len(merely) > 1 else 's'} more than others: {_names(rows['key'].tolist())}."
        )
        yield Finding("warning", "duplicate", text, tuple(rows["sample_id"]))


def _patients(dataset: Dataset, samples: pd.DataFrame) -> Iterator[Finding]:
    if not dataset.has_patients:
        text = "Patients are unknown: every picture counts as a patient of its own, so that pictures of one patient "
        yield Finding("info", "no_patients", text + "may be in several splits; name them with --patient-regex.")
    n_splits = samples.groupby("patient")["split"].nunique()
    straddling = n_splits.index[n_splits > 1].tolist()
    if straddling:
        rows = samples[samples["patient"].isin(straddling)]
        if not dataset.has_patients:  # then only duplicates share a patient, and those are told as such
            return
        text = f"{len(straddling)} patient{'s are' if len(straddling) > 1 else ' is'} in several splits "
        text += f"({_names(straddling)}): test results would be too good; import again without the split folders."
        yield Finding("error", "patient_across_splits", text, tuple(rows["sample_id"]))


def _classes(dataset: Dataset, samples: pd.DataFrame) -> Iterator[Finding]:
    """Counts are of samples that show a class, in whichever place among their labels."""
    shown = samples[["split", "labels"]].explode("labels")
    counts = pd.crosstab(shown["labels"], shown["split"]).reindex(
        index=list(dataset.classes), columns=list(SPLITS), fill_value=0
    )
    totals = counts.sum(axis=1)
    yield Finding("info", "class_counts", ", ".join(f"{name} {n:,}" for name, n in totals.items()) + ".")
    for split in SPLITS:
        absent = [name for name in dataset.classes if counts.loc[name, split] == 0]
        if len(absent) == len(dataset.classes):
            text = f"There is nothing in {split}; import again with a larger share of it."
            yield Finding("error", "empty_split", text)
        elif absent and split == "train":
            text = f"No sample of {_listed(absent)} is in train; add some or leave the class out."
            yield Finding("error", "class_not_trained", text)
        elif absent:
            text = f"No sample of {_listed(absent)} is in {split}: its metrics will be undefined there."
            yield Finding("warning", "class_not_in_split", text)
    if totals.max() >= IMBALANCE * totals.min():
        text = f"{totals.idxmax()} has {totals.max():,} samples, {totals.idxmin()} only {totals.min():,}: "
        yield Finding("warning", "class_imbalance", text + "look at metrics by class, not at accuracy.")


def _flat(seen: pd.DataFrame) -> Iterator[Finding]:
    flat = seen[seen["spread"] < FLAT]
    if len(flat):
        text = f"{len(flat)} picture{'s show' if len(flat) > 1 else ' shows'} almost nothing, one grey all over: "
        yield Finding("warning", "near_constant", text + _names(flat["key"].tolist()) + ".", tuple(flat["sample_id"]))


def _names(names: Sequence[str]) -> str:
    shown = [f"'{name}'" for name in names[:_NAMED]]
    more = len(names) - len(shown)
    return ", ".join(shown) + f" and {more:,} more" if more else _listed(shown)


def _listed(names: Iterator[str] | Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else str(last)
