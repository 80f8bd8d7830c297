"""Divide a dataset into folds, views of it whose test splits are its parts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from catalog.errors import CatalogError
from catalog.near_duplicates import fingerprint
from catalog.parallel import ordered_map
from catalog.pictures import decode_file
from catalog.splits import Shares, folds, inseparable, split_by_patient
from system.atomic_files import atomic_write

MOST = 20  # folds
VAL = 0.1  # of what is not tested
SEED = 0  # of the draw, the same for every recipe and seed, so that their folds are the same
_BYTES = 32  # of a fingerprint
_ID = re.compile(r"(\d{1,2})of(\d{1,2})")


@dataclass(frozen=True)
class Fold:
    """One of several parts of a dataset, which is tested while the others train; counted from 1."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}of{self.of}"

    @classmethod
    def read(cls, text: str) -> Fold | None:
        """Read what `str` writes, such as `2of5`; None if it is not that, or there is no such fold."""
        found = _ID.fullmatch(text)
        if found is None:
            return None
        fold = cls(int(found[1]), int(found[2]))
        return fold if str(fold) == text and 2 <= fold.of <= MOST and 1 <= fold.number <= fold.of else None


def splits_of(samples: pd.DataFrame, prints: Sequence[bytes | None], fold: Fold) -> pd.Series:
    """Return the split of each sample in a fold: test, else train or, for a few, val.

    Patients, equal pictures and near-duplicates are never divided.

    Args:
        samples: the manifest.  prints: (N,) fingerprint of each picture.
    Raises:
        CatalogError: fewer patients than folds.
    """
    known = samples.assign(fingerprint=list(prints))
    rest = (folds(known, fold.of, SEED) != fold.number - 1).to_numpy()
    split = pd.Series("test", index=samples.index, dtype=samples["split"].dtype)
    split[rest] = split_by_patient(known[rest], Shares(val=VAL, test=0.0), SEED).to_numpy()
    return split


def groups_of(samples: pd.DataFrame, prints: Sequence[bytes | None], k: int) -> NDArray[np.int64]:
    """Return the number of each sample's group (N,), which no fold of k divides."""
    return inseparable(samples.assign(fingerprint=list(prints)), k)


def fingerprints(folder: Path, paths: Sequence[str], content_hash: str) -> list[bytes | None]:
    """Return the perceptual hash of each picture, made once and then read from a cache.

    A picture that is nearly uniform, or cannot be read, has none.
    """
    file = folder / "cache" / f"fingerprints-{content_hash[:16]}.npy"
    try:
        stored = np.load(file)
    except (OSError, ValueError):
        stored = np.empty((0, 0), np.uint8)
    if stored.shape != (len(paths), _BYTES + 1):
        stored = np.zeros((len(paths), _BYTES + 1), np.uint8)
        for row, made in enumerate(ordered_map(lambda path: _fingerprint(folder / path), paths)):
            if made is not None:
                stored[row] = np.frombuffer(b"\x01" + made, np.uint8)
        _store(file, stored)
    return [row[1:].tobytes() if row[0] else None for row in stored]


def _fingerprint(path: Path) -> bytes | None:
    picture = decode_file(path)
    return None if picture is None else fingerprint(picture)


def _store(file: Path, stored: NDArray[np.uint8]) -> None:
    try:
        file.parent.mkdir(exist_ok=True)
        with atomic_write(file) as temporary, temporary.open("wb") as opened:
            np.save(opened, stored)
    except OSError as error:
        raise CatalogError(f"{file} could not be written ({error.strerror}); free some disk.") from None
