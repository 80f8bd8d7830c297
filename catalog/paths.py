"""Locate the data folder, and check the names of datasets."""

from __future__ import annotations

import re
from pathlib import Path

from catalog.errors import CatalogError
from catalog.spelling import escaped
from system import paths
from system.names import NAME

UPLOADS = ".uploads"  # the folder of browser uploads, next to the datasets


def data_root() -> Path:
    """Return the folder that holds all datasets, see `system.paths`; read at each call.

    Raises:
        CatalogError: its name is not UTF-8.
    """
    root = paths.data_root()
    if escaped(str(root)) != str(root):  # Parquet could not be written there
        raise CatalogError(f"{root} is no folder for datasets, as its name is not UTF-8; name another in ODAP_DATA.")
    return root


def without_uploads(text: str) -> str:
    """Replace the paths of uploaded files in a sentence by the names the user gave them."""
    for root in {data_root(), data_root().resolve()}:
        text = re.sub(re.escape(str(root / UPLOADS)) + "/[0-9a-f]{16}/", "", text)
    return text


def checked_name(name: str) -> str:
    """Return the name if a dataset may have it.

    Raises:
        CatalogError: it is anything but 1 to 64 of a-z, 0-9, _ and -, the first a letter or digit.
    """
    if not re.fullmatch(NAME, name):
        raise CatalogError(
            f"A dataset cannot be called '{name}': use 1 to 64 of a-z, 0-9, _ and -, starting with a letter or digit."
        )
    return name
