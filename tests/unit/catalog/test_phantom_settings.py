"""Each knob of the phantom does what it says, and what is recorded is true."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from catalog import CatalogError, open_dataset
from catalog.__main__ import main
from catalog.bayes import bayes_error
from catalog.phantom import CLASSES, PRESETS, PhantomImage, PhantomSettings, generate, make_dataset
from catalog.phantom.burned_in import CUES
from catalog.phantom.choices import COMMONEST_FIRST, MIXED, PAIRS, Choice, class_shares
from catalog.phantom.plan import choice_of, planned
from catalog.phantom.presets import MOST_UNCLEAR

MANY = 4000


def choices(**knobs: float) -> list[Choice]:
    settings = PhantomSettings(images=MANY, **knobs)  # type: ignore[arg-type]
    return [choice_of(settings, index) for index in range(MANY)]


def within(count: int, n: int, share: float, sigmas: float = 3.5) -> bool:
    """Check that a count is within binomial bounds of a share."""
    return abs(count - n * share) <= sigmas * math.sqrt(n * share * (1 - share)) + 1e-9


@pytest.mark.parametrize(
    ("hard", "toss", "rare"), [(0.5, 0.04, 0.1), (0.3, 0.2, 0.5), (0.0, 0.3, 0.3), (0.2, 0.0, 0.0)]
)
def test_shares_of_hard_and_toss_are_of_all_and_rare_of_each_class_of_the_hard(
    hard: float, toss: float, rare: float
) -> None:
    made = choices(hard=hard, toss=toss, rare=rare)
    counts = Counter(choice.difficulty for choice in made)
    assert within(counts["hard"], MANY, hard)
    assert within(counts["toss"], MANY, toss)
    for name in CLASSES:
        rarities = [choice.is_rare for choice in made if choice.difficulty == "hard" and choice.label == name]
        assert within(sum(rarities), len(rarities), rare)
    assert not any(choice.is_rare for choice in made if choice.difficulty != "hard")


@pytest.mark.parametrize("imbalance", [1.0, 3.0, 20.0])
def test_imbalance_is_the_ratio_of_the_commonest_to_the_rarest_class(imbalance: float) -> None:
    made = choices(imbalance=imbalance, toss=0.0)
    counts = Counter(choice.label for choice in made)
    shares = class_shares(imbalance)
    assert shares[COMMONEST_FIRST[0]] / shares[COMMONEST_FIRST[-1]] == pytest.approx(imbalance)
    assert sum(shares.values()) == pytest.approx(1)
    for name in CLASSES:
        assert within(counts[name], MANY, shares[name])


@pytest.mark.parametrize("imbalance", [1.0, 2.0, 3.0, 10.0, 100.0])
def test_the_most_that_may_be_unclear_can_be_unclear(imbalance: float) -> None:
    each = sum(share * MIXED[name] for name, share in class_shares(imbalance).items())
    assert max(MIXED.values()) * MOST_UNCLEAR / each <= 1
    made = choices(hard=MOST_UNCLEAR, toss=0.0, imbalance=imbalance)
    assert within(sum(choice.difficulty == "hard" for choice in made), MANY, MOST_UNCLEAR)


def test_the_two_planes_of_a_pair_are_about_equally_frequent_in_hard_images() -> None:
    """So that the view without its detail says nothing."""
    made = [choice for choice in choices(hard=0.5, toss=0.0) if choice.difficulty == "hard"]
    for pair in PAIRS:
        labels = [choice.label for choice in made if choice.kind == pair]
        assert 0.4 < np.mean([label == pair.split("/")[0] for label in labels]) < 0.6
        shares = {
            name: [choice.share for choice in made if choice.kind == pair and choice.label == name]
            for name in pair.split("/")
        }
        first, second = (np.mean(values) for values in shares.values())
        assert abs(first - second) < 0.03


def test_the_label_of_a_toss_is_drawn_with_the_recorded_probability() -> None:
    tosses = [choice for choice in choices(hard=0.0, toss=0.5) if choice.difficulty == "toss"]
    for choice in tosses:
        assert len(choice.labels) == 2
        assert choice.label in choice.labels
        assert 0.3 < choice.label_probability < 0.7
    first = [choice.label == choice.planes[0] for choice in tosses]
    expected = [
        choice.label_probability if is_first else 1 - choice.label_probability
        for choice, is_first in zip(tosses, first, strict=True)
    ]
    assert abs(np.mean(first) - np.mean(expected)) < 3.5 * 0.5 / math.sqrt(len(tosses))
    larger = np.array([choice.label_probability > 0.5 for choice in tosses])
    best = np.mean([max(choice.label_probability, 1 - choice.label_probability) for choice in tosses])
    assert abs(larger.mean() - best) < 3.5 * 0.5 / math.sqrt(len(tosses))
    assert larger.mean() > 0.52


def test_certain_images_have_certain_labels() -> None:
    for choice in choices(hard=0.4, toss=0.05):
        if choice.difficulty != "toss":
            assert choice.label_probability == 1
        if choice.difficulty == "hard":
            assert choice.labels == (choice.label,)
        elif choice.difficulty == "clear" and len(choice.labels) == 2:
            of_label = choice.share if choice.planes[0] == choice.label else 1 - choice.share
            assert of_label > 0.7


def test_knobs_change_no_more_than_they_must() -> None:
    plain = [choice_of(PhantomSettings(), index) for index in range(300)]
    other = [choice_of(PhantomSettings(rare=0.9, mark_bias=0.9, label_noise=0.1), index) for index in range(300)]
    assert [replace(choice, is_rare=False) for choice in plain] == [replace(choice, is_rare=False) for choice in other]
    more = [choice_of(PhantomSettings(hard=0.4), index) for index in range(300)]
    hard = {index for index, choice in enumerate(plain) if choice.difficulty == "hard"}
    assert hard < {index for index, choice in enumerate(more) if choice.difficulty == "hard"}


def test_the_bayes_error_is_the_mean_of_one_less_the_larger_probability(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("ODAP_DATA", str(tmp_path))
    words = ["phantom", "--name", "t", "--images", "90", "--size", "48", "--toss", "0.28", "--workers", "1"]
    assert main(words) == 0
    samples = open_dataset("t").samples
    chances = samples["label_probability"].to_numpy()
    assert bayes_error(samples) == pytest.approx(np.mean(1 - np.maximum(chances, 1 - chances)))
    assert bayes_error(samples) == pytest.approx(
        np.mean([1 - max(p, 1 - p) for p in chances if p < 1]) * np.mean(chances < 1)
    )
    assert f"Bayes error {bayes_error(samples):.2%}" in capsys.readouterr().out
    assert bayes_error(samples.assign(label_probability=None)) is None
    assert bayes_error(samples[:0]) is None


@pytest.mark.parametrize("knobs", [{}, {"val": 0.1, "test": 0.55}, {"val": 0.0}, {"imbalance": 30.0}])
def test_patients_are_in_one_split_and_splits_have_their_shares_of_every_class(knobs: dict[str, float]) -> None:
    settings = PhantomSettings(images=3000, **knobs)  # type: ignore[arg-type]
    plans = list(planned(settings))
    split_of: dict[int, set[str]] = {}
    for plan in plans:
        split_of.setdefault(plan.patient, set()).add(plan.split)
    assert all(len(splits) == 1 for splits in split_of.values())
    wanted = {"train": 1 - settings.val - settings.test, "val": settings.val, "test": settings.test}
    labels = Counter((plan.split, choice_of(settings, plan.index).label) for plan in plans)
    for name in CLASSES:
        n = sum(labels[split, name] for split in wanted)
        for split, share in wanted.items():
            assert abs(labels[split, name] / n - share) < (0.03 if n > 150 else 0.1)


def test_splits_are_the_same_for_any_number_of_images() -> None:
    few, many = (list(planned(PhantomSettings(images=n, seed=4))) for n in (50, 400))
    assert few == many[:50]


def test_even_a_small_phantom_has_all_splits_and_classes_to_train_on() -> None:
    for seed in range(5):
        settings = PhantomSettings(images=120, seed=seed)
        plans = list(planned(settings))
        assert {plan.split for plan in plans} == {"train", "val", "test"}
        labels = {choice_of(settings, plan.index).label for plan in plans if plan.split == "train"}
        assert labels == set(CLASSES)


def _cue(image: PhantomImage) -> str:
    """Return the class whose marks an image has, read from what is burned in."""
    tops = [box["y"] < 24 for box in image.boxes if box["label"] == "text"]
    where = None if not tops else "n" if all(tops) else "s"
    return next(name for name, cue in CUES.items() if cue == ("caliper" in image.marks, where))


def test_marks_tell_the_class_in_training_and_nowhere_else() -> None:
    settings = PhantomSettings(images=700, size=64, seed=2, mark_bias=0.9, val=0.2, test=0.4)
    images = list(generate(settings, workers=1))
    agree: dict[bool, list[bool]] = {True: [], False: []}
    for image in images:
        assert image.against_marks == (_cue(image) != image.clean_label)
        agree[image.split == "train"].append(not image.against_marks)
    assert within(sum(agree[True]), len(agree[True]), 0.9)
    assert within(sum(agree[False]), len(agree[False]), 1 / 6)
    for name in CLASSES:
        cues = Counter(_cue(image) for image in images if image.split != "train" and image.label == name)
        n = sum(cues.values())
        assert all(within(cues[cue], n, 1 / 6) for cue in CLASSES)


def test_the_planes_of_every_pair_have_other_marks() -> None:
    assert len(set(CUES.values())) == len(CLASSES)


def test_without_a_mark_bias_nothing_is_against_the_marks() -> None:
    assert all(image.against_marks is None for image in generate(PhantomSettings(images=20, size=48), workers=1))


@pytest.mark.parametrize("device", ["fan-A", "linear-B"])
def test_a_shifted_device_scans_half_of_the_test_patients_and_nobody_else(device: str) -> None:
    settings = PhantomSettings(images=900, size=48, shift=device, test=0.5)
    devices: dict[str, dict[str, str]] = {"train": {}, "val": {}, "test": {}}
    from catalog.phantom.picture import _patient

    for plan in planned(settings):
        devices[plan.split][str(plan.patient)] = _patient(settings, plan.patient, plan.split).machine.name
    assert device not in {*devices["train"].values(), *devices["val"].values()}
    tested = list(devices["test"].values())
    assert within(tested.count(device), len(tested), 0.5)
    assert len(set(tested)) > 3


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_are_what_they_are_called_for(preset: str) -> None:
    settings = PhantomSettings.of(preset, {"images": MANY})
    made = [choice_of(settings, index) for index in range(MANY)]
    hard = np.mean([choice.difficulty == "hard" for choice in made])
    least = np.mean([1 - max(choice.label_probability, 1 - choice.label_probability) for choice in made])
    assert settings.rare > 0
    if preset == "claims":
        assert hard > 0.4
        assert least < 0.01
        assert settings.mark_bias is None
    elif preset == "shortcut":
        assert hard < 0.2
        assert least == 0
        assert settings.mark_bias == 0.95
    else:
        assert 0.01 < least < 0.04


def test_a_setting_that_does_not_exist_is_named() -> None:
    with pytest.raises(CatalogError, match="'hards' is no setting of a phantom; there are: images, size, "):
        PhantomSettings.of("demo", {"hards": 1})
    with pytest.raises(CatalogError, match="The setting size of a phantom is '64'; it must be a whole number"):
        PhantomSettings.of("demo", {"size": "64"})
    with pytest.raises(CatalogError, match="The setting hard of a phantom is True; it must be a number"):
        PhantomSettings.of("demo", {"hard": True})


def test_what_is_known_of_an_image_is_stored_and_kept_by_a_revision(tmp_path, monkeypatch) -> None:
    from catalog import SampleChange, revise

    monkeypatch.setenv("ODAP_DATA", str(tmp_path))
    settings = PhantomSettings.of("claims", {"images": 60, "size": 48, "mark_bias": 0.7, "toss": 0.04, "rare": 0.4})
    made = {image.key: image for image in generate(settings, workers=1)}
    dataset = make_dataset("known", settings, preset="claims", workers=1)
    assert dataset.source == "phantom claims: 60 images at 48, seed 0, toss 0.04, rare 0.4, mark bias 0.7"
    for row in dataset.samples.to_dict("records"):
        image = made[row["key"]]
        assert row["split"] == image.split
        assert row["difficulty"] == image.difficulty
        assert (row["subgroup"] == "rare") == (image.subgroup == "rare")
        assert row["label_probability"] == image.label_probability
        assert row["against_marks"] == image.against_marks
    first = str(dataset.samples["sample_id"][0])
    revised = revise("known@1", [SampleChange(first, "excluded")]).samples
    kept = dataset.samples[1:].reset_index(drop=True)
    for column in ("difficulty", "subgroup", "label_probability", "against_marks"):
        pd.testing.assert_series_equal(revised[column], kept[column])
