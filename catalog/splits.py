"""Split samples by patient, stratified over classes, reproducible by seed."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from catalog.errors import CatalogError
from catalog.manifest import SPLITS
from catalog.near_duplicates import linked, near_pairs
from catalog.stratified import group_folds

_FINEST = 20  # shares are cut in steps of 1/20 at the finest


@dataclass(frozen=True)
class Shares:
    """The shares of the samples for validation and test; training gets the rest."""

    val: float = 0.15
    test: float = 0.25

    def __post_init__(self) -> None:
        for name, share in (("val", self.val), ("test", self.test)):
            if not 0 <= share < 1:
                raise CatalogError(f"The share of {name} is {share}; it must be at least 0 and below 1.")
        if self.val + self.test >= 1:
            raise CatalogError(f"Shares of {self.val} for val and {self.test} for test leave nothing to train on.")


def split_by_patient(samples: pd.DataFrame, shares: Shares, seed: int) -> pd.Series:
    """Assign each sample to a split, with about the same mixture of label sets in each.

    No patient is in two splits, nor are the same bytes or near-duplicates, even under two patients. Every requested
    split has every class, where enough patients show it. The result does not depend on the order of the rows: they are
    sorted by key first.

    Args:
        samples: columns key, sha256, patient, label; where known, also labels (list of str) and fingerprint
            (bytes or None, see catalog.near_duplicates).
        shares: of validation and test.
        seed: of the draw.
    Returns:
        "train", "val" or "test", in the order and with the index of `samples`.
    Raises:
        CatalogError: fewer patients than splits.
    """
    ordered = samples.reset_index(drop=True).sort_values("key")
    parts = [name for name, share in zip(SPLITS, (1.0, shares.val, shares.test), strict=True) if share > 0]
    groups = inseparable(ordered, len(parts))
    if groups.max() + 1 < len(parts):
        raise CatalogError(
            f"{_patients(groups)} cannot be split in {len(parts)}, as none may be in two of them; "
            "add images of other patients."
        )
    shows, codes = _label_sets(ordered, groups, len(parts))
    part = np.zeros(len(ordered), dtype=np.int64)
    rest = np.arange(len(ordered))
    for name, share, keep in (("test", shares.test, 1 + (shares.val > 0)), ("val", shares.val / (1 - shares.test), 1)):
        if share > 0:
            taken = _take(codes[rest], groups[rest], share, seed, keep)
            part[rest[taken]] = parts.index(name)
            rest = rest[~taken]
    part = _with_every_class(part, shows, groups, len(parts), train=0)
    return pd.Series(np.array(parts, dtype=object)[part], index=ordered.index).sort_index().set_axis(samples.index)


def folds(samples: pd.DataFrame, k: int, seed: int) -> pd.Series:
    """Assign each sample to one of k folds for cross-validation, as `split_by_patient` does.

    Args:
        samples: as for `split_by_patient`.
        k: how many, 2 or more.
        seed: of the draw.
    Returns:
        0 to k - 1, none empty, in the order and with the index of `samples`.
    Raises:
        CatalogError: fewer patients than folds, or k below 2.
    """
    if k < 2:
        raise CatalogError(f"{k} folds are asked for; there must be 2 or more.")
    ordered = samples.reset_index(drop=True).sort_values("key")
    groups = inseparable(ordered, k)
    if groups.max() + 1 < k:
        raise CatalogError(
            f"{_patients(groups)} cannot make {k} folds; add images of other patients, or ask for fewer."
        )
    shows, codes = _label_sets(ordered, groups, k)
    if np.bincount(codes).max() < k:  # label sets this rare cannot be stratified
        codes = np.zeros_like(codes)
    number = group_folds(codes, groups, k, seed)
    number = _with_every_class(number, shows, groups, k)
    return pd.Series(number, index=ordered.index).sort_index().set_axis(samples.index)


def _patients(groups: NDArray[np.int64]) -> str:
    return f"{groups.max() + 1} patient{'s' if groups.max() else ''}"


def inseparable(samples: pd.DataFrame, wanted: int) -> NDArray[np.int64]:
    """Find sets of rows that must stay together: same patient, bytes or near-duplicate.

    Links are transitive. Where near-duplicates would leave fewer sets than are wanted, they are ignored: such images
    are frames of one film, and the check reports those that are in two splits.

    Returns:
        (N,) number of each row's set, from 0.
    """
    patient, content = (pd.factorize(samples[column])[0] for column in ("patient", "sha256"))
    rows = np.arange(len(samples))
    same = [np.stack([rows, pd.Series(rows).groupby(code).transform("first")], axis=1) for code in (patient, content)]
    groups = linked(len(samples), np.concatenate(same))
    if "fingerprint" in samples:
        near = linked(len(samples), np.concatenate([*same, near_pairs(samples["fingerprint"].tolist())]))
        groups = near if near.max() + 1 >= wanted else groups
    return groups


def _label_sets(
    samples: pd.DataFrame, groups: NDArray[np.int64], wanted: int
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Encode the classes of each row.

    A set of several classes that fewer patients show than there are parts cannot be spread; it counts as its rarest
    class.

    Returns:
        (N, C) bool, the classes that each row shows, and (N,) a code for its whole set of classes.
    """
    sets = [tuple(sorted(labels)) for labels in samples["labels"]] if "labels" in samples else []
    sets = sets or [(label,) for label in samples["label"]]
    classes, place = np.unique([label for one in sets for label in one], return_inverse=True)
    shows = np.zeros((len(sets), len(classes)), dtype=np.bool_)
    shows[np.repeat(np.arange(len(sets)), [len(one) for one in sets]), place] = True
    n_shown = dict(zip(classes, shows.sum(axis=0), strict=True))
    n_groups = pd.Series(groups).groupby(pd.Series(sets)).nunique()
    codes = [one if n_groups[one] >= wanted else (min(one, key=lambda label: n_shown[label]),) for one in sets]
    names = sorted(set(codes))
    number = {one: code for code, one in enumerate(names)}
    return shows, np.array([number[one] for one in codes], dtype=np.int64)


