"""The phantom is the same for a seed on any number of workers, and its labels are true."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from catalog import CatalogError
from catalog.phantom import CLASSES, DEVICES, PhantomImage, PhantomSettings, marks, planes, probe, volume
from catalog.phantom import generate as generate_phantom
from catalog.phantom.choices import PAIRS, Choice
from catalog.phantom.machines import MACHINES, SHARES, Machine
from catalog.phantom.plan import choice_of
from catalog.phantom.scene import Pose, Scene


def generate(n: int, *, workers: int | None = None, **knobs: Any) -> Iterator[PhantomImage]:
    return generate_phantom(PhantomSettings(images=n, **knobs), workers=workers)


@pytest.fixture(scope="module")
def images() -> list[PhantomImage]:
    return list(generate(300, size=64, seed=5, workers=1))


def _same(a: PhantomImage, b: PhantomImage) -> bool:
    fields = (
        "key", "patient", "split", "label", "labels", "clean_label", "ambiguity", "boxes", "marks", "device",
        "difficulty", "subgroup", "label_probability", "against_marks",
    )  # fmt: skip
    said = all(getattr(a, name) == getattr(b, name) for name in fields)
    return said and np.array_equal(a.pixels, b.pixels) and np.array_equal(a.mask, b.mask)


def test_workers_do_not_change_the_images(images: list[PhantomImage]) -> None:
    parallel = list(generate(60, size=64, seed=5, workers=2))
    assert len(parallel) == 60
    assert all(_same(a, b) for a, b in zip(images, parallel, strict=False))


def test_fewer_images_are_the_first_of_more(images: list[PhantomImage]) -> None:
    assert all(_same(a, b) for a, b in zip(generate(9, size=64, seed=5, workers=1), images, strict=False))


def test_seeds_differ(images: list[PhantomImage]) -> None:
    others = list(generate(10, size=64, seed=6, workers=1))
    assert not any(np.array_equal(a.pixels, b.pixels) for a, b in zip(images, others, strict=False))


def test_images_come_lazily() -> None:
    assert len(list(itertools.islice(generate(10**9, size=64, workers=1), 3))) == 3


def test_a_parallel_generator_may_be_left_early() -> None:
    making = generate(10**6, size=64, seed=1, workers=2)
    assert next(making).patient == "P0000"
    making.close()  # type: ignore[attr-defined]


def test_nothing_asked_nothing_made() -> None:
    assert list(generate(0)) == []


@pytest.mark.parametrize("wrong", [{"n": -1}, {"size": 8}, {"seed": -1}, {"workers": 0}])
def test_numbers_out_of_range_are_refused_at_once(wrong: dict[str, int]) -> None:
    with pytest.raises(CatalogError, match=r"of a phantom is .*; it must be a whole number from|1 or more workers"):
        generate(**{"n": 1, **wrong})


@pytest.mark.parametrize("size", [48, 64, 128, 200])
def test_pixels_are_grey_bytes_of_the_size_asked(size: int) -> None:
    for image in generate(4, size=size, seed=2, workers=1):
        assert image.pixels.shape in ((size, size), (size, size, 3))
        assert image.pixels.dtype == np.uint8
        assert image.mask.shape == (size, size)
        assert image.pixels.std() > 5


def test_every_class_has_its_part(images: list[PhantomImage]) -> None:
    shares = Counter(image.label for image in images)
    assert set(shares) == set(CLASSES)
    assert min(shares.values()) >= 0.04 * len(images)
    assert max(shares.values()) <= 0.40 * len(images)


def test_labels_hold_the_label_in_class_order(images: list[PhantomImage]) -> None:
    for image in images:
        assert image.label in image.labels
        assert list(image.labels) == [name for name in CLASSES if name in image.labels]
    two = np.mean([len(image.labels) == 2 for image in images])
    assert 0.08 < two < 0.28


def test_ambiguity_is_of_the_view(images: list[PhantomImage]) -> None:
    for image in images:
        if image.difficulty == "clear":
            assert image.ambiguity == 0 if len(image.labels) == 1 else 0.35 < image.ambiguity < 0.6
        else:
            assert 0.7 < image.ambiguity <= 1


def test_shares_of_machines_add_up() -> None:
    assert sum(SHARES) == pytest.approx(1)


def test_patients_own_several_images_from_one_machine(images: list[PhantomImage]) -> None:
    owned = Counter(image.patient for image in images)
    assert all(4 <= number <= 9 for number in list(owned.values())[:-1])
    assert len({image.key for image in images}) == len(images)
    for patient in owned:
        assert len({image.device for image in images if image.patient == patient}) == 1
    assert {image.device for image in images} <= {machine.name for machine in MACHINES}


def test_boxes_lie_in_the_image_and_say_what_is_there(images: list[PhantomImage]) -> None:
    framed = 0
    for image in images:
        for box in image.boxes:
            assert box["label"] in (*image.labels, "caliper", "text")
            assert box["w"] > 0
            assert box["h"] > 0
            assert 0 <= box["x"] <= box["x"] + box["w"] <= 64
            assert 0 <= box["y"] <= box["y"] + box["h"] <= 64
        framed += set(image.labels) <= {box["label"] for box in image.boxes}
    assert framed >= 0.97 * len(images)


def test_marks_are_those_with_a_box(images: list[PhantomImage]) -> None:
    for image in images:
        assert set(image.marks) == {box["label"] for box in image.boxes} & {"caliper", "text"}
    kinds = Counter(image.marks for image in images)
    assert set(kinds) == {(), ("caliper",), ("text",), ("caliper", "text")}


def test_marks_alone_do_not_tell_the_class(images: list[PhantomImage]) -> None:
    by_marks: dict[tuple[str, ...], Counter[str]] = {}
    for image in images:
        by_marks.setdefault(image.marks, Counter())[image.label] += 1
    guessed = sum(max(counts.values()) for counts in by_marks.values()) / len(images)
    assert guessed < 0.45


@pytest.mark.parametrize("style", ["plus", "times", "dots"])
def test_calipers_change_the_pixels_in_their_boxes_only_between_their_ends(style: str) -> None:
    plain = np.full((128, 128), 90, np.uint8)
    layer = marks.calipers(128, [((30.0, 40.0), (90.0, 40.0))], style, np.random.default_rng(3))
    drawn, boxes = layer.burn(plain), layer.boxes
    assert [box["label"] for box in boxes] == ["caliper", "caliper"]
    for box in boxes:
        part = np.s_[box["y"] : box["y"] + box["h"], box["x"] : box["x"] + box["w"]]
        assert (drawn[part] != plain[part]).any()
    rows, columns = np.nonzero(drawn != plain)
    assert columns.min() == boxes[0]["x"]
    assert columns.max() == boxes[1]["x"] + boxes[1]["w"] - 1
    assert (np.abs(rows - 40) <= boxes[0]["h"] // 2).all()


def test_a_caliper_that_would_leave_the_picture_is_not_drawn_nor_told() -> None:
    plain = np.zeros((64, 64), np.uint8)
    layer = marks.calipers(64, [((-4.0, 20.0), (30.0, 20.0))], "plus", np.random.default_rng(0))
    drawn, boxes = layer.burn(plain), layer.boxes
    assert boxes == []
    assert np.array_equal(drawn, plain)


@pytest.mark.parametrize("corner", ["nw", "ne", "sw", "se"])
def test_text_stays_in_its_boxes(corner: str) -> None:
    plain = np.zeros((96, 96), np.uint8)
    layer = marks.text(96, ["GA 21w3d", "MI 1.1"], corner, np.random.default_rng(0))
    drawn, boxes = layer.burn(plain), layer.boxes
    outside = drawn.copy()
    for box in boxes:
        part = np.s_[box["y"] : box["y"] + box["h"], box["x"] : box["x"] + box["w"]]
        assert drawn[part].any()
        outside[part] = 0
    assert not outside.any()


def _photo(machine: Machine, paint: str) -> np.ndarray:
    """Image plain tissue with one object in the middle of it."""
    rng = np.random.default_rng(11)
    at = probe.grid(machine, 128)
    scene = Scene(at, rng)
    spot = scene.ellipse(Pose(0.0, 0.4, 0.12, 0.0), 0, 0, 1.0, 0.6).mask()
    if paint == "fluid":
        scene.fill(spot, -40.0, -20.0)
    elif paint == "bone":
        scene.fill(spot, 15.0, 700.0)
    settings = probe.Settings(gain=0.0, tilt=0.0, noise=-45.0, focus=0.5, mhz=machine.mhz[0], depth_cm=12.0)
    return probe.image(at, scene.echo, scene.specular, scene.loss, settings, rng).astype(float)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_fluid_is_dark_and_enhances_and_bone_is_bright_and_shadows(machine: Machine) -> None:
    def mean(picture: np.ndarray, depth: float) -> float:
        row, column = round((depth + probe.TOP) * 128 / machine.window), 64
        return float(picture[row - 3 : row + 4, column - 4 : column + 5].mean())

    tissue, fluid, bone = (_photo(machine, paint) for paint in ("tissue", "fluid", "bone"))
    assert mean(fluid, 0.4) < 0.5 * mean(tissue, 0.4)
    assert mean(fluid, 0.7) > mean(tissue, 0.7)
    front = round((0.328 + probe.TOP) * 128 / machine.window)
    assert bone[front - 3 : front + 4, 60:69].mean(axis=1).max() > mean(tissue, 0.33) + 12
    assert mean(bone, 0.7) < 0.6 * mean(tissue, 0.7)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_outside_the_fan_is_black(machine: Machine) -> None:
    at = probe.grid(machine, 96)
    picture = probe.scan_convert(at, np.ones(at.shape, np.float32))
    inside = np.zeros(96 * 96, bool)
    inside[at.inside] = True
    assert 0.35 < inside.mean() < 0.95
    if not machine.smoothing:
        assert (picture.ravel()[~inside] == 0).all()
        assert (picture.ravel()[inside] == 255).all()


def test_a_bone_leaves_the_enhancement_behind_fluid_elsewhere_as_it_is() -> None:
    scene = Scene(probe.grid(MACHINES[0], 64), np.random.default_rng(0))
    pocket = scene.ellipse(Pose(-0.2, 0.4, 0.1, 0.0), 0, 0, 1.0, 1.0)
    scene.fill(pocket.mask(), -40.0, -11.0)
    scene.shade(scene.ellipse(Pose(0.2, 0.4, 0.1, 0.0), 0, 0, 1.0, 1.0).mask(), 700.0)
    assert scene.loss.max() == 700
    assert (scene.loss[pocket.distance < -0.02] == -11).all()
    assert scene.wet(pocket).sum() > 0.8 * pocket.inside.sum()


def test_speckle_of_even_tissue_has_the_spread_of_rayleigh_statistics() -> None:
    machine = Machine("one look", 0.4, 0.6, 1.12, 80.0, 1.0, 0.0, 1, 0.004, 0.010, 0.0)
    at, rng = probe.grid(machine, 128), np.random.default_rng(0)
    none = np.zeros(at.shape, np.float32)
    picture = probe.image(at, none, none, none, probe.Settings(0.0, 0.0, -60.0, 0.5, 3.5, 12.0), rng)
    middle = picture[50:90, 40:88].astype(float) * 80 / 255
    assert 4.0 < middle.std() < 6.5  # log-compressed Rayleigh: 5.57 dB, a little less after interpolation


@pytest.mark.parametrize("seed", range(4, 10))
def test_the_volume_view_is_a_bright_body_on_black(seed: int) -> None:
    pixels, there = volume.render(96, np.random.default_rng(seed))
    assert pixels.shape == there.shape == (96, 96)
    assert 0.08 < there.mean() < 0.75
    assert pixels[there].mean() > 3 * pixels[~there].mean()


def test_a_volume_view_in_sepia_is_warm() -> None:
    pixels, there = volume.render(96, np.random.default_rng(4), sepia=0.8)
    assert pixels.shape == (96, 96, 3)
    red, green, blue = pixels[there].mean(axis=0)
    assert red > green + 8 > blue + 16


def _bits(image: PhantomImage, label: str) -> np.ndarray:
    bit = {"caliper": 1, "text": 2}.get(label) or 4 << CLASSES.index(label)
    return (image.mask & bit) > 0


def test_masks_and_boxes_tell_the_same(images: list[PhantomImage]) -> None:
    for image in images:
        told = np.zeros_like(image.mask, bool)
        for box in image.boxes:
            part = np.s_[box["y"] : box["y"] + box["h"], box["x"] : box["x"] + box["w"]]
            inside = _bits(image, box["label"])
            if box["label"] in CLASSES:  # a plane's box is as small as it can be
                rows, columns = np.nonzero(inside)
                assert (columns.min(), rows.min()) == (box["x"], box["y"])
                assert (columns.max() - columns.min() + 1, rows.max() - rows.min() + 1) == (box["w"], box["h"])
            elif box["label"] == "text":
                told[part] = True
            assert inside[part].any()
        assert not (_bits(image, "text") & ~told).any()
        assert {name for name in (*CLASSES, "caliper", "text") if _bits(image, name).any()} == {
            box["label"] for box in image.boxes
        }


def test_marks_lie_where_their_mask_is() -> None:
    """With and without text, images of a seed differ under the text's mask only."""
    plain = np.full((96, 96), 77, np.uint8)
    layer = marks.text(96, ["GA 21w3d"], "nw", np.random.default_rng(2))
    assert np.array_equal(layer.burn(plain) != plain, layer.cover > 0)


