"""Describe a sample that is to be stored in a dataset."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = bytes | NDArray[np.uint8]  # an image file's bytes, or its decoded pixels


@dataclass(frozen=True, slots=True)
class NewSample:
    """A sample that is to be stored in a dataset.

    Attributes:
        key: POSIX path that names it below images/, with the ending of its format.
        label: its class, or the one of its classes that a single-label annotator would choose.
        content: the image: a file, its bytes, or (H, W) or (H, W, 3) uint8 pixels (stored as PNG); or a function that
            returns bytes or pixels. The function may be called from any thread and raises BadPicture or OSError.
        labels: all its classes; empty means `label` alone.
        patient: None when unknown; the image then counts as a patient of its own.
        split: None to have one drawn.
        ambiguity: 0 (clear) to 1 (an even mix of two classes); None when unknown.
        boxes: each {"label", "x", "y", "w", "h"} in pixels; None when unknown.
        marks: which of "caliper" and "text" are burned in; empty when none or unknown.
        mask: (H, W) uint8 or uint16. Each pixel is a sum of bits: 1 caliper, 2 text, 4 the first class, 8 the second,
            and so on; None when unknown.
        clean_label: the label before label noise was added; None when unknown.
        difficulty: of a simulated image, "clear", "hard" (decided by a small detail) or "toss" (undecidable).
        subgroup: "rare" for an uncommon presentation; None otherwise.
        label_probability: that the annotator gives this label, before label noise; None when unknown.
        against_marks: whether the burned-in marks are those of another class; None when marks stand for no class.
        group: samples of one group stay in one split where the patient is unknown, such as a lesion or a video.
        columns: values of the columns that group images, used by the check. Neither they nor the group are stored as
            text.
    """

    key: str
    label: str
    content: Path | Pixels | Callable[[], Pixels]
    labels: tuple[str, ...] = ()
    patient: str | None = None
    split: str | None = None
    ambiguity: float | None = None
    device: str | None = None
    boxes: Sequence[Mapping[str, Any]] | None = None
    marks: tuple[str, ...] = ()
    mask: NDArray[np.uint8 | np.uint16] | None = None
    clean_label: str | None = None
    difficulty: str | None = None
    subgroup: str | None = None
    label_probability: float | None = None
    against_marks: bool | None = None
    group: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
