"""The phantom: the same for a seed on any number of workers, and true to what it says of itself."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest

from catalog.phantom import CLASSES, PhantomImage, generate, marks, planes, probe, volume
from catalog.phantom.scene import Pose, Scene


@pytest.fixture(scope="module")
def images() -> list[PhantomImage]:
    return list(generate(300, size=64, seed=5, workers=1))


def _same(a: PhantomImage, b: PhantomImage) -> bool:
    fields = ("key", "patient", "label", "labels", "ambiguity", "boxes", "marks", "device")
    return all(getattr(a, name) == getattr(b, name) for name in fields) and np.array_equal(a.pixels, b.pixels)


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


@pytest.mark.parametrize("wrong", [{"n_images": -1}, {"size": 8}, {"seed": -1}, {"workers": 0}])
def test_numbers_out_of_range_are_refused_at_once(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"A phantom needs .* workers"):
        generate(**{"n_images": 1, **wrong})  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [48, 64, 128, 200])
def test_pixels_are_grey_bytes_of_the_size_asked(size: int) -> None:
    for image in generate(4, size=size, seed=2, workers=1):
        assert image.pixels.shape == (size, size)
        assert image.pixels.dtype == np.uint8
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
    assert 0.10 < two < 0.28


def test_ambiguity_is_highest_where_two_planes_meet(images: list[PhantomImage]) -> None:
    assert all(0 <= image.ambiguity <= 1 for image in images)
    one = np.mean([image.ambiguity for image in images if len(image.labels) == 1])
    assert min(image.ambiguity for image in images if len(image.labels) == 2) > one


def test_the_label_of_an_even_mix_is_a_toss_and_of_a_clear_view_is_not() -> None:
    rng = np.random.default_rng(0)
    choices = [planes.choose(rng) for _ in range(6000)]
    even = [choice.label == choice.planes[0] for choice in choices if choice.ambiguity > 0.9]
    assert 0.4 < np.mean(even) < 0.6
    for choice in choices:
        if 0 < choice.ambiguity < 2 * planes.VISIBLE - 0.01:
            assert choice.labels == (choice.label,)
            assert choice.label == choice.planes[0 if choice.share > 0.5 else 1]


def test_shares_of_views_add_up() -> None:
    assert sum(share for share, _ in planes.KINDS.values()) == pytest.approx(1)
    assert sum(probe.SHARES) == pytest.approx(1)


def test_patients_own_several_images_from_one_machine(images: list[PhantomImage]) -> None:
    owned = Counter(image.patient for image in images)
    assert all(4 <= number <= 9 for number in list(owned.values())[:-1])
    assert len({image.key for image in images}) == len(images)
    for patient in owned:
        assert len({image.device for image in images if image.patient == patient}) == 1
    assert {image.device for image in images} <= {machine.name for machine in probe.MACHINES}


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


def test_calipers_change_the_pixels_in_their_boxes_only_between_their_ends() -> None:
    plain = np.full((128, 128), 90, np.uint8)
    drawn, boxes = marks.calipers(plain, [((30.0, 40.0), (90.0, 40.0))], np.random.default_rng(3))
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
    drawn, boxes = marks.calipers(plain, [((-4.0, 20.0), (30.0, 20.0))], np.random.default_rng(0))
    assert boxes == []
    assert np.array_equal(drawn, plain)


@pytest.mark.parametrize("corner", ["nw", "ne", "sw", "se"])
def test_text_stays_in_its_boxes(corner: str) -> None:
    plain = np.zeros((96, 96), np.uint8)
    drawn, boxes = marks.text(plain, ["GA 21w3d", "MI 1.1"], corner, np.random.default_rng(0))
    outside = drawn.copy()
    for box in boxes:
        part = np.s_[box["y"] : box["y"] + box["h"], box["x"] : box["x"] + box["w"]]
        assert drawn[part].any()
        outside[part] = 0
    assert not outside.any()


def _photo(machine: probe.Machine, paint: str) -> np.ndarray:
    """A picture of plain tissue with one thing in the middle of it."""
    rng = np.random.default_rng(11)
    at = probe.grid(machine, 128)
    scene = Scene(at, rng)
    spot = scene.ellipse(Pose(0.0, 0.4, 0.12, 0.0), 0, 0, 1.0, 0.6).mask()
    if paint == "fluid":
        scene.fill(spot, -40.0, -20.0)
    elif paint == "bone":
        scene.fill(spot, 15.0, 700.0)
    settings = probe.Settings(gain=0.0, tilt=0.0, noise=-45.0, focus=0.5)
    return probe.image(at, scene.echo, scene.specular, scene.loss, settings, rng).astype(float)


@pytest.mark.parametrize("machine", probe.MACHINES, ids=lambda machine: machine.name)
def test_fluid_is_dark_and_enhances_and_bone_is_bright_and_shadows(machine: probe.Machine) -> None:
    def mean(picture: np.ndarray, depth: float) -> float:
        row, column = round((depth + probe.TOP) * 128 / machine.window), 64
        return float(picture[row - 3 : row + 4, column - 4 : column + 5].mean())

    tissue, fluid, bone = (_photo(machine, paint) for paint in ("tissue", "fluid", "bone"))
    assert mean(fluid, 0.4) < 0.5 * mean(tissue, 0.4)
    assert mean(fluid, 0.7) > mean(tissue, 0.7)
    front = round((0.328 + probe.TOP) * 128 / machine.window)
    assert bone[front - 3 : front + 4, 60:69].mean(axis=1).max() > mean(tissue, 0.33) + 12
    assert mean(bone, 0.7) < 0.6 * mean(tissue, 0.7)


@pytest.mark.parametrize("machine", probe.MACHINES, ids=lambda machine: machine.name)
def test_outside_the_fan_is_black(machine: probe.Machine) -> None:
    at = probe.grid(machine, 96)
    picture = probe.scan_convert(at, np.ones(at.shape, np.float32))
    inside = np.zeros(96 * 96, bool)
    inside[at.inside] = True
    assert 0.35 < inside.mean() < 0.95
    if not machine.smoothing:
        assert (picture.ravel()[~inside] == 0).all()
        assert (picture.ravel()[inside] == 255).all()


def test_speckle_of_even_tissue_has_the_spread_of_rayleigh_statistics() -> None:
    machine = probe.Machine("one look", 0.4, 0.6, 1.12, 80.0, 1.0, 1, 0.004, 0.010, 0.0, "plain")
    at, rng = probe.grid(machine, 128), np.random.default_rng(0)
    none = np.zeros(at.shape, np.float32)
    picture = probe.image(at, none, none, none, probe.Settings(0.0, 0.0, -60.0, 0.5), rng)
    middle = picture[50:90, 40:88].astype(float) * 80 / 255
    assert 4.0 < middle.std() < 6.5  # log-compressed Rayleigh: 5.57 dB, a little less after interpolation


def test_the_volume_view_is_a_bright_body_on_black() -> None:
    pixels, box = volume.render(96, np.random.default_rng(4))
    assert pixels.shape == (96, 96)
    (left, top), (right, bottom) = box.astype(int)
    assert pixels[top:bottom, left:right].mean() > 3 * np.delete(pixels, np.s_[top:bottom], axis=0).mean()
