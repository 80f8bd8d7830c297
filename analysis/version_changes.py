"""Match the samples of two versions of a dataset, and say what became of each between them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


class Change(StrEnum):
    """What became of a sample of a split from the older version to the newer one."""

    UNCHANGED = "unchanged"
    RELABELLED = "relabelled"  # in the split in both, with other labels
    EXCLUDED = "excluded"  # not in the newer version
    ADDED = "added"  # not in the older version
    MOVED = "moved"  # in another split in one of the two


CHANGES = tuple(change.value for change in Change)
SHARED = (Change.UNCHANGED.value, Change.RELABELLED.value)
"""Samples on which runs of both versions can be compared: none of the two runs was trained or tuned on them."""


def match_samples(older: pd.DataFrame, newer: pd.DataFrame, split: str) -> pd.DataFrame:
    """Match the samples that are in a split of either version.

    Args:
        older, newer: sample_id (unique), split, label, labels (lists), patient, path: all samples of each version.
        split: "train", "val" or "test".
    Returns:
        sample_id, change (one of CHANGES), patient (one name for the samples of one patient in either version),
        label_older, label_newer, labels_older, labels_newer, split_older, split_newer, path_older, path_newer (None
        where a version lacks the sample); in the order of the older version, then of the newer.
    """
    columns = ["sample_id", "split", "label", "labels", "patient", "path"]
    both = older[columns].merge(newer[columns], on="sample_id", how="outer", suffixes=("_older", "_newer"), sort=False)
    order = pd.Index(pd.concat([older["sample_id"], newer["sample_id"]]).drop_duplicates())
    both = both.set_index("sample_id").reindex(order).rename_axis("sample_id").reset_index()
    both = both[(both["split_older"] == split) | (both["split_newer"] == split)].reset_index(drop=True)
    both = both.astype(object).where(both.notna(), None)
    absent = {side: both[f"split_{side}"].isna().to_numpy(bool) for side in ("older", "newer")}
    differs = [
        one != other or _names(some) != _names(others)
        for one, other, some, others in zip(
            both["label_older"], both["label_newer"], both["labels_older"], both["labels_newer"], strict=True
        )
    ]
    change = np.select(
        [absent["newer"], absent["older"], (both["split_older"] != both["split_newer"]).to_numpy(bool), differs],
        [Change.EXCLUDED.value, Change.ADDED.value, Change.MOVED.value, Change.RELABELLED.value],
        Change.UNCHANGED.value,
    )
    groups = join_groups(both["patient_older"], both["patient_newer"])
    patient = both["patient_older"].where(~absent["older"], both["patient_newer"]).groupby(groups).transform("first")
    return both.assign(change=change, patient=patient).drop(columns=["patient_older", "patient_newer"])


def _names(labels: Iterable[str] | None) -> set[str]:
    return set() if labels is None else set(labels)


def join_groups(a: ArrayLike, b: ArrayLike) -> NDArray[np.int64]:
    """Group the samples that share a patient in either version, by number.

    Versions may name patients differently, or one of them may not know them; an interval that took one patient for two
    would be too narrow.

    Args:
        a, b: (N,) patient of each sample in either version; None where a version lacks the sample.
    Returns:
        (N,) int, numbers of groups.
    """
    sides = [pd.factorize(np.asarray(side, dtype=object))[0] for side in (a, b)]
    n = len(sides[0])
    counts = [int(side.max(initial=-1)) + 1 for side in sides]
    starts = [n, n + counts[0]]
    known = [np.flatnonzero(side >= 0) for side in sides]
    rows = np.concatenate(known)
    columns = np.concatenate([side[at] + start for side, at, start in zip(sides, known, starts, strict=True)])
    size = n + sum(counts)
    edges = coo_array((np.ones(len(rows), np.int8), (rows, columns)), shape=(size, size))
    groups: NDArray[np.int64] = connected_components(edges, directed=False)[1][:n].astype(np.int64)
    return groups