def test_fluid_in_a_mask_is_dark_and_a_femur_is_bright(images: list[PhantomImage]) -> None:
    def inside_over_around(label: str) -> list[float]:
        found = []
        for image in images:
            there = _bits(image, label) & ((image.mask & 3) == 0)
            if image.clean_label == label and image.ambiguity == 0 and there.sum() > 12:
                around = (image.mask == 0) & (image.pixels > 0)
                found.append(image.pixels[there].mean() / image.pixels[around].mean())
        assert len(found) >= 5
        return found

    assert np.median(inside_over_around("afi")) < 0.6
    assert np.median(inside_over_around("fl")) > 1.4


def test_label_noise_flips_its_share_of_training_labels_and_keeps_what_was_there(images: list[PhantomImage]) -> None:
    noisy = list(generate(300, size=64, seed=5, workers=1, label_noise=0.2))
    flipped = 0
    for clean, image in zip(images, noisy, strict=True):
        assert np.array_equal(clean.pixels, image.pixels)
        assert clean.split == image.split
        assert clean.label == clean.clean_label == image.clean_label
        if image.label == image.clean_label:
            assert image.labels == clean.labels
        else:
            flipped += 1
            assert image.split == "train"
            assert image.label not in clean.labels
            assert set(image.labels) == {image.label, *clean.labels} - {clean.label}
    assert 0.12 < flipped / sum(image.split == "train" for image in images) < 0.28


