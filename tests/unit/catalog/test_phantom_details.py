"""One small detail decides a hard image: it is there, it can be seen, and nothing else tells the class."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest
import scipy.ndimage
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from catalog.phantom import CLASSES, PhantomImage, PhantomSettings
from catalog.phantom.choices import PAIRS, Choice
from catalog.phantom.picture import make
from catalog.phantom.plan import Planned, choice_of, planned

SIZE = 64
HARD = PhantomSettings(images=700, size=SIZE, seed=11, hard=0.54, toss=0.0, rare=0.3)
Pair = tuple[PhantomImage, PhantomImage, Choice]


def _rival(choice: Choice) -> Choice:
    """Return the same view with the other plane of its pair."""
    (other,) = {*choice.planes} - {choice.label}
    return Choice(choice.kind, choice.share, other, (other,), "hard", choice.is_rare)


@pytest.fixture(scope="module")
def twins() -> list[Pair]:
    """Hard images, each with the one that differs in its class alone."""
    plans = [plan for plan in planned(HARD) if choice_of(HARD, plan.index).difficulty == "hard"]
    found = []
    for plan in plans:
        choice = choice_of(HARD, plan.index)
        found.append((make(HARD, plan), make(HARD, plan, _rival(choice)), choice))
    return found


def _looks(image: PhantomImage) -> list[float]:
    """Return how dark and how bright the places of both details are, against what is around them, in grey levels."""
    pixels = image.pixels.astype(float)
    looks: list[float] = []
    for _, inside in sorted(image.details.items()):
        near, far = (scipy.ndimage.binary_dilation(inside, iterations=n) for n in (1, 4))
        level = float(np.median(pixels[far & ~near]))
        looks += [value - level for value in (*np.quantile(pixels[inside], (0.1, 0.9)), pixels[inside].mean())]
    return looks


def test_the_detail_is_on_the_screen_and_large_enough(twins: list[Pair]) -> None:
    sizes: dict[str, list[int]] = {}
    for image, _, choice in twins:
        assert set(image.details) == set(choice.planes)
        for plane, inside in image.details.items():
            sizes.setdefault(plane, []).append(int(inside.sum()))
            rows, columns = np.nonzero(inside)
            assert rows.min() > 0 and rows.max() < SIZE - 1
            assert columns.min() > 0 and columns.max() < SIZE - 1
    assert set(sizes) == set(CLASSES) - {"3d"}
    for plane, numbers in sizes.items():
        assert min(numbers) >= 8, plane
        assert max(numbers) <= 0.03 * SIZE * SIZE, plane


def test_nothing_but_the_detail_differs_from_the_image_of_the_rival(twins: list[Pair]) -> None:
    for image, twin, _ in twins:
        near = np.any([scipy.ndimage.binary_dilation(one, iterations=4) for one in image.details.values()], axis=0)
        where = np.abs(image.pixels.astype(int) - twin.pixels.astype(int)) > 24
        # What lies beneath a strong reflector or fluid may change a little; most of the view is the same.
        assert (where & ~near).sum() <= 0.02 * SIZE * SIZE
        assert (where & near).sum() >= 6
        assert (image.marks, image.device, image.ambiguity) == (twin.marks, twin.device, twin.ambiguity)


def test_the_detail_is_seen_where_it_is_painted(twins: list[Pair]) -> None:
    """The paint changes its place by many grey levels, in all but a few images."""
    changes: dict[tuple[str, bool], list[float]] = {}
    for image, twin, choice in twins:
        for plane in choice.planes:
            inside = image.details[plane]
            change = np.abs(image.pixels.astype(float) - twin.pixels.astype(float))[inside].mean()
            changes.setdefault((plane, choice.is_rare), []).append(change)
    for which, values in changes.items():
        assert np.quantile(values, 0.02) > 18, which
        assert np.median(values) > 40, which


def test_a_detector_that_reads_the_two_places_decides_hard_images(twins: list[Pair]) -> None:
    """The best possible error on hard images is about 0.

    A linear detector that knows where both details would be, and sees six numbers of an image, is nearly always right.
    """
    right: list[bool] = []
    for kind, is_rare in itertools.product(PAIRS, (False, True)):
        of = [pair for pair in twins if pair[2].kind == kind and pair[2].is_rare is is_rare]
        looks = np.array([_looks(image) for pair in of for image in pair[:2]])
        labels = np.array([image.label for pair in of for image in pair[:2]])
        said = cross_val_predict(
            make_pipeline(StandardScaler(), LogisticRegression()),
            looks, labels, groups=np.repeat(np.arange(len(of)), 2), cv=GroupKFold(5),
        )  # fmt: skip
        assert np.mean(said == labels) > 0.93, (kind, is_rare)
        right.extend(said == labels)
    assert np.mean(right) > 0.98


def test_a_toss_has_no_detail() -> None:
    settings = PhantomSettings(images=60, size=SIZE, hard=0.0, toss=0.5)
    tosses = [plan for plan in planned(settings) if choice_of(settings, plan.index).difficulty == "toss"]
    assert len(tosses) > 15
    for plan in tosses:
        image = make(settings, plan)
        assert image.details == {}
        choice = choice_of(settings, plan.index)
        others = {*choice.planes} - {choice.label}
        swapped = Choice(choice.kind, choice.share, others.pop(), choice.labels, "toss", False, 0.5)
        assert np.array_equal(make(settings, plan, swapped).pixels, image.pixels)


def test_marks_leave_details_free_and_do_not_tell_the_plane(twins: list[Pair]) -> None:
    kinds: Counter[str] = Counter()
    for image, _, _choice in twins:
        places = np.any(list(image.details.values()), axis=0)
        assert ((image.mask & 3 > 0) & places).sum() <= 0.25 * places.sum()
        kinds.update(image.marks)
    assert kinds["caliper"] > 0.3 * len(twins)
    assert kinds["text"] > 0.4 * len(twins)


def test_every_size_shows_the_detail() -> None:
    for size in (64, 96, 128, 224):
        settings = PhantomSettings(images=40, size=size, seed=11, hard=0.54, toss=0.0)
        plan = next(plan for plan in planned(settings) if choice_of(settings, plan.index).difficulty == "hard")
        image = make(settings, Planned(plan.index, plan.patient, plan.number, plan.split))
        for inside in image.details.values():
            assert inside.sum() > 8 * (size / 64) ** 2
