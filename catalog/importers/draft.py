"""What every importer hands over: samples that can be looked at before anything is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from PIL import Image

from catalog.builder import NewSample, decoded
from catalog.importers.names import listed
from catalog.manifest import SPLITS
from catalog.origin import Origin
from catalog.private import Privacy, privacy_of

SIDE = 480  # pixels: the pictures of a preview are no larger
N_PICTURES = 12  # of a preview, at most


@dataclass(frozen=True)
class Draft:
    """A dataset as its source has it.

    Attributes:
        samples: with their pictures still in the source.
        classes: in the order of probabilities and matrices.
        source: where they come from, for people.
        notes: what was left out and why, one sentence each.
        numbered: the importer has numbered the keys itself, and no name of a file is in them.
        keep_patients: patients are to be kept as the source has them, and not hashed.
        keep_names: so are the names of files.
        origin: what else is known of the samples, for the check.
    """

    samples: Sequence[NewSample]
    classes: tuple[str, ...]
    source: str
    notes: tuple[str, ...] = ()
    numbered: bool = False
    keep_patients: bool = False
    keep_names: bool = False
    origin: Origin = field(default_factory=Origin)

    def privacy(self, name: str) -> Privacy:
        """How patients and files are to be named in the dataset of that name; raises CatalogError as `privacy_of`."""
        return privacy_of(name, self.keep_patients, self.keep_names or self.numbered)

    def preview(self, n_pictures: int = N_PICTURES) -> Preview:
        """What would be imported; nothing is written, and only a few pictures are opened.

        Args:
            n_pictures: how many of them at most: of every class as many, where it has them, at even distances.
        """
        by_class = Counter(label for sample in self.samples for label in {sample.label, *sample.labels})
        by_split = Counter(sample.split for sample in self.samples if sample.split is not None)
        patients = {sample.patient for sample in self.samples if sample.patient is not None}
        return Preview(
            n_samples=len(self.samples),
            by_class={name: by_class[name] for name in self.classes},
            by_split={split: by_split[split] for split in SPLITS if by_split},
            n_patients=len(patients) or None,
            n_groups=len({sample.group for sample in self.samples if sample.group is not None}) or None,
            grouped_by=self.origin.grouped_by,
            n_several=sum(len({sample.label, *sample.labels}) > 1 for sample in self.samples),
            notes=(*self.notes, *(() if by_split else self._too_few()), *self._kept()),
            pictures=tuple(_seen(sample) for sample in self._spread(n_pictures)),
        )

    def _kept(self) -> Iterator[str]:
        """A sentence on names that would come into the dataset."""
        if self.keep_patients and any(sample.patient is not None for sample in self.samples):
            yield "Patients keep the ids that the source gives them (--keep-patient-ids): they may name a person."
        if self.keep_names and not self.numbered:
            yield "Files keep their names (--keep-names): they may name a person."

    def _too_few(self) -> Iterator[str]:
        """A sentence on classes that cannot be in all three splits, where those are to be drawn."""
        owners: dict[str, set[str]] = {name: set() for name in self.classes}
        for sample in self.samples:
            for label in {sample.label, *sample.labels}:
                owners[label].add(_owner(sample))
        if few := [name for name, found in owners.items() if len(found) < len(SPLITS)]:
            yield (
                f"Of fewer than {len(SPLITS)} patients: {listed(few)}; a class needs one each in training, validation "
                "and test, and no patient is in two of them: add images of other patients."
            )

    def _spread(self, number: int) -> Sequence[NewSample]:
        """That many samples at most: one of each class in turn."""
        of_class: dict[str, list[NewSample]] = {name: [] for name in self.classes}
        for sample in self.samples:
            of_class[sample.label].append(sample)
        share = -(-number // len(of_class))
        chosen = [_evenly(samples, share) for samples in of_class.values()]
        rounds = zip_longest(*chosen)
        return [sample for one_of_each in rounds for sample in one_of_each if sample is not None][:number]


@dataclass(frozen=True)
class PreviewPicture:
    """One picture of a preview: `image` 8-bit grey or RGB, or `problem`, one sentence that says why there is none."""

    sample: NewSample
    image: Image.Image | None
    problem: str | None


@dataclass(frozen=True)
class Preview:
    """What an import would make.

    Attributes:
        n_samples: images.
        by_class: images a class; an image of several classes counts in each.
        by_split: images a split; empty when splits will be drawn.
        n_patients: None when the source names none.
        n_several: images of more than one class.
        notes: what was left out and why, one sentence each.
        pictures: some of the images.
        n_groups: what keeps images together where patients are unknown; None when nothing does.
        grouped_by: the column, or "frames", that gives these groups.
    """

    n_samples: int
    by_class: dict[str, int]
    by_split: dict[str, int]
    n_patients: int | None
    n_several: int
    notes: tuple[str, ...]
    pictures: tuple[PreviewPicture, ...]
    n_groups: int | None = None
    grouped_by: str | None = None

    @property
    def problems(self) -> tuple[str, ...]:
        """Why some of the pictures cannot be used."""
        return tuple(picture.problem for picture in self.pictures if picture.problem is not None)


def _owner(sample: NewSample) -> str:
    """What must not be in two splits: the patient, else the group, else the image alone."""
    if sample.patient is not None:
        return f"patient {sample.patient}"
    return sample.key if sample.group is None else f"group {sample.group}"


def _evenly(samples: Sequence[NewSample], number: int) -> list[NewSample]:
    """That many of the samples, at even distances, or all when there are fewer."""
    number = min(number, len(samples))
    return [samples[place * len(samples) // number] for place in range(number)]


def _seen(sample: NewSample) -> PreviewPicture:
    found = decoded(sample)
    if isinstance(found, str):
        return PreviewPicture(sample, None, found)
    picture = found[1]
    picture.thumbnail((SIDE, SIDE))  # twelve of the largest would fill the memory
    return PreviewPicture(sample, picture, None)
