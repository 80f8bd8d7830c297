"""Class folders (ImageFolder): SRC/CLASS/IMAGE, or SRC/{train,val,test}/CLASS/IMAGE."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from catalog.builder import NewSample
from catalog.errors import CatalogError

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"})
SPLITS = {"train": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}


def read(source: Path, patient_regex: str | None = None) -> tuple[list[str], list[NewSample]]:
    """Classes (by name) and samples of a tree of class folders; files that are no images by name are passed over.

    Args:
        patient_regex: finds the patient in the file name; its first group if it has one, else the whole match.
    Raises:
        CatalogError: no such folder, no class folder with images, or a pattern that is not one or does not match.
    """
    if not source.is_dir():
        raise CatalogError(f"There is no folder {source}; name one that holds a folder for each class.")
    pattern = _compiled(patient_regex)
    samples = [
        NewSample(
            key=unicodedata.normalize("NFC", file.relative_to(source).as_posix()),
            label=unicodedata.normalize("NFC", class_folder.name),
            content=file,
            patient=_patient(file, pattern),
            split=split,
        )
        for split, class_folder in _class_folders(source)
        for file in sorted(class_folder.rglob("*"))
        if file.suffix.lower() in SUFFIXES and file.is_file() and not file.is_symlink()
    ]
    if not samples:
        raise CatalogError(f"{source} holds no class folders with images; it needs {source.name}/CLASS/IMAGE.png.")
    return sorted({sample.label for sample in samples}), samples


def _class_folders(source: Path) -> Iterator[tuple[str | None, Path]]:
    folders = [path for path in sorted(source.iterdir()) if path.is_dir() and not path.name.startswith(".")]
    if folders and all(path.name.lower() in SPLITS for path in folders):
        for split in folders:
            for path in sorted(split.iterdir()):
                if path.is_dir():
                    yield SPLITS[split.name.lower()], path
    else:
        for path in folders:
            yield None, path


def _compiled(patient_regex: str | None) -> re.Pattern[str] | None:
    try:
        return None if patient_regex is None else re.compile(patient_regex)
    except re.error as error:
        raise CatalogError(f"--patient-regex is not a regular expression: {error}.") from None


def _patient(file: Path, pattern: re.Pattern[str] | None) -> str | None:
    if pattern is None:
        return None
    match = pattern.search(file.name)
    if match is None:
        raise CatalogError(f"--patient-regex finds no patient in '{file.name}'; change the pattern.")
    return match.group(1) if pattern.groups else match.group(0)
