"""Group frames of one video by numbered names, where patients are unknown."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from catalog.importers.draft import Draft
from catalog.importers.groups import NONE
from catalog.importers.names import shown
from catalog.importers.words import split_of
from catalog.new_sample import NewSample
from catalog.origin import FRAMES

# 'vid1_frame12', 'xyz_001', '00012-3', 'scan (4)': the text before the number, and whether it says "frame".
_RUN = re.compile(
    r"^(?P<head>.*?)[ _.\-]*(?P<word>(?<![^\W\d_])(?:frames?|frm|fr)|(?<=[ _.\-])f)?[ _.\-]*\(?(?P<number>\d+)\)?$",
    re.IGNORECASE,
)
_GENERAL = re.compile(
    r"^(?:images?|img|im|pictures?|pic|photos?|scans?|frames?|files?|us|untitled|dsc|dscn)?$", re.IGNORECASE
)
_LEAST = 3  # runs a class needs, one for each split
_LARGEST = 1 / 3  # share of all images that one run may have
_COVERED = 0.5  # share of the images of those classes that must be in runs of two or more
_LONG = 50  # mean images per run above which runs are sites or machines rather than videos, unless there are many
_SOME = 10  # the same limit where most runs are in every class
_MANY = 20  # runs


@dataclass(frozen=True)
class _Name:
    """A name split in two: the run it may be in, and whether it calls its number a frame."""

    run: tuple[str, ...]
    is_frame: bool


def by_frames(draft: Draft, wanted: str | None = None) -> Draft:
    """Group the samples of a draft by runs of names, where patients and groups are unknown.

    `vid1_frame12.jpg` is of the run `vid1`; `xyz_001.png` of `xyz`; `vid1/003.png` of the folder. Runs are videos when
    every class has three or more, most images are in a run of several, and none has more than a third of all. A run
    that is a whole class (`benign (12).png`) or the whole dataset (`img_0001.png`) says nothing about videos; a note
    says so.

    Args:
        draft: of any importer.
        wanted: FRAMES takes runs as they are, NONE takes none; None decides by the rule above.
    """
    samples = draft.samples
    if wanted == NONE or any(sample.patient is not None or sample.group is not None for sample in samples):
        return draft
    names = [_cut(sample) for sample in samples]
    useful = _useful(samples, names, is_forced=wanted == FRAMES)
    if not useful:
        return replace(draft, notes=(*draft.notes, *_doubt(samples, names)))
    grouped = [
        replace(sample, group="/".join(name.run)) if name and name.run in useful else sample
        for sample, name in zip(samples, names, strict=True)
    ]
    count = Counter(name.run for name in names if name and name.run in useful)
    first = next(sample.key for sample in grouped if sample.group is not None)
    note = (
        f"Patients are unknown, and names run on as those of frames do ({shown(first)}): {len(count):,} runs of "
        f"{sum(count.values()):,} images are kept together in splits; if they are none, use --group none."
    )
    return replace(draft, samples=grouped, notes=(*draft.notes, note), origin=replace(draft.origin, grouped_by=FRAMES))


def _cut(sample: NewSample) -> _Name | None:
    """Return the run of a sample; None where its name has no number at its end."""
    path = PurePosixPath(sample.key)
    match = _RUN.match(path.stem)
    if match is None:
        return None
    labels = {sample.label.casefold(), *map(str.casefold, sample.labels)}
    folders = [part.casefold() for part in path.parts[:-1] if part.casefold() not in labels and not split_of(part)]
    head = match["head"].casefold()
    return _Name((*folders, "" if _GENERAL.match(head) else head), match["word"] is not None)


def _useful(samples: Sequence[NewSample], names: Sequence[_Name | None], *, is_forced: bool) -> set[tuple[str, ...]]:
    """Return the runs that are kept together; none where they do not look like videos."""
    runs_of: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for sample, name in zip(samples, names, strict=True):
        runs_of[sample.label].add(name.run if name else (sample.key, ""))
    count = Counter(name.run for name in names if name)
    if is_forced:
        return {run for run in count if any(run)}
    least = 2 if any(name and name.is_frame for name in names) else _LEAST
    classes = {label for label, runs in runs_of.items() if len(runs) >= least}
    candidates = {run for label in classes for run in runs_of[label] if any(run)}
    n_inside = sum(sample.label in classes for sample in samples)
    several = {run: count[run] for run in candidates if count[run] > 1}
    if not several or sum(several.values()) < _COVERED * n_inside or max(several.values()) > _LARGEST * len(samples):
        return set()
    mean = sum(several.values()) / len(several)
    n_everywhere = sum(all(run in runs_of[label] for label in classes) for run in several)
    are_sites = mean > _LONG or (least == _LEAST and mean >= _SOME and 2 * n_everywhere > len(several))
    if len(several) < _MANY and are_sites:
        return set()
    return {run for run in candidates if run in count}


def _doubt(samples: Sequence[NewSample], names: Sequence[_Name | None]) -> Iterator[str]:
    """Note where names are numbered through a class or the dataset, so that videos are unknown."""
    named: Mapping[tuple[str, ...], list[str]] = defaultdict(list)
    for sample, name in zip(samples, names, strict=True):
        if name and (name.is_frame or _has_head(sample)):
            named[name.run].append(sample.key)
    longest = max(named.values(), key=len, default=[])
    if 2 * len(longest) > len(samples) / max(1, len({sample.label for sample in samples})) and len(longest) > _LONG:
        yield (
            f"Names run on through whole classes ({shown(longest[0])} and {len(longest) - 1:,} more), so videos cannot "
            "be told from them; if images are frames, name patients or videos, or they may be in several splits."
        )


def _has_head(sample: NewSample) -> bool:
    match = _RUN.match(PurePosixPath(sample.key).stem)
    return bool(match and match["head"])
