"""Check what the import knew: masks left out, and groups that are in several splits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from catalog.checks.finding import Finding, Level, listed, named, pictures
from catalog.manifest import SPLITS
from catalog.origin import FRAMES, StoredOrigin

_FEW = 0.5  # largest share of mask-like images for which they are reported


def masks(features: pd.DataFrame, classes: Sequence[str], stored_origin: StoredOrigin) -> Iterator[Finding]:
    """Yield findings masks_of_some_classes and mask_like.

    masks_of_some_classes: masks were left out, but not of all classes. mask_like: masks among the images.
    """
    without = [name for name in classes if not stored_origin.masks.get(name)]
    if stored_origin.masks and without:
        counts = ", ".join(f"{name} {count:,}" for name, count in stored_origin.masks.items() if count)
        text = f"The source had masks for {counts}, and none for {listed(without)}; they were left out. Check that the "
        text += "classes were prepared in one way otherwise, or a model may learn the preparation."
        yield Finding("warning", "masks_of_some_classes", text)
    alike = features[features["is_mask"]]
    if alike.empty or len(alike) > _FEW * len(features):
        return
    mask_classes = sorted({label for labels in alike["labels"] for label in labels})
    where = f"all of class {mask_classes[0]}" if len(mask_classes) == 1 else f"of classes {listed(mask_classes)}"
    text = pictures(len(alike), "looks like a mask or drawing", "look like masks or drawings")
    text += f", in a few flat colours, {where}: {named(alike['key'].tolist())}; remove masks and import again."
    yield Finding("warning", "mask_like", text, tuple(alike["sample_id"]))


def groups(samples: pd.DataFrame, grouped_by: str | None, stored_origin: StoredOrigin) -> Iterator[Finding]:
    """Yield finding group_across_splits: images of one lesion, study or video in several splits."""
    split_of = dict(zip(samples["sample_id"], samples["split"], strict=True))
    for column in stored_origin.columns:
        codes = {sample_id: code for sample_id, code in column.codes.items() if sample_id in split_of}
        remedy = f"import again without the splits, with --group '{column.name}'"
        level: Level = "error" if column.is_named else "warning"
        doubt = "" if column.is_named else " If its values name a lesion, an examination or a video,"
        yield from _across(codes, split_of, f"Column '{column.name}' groups pictures", level, f"{doubt} {remedy}")
    if grouped_by == FRAMES:
        codes = dict(zip(samples["sample_id"], samples["patient"], strict=True))
        what, remedy = (
            "Names that run on, as those of frames of one video do, group pictures",
            "import again without the splits",
        )
        yield from _across(codes, split_of, what, "warning", f" {remedy}")


def _across(
    codes: dict[str, int] | dict[str, str], split_of: dict[str, str], what: str, level: Level, remedy: str
) -> Iterator[Finding]:
    frame = pd.DataFrame({"code": codes, "split": {sample_id: split_of[sample_id] for sample_id in codes}})
    n_splits = frame.groupby("code")["split"].nunique()
    straddling = n_splits.index[n_splits > 1]
    if not len(straddling):
        return
    rows = frame[frame["code"].isin(straddling)]
    splits = listed(split for split in SPLITS if split in set(rows["split"]))
    count = f"{len(straddling):,} of {len(n_splits):,} groups" if len(n_splits) > 1 else "the only group"
    text = f"{what}, and {count} ({len(rows):,} pictures) are in several of {splits}: test results would be too good."
    sentence = remedy.strip()
    yield Finding(level, "group_across_splits", f"{text} {sentence[0].upper()}{sentence[1:]}.", tuple(rows.index))
