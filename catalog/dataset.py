"""Open datasets: their samples, image files and pixels."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from catalog import cache, manifest
from catalog.errors import CatalogError
from catalog.folds import Fold, fingerprints, groups_of, splits_of
from catalog.paths import data_root

DESCRIPTION = "dataset.json"


@dataclass(frozen=True)
class Dataset:
    """A version of a named set of samples; it never changes.

    Attributes:
        name, version: together its id, such as "demo@1".
        classes: in the order of all probabilities and matrices.
        folder: its folder, which holds manifest.parquet, dataset.json, images/ and cache/.
        content_hash: SHA-256 over keys, bytes, patients, splits and labels of all samples.
        source: where it came from.
        created_at: UTC, ISO 8601.
        n_samples: how many samples it has.
        channels: 1 when every picture is grey, else 3.
        has_patients: whether the source named patients; if not, every image counts as a patient of its own.
        grouped_by: how images are grouped where patients are unknown: a column of the source, or "frames" of one name.
        fold: the fold of a cross-validation that gives the splits; None = they are the dataset's own.
    """

    name: str
    version: int
    classes: tuple[str, ...]
    folder: Path
    content_hash: str
    source: str
    created_at: str
    n_samples: int
    channels: int
    has_patients: bool
    grouped_by: str | None = None
    fold: Fold | None = None

    @property
    def dataset_id(self) -> str:
        """Return name and version, such as "demo@1"; of a fold also its number, as in "demo@1-2of5"."""
        return f"{self.name}@{self.version}" + ("" if self.fold is None else f"-{self.fold}")

    @cached_property
    def samples(self) -> pd.DataFrame:
        """Return the manifest, one row per sample, ordered by key; do not change it in place.

        A fold's splits stand in place of the dataset's own.

        Columns: sample_id, key, path, patient, split (train|val|test), label, labels (list of str), sha256, width,
        height, ambiguity (0 clear to 1 even mix, NaN unknown), device, boxes (JSON or NaN), marks (list of str),
        mask (path below the folder or None), clean_label (None unknown), and of simulated images (else None or NaN)
        difficulty, subgroup, label_probability and against_marks: see `NewSample`.

        Raises:
            CatalogError: the file is missing or is not the one that was made with the dataset.
        """
        try:
            samples = manifest.read(self.folder / manifest.FILE)
        except (OSError, ValueError) as error:
            raise self._damaged(f"its {manifest.FILE} cannot be read") from error
        if manifest.content_hash(samples) != self.content_hash:
            raise self._damaged(f"its {manifest.FILE} was changed after it was made")
        if self.fold is None:
            return samples
        return samples.assign(split=splits_of(samples, self._fingerprints(samples), self.fold))

    def groups(self, k: int) -> NDArray[np.int64]:
        """Return the number (n_samples,) of each sample's group, which no fold of k divides.

        A group is a patient, or all patients who share equal pictures or near-duplicates.
        """
        return groups_of(self.samples, self._fingerprints(self.samples), k)

    def _fingerprints(self, samples: pd.DataFrame) -> list[bytes | None]:
        return fingerprints(self.folder, samples["path"].tolist(), self.content_hash)

    @cached_property
    def _path_of(self) -> dict[str, str]:
        return dict(zip(self.samples["sample_id"], self.samples["path"], strict=True))

    def image_path(self, sample_id: str) -> Path:
        """Return the image file of a sample.

        Raises:
            CatalogError: the dataset has no such sample.
        """
        if sample_id not in self._path_of:
            raise CatalogError(f"Dataset {self.dataset_id} has no sample {sample_id}; take the id from its samples.")
        return self.folder / self._path_of[sample_id]

    def images(
        self, size: int, progress: Callable[[int, int], None] | None = None
    ) -> np.memmap[Any, np.dtype[np.uint8]]:
        """Return the pixels of all samples, letterboxed: longest side `size`, the rest zero.

        Threads decode them once, into a file shared by all processes; later calls map that file into memory.

        Args:
            size: side in pixels, 8 to 4096.
            progress: called with (done, total) while the file is built; without it a terminal shows a bar.
        Returns:
            (n_samples, channels, size, size) uint8, read-only, in the order of `samples`.
        Raises:
            CatalogError: a bad size, an unreadable image, or no space to write.
        """
        return cache.images(
            self.folder,
            self.samples["path"].tolist(),
            size=size,
            channels=self.channels,
            content_hash=self.content_hash,
            tell=progress,
        )

    def _damaged(self, what: str) -> CatalogError:
        return CatalogError(f"Dataset {self.dataset_id} is damaged: {what}; make or import it again.")


def list_datasets() -> list[Dataset]:
    """List the latest version of every dataset, by name; skip folders that cannot be read."""
    datasets = []
    for name, versions in _versions().items():
        for version in reversed(versions):
            try:
                datasets.append(_load(name, version))
            except CatalogError:
                continue
            break
    return datasets


def list_versions() -> list[Dataset]:
    """List every version of every dataset, by name, the latest first.

    Versions whose description cannot be read are skipped.
    """
    datasets = []
    for name, versions in _versions().items():
        for version in reversed(versions):
            with suppress(CatalogError):
                datasets.append(_load(name, version))
    return datasets


def open_dataset(dataset: str) -> Dataset:
    """Open a dataset by name ("demo": its latest version) or by id ("demo@1").

    "demo@1-2of5" is its second fold of five.

    Raises:
        CatalogError: there is none; the message names the known ones.
    """
    name, separator, wanted = dataset.partition("@")
    versions_of = _versions()
    if name not in versions_of:
        existing = ", ".join(versions_of) or "none yet; make one with: python -m catalog phantom --name demo"
        raise CatalogError(f"There is no dataset '{name}'. Known: {existing}.".replace("..", "."))
    versions = versions_of[name]
    if not separator:
        return _load(name, versions[-1])
    wanted, part, of_fold = wanted.partition("-")
    fold = Fold.read(of_fold)
    if not wanted.isdecimal() or int(wanted) not in versions or (part and fold is None):
        existing = ", ".join(f"{name}@{version}" for version in versions)
        raise CatalogError(f"There is no dataset '{dataset}'. Known: {existing}.")
    return replace(_load(name, int(wanted)), fold=fold)


def _versions() -> dict[str, list[int]]:
    """Return the versions of every dataset by name, ascending.

    Unfinished versions, in folders whose names start with a dot, are not listed.
    """
    described = data_root().glob(f"[a-z0-9]*/[0-9]*/{DESCRIPTION}")
    versions_of: dict[str, list[int]] = {}
    for name, version in sorted({(file.parts[-3], file.parts[-2]) for file in described}):
        if version.isdecimal() and str(int(version)) == version:
            versions_of.setdefault(name, []).append(int(version))
    return {name: sorted(versions) for name, versions in versions_of.items()}


def _load(name: str, version: int) -> Dataset:
    folder = data_root() / name / str(version)
    try:
        description = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        return Dataset(
            name=name,
            version=version,
            classes=tuple(str(label) for label in description["classes"]),
            folder=folder,
            content_hash=str(description["content_hash"]),
            source=str(description["source"]),
            created_at=str(description["created_at"]),
            n_samples=int(description["n_samples"]),
            channels=int(description["channels"]),
            has_patients=bool(description["has_patients"]),
            grouped_by=None if description.get("grouped_by") is None else str(description["grouped_by"]),
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise CatalogError(
            f"Dataset {name}@{version} is damaged: its {DESCRIPTION} cannot be read; make or import it again."
        ) from error