def test_a_flip_names_no_plane_that_the_view_is_mixed_of() -> None:
    settings = PhantomSettings(images=400, seed=8, size=48, label_noise=0.9)
    wrong: dict[str, set[str]] = {}
    for index, image in enumerate(generate_phantom(settings, workers=1)):
        choice = choice_of(settings, index)
        assert choice.label == image.clean_label
        if image.label != image.clean_label:
            assert image.label not in choice.planes
            wrong.setdefault(choice.label, set()).add(image.label)
    assert all(len(names) >= 4 for names in wrong.values())


def test_devices_change_the_look_and_nothing_else() -> None:
    looks = {name: list(generate(40, size=64, seed=5, workers=1, devices=[name])) for name in DEVICES}
    for same in zip(*looks.values(), strict=True):
        assert [image.device for image in same] == list(DEVICES)
        for name in ("key", "patient", "label", "labels", "clean_label", "ambiguity"):
            assert len({str(getattr(image, name)) for image in same}) == 1
        if same[0].label != "3d":
            assert len({image.pixels.tobytes() for image in same}) == len(DEVICES)
        if same[0].label not in ("3d", "fl"):  # a femur is a pixel or two wide
            sizes = [_bits(image, same[0].label).sum() * MACHINES[k].window ** 2 for k, image in enumerate(same[:4])]
            assert min(sizes) > 0.5 * max(sizes)  # the same organ in the same place, cut a little by another fan


