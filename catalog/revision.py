"""Make the next version of a dataset from the changes that a review decided."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from PIL import Image

from catalog import origin
from catalog.builder import CHANGES, read_list, save_dataset
from catalog.dataset import Dataset, open_dataset
from catalog.errors import CatalogError
from catalog.new_sample import NewSample
from catalog.origin import Origin
from catalog.splits import Shares
from system import permission


@dataclass(frozen=True)
class SampleChange:
    """A decision on one sample.

    Attributes:
        action: "relabelled" (to `right_label`) or "excluded".
        right_label: a class of the dataset; None when excluded.
        by: who decided.
        note: why.
    """

    sample_id: str
    action: Literal["relabelled", "excluded"]
    right_label: str | None = None
    by: str = ""
    note: str = ""


def revise(dataset: str, changes: Sequence[SampleChange]) -> Dataset:
    """Create the next version of a dataset with a list of changes, which is stored with it.

    Keys, patients and splits stay, so unchanged samples keep their ids. A new label replaces the old one; other classes
    of the same image stay.

    Args:
        dataset: name (its latest version) or id, such as "demo@1".
    Returns:
        The new, stored version; `changes.json` in its folder lists the changes.
    Raises:
        CatalogError: no change, an unknown sample or class, a sample changed twice, or a class left without an image;
            nothing is left on disk.
    """
    permission.ask("revise", dataset)
    old = open_dataset(dataset)
    wanted = _checked(old, changes)
    stored_origin = origin.read(old.folder)
    counts = pd.Series([change.action for change in changes]).value_counts()
    summary = ", ".join(f"{counts[action]} {action}" for action in ("relabelled", "excluded") if action in counts)
    listed = [asdict(change) | {"old_label": _label_of(old)[change.sample_id]} for change in changes]
    return save_dataset(
        old.name,
        _samples(old, wanted),
        classes=old.classes,
        source=f"{old.dataset_id} after review: {summary}",
        total=old.n_samples - int(counts.get("excluded", 0)),
        shares=Shares(0.0, 0.0),
        came=Origin(
            old.grouped_by, stored_origin.masks, tuple(one.name for one in stored_origin.columns if one.is_named)
        ),
        changes=[{"from": old.dataset_id} | change for change in listed],
    )


def changes_of(dataset: Dataset) -> list[dict[str, Any]]:
    """Return the changes of a version against the one it was made from.

    Each has from, sample_id, action, old_label, right_label, by and note. Empty for a dataset that was imported or
    generated.

    Raises:
        CatalogError: the list cannot be read.
    """
    return read_list(dataset.folder / CHANGES)


def _label_of(dataset: Dataset) -> dict[str, str]:
    return dict(zip(dataset.samples["sample_id"], dataset.samples["label"], strict=True))


def _checked(old: Dataset, changes: Sequence[SampleChange]) -> dict[str, SampleChange]:
    if not changes:
        raise CatalogError(f"There is no change to {old.dataset_id}; decide on a sample first.")
    labels, wanted = _label_of(old), {change.sample_id: change for change in changes}
    if len(wanted) < len(changes):
        raise CatalogError("A sample is changed twice; decide on one change for each.")
    for change in changes:
        if change.sample_id not in labels:
            raise CatalogError(f"{old.dataset_id} has no sample {change.sample_id}; decide on samples of this version.")
        if change.action == "relabelled" and change.right_label not in old.classes:
            raise CatalogError(f"'{change.right_label}' is no class of {old.dataset_id}: {', '.join(old.classes)}.")
    return wanted


def _samples(old: Dataset, wanted: Mapping[str, SampleChange]) -> Iterator[NewSample]:
    columns: dict[str, dict[str, str]] = {}
    for column in origin.read(old.folder).columns:
        for sample_id, number in column.codes.items():
            columns.setdefault(sample_id, {})[column.name] = str(number)
    for row in old.samples.to_dict("records"):
        change = wanted.get(str(row["sample_id"]))
        if change is not None and change.action == "excluded":
            continue
        label, labels = str(row["label"]), set(row["labels"])
        if change is not None and change.right_label is not None:
            labels = (labels - {label}) | {change.right_label}
            label = change.right_label
        mask = row["mask"]
        yield NewSample(
            key=str(row["key"]),
            label=label,
            content=old.folder / str(row["path"]),
            labels=tuple(sorted(labels)),
            patient=str(row["patient"]) if old.has_patients else None,
            group=str(row["patient"]) if old.grouped_by and not str(row["patient"]).startswith("image-") else None,
            columns=columns.get(str(row["sample_id"]), {}),
            split=str(row["split"]),
            ambiguity=_given(row["ambiguity"]),
            device=_given(row["device"]),
            boxes=None if _given(row["boxes"]) is None else json.loads(row["boxes"]),
            marks=tuple(row["marks"]),
            mask=None if _given(mask) is None else np.asarray(Image.open(old.folder / str(mask))),
            clean_label=_given(row["clean_label"]),
            difficulty=_given(row["difficulty"]),
            subgroup=_given(row["subgroup"]),
            label_probability=_given(row["label_probability"]),
            against_marks=None if _given(row["against_marks"]) is None else bool(row["against_marks"]),
        )


def _given(value: Any) -> Any:
    return None if value is None or value != value else value
