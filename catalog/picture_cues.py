"""Measure simple cues of pictures that may tell classes apart, each as a few numbers.

A cue is something that can be seen without looking at the anatomy: colour, brightness and contrast, sharpness, and what
is burned in. How far each tells the classes apart is judged by `analysis.cue_evidence`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from itertools import chain
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from PIL import Image

from catalog.burned_in_marks import find_marks
from catalog.checks.shortcut import known_marks, mark_features
from catalog.dataset import Dataset
from catalog.parallel import ordered_map
from catalog.pictures import decode_file, is_grey
from catalog.progress import progress
from system.atomic_files import atomic_write

MOST_PICTURES = 1200  # measured of a dataset: half a minute for pictures of 800 x 600, and narrow intervals
CUES: Final = MappingProxyType(
    {
        "colour": ("chroma", "coloured"),
        "brightness": ("brightness", "contrast"),
        "sharpness": ("sharpness",),
        "marks": tuple(f"{kind}_{what}" for kind in ("caliper", "text") for what in ("any", "count", "x", "y")),
    }
)
"""The numbers of each cue; a grey picture has no colour, and its two numbers are 0."""

_FILE = "cache/cues.parquet"
_FORM = b"1"  # of the file; raise it when the numbers mean something else
_SIDE = 256  # larger pictures are shrunk to this side before sharpness is measured
_COLOURED = 0.1  # of the range: least difference between the channels of a coloured pixel


def measure_cues(dataset: Dataset, tell: Callable[[int, int], None] | None = None) -> pd.DataFrame:
    """Measure the cues of training pictures, and store them next to the dataset.

    At most MOST_PICTURES are measured.

    Returns:
        sample_id, and the columns of CUES as float; NaN where a picture cannot be read. `chroma`: mean difference of
        the largest and the smallest channel, 0 to 1; `coloured`: share of pixels with colour; `brightness`, `contrast`:
        mean and standard deviation of the grey levels, 0 to 1; `sharpness`: logarithm of the variance of the Laplacian
        over that of the grey levels (Pech-Pacheco et al. 2000, their LAPV, here relative to the contrast); marks as in
        `catalog.checks.shortcut.mark_features`, from the manifest where it has them.
    """
    chosen = _choose(dataset.samples)
    marks = known_marks(dataset.samples)
    known = {} if marks is None else dict(zip(dataset.samples["sample_id"], marks, strict=True))

    def measure(row: tuple[str, str]) -> NDArray[np.float64]:
        picture = decode_file(dataset.folder / row[1])
        if picture is None:
            return np.full(len(columns), np.nan)
        grey = picture.convert("L")
        found = known[row[0]] if known else find_marks(np.asarray(grey))
        of_marks = mark_features([found], [picture.width], [picture.height])[0]
        return np.array([*_colour(picture), *_light(grey), _sharpness(grey), *of_marks])

    columns = list(chain(*CUES.values()))
    rows = []
    with progress(len(chosen), f"Measuring pictures of {dataset.dataset_id}", tell) as bar:
        for values in ordered_map(measure, zip(chosen["sample_id"], chosen["path"], strict=True)):
            rows.append(values)
            bar.step()
    table = np.array(rows, dtype=np.float64).reshape(len(chosen), len(columns))
    cues = pd.DataFrame(table, columns=columns)
    cues.insert(0, "sample_id", chosen["sample_id"].to_numpy(object))
    _store(dataset, cues)
    return cues


def stored_cues(dataset: Dataset) -> pd.DataFrame | None:
    """Read the cues measured before; None if missing, or of other content or form."""
    try:
        table = pq.read_table(dataset.folder / _FILE)
        metadata = table.schema.metadata or {}
        if (metadata.get(b"form"), metadata.get(b"content_hash")) != (_FORM, dataset.content_hash.encode()):
            return None
        return table.select(["sample_id", *chain(*CUES.values())]).to_pandas()
    except (OSError, ValueError, KeyError):  # pyarrow's errors are among them
        return None


def _store(dataset: Dataset, cues: pd.DataFrame) -> None:
    metadata = {b"form": _FORM, b"content_hash": dataset.content_hash.encode()}
    table = pa.Table.from_pandas(cues, preserve_index=False).replace_schema_metadata(metadata)
    file = dataset.folder / _FILE
    with suppress(OSError):  # a dataset that cannot be written to is measured again next time
        file.parent.mkdir(exist_ok=True)
        with atomic_write(file) as temporary:
            pq.write_table(table, temporary)


def _choose(samples: pd.DataFrame) -> pd.DataFrame:
    """Choose training samples, the classes in turn, so that a rare class is measured too.

    The choice depends on the sample ids alone.
    """
    train = samples.loc[samples["split"] == "train", ["sample_id", "path", "label"]]
    order = [hashlib.sha256(str(name).encode()).digest() for name in train["sample_id"]]
    shuffled = train.iloc[np.argsort(np.array(order, dtype=object), kind="stable")]
    turn = shuffled.groupby("label", sort=True).cumcount()
    return shuffled.iloc[np.argsort(turn.to_numpy(), kind="stable")][:MOST_PICTURES].sort_index()


def _colour(picture: Image.Image) -> tuple[float, float]:
    if is_grey(picture):
        return 0.0, 0.0
    pixels = np.asarray(picture.convert("RGB"))
    chroma = pixels.max(axis=2) - pixels.min(axis=2)
    return float(chroma.mean()) / 255, float((chroma > 255 * _COLOURED).mean())


def _light(grey: Image.Image) -> tuple[float, float]:
    counts, levels = np.array(grey.histogram(), dtype=np.float64), np.arange(256) / 255
    mean = float(counts @ levels / counts.sum())
    return mean, float(np.sqrt(counts @ (levels - mean) ** 2 / counts.sum()))


def _sharpness(grey: Image.Image) -> float:
    scale = min(1.0, _SIDE / max(grey.size))
    if scale < 1:
        grey = grey.resize((max(3, round(grey.width * scale)), max(3, round(grey.height * scale))))
    levels = np.asarray(grey, dtype=np.float64)
    around = levels[:-2, 1:-1] + levels[2:, 1:-1] + levels[1:-1, :-2] + levels[1:-1, 2:]
    if not around.size:
        return float("nan")
    return float(np.log((np.var(around - 4 * levels[1:-1, 1:-1]) + 1) / (levels.var() + 1)))