def test_machines_differ_in_brightness_more_than_patients_do() -> None:
    means = []
    for name in DEVICES:
        pictures = list(generate(30, size=64, seed=5, workers=1, devices=[name]))
        means.append(np.mean([image.pixels[image.pixels > 0].mean() for image in pictures if image.label != "3d"]))
    assert max(means) > 1.15 * min(means)


def test_restricted_devices_are_the_only_ones() -> None:
    made = {image.device for image in generate(200, size=48, seed=1, workers=1, devices=["fan-C", "linear-B"])}
    assert made == {"fan-C", "linear-B"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"devices": ["fan-Z"]}, "There is no device 'fan-Z'; there are: fan-A, "),
        ({"devices": []}, "needs one device or more"),
        ({"devices": "fan-A"}, "must be a list of names"),
        ({"label_noise": 1.0}, "label_noise of a phantom is 1.0; it must be a number from 0 to below 1"),
        ({"label_noise": float("nan")}, "label_noise of a phantom is nan; it must be"),
    ],
)
def test_unknown_devices_and_impossible_noise_are_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(CatalogError, match=said):
        generate(1, **wrong)


def test_every_pair_of_planes_is_met() -> None:
    settings = PhantomSettings(hard=0.3, toss=0.2)
    choices = [choice_of(settings, index) for index in range(2000)]
    for difficulty in ("hard", "toss"):
        kinds = Counter(choice.kind for choice in choices if choice.difficulty == difficulty)
        assert set(kinds) == set(PAIRS)
    assert {choice.kind for choice in choices if choice.difficulty == "clear"} == {*CLASSES, "ac/afi", "fl/afi"}


def test_a_fetus_grows() -> None:
    """Measure the same head at 20 and at 36 weeks, in centimetres."""

    def width(weeks: float) -> float:
        scene = Scene(probe.grid(MACHINES[0], 64), np.random.default_rng(7))
        view = planes.paint(scene, Choice("bpd", 1.0, "bpd", ("bpd",)), weeks)
        start, end = view.found["bpd"].measures[0]
        return float(np.hypot(start[0] - end[0], start[1] - end[1])) * view.depth_cm

    assert 3.5 < width(20) < 6.5
    assert 7.5 < width(36) < 11