def _with_every_class(
    part: NDArray[np.int64],
    shows: NDArray[np.bool_],
    groups: NDArray[np.int64],
    n_parts: int,
    train: int | None = None,
) -> NDArray[np.int64]:
    """Move as few groups as possible, so that no part is empty or lacks a class it could have.

    Whole groups move, the smallest first, out of parts that keep all their classes. Train has priority: it may get the
    last group of a class. An empty part then gets a group from any other part, from train last.

    Returns:
        (N,) part of each row.
    """
    sets = pd.DataFrame(shows).groupby(groups)
    has = sets.any().to_numpy()  # (G, C)
    home = pd.Series(part).groupby(groups).first().to_numpy(copy=True)  # (G,)
    by_size = np.argsort(sets.size().to_numpy(), kind="stable")
    for aim in range(n_parts):
        for label in (None, *range(has.shape[1])):  # None: anything at all
            is_shown = np.ones(len(has), dtype=np.bool_) if label is None else has[:, label]
            if is_shown[home == aim].any():
                continue
            fit = [group for group in by_size if is_shown[group]]
            movers = [group for group in fit if _can_leave(group, home, has, label if aim == train else None)]
            if not movers and label is None:
                several = [group for group in fit if (home == home[group]).sum() > 1]
                movers = sorted(several, key=lambda group: home[group] == train)
            if movers:
                home[movers[0]] = aim
    return np.asarray(home[groups])


def _can_leave(group: int, home: NDArray[np.int64], has: NDArray[np.bool_], spared: int | None) -> bool:
    """Check whether a group can leave its part without removing a class from it.

    `spared` names a class that may be lost; then the group may also be the last of its part.
    """
    behind = (home == home[group]) & (np.arange(len(home)) != group)
    lost = has[group] & ~has[behind].any(axis=0)
    if spared is not None:
        lost[spared] = False
    return bool((behind.any() or spared is not None) and not lost.any())


def _take(
    classes: NDArray[np.int64], groups: NDArray[np.int64], share: float, seed: int, keep: int
) -> NDArray[np.bool_]:
    """Choose the rows of a share by whole groups, with the class mixture of all.

    At least `keep` groups are left.

    Returns:
        (N,) bool.
    """
    n_groups = len(np.unique(groups))
    finest = min(_FINEST, n_groups, int(np.bincount(classes).max()))
    if finest < 2 or n_groups - keep < 2:
        return _smallest_group(groups)
    part = Fraction(share).limit_denominator(finest)
    part = min(max(part, Fraction(1, finest)), Fraction(finest - 1, finest))
    number = group_folds(classes, groups, part.denominator, seed)
    taken = _closest(classes, number, share, part.numerator)
    if not taken.any() or len(np.unique(groups[~taken])) < keep:
        return _smallest_group(groups)
    return taken


def _closest(classes: NDArray[np.int64], fold: NDArray[np.int64], share: float, n_folds: int) -> NDArray[np.bool_]:
    """Choose the folds that together come closest to a share of every class; never all of them."""
    counts = pd.crosstab(fold, classes).to_numpy()
    aim, total = share * counts.sum(axis=0), counts.sum(axis=0)
    chosen: list[int] = []
    for _ in range(min(n_folds, len(counts) - 1)):
        left = [row for row in range(len(counts)) if row not in chosen]
        miss = [(((counts[[*chosen, row]].sum(axis=0) - aim) / total) ** 2).sum() for row in left]
        chosen.append(left[int(np.argmin(miss))])
    return np.isin(fold, np.unique(fold)[chosen])


def _smallest_group(groups: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return the rows of the smallest group, for when there are hardly any groups."""
    names, counts = np.unique(groups, return_counts=True)
    return np.asarray(groups == names[np.argmin(counts)])
