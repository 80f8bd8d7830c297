"""Plan which patient owns which image, and which split each patient is in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catalog.manifest import SPLITS
from catalog.phantom.choices import CLASSES, Choice, choose
from catalog.phantom.presets import PhantomSettings

# Streams of random numbers: one each, so that one random choice does not change when another one does.
OWNERS, PATIENT, SCENE, SPECKLE, MARKS, NOISE, CHOICE, CUE = range(8)


@dataclass(frozen=True)
class Planned:
    """An image before it is made.

    It has an index, a patient, a number within the patient, and a split.
    """

    index: int
    patient: int
    number: int
    split: str


def draw(settings: PhantomSettings, stream: int, number: int) -> np.random.Generator:
    """Return the random generator of a stream and a number."""
    return np.random.default_rng(np.random.SeedSequence((settings.seed, stream, number)))


def choice_of(settings: PhantomSettings, index: int) -> Choice:
    """Return what image `index` shows."""
    return choose(draw(settings, CHOICE, index), settings)


def planned(settings: PhantomSettings) -> Iterator[Planned]:
    """Yield all images in order, 4 to 9 for each patient.

    A patient's split depends on the patients before only, so the first n images are the same for any number of images.
    """
    rng = draw(settings, OWNERS, 0)
    splits = _Splits(settings)
    index = patient = 0
    while index < settings.images:
        owned = range(index, index + int(rng.integers(4, 10)))
        split = splits.next([CLASSES.index(choice_of(settings, image).label) for image in owned])
        for number, image in enumerate(owned):
            if image < settings.images:
                yield Planned(image, patient, number, split)
        index, patient = owned.stop, patient + 1


class _Splits:
    """Assign patients to splits one by one, so that every split has its share of every class."""

    def __init__(self, settings: PhantomSettings) -> None:
        shares = np.array([1 - settings.val - settings.test, settings.val, settings.test])
        self._names = [name for name, share in zip(SPLITS, shares, strict=True) if share > 0]
        self._shares = shares[shares > 0]
        self._counts = np.zeros((len(self._names), len(CLASSES)))

    def next(self, labels: list[int]) -> str:
        """Return the split of a patient with these classes: the one that keeps the shares closest."""
        own = np.bincount(labels, minlength=len(CLASSES))
        misses = [self._miss(place, own) for place in range(len(self._names))]
        place = int(np.argmin(misses))
        self._counts[place] += own
        return self._names[place]

    def _miss(self, place: int, own: NDArray[np.int64]) -> float:
        """Return how far the shares would be from those wanted (chi-squared).

        They are the shares of classes, and of all images.
        """
        counts = self._counts.copy()
        counts[place] += own
        counts = np.hstack([counts, counts.sum(axis=1, keepdims=True)])
        wanted = self._shares[:, None] * counts.sum(axis=0)
        return float((np.square(counts - wanted) / np.maximum(wanted, 1e-9)).sum())
