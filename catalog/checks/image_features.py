"""Compute per-image features for the checks: whether a file is sound, and its statistics."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from PIL import Image

from catalog.burned_in_marks import Mark, find_marks
from catalog.dataset import Dataset
from catalog.levels import looks_like
from catalog.metadata import metadata_in
from catalog.near_duplicates import fingerprint
from catalog.parallel import ordered_map
from catalog.pictures import BadPicture, decode, is_grey
from catalog.progress import progress


@dataclass(frozen=True)
class ImageFeatures:
    """The features of an image file: why it is unusable (code, reason), or its pixel statistics.

    Attributes:
        pixels: a hash of the pixels; equal for images that are the same, however they are stored.
        fingerprint: perceptual hash; None when the image is nearly uniform.
        spread: standard deviation of the grey levels, of 255.
        bright: the grey level, of 255, that 95 % of the pixels do not exceed.
        mode: "grey", "16-bit grey" or "colour".
        marks: crosses and text found in it.
        metadata: kinds of metadata, such as EXIF.
        is_mask: whether it looks like a mask: a few flat colours.
    """

    code: str | None = None
    reason: str = ""
    pixels: str | None = None
    fingerprint: bytes | None = None
    spread: float = float("nan")
    bright: float = float("nan")
    mode: str | None = None
    marks: tuple[Mark, ...] = ()
    metadata: tuple[str, ...] = ()
    is_mask: bool = False


def compute_features(dataset: Dataset, tell: Callable[[int, int], None] | None) -> pd.DataFrame:
    """Return the manifest with a column per attribute of ImageFeatures.

    The marks that were found are in `found_marks`.
    """
    samples = dataset.samples
    with progress(len(samples), f"Checking {dataset.dataset_id}", tell) as bar:
        rows = []
        for row_features in ordered_map(
            lambda row: _features(dataset, *row), zip(samples["path"], samples["sha256"], strict=True)
        ):
            rows.append(vars(row_features))
            bar.step()
    features = pd.DataFrame(rows, index=samples.index).rename(columns={"marks": "found_marks"})
    return pd.concat([samples, features], axis=1)


def _features(dataset: Dataset, path: str, sha256: str) -> ImageFeatures:
    try:
        data = (dataset.folder / path).read_bytes()
    except FileNotFoundError:
        return ImageFeatures("missing_file", "is missing")
    except OSError as error:
        return ImageFeatures("unreadable_file", f"cannot be read ({error.strerror or error})")
    if hashlib.sha256(data).hexdigest() != sha256:
        return ImageFeatures("changed_file", "was changed after the dataset was made")
    try:
        picture = decode(data, path)
    except BadPicture as error:
        return ImageFeatures("unreadable_file", str(error))
    grey = picture.convert("L")
    picture = grey if is_grey(picture) else picture
    pixels, levels = np.asarray(picture), np.asarray(grey)
    return ImageFeatures(
        pixels=f"{picture.mode} {picture.size} {hashlib.sha256(pixels.tobytes()).hexdigest()}",
        fingerprint=fingerprint(grey),
        spread=float(levels.std()),
        bright=float(np.percentile(levels, 95)),
        mode=_mode(data, picture),
        marks=tuple(find_marks(levels)),
        metadata=metadata_in(data),
        is_mask=looks_like(picture) == "mask",
    )


def _mode(data: bytes, picture: Image.Image) -> str:
    if picture.mode != "L":
        return "colour"
    with Image.open(io.BytesIO(data)) as opened:
        return "16-bit grey" if opened.mode.startswith("I") else "grey"
