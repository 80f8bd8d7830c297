"""Make one phantom image: the patient, the scanner, the view, and the true labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog.phantom import marks, planes, probe, volume
from catalog.phantom.machines import MACHINES, SHARES, Machine
from catalog.phantom.planes import CLASSES, Choice, View
from catalog.phantom.scene import Scene

CALIPER, TEXT = 1, 2  # bits of a mask; those of the classes follow: 4, 8, ...
_ANNOTATIONS = ("TIb 0.2", "TIs 0.3", "MI 1.1", "MI 0.9", "15Hz", "28Hz", "Gn 12", "Gn -3", "DR 60", "2D 58%", "P 90%")


@dataclass(frozen=True, eq=False)
class PhantomImage:
    """A simulated image and its true labels.

    Attributes:
        pixels: (size, size) uint8, or (size, size, 3) RGB for a tinted volume view.
        key: its file name.
        label, labels: what a single-label annotator chose, and all planes in the image; both after label noise.
        clean_label: the annotator's choice before label noise.
        ambiguity: 0 where clear, 1 at an even mix.
        boxes: each label, x, y, w, h in pixels; a label is a plane, "caliper" or "text".
        mask: (size, size) uint8, a sum of bits: CALIPER, TEXT, and 4 for the first plane, 8 for the second, ...
        marks: a subset of ("caliper", "text").
        device: the scanner's name.
    """

    pixels: NDArray[np.uint8]
    key: str
    patient: str
    label: str
    labels: tuple[str, ...]
    clean_label: str
    ambiguity: float
    boxes: list[dict[str, Any]]
    mask: NDArray[np.uint8]
    marks: tuple[str, ...]
    device: str


@dataclass(frozen=True)
class Study:
    """The settings shared by all images of one call.

    Attributes:
        seed: of all random numbers.
        size: side in pixels.
        devices: names of the scanners.
        label_noise: share of wrong labels.
    """

    seed: int
    size: int
    devices: tuple[str, ...]
    label_noise: float

    def draw(self, stream: int, number: int) -> np.random.Generator:
        """Return a random generator of its own for each stream and number.

        So one random choice does not change when another one does.
        """
        return np.random.default_rng(np.random.SeedSequence((self.seed, stream, number)))


@dataclass(frozen=True)
class _Patient:
    name: str
    early_weeks: float
    weeks: float
    gain: float
    tilt: float
    machine: Machine
    mhz: float


def _patient(study: Study, patient: int) -> _Patient:
    rng = study.draw(1, patient)
    early_weeks, weeks, gain, tilt = rng.uniform(8, 13.5), rng.uniform(17, 38), rng.normal(0, 2.5), rng.uniform(-11, 3)
    offered = [
        (machine, share) for machine, share in zip(MACHINES, SHARES, strict=True) if machine.name in study.devices
    ]
    edges = np.cumsum([share for _, share in offered])
    machine = offered[int(np.searchsorted(edges, rng.random() * edges[-1]))][0]
    mhz = machine.mhz[int(rng.random() * len(machine.mhz))]
    return _Patient(f"P{patient:04d}", early_weeks, weeks, gain, tilt, machine, mhz)


def make(study: Study, index: int, patient: int, number: int) -> PhantomImage:
    """Simulate image `index` of a study, the `number`-th of a patient.

    Scanners do not affect what is scanned: with other devices the same index shows the same anatomy.
    """
    owner = _patient(study, patient)
    rng = study.draw(2, index)
    choice = planes.choose(rng)
    early = "crl" in choice.kind
    weeks = owner.early_weeks if early else owner.weeks
    frame, size = owner.machine.frame, study.size
    if choice.kind == "3d":
        pixels, region = volume.render(size, rng, frame.sepia)
        view, inside, centimetre = View(), {"3d": region}, size / 10
    else:
        pixels, view, inside = _scan(study, index, owner, choice, weeks, rng)
        centimetre = size / owner.machine.window / view.depth_cm
    top = probe.TOP * size / owner.machine.window
    pixels = marks.furniture(size, frame, top, centimetre).burn(pixels)
    mask, boxes = np.zeros((size, size), np.uint8), []
    for plane, region in inside.items():
        if region.any():
            mask |= np.uint8(4 << CLASSES.index(plane)) * region
            boxes.append(_box(plane, region))
    kinds = []
    for bit, kind, layer in _marks(study.draw(4, index), owner, choice, view, weeks, size):
        if layer.boxes:
            pixels = layer.burn(pixels)
            mask |= np.uint8(bit) * (layer.cover > 0)
            boxes.extend(layer.boxes)
            kinds.append(kind)
    label, labels = _annotate(study, index, choice)
    return PhantomImage(
        pixels, f"{owner.name}_{number:02d}.png", owner.name, label, labels, choice.label, choice.ambiguity, boxes,
        mask, tuple(kinds), owner.machine.name,
    )  # fmt: skip


def _scan(
    study: Study, index: int, owner: _Patient, choice: Choice, weeks: float, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], View, dict[str, NDArray[np.bool_]]]:
    """Return the image of a section, what was painted, and where each plane is on the screen."""
    grid = probe.grid(owner.machine, study.size)
    scene = Scene(grid, rng)
    view = planes.paint(scene, choice, weeks)
    poor = float(rng.uniform(0, 13)) if rng.random() < 0.3 else 0.0  # a poor acoustic window, in dB
    settings = probe.Settings(
        gain=owner.gain + rng.normal(0, 1.5),
        tilt=owner.tilt + rng.normal(0, 1.5) - poor,
        noise=rng.uniform(-38, -22) + poor,
        focus=rng.uniform(0.35, 0.65),
        mhz=owner.mhz,
        depth_cm=view.depth_cm,
        sliders=tuple(rng.normal(0, 1.3, 8)),
    )
    pixels = probe.image(grid, scene.echo, scene.specular, scene.loss, settings, study.draw(3, index))
    return pixels, view, {plane: grid.to_screen(organ.inside) for plane, organ in view.found.items()}


def _annotate(study: Study, index: int, choice: Choice) -> tuple[str, tuple[str, ...]]:
    """Return label and labels, with label noise.

    On some images the label is replaced by a plane that is in no part of the view.
    """
    rng = study.draw(5, index)
    if rng.random() >= study.label_noise:
        return choice.label, choice.labels
    wrong = str(rng.choice([plane for plane in CLASSES if plane not in choice.planes]))
    classes = {wrong, *choice.labels} - {choice.label}
    return wrong, tuple(plane for plane in CLASSES if plane in classes)


def _box(label: str, inside: NDArray[np.bool_]) -> dict[str, Any]:
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    return {
        "label": label, "x": int(columns[0]), "y": int(rows[0]), "w": int(columns[-1] - columns[0] + 1),
        "h": int(rows[-1] - rows[0] + 1),
    }  # fmt: skip


def _marks(
    rng: np.random.Generator, owner: _Patient, choice: Choice, view: View, weeks: float, size: int
) -> list[tuple[int, str, marks.Layer]]:
    """Draw calipers on one measured plane, and neutral text, each on some images.

    More often than not the measured plane is the labelled one.
    """
    drawn: list[tuple[int, str, marks.Layer]] = []
    lines: list[str] = []
    frame = owner.machine.frame
    wanted = 0.4 if choice.label == "afi" else 0.6
    if view.found and rng.random() < wanted:
        measured = str(rng.choice(sorted(view.found)))
        grid = probe.grid(owner.machine, size)
        spans = [np.array(line, np.float32) for line in view.found[measured].measures]
        spans = [span for span in spans if grid.in_view(span).all()]
        ends = [grid.to_pixels(span) for span in spans]
        pairs = [((float(a[0]), float(a[1])), (float(b[0]), float(b[1]))) for a, b in ends]
        crosses = marks.calipers(size, pairs, frame.cross, rng)
        drawn.append((CALIPER, "caliper", crosses))
        if crosses.boxes and rng.random() < 0.6:
            length = float(np.hypot(*(spans[0][0] - spans[0][1]))) * view.depth_cm
            lines.append(f"D1 {length:.2f}cm")
    if rng.random() < 0.75:
        lines.extend(_annotations(choice.label, weeks, rng))
        drawn.append((TEXT, "text", marks.text(size, lines[:3], str(rng.choice(frame.text_at)), rng)))
    return drawn


def _annotations(label: str, weeks: float, rng: np.random.Generator) -> list[str]:
    lines = []
    if rng.random() < 0.5:
        lines.append(f"GA {int(weeks)}w{int(weeks % 1 * 7)}d")
    if rng.random() < 0.06:
        lines.append(label.upper())
    if not lines or rng.random() < 0.4:
        lines.append(str(rng.choice(_ANNOTATIONS)))
    return lines
