"""Training, validation and test: by patient, stratified over classes, the same for the same seed."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from catalog.errors import CatalogError
from catalog.manifest import SPLITS

_FINEST = 20  # shares are cut in steps of 1/20 at the finest


@dataclass(frozen=True)
class Shares:
    """Which share of the samples goes to validation and to test; training gets the rest."""

    val: float = 0.15
    test: float = 0.25

    def __post_init__(self) -> None:
        for name, share in (("val", self.val), ("test", self.test)):
            if not 0 <= share < 1:
                raise CatalogError(f"The share of {name} is {share}; it must be at least 0 and below 1.")
        if self.val + self.test >= 1:
            raise CatalogError(f"Shares of {self.val} for val and {self.test} for test leave nothing to train on.")


def split_by_patient(samples: pd.DataFrame, shares: Shares, seed: int) -> pd.Series:
    """A split for every sample.

    No patient is in two splits, nor are the same bytes, even under two patients. The result does not depend on the
    order of the rows: they are sorted by key first.

    Args:
        samples: columns key, sha256, patient, label.
        shares: of validation and test.
        seed: of the draw.
    Returns:
        "train", "val" or "test", in the order and with the index of `samples`.
    Raises:
        CatalogError: fewer patients than splits.
    """
    ordered = samples.reset_index(drop=True).sort_values("key")
    groups = _inseparable(ordered)
    classes = pd.factorize(ordered["label"], sort=True)[0]
    n_groups = len(np.unique(groups))
    wanted = 1 + (shares.val > 0) + (shares.test > 0)
    if n_groups < wanted:
        raise CatalogError(
            f"{n_groups} patient{'s' if n_groups != 1 else ''} cannot be split in {wanted}; "
            "add images of other patients, or set the share of val or test to 0."
        )
    split = np.full(len(ordered), SPLITS[0], dtype=object)
    rest = np.arange(len(ordered))
    for name, share, keep in (("test", shares.test, 1 + (shares.val > 0)), ("val", shares.val / (1 - shares.test), 1)):
        if share > 0:
            taken = _take(classes[rest], groups[rest], share, seed, keep)
            split[rest[taken]] = name
            rest = rest[~taken]
    found = pd.Series(split, index=ordered.index).sort_index()
    return found.set_axis(samples.index)


def _inseparable(samples: pd.DataFrame) -> NDArray[np.int64]:
    """Number of the set that a row must stay with: linked by the same patient or the same bytes, over any steps."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    patient, content = pd.factorize(samples["patient"])[0], pd.factorize(samples["sha256"])[0]
    n_patients, n_nodes = patient.max() + 1, patient.max() + content.max() + 2
    links = coo_array((np.ones(len(samples)), (patient, n_patients + content)), shape=(n_nodes, n_nodes))
    return np.asarray(connected_components(links, directed=False)[1][patient], dtype=np.int64)


def _take(
    classes: NDArray[np.int64], groups: NDArray[np.int64], share: float, seed: int, keep: int
) -> NDArray[np.bool_]:
    """(N,) bool: which rows make up a share, by whole groups, with the class mixture of all; `keep` groups stay."""
    from sklearn.model_selection import StratifiedGroupKFold  # takes over a second; the dashboard never needs it

    n_groups = len(np.unique(groups))
    finest = min(_FINEST, n_groups, int(np.bincount(classes).max()))
    if finest < 2 or n_groups - keep < 2:
        return _smallest_group(groups)
    part = Fraction(share).limit_denominator(finest)
    part = min(max(part, Fraction(1, finest)), Fraction(finest - 1, finest))
    folds = StratifiedGroupKFold(part.denominator, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The least populated class")
        number = np.zeros(len(classes), dtype=np.int64)
        for fold, (_, inside) in enumerate(folds.split(classes, classes, groups)):
            number[inside] = fold
    taken = _closest(classes, number, share, part.numerator)
    if not taken.any() or len(np.unique(groups[~taken])) < keep:
        return _smallest_group(groups)
    return taken


def _closest(classes: NDArray[np.int64], fold: NDArray[np.int64], share: float, n_folds: int) -> NDArray[np.bool_]:
    """Of many folds, those that together come closest to a share of every class; never all of them."""
    counts = pd.crosstab(fold, classes).to_numpy()
    aim, total = share * counts.sum(axis=0), counts.sum(axis=0)
    chosen: list[int] = []
    for _ in range(min(n_folds, len(counts) - 1)):
        left = [row for row in range(len(counts)) if row not in chosen]
        miss = [(((counts[[*chosen, row]].sum(axis=0) - aim) / total) ** 2).sum() for row in left]
        chosen.append(left[int(np.argmin(miss))])
    return np.isin(fold, np.unique(fold)[chosen])


def _smallest_group(groups: NDArray[np.int64]) -> NDArray[np.bool_]:
    """The rows of the smallest group: what is left to take when there are hardly any."""
    names, counts = np.unique(groups, return_counts=True)
    return np.asarray(groups == names[np.argmin(counts)])
