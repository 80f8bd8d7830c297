"""What is wrong with a dataset, told before a GPU-hour is spent on it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from PIL import Image

from catalog.dataset import Dataset

SMALL_CLASS, IMBALANCE, FLAT = 10, 10.0, 2.0


@dataclass(frozen=True)
class Finding:
    """level: error (do not train on it), warning (know of it) or info; samples: the keys it is about."""

    level: Literal["error", "warning", "info"]
    code: str
    message: str
    samples: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def check(dataset: Dataset) -> list[Finding]:
    """Every finding on a dataset: files, duplicates, patients, classes."""
    samples = dataset.samples
    pixels, broken = _read_all(dataset, samples)
    return [*broken, *_duplicates(samples, pixels), *_patients(samples), *_classes(dataset, samples)]


def _read_all(dataset: Dataset, samples: pd.DataFrame) -> tuple[pd.Series, list[Finding]]:
    """Hash of each picture's pixels, and what is wrong with the files."""
    hashes: dict[int, str] = {}
    findings: list[Finding] = []
    for at, row in zip(samples.index, samples.itertuples(), strict=True):
        path = dataset.folder / row.path
        try:
            content = path.read_bytes()
            with Image.open(path) as image:
                grey = np.asarray(image.convert("L"))
        except (OSError, ValueError, Image.DecompressionBombError):
            findings.append(Finding("error", "unreadable", f"{row.key} cannot be read; import it again.", (row.key,)))
            continue
        if hashlib.sha256(content).hexdigest() != row.sha256:
            findings.append(Finding("error", "changed", f"{row.key} changed since the import.", (row.key,)))
        if grey.std() < FLAT:
            findings.append(Finding("warning", "flat", f"{row.key} is nearly one grey.", (row.key,)))
        hashes[at] = hashlib.sha256(f"{grey.shape}".encode() + grey.tobytes()).hexdigest()
    return pd.Series(hashes, dtype=object), findings


def _duplicates(samples: pd.DataFrame, pixels: pd.Series) -> Iterator[Finding]:
    """The same picture more than once, by its pixels."""
    for _, rows in samples.loc[pixels.index].groupby(pixels.to_numpy(), sort=False):
        if len(rows) < 2:
            continue
        names = ", ".join(Path(key).name for key in rows["key"])
        where = []
        if rows["label"].nunique() > 1:
            where.append("under different labels: " + ", ".join(sorted(set(rows["label"]))))
        if rows["split"].nunique() > 1:
            where.append("across splits: " + ", ".join(sorted(set(rows["split"]))))
        level: Literal["error", "warning"] = "error" if rows["split"].nunique() > 1 else "warning"
        tail = f" ({'; '.join(where)})" if where else ""
        yield Finding(level, "duplicate", f"One picture {len(rows)} times: {names}{tail}.", tuple(rows["key"]))


def _patients(samples: pd.DataFrame) -> Iterator[Finding]:
    splits = samples.groupby("patient")["split"].nunique()
    for patient in splits.index[splits > 1]:
        keys = tuple(samples.loc[samples["patient"] == patient, "key"])
        yield Finding("error", "patient", f"Patient {patient} is in several splits; split by patient.", keys)


def _classes(dataset: Dataset, samples: pd.DataFrame) -> Iterator[Finding]:
    table = pd.crosstab(samples["label"], samples["split"]).reindex(
        index=list(dataset.classes), columns=["train", "val", "test"], fill_value=0
    )
    for label, counts in table.iterrows():
        yield Finding("info", "count", f"{label}: " + ", ".join(f"{n} {split}" for split, n in counts.items()) + ".")
        for split in counts.index[counts == 0]:
            yield Finding("warning", "empty", f"Class {label} has no {split} sample.")
        if 0 < counts.sum() < SMALL_CLASS:
            yield Finding("warning", "small", f"Class {label} has {counts.sum()} samples only.")
    sizes = table.sum(axis=1)
    if len(sizes) > 1 and sizes.min() and sizes.max() / sizes.min() > IMBALANCE:
        yield Finding(
            "warning", "imbalance", f"{sizes.idxmax()} is {sizes.max() / sizes.min():.0f} x {sizes.idxmin()}."
        )
