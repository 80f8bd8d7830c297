"""Hold what an importer read: samples that can be previewed before anything is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from PIL import Image

from catalog.builder import decoded
from catalog.importers.names import listed
from catalog.manifest import SPLITS
from catalog.new_sample import NewSample
from catalog.origin import Origin
from catalog.private import Privacy, privacy_of

SIDE = 480  # pixels: largest side of a preview's images
N_PICTURES = 12  # most images in a preview


@dataclass(frozen=True)
class Draft:
    """A dataset as its source has it.

    Attributes:
        samples: with their images still in the source.
        classes: in the order of probabilities and matrices.
        source: where they come from, for people.
        notes: what was left out and why, one sentence each.
        numbered: the importer has numbered the keys itself, and no file name is in them.
        keep_patients: store patients as the source names them, and do not hash them.
        keep_names: store files under their names in the source.
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
        """Return how patients and files are named in the dataset of that name.

        Raises:
            CatalogError: as `privacy_of`.
        """
        return privacy_of(name, self.keep_patients, self.keep_names or self.numbered)

    def preview(self, n_pictures: int = N_PICTURES) -> Preview:
        """Describe what would be imported; write nothing, and open only a few images.

        Args:
            n_pictures: most images to open: equally many of every class, if it has them, evenly spaced.
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
            pictures=tuple(_preview_picture(sample) for sample in self._spread(n_pictures)),
        )

    def _kept(self) -> Iterator[str]:
        """Note names of people or files that would be stored in the dataset."""
        if self.keep_patients and any(sample.patient is not None for sample in self.samples):
            yield "Patients keep the ids that the source gives them (--keep-patient-ids): they may name a person."
        if self.keep_names and not self.numbered:
            yield "Files keep their names (--keep-names): they may name a person."

    def _too_few(self) -> Iterator[str]:
        """Note classes that have too few patients for three splits, where splits are drawn."""
        owners: dict[str, set[str]] = {name: set() for name in self.classes}
        for sample in self.samples:
            for label in {sample.label, *sample.labels}:
                owners[label].add(_owner(sample))
        if few := [name for name, patients in owners.items() if len(patients) < len(SPLITS)]:
            yield (
                f"Of fewer than {len(SPLITS)} patients: {listed(few)}; a class needs one each in training, validation "
                "and test, and no patient is in two of them: add images of other patients."
            )

    def _spread(self, number: int) -> Sequence[NewSample]:
        """Choose at most that many samples: one of each class in turn."""
        of_class: dict[str, list[NewSample]] = {name: [] for name in self.classes}
        for sample in self.samples:
            of_class[sample.label].append(sample)
        share = -(-number // len(of_class))
        chosen = [_evenly(samples, share) for samples in of_class.values()]
        rounds = zip_longest(*chosen)
        return [sample for one_of_each in rounds for sample in one_of_each if sample is not None][:number]


@dataclass(frozen=True)
class PreviewPicture:
    """An image of a preview.

    Attributes:
        sample: as the importer read it.
        image: 8-bit grey or RGB; None when it cannot be used.
        problem: one sentence on why it cannot be used; None when it can.
    """

    sample: NewSample
    image: Image.Image | None
    problem: str | None


@dataclass(frozen=True)
class Preview:
    """What an import would make.

    Attributes:
        n_samples: images.
        by_class: images per class; an image of several classes counts in each.
        by_split: images per split; empty when splits will be drawn.
        n_patients: None when the source names none.
        n_several: images of more than one class.
        notes: what was left out and why, one sentence each.
        pictures: some of the images.
        n_groups: groups that keep images together where patients are unknown; None without groups.
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
        """Return why some of the images cannot be used."""
        return tuple(picture.problem for picture in self.pictures if picture.problem is not None)


def _owner(sample: NewSample) -> str:
    """Return what must not be in two splits: the patient, else the group, else the image."""
    if sample.patient is not None:
        return f"patient {sample.patient}"
    return sample.key if sample.group is None else f"group {sample.group}"


def _evenly(samples: Sequence[NewSample], number: int) -> list[NewSample]:
    """Choose that many of the samples, evenly spaced, or all when there are fewer."""
    number = min(number, len(samples))
    return [samples[place * len(samples) // number] for place in range(number)]


def _preview_picture(sample: NewSample) -> PreviewPicture:
    result = decoded(sample)
    if isinstance(result, str):
        return PreviewPicture(sample, None, result)
    picture = result[1]
    picture.thumbnail((SIDE, SIDE))  # twelve of the largest would fill the memory
    return PreviewPicture(sample, picture, None)
