"""Find files that are missing, changed or broken, and duplicate or near-duplicate images."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from catalog.checks.finding import Finding, listed, named
from catalog.manifest import SPLITS
from catalog.near_duplicates import linked, near_pairs


def broken(features: pd.DataFrame) -> Iterator[Finding]:
    """Yield findings missing_file, unreadable_file and changed_file, one per file."""
    for row in features[features["code"].notna()].itertuples():
        yield Finding("error", row.code, f"{row.key} {row.reason}; import the dataset again.", (row.sample_id,))


def duplicates(features: pd.DataFrame) -> Iterator[Finding]:
    """Yield one finding per set of identical images.

    Codes: duplicate_across_splits, duplicate_across_classes, or duplicate.
    """
    repeated = features[features["pixels"].notna() & features.duplicated("pixels", keep=False)]
    for _, group in repeated.groupby("pixels", sort=False):
        ids, same = tuple(group["sample_id"]), "byte for byte" if group["sha256"].nunique() == 1 else "pixel by pixel"
        names, crosses = named(group["key"].tolist()), False
        if group["split"].nunique() > 1:
            crosses = True
            text = f"{names} are one picture, {same}, in {_splits(group)}: what is tested was trained on; "
            yield Finding("error", "duplicate_across_splits", text + "import it once.", ids)
        if group["labels"].map(tuple).nunique() > 1:
            crosses = True
            text = f"{names} are one picture, {same}, labelled {_labels(group)}: at least one label is wrong or "
            yield Finding("error", "duplicate_across_classes", text + "incomplete; correct it, or import it once.", ids)
        if not crosses:
            text = "1 picture is there more than once within a class and split, and weighs more than others: "
            yield Finding("warning", "duplicate", f"{text}{names}.", ids)


def near_duplicates(features: pd.DataFrame) -> Iterator[Finding]:
    """Yield one finding per set of images that look the same but are not identical.

    They are re-saved, marked, or a moment apart. A set is linked step by step, so that its ends may differ more than
    neighbours do. Two sweeps of one anatomy on one machine may be as similar, so these are never errors.
    """
    pairs = near_pairs(features["fingerprint"].tolist())
    if not len(pairs):
        return
    for _, group in features.groupby(linked(len(features), pairs), sort=False):
        if group["pixels"].nunique() < 2 or len(group) < 2:
            continue
        ids, names = tuple(group["sample_id"]), named(group["key"].tolist())
        crosses = False
        if group["split"].nunique() > 1:
            crosses = True
            text = f"{names} are nearly one picture, and in {_splits(group)}: results there are too good; "
            yield Finding("warning", "near_duplicate_across_splits", text + "name patients, or import one.", ids)
        if group["labels"].map(tuple).nunique() > 1:
            crosses = True
            text = f"{names} are nearly one picture, labelled {_labels(group)}: look whether each label is right."
            yield Finding("warning", "near_duplicate_across_classes", text, ids)
        if not crosses:
            yield Finding("info", "near_duplicate", f"{names} are nearly one picture.", ids)


def _splits(group: pd.DataFrame) -> str:
    return listed(split for split in SPLITS if split in set(group["split"]))


def _labels(group: pd.DataFrame) -> str:
    return listed(sorted({label for labels in group["labels"] for label in labels}))
